# SPDX-License-Identifier: Apache-2.0
"""A statement as a data frame: the one place of this room that needs pandas."""

from __future__ import annotations

import pandas as pd

from privseg.release.statement import Statement
from privseg.release.table import COLUMNS, rows


def data_frame(statement: Statement) -> pd.DataFrame:
    """Return one row per number, in its unit; see ``Release.to_pandas``."""
    return pd.DataFrame([row.printed for row in rows(statement)], columns=COLUMNS)

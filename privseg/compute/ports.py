# SPDX-License-Identifier: Apache-2.0
"""What compute needs of others: the column store's tables, as data sets of one snapshot."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import pyarrow as pa
import pyarrow.dataset as pads


class Columns(Protocol):
    """Port: the column store.

    A table is named like its people source, its list or its event, and has the structural columns
    ``ordinal`` (and ``event_id``, ``time``) beside its attributes; at most one people row for each
    ordinal. An accounts source has no people in it, and is given as a whole.
    """

    def tables(self) -> Collection[str]:
        """Return the tables that have been imported."""
        ...

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        """Return ``table`` as of ``snapshot``; built anew, so that no destroyed key stays open."""
        ...

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        """Return the accounts of a source as of ``snapshot``: one row each.

        Beside its attributes it has ``account``, the keyed hash of the account's name (16 bytes),
        which is what people's link columns hold, and when the row came in.
        """
        ...

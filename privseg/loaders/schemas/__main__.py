# SPDX-License-Identifier: Apache-2.0
"""Write the JSON Schemas: ``python -m privseg.loaders.schemas [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from privseg.loaders.schemas import write_schemas

FOLDER = Path("docs/reference/schemas")

for written in write_schemas(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
    print(written)  # noqa: T201 it is a command

# SPDX-License-Identifier: Apache-2.0
"""Write the JSON Schemas: ``python -m privseg.loaders.schemas [FOLDER] [--check]``.

With ``--check`` nothing is written; the exit code is 1 when a stored schema is not the model's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from privseg.loaders.schemas import stale_schemas, write_schemas

FOLDER = Path("docs/reference/schemas")

arguments = [a for a in sys.argv[1:] if a != "--check"]
folder = Path(arguments[0]) if arguments else FOLDER
checking = "--check" in sys.argv[1:]
for path in stale_schemas(folder) if checking else write_schemas(folder):
    print(f"stale: {path}" if checking else path)  # noqa: T201 it is a command
sys.exit(int(checking and bool(stale_schemas(folder))))

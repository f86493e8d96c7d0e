# SPDX-License-Identifier: Apache-2.0
"""Who only looks at rules waits for no database, no table and no vault."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("duckdb", "pandas", "pyarrow", "sklearn", "sqlglot", "sqlmodel")
ROOMS = ("privseg.compute", "privseg.store", "privseg.vault")
SHOP, STARTER = "policies/shop", "policies/starter"
COMMANDS = {
    "check": ["check", "-w", SHOP],
    "explain": ["explain", "lifecycle-marketing", "country", "-w", SHOP],
    "schema": ["schema", "policy"],
    "test": ["test", "-w", SHOP],
    "diff": ["diff", STARTER, SHOP],
}
PROGRAM = """
import sys
from privseg.cli import main
sys.argv = ["privseg", "policy", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert end.code in {0, 6, None}, end.code
print("loaded:", *(m for m in %r if m in sys.modules))
"""


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_needs_the_rules_alone_loads_nothing_else(command: list[str]) -> None:
    program = PROGRAM % ((*HEAVY, *ROOMS),)
    done = subprocess.run(  # our own program
        [sys.executable, "-c", program, *command], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["loaded:"], done.stderr[-500:]

# SPDX-License-Identifier: Apache-2.0
"""Print how many branches of the rooms of trust the suite takes: ``python -m supply.coverage``.

The rooms are those on which consent, the log and the keys rest. Arguments are tests to run in place
of the usual ones. Lines that are not taken are listed, so that somebody can look at each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from supply.locked import ROOT

ROOMS = ("gate", "consent", "audit", "tlog", "vault")
TESTS = (
    *(f"tests/unit/{room}" for room in (*ROOMS, "store", "dsr", "policy", "loaders")),
    *("tests/property", "tests/contract", "tests/stateful", "tests/engine"),
)

File = Mapping[str, Any]


def measured(tests: Sequence[str]) -> Mapping[str, File]:
    """Run the tests; return, by file of the rooms, what coverage.py says of it.

    Raises:
        SystemExit: a test failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "coverage.json")
        command = (
            *(sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not long", *tests),
            *(f"--cov=privseg/{room}" for room in ROOMS),
            *("--cov-branch", f"--cov-report=json:{report}"),
        )
        places = {"COVERAGE_FILE": str(Path(folder, "data"))}
        code = subprocess.run(command, cwd=ROOT, env=os.environ | places, check=False).returncode
        if code:
            sys.exit(code)
        files: Mapping[str, File] = json.loads(report.read_bytes())["files"]
    return files


def lines(files: Mapping[str, File]) -> Iterator[str]:
    """Yield a line per room, and one per file that is not wholly taken."""
    for room in ROOMS:
        of = {name: f for name, f in files.items() if name.startswith(f"privseg/{room}/")}
        taken = sum(f["summary"]["covered_branches"] for f in of.values())
        branches = sum(f["summary"]["num_branches"] for f in of.values())
        statements = sum(f["summary"]["num_statements"] for f in of.values())
        reached = sum(f["summary"]["covered_lines"] for f in of.values())
        share = 100 * taken / branches if branches else 100
        yield f"{room:8} {reached}/{statements} lines, {taken}/{branches} branches ({share:.1f} %)"
        for name, file in sorted(of.items()):
            if file["missing_lines"] or file["missing_branches"]:
                yield f"  {name}: {_missing(file)}"


def _missing(file: File) -> str:
    jumps = [f"{here}->{to if to > 0 else 'end'}" for here, to in file["missing_branches"]]
    return ", ".join([*map(str, file["missing_lines"]), *jumps])


if __name__ == "__main__":
    print("\n".join(lines(measured(sys.argv[1:] or TESTS))))

# SPDX-License-Identifier: Apache-2.0
"""``python -m bench faults``: let every command fail in every way, and print what was left.

The faults are those of the tests (``tests/faults``), chosen by the seed that the table names.
Leaves with 1 if one did harm.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict

from bench.machine import describe


def main(how: str = "") -> None:
    """Print the table: for people, as ``markdown``, or every fault as ``json``."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # it is loaded: no threads before a fork
        alone = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        os.execve(sys.executable, [sys.executable, "-m", "bench", *sys.argv[1:]], alone)
    from bench.redteam import _take_our_tests  # noqa: PLC0415  # only now are they ours

    _take_our_tests()
    from tests.faults import table, tracing  # noqa: PLC0415
    from tests.faults.battery import Battery, Survived  # noqa: PLC0415

    def told(one: Survived) -> None:
        if one.wrong:
            print(f"{one.command}: {one.fault}: {'; '.join(one.wrong)}", file=sys.stderr)

    battery, began = Battery(), time.monotonic()
    try:
        if why := tracing.unavailable(battery.folder):
            sys.exit(f"no faults can be injected here: {why}")
        battery.warm()
        found = table.every(battery, told)
    finally:
        battery.close()
    if how == "json":
        print(json.dumps([asdict(one) for one in found], indent=1))
    else:
        if not how:
            print(f"{describe()}\nseed {table.SEED}, {time.monotonic() - began:.0f} s\n")
        print(table.markdown(found))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(any(one.wrong for one in found))  # libraries never used here tidy nothing up

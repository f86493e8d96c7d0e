# SPDX-License-Identifier: Apache-2.0
"""Reads people over and over in a process of its own: ``python FILE ROOT STOP-FILE``.

It says so in a line once it begins. Every assertion here ends the process, which the test that
started it sees.
"""

from __future__ import annotations

import sys
import time
from itertools import count
from pathlib import Path

from privseg.engine import Workspace
from privseg.terms import StaffRole

SEGMENTS = ["gardeners", "users", "banner"]
REPORT_EVERY = 4
BREATH = 0.05  # seconds: others read as well


def read_on(root: Path, stop: Path) -> None:
    """Run segments, and now and then a report on a new edition, until a file is there."""
    with Workspace.open(root, role=StaffRole.MARKETER) as ws:
        print("reading", flush=True)  # noqa: T201
        for turn in count():
            if stop.exists():
                return
            ran = ws.run_segments(SEGMENTS)
            assert {r.state.value for r in ran} == {"done"}, [r.why for r in ran]
            if turn % REPORT_EVERY == 0:
                ws.open_edition()
                ws.report("sizes")
            time.sleep(BREATH)


if __name__ == "__main__":
    read_on(Path(sys.argv[1]), Path(sys.argv[2]))

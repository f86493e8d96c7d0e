# SPDX-License-Identifier: Apache-2.0
"""A compliance officer in a process of its own: ``python FILE ROOT BARRIER VERB FIRST SECOND``.

Tries five times to identify the person of one request, then ends another in one way or another.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import club

from privseg.dsr.points import parse_points
from privseg.engine import Outside, Workspace
from privseg.errors import PrivsegError


def main(root: Path, barrier: Path, verb: str, first: int, second: int) -> None:
    """Do both, and print what came of each."""
    points = parse_points(["email: nobody@example.com", "hobby: falconry"])
    with Workspace.open(root, outside=Outside(clock=club.Clock(), user=lambda: "grace")) as ws:
        ws.requests()
        (barrier / str(os.getpid())).touch()
        until = time.monotonic() + 60
        while len(list(barrier.iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.002)
        for _ in range(5):
            try:
                print("tried", ws.verify_points(first, points), flush=True)  # noqa: T201
            except PrivsegError as error:
                print("tried", type(error).__name__, flush=True)  # noqa: T201
        try:
            if verb == "refuse":
                ws.refuse_request(second, ["ProcessExcessive"], ["again"])
            else:
                ws.withdraw_request(second)
            print("ended", verb, flush=True)  # noqa: T201
        except PrivsegError as error:
            print("ended", type(error).__name__, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], *map(int, sys.argv[4:]))

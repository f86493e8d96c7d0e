# SPDX-License-Identifier: Apache-2.0
"""What tests run in a process of its own, on a workspace of ``club``: ``python FILE VERB ...``.

The folder of this file comes first on the path of a script, so ``club`` is found beside it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import club


def die_while_reading(root: Path) -> None:
    """Run a report and end inside the scan: no handler runs, nothing is rolled back."""

    class Dying(club.Counting):
        @contextmanager
        def open(self, plan: Any, attributes: Any) -> Iterator[Any]:
            with super().open(plan, attributes) as scan:
                os._exit(9)
                yield scan

    with club.opened(root) as ws:
        Dying(ws._house)
        ws.report("overview")


def report_together(root: Path, barrier: Path, count: int, *names: str) -> None:
    """Run reports once ``count`` processes are ready to; print what each published."""
    with club.opened(root) as ws:
        ws.plan_report(names[0])
        (barrier / str(os.getpid())).touch()
        until = time.monotonic() + 60
        while len(list(barrier.iterdir())) < count and time.monotonic() < until:
            time.sleep(0.002)
        for name in names:
            print(name, ws.report(name).release.entry.index, flush=True)  # noqa: T201


if __name__ == "__main__":
    VERB, ROOT, *REST = sys.argv[1:]
    if VERB == "die_while_reading":
        die_while_reading(Path(ROOT))
    else:
        report_together(Path(ROOT), Path(REST[0]), int(REST[1]), *REST[2:])

# SPDX-License-Identifier: Apache-2.0
"""Running what is due: segments with a schedule (``every:``) whose last run is older than it.

What is due follows from the record alone, so nothing can be stuck. One process does it at a time;
the system gives the lock back when a process ends, however it ends.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from privseg.engine.house import House
from privseg.engine.policy.sides import side
from privseg.engine.segment.running import RunState, SegmentRan, run_segments
from privseg.terms import StaffRole

LOCK_FILE: Final = "segment-run.lock"
EARLY: Final = timedelta(minutes=5)  # a job started seconds before yesterday's time skips no day
EARLY_SHARE: Final = 10  # but never more than a tenth of the schedule


@dataclass(frozen=True, slots=True)
class DueRun:
    """What ``run --due`` did. ``is_busy`` is whether another process was doing it already.

    ``broken`` are segment files that could not be read: nobody knows whether they are due.
    """

    ran: tuple[SegmentRan, ...]
    not_due: tuple[str, ...] = ()
    is_busy: bool = False

    @property
    def is_well(self) -> bool:
        """Return whether nothing that was due failed or was refused."""
        return all(r.state is RunState.DONE for r in self.ran)


def run_due(house: House, *, role: StaffRole, is_chosen: bool) -> DueRun:
    """Run every segment that is due; one that fails does not stop the others.

    Raises:
        AuditWriteError: as ``run_segments``.
    """
    with _alone(house) as is_alone:
        if not is_alone:
            return DueRun((), is_busy=True)
        wanted, waiting = due(house)
        ran = run_segments(house, wanted, role=role, is_chosen=is_chosen) if wanted else ()
    return DueRun(ran, waiting)


def due(house: House) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which segments with a schedule are due, and which are not yet.

    A file with mistakes is due: running it says what they are.
    """
    found, last, now = (
        side(house.policy, house.config.segments),
        house.runs.last_runs(),
        house.now(),
    )
    scheduled = {n: s.every for n, s in found.segments.items() if s.every is not None}
    wanted = {
        name
        for name, every in scheduled.items()
        if _is_due(last.get(name), found.segments.version(name), every, now)
    }
    broken = found.broken.keys() - found.segments.keys()
    return tuple(sorted(wanted | broken)), tuple(sorted(scheduled.keys() - wanted))


def _is_due(
    last: tuple[datetime, str] | None, version: str, every: timedelta, now: datetime
) -> bool:
    """Return whether a segment never ran, ran in another version, or long enough ago."""
    if last is None or last[1] != version:
        return True
    return now >= last[0] + every - min(EARLY, every / EARLY_SHARE)


@contextmanager
def _alone(house: House) -> Iterator[bool]:
    """Yield whether no other process is running what is due; the lock ends with the block."""
    path = house.config.private / LOCK_FILE
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True

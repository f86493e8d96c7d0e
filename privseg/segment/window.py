# SPDX-License-Identifier: Apache-2.0
"""Windows as absolute bounds in UTC, computed here and nowhere else; engines get two moments.

Windows end before ``at``. Hours and days are exact multiples; weeks, months and years go back on
the wall clock of the workspace's zone, the day clamped to the month's end. A computed bound never
fails: a skipped hour takes the offset before the gap and a repeated hour its first pass (PEP 495,
fold=0).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from privseg.segment.tree import Ago, AgoUnit, Fixed, Window

BEGINNING = datetime(1, 1, 2, tzinfo=UTC)  # a window that reaches further back starts here


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in UTC; ``start`` None is from the beginning. It may be empty."""

    start: datetime | None
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        """Return whether ``moment`` lies in it."""
        return (self.start is None or self.start <= moment) and moment < self.end


def resolve(window: Window | None, *, at: datetime, zone: ZoneInfo) -> Span:
    """Return the absolute bounds of ``window``.

    >>> at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    >>> resolve(Ago(1, AgoUnit.MONTHS), at=at, zone=ZoneInfo("UTC")).start.isoformat()
    '2026-02-28T12:00:00+00:00'

    Raises:
        ValueError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    end = at.astimezone(UTC)
    match window:
        case None:
            return Span(None, end)
        case Ago():
            return Span(_before(end, window, zone), end)
        case Fixed():
            return Span(_moment(window.start, zone), min(_moment(window.end, zone), end))


def _before(at: datetime, ago: Ago, zone: ZoneInfo) -> datetime:
    """Go back from ``at``; beyond the calendar's beginning, stop there."""
    try:
        return max(_step_back(at, ago, zone), BEGINNING)
    except (OverflowError, ValueError):
        return BEGINNING


def _step_back(at: datetime, ago: Ago, zone: ZoneInfo) -> datetime:
    match ago.unit:
        case AgoUnit.HOURS:
            return at - timedelta(hours=ago.number)
        case AgoUnit.DAYS:
            return at - timedelta(hours=24 * ago.number)
        case AgoUnit.WEEKS:
            return _utc(_wall(at, zone) - timedelta(weeks=ago.number), zone)
        case AgoUnit.MONTHS:
            return _utc(_months_back(_wall(at, zone), ago.number), zone)
        case AgoUnit.YEARS:
            return _utc(_months_back(_wall(at, zone), 12 * ago.number), zone)


def _months_back(wall: datetime, months: int) -> datetime:
    """Return the same wall time ``months`` earlier, the day clamped to the month's end."""
    year, month = divmod(wall.year * 12 + wall.month - 1 - months, 12)
    day = min(wall.day, monthrange(year, month + 1)[1])
    return wall.replace(year=year, month=month + 1, day=day)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _moment(bound: date | datetime, zone: ZoneInfo) -> datetime:
    """Return a fixed bound in UTC; a day counts from its local midnight."""
    if isinstance(bound, datetime):
        return bound.astimezone(UTC)
    try:
        return max(_utc(datetime.combine(bound, time()), zone), BEGINNING)
    except OverflowError:
        return BEGINNING

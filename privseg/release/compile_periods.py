# SPDX-License-Identifier: Apache-2.0
"""The last complete weeks or months before a moment, in a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from privseg.frames import Window
from privseg.release.ask_tables import Every

Period = tuple[str, Window]
"""Its name (2026-W47, 2026-11) and when it is, in UTC."""


def last_periods(every: Every, count: int, *, at: datetime, zone: tzinfo) -> tuple[Period, ...]:
    """Return ``count`` periods, oldest first; the last ends at ``at`` or before.

    A week is ISO 8601's, from Monday; a month the calendar's; both begin at local midnight (where
    a clock change leaves none out, the moment it would have been). Half-open, without a gap.

    >>> at = datetime(2026, 11, 18, tzinfo=UTC)
    >>> [name for name, _ in last_periods(Every.WEEK, 2, at=at, zone=UTC)]
    ['2026-W45', '2026-W46']

    Raises:
        ValueError: so many reach back before the calendar.
    """
    start = _begins(every, at.astimezone(zone).date())
    if _midnight(start, zone) > at:
        start = _before(every, start)
    starts = [start]
    for _ in range(count):
        starts.append(_before(every, starts[-1]))
    starts.reverse()
    moments = [_midnight(day, zone) for day in starts]
    windows = pairwise(moments)
    return tuple((_name(every, day), w) for day, w in zip(starts[:-1], windows, strict=True))


def _begins(every: Every, day: date) -> date:
    """Return the first day of the period that ``day`` is in."""
    match every:
        case Every.WEEK:
            return day - timedelta(days=day.weekday())
        case Every.MONTH:
            return day.replace(day=1)


def _before(every: Every, start: date) -> date:
    """Return the first day of the period before.

    Raises:
        ValueError: the calendar has none.
    """
    try:
        return _begins(every, start - timedelta(days=1))
    except OverflowError:
        raise ValueError("so many periods reach back before the calendar") from None


def _name(every: Every, start: date) -> str:
    match every:
        case Every.WEEK:
            year, week, _ = start.isocalendar()
            return f"{year:04}-W{week:02}"
        case Every.MONTH:
            return f"{start.year:04}-{start.month:02}"


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)

# SPDX-License-Identifier: Apache-2.0
"""Windows and relative dates as absolute bounds, computed here and nowhere else.

Engines get moments in UTC and days, never a rule of the calendar. Windows end before ``at``. Hours
and days are exact multiples; weeks, months and years count on the wall clock of the workspace's
zone, the day clamped to the month's end. A computed bound never fails: a skipped hour takes the
offset before the gap, a repeated hour its first pass (PEP 495, fold=0), and what lies beyond the
calendar is its end.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from privseg.segment.values import Ago, AgoUnit, Fixed, Relation, Relative, Window

# One day inside the calendar, so that every zone's wall clock shows them. Beyond is these.
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(MAXYEAR, 12, 30, tzinfo=UTC)
_DAY = timedelta(days=1)
_LEAP_DAY, _DAY_BEFORE = (2, 29), (2, 28)

MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in UTC; ``start`` None is from the beginning. It may be empty."""

    start: datetime | None
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        """Return whether ``moment`` lies in it."""
        return (self.start is None or self.start <= moment) and moment < self.end


@dataclass(frozen=True, slots=True)
class DaySpan:
    """[first, end) in days; None is without a bound. It may be empty."""

    first: date | None
    end: date | None

    def __contains__(self, day: date) -> bool:
        """Return whether ``day`` lies in it."""
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class YearDays:
    """Days of one year, both ends included: who was born before it on one of them has a birthday.

    In a year without 29 February an end on the 28th is written as the 29th, so that a month and a
    day need only be compared.
    """

    year: int
    first: MonthDay
    last: MonthDay

    def __contains__(self, day: date) -> bool:
        """Return whether an anniversary of ``day`` is among them; the day itself is none."""
        return day.year < self.year and self.first <= (day.month, day.day) <= self.last


def resolve(window: Window | None, *, at: datetime, zone: ZoneInfo) -> Span:
    """Return the absolute bounds of ``window``.

    >>> at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    >>> resolve(Ago(1, AgoUnit.MONTHS), at=at, zone=ZoneInfo("UTC")).start.isoformat()
    '2026-02-28T12:00:00+00:00'

    Raises:
        ValueError: ``at`` has no time zone.
    """
    end = _in_utc(at)
    match window:
        case None:
            return Span(None, end)
        case Ago():
            return Span(before(window, at=at, zone=zone), end)
        case Fixed():
            return Span(_moment(window.start, zone), min(_moment(window.end, zone), end))


def before(span: Ago, *, at: datetime, zone: ZoneInfo) -> datetime:
    """Return ``at - span``; the calendar's beginning, if it lies beyond.

    Raises:
        ValueError: ``at`` has no time zone.
    """
    return _moved(span, at, zone, -1)


def ahead(span: Ago, *, at: datetime, zone: ZoneInfo) -> datetime:
    """Return ``at + span``; the calendar's end, if it lies beyond.

    >>> at = datetime(2027, 1, 31, 12, tzinfo=UTC)
    >>> ahead(Ago(1, AgoUnit.MONTHS), at=at, zone=ZoneInfo("UTC")).isoformat()
    '2027-02-28T12:00:00+00:00'

    Raises:
        ValueError: ``at`` has no time zone.
    """
    return _moved(span, at, zone, 1)


def moments_of(relative: Relative, *, at: datetime, zone: ZoneInfo) -> Span:
    """Return the moments that a relative test of a time holds for.

    ``within`` and ``older_than`` of one length part the past between them; ``within_next`` is what
    begins at ``at``.

    Raises:
        ValueError: it is an anniversary, which is of days; ``at`` has no time zone.
    """
    match relative.relation:
        case Relation.WITHIN:
            return Span(before(relative.span, at=at, zone=zone), _in_utc(at))
        case Relation.OLDER_THAN:
            return Span(None, before(relative.span, at=at, zone=zone))
        case Relation.WITHIN_NEXT:
            return Span(_in_utc(at), ahead(relative.span, at=at, zone=zone))
        case Relation.ANNIVERSARY_WITHIN_NEXT:
            raise ValueError("an anniversary is of days")


def days_of(relative: Relative, *, at: datetime, zone: ZoneInfo) -> DaySpan:
    """Return the days whose local midnight is one of ``moments_of``.

    Raises:
        ValueError: it is an anniversary; ``at`` has no time zone.
    """
    span = moments_of(relative, at=at, zone=zone)
    return DaySpan(_first_day(span.start, zone), _end_day(span.end, zone))


def anniversaries(span: Ago, *, at: datetime, zone: ZoneInfo) -> tuple[YearDays, ...]:
    """Return the days on which an anniversary is within the next ``span``, by year.

    They are today, whatever the hour, and every day whose local midnight is before ``at + span``.

    >>> at, zone = datetime(2026, 12, 30, 9, tzinfo=UTC), ZoneInfo("UTC")
    >>> [(d.year, d.first, d.last) for d in anniversaries(Ago(3, AgoUnit.DAYS), at=at, zone=zone)]
    [(2026, (12, 30), (12, 31)), (2027, (1, 1), (1, 2))]

    Raises:
        ValueError: ``at`` has no time zone.
    """
    today = _clamped(at).astimezone(zone).date()
    end = _end_day(ahead(span, at=at, zone=zone), zone)
    last = date.max if end is None else max(today, end - _DAY)
    return tuple(_year_days(y, today, last) for y in range(today.year, last.year + 1))


def _year_days(year: int, first: date, last: date) -> YearDays:
    """Return the days of ``year`` from ``first`` to ``last``."""
    begin = max(first, date(year, 1, 1))
    end = min(last, date(year, 12, 31))
    month_day = (end.month, end.day)
    if month_day == _DAY_BEFORE and not isleap(year):
        month_day = _LEAP_DAY
    return YearDays(year, (begin.month, begin.day), month_day)


def _first_day(start: datetime | None, zone: ZoneInfo) -> date | None:
    if start is None or start <= BEGINNING:
        return None
    return date.max if start >= END else _day_from(start, zone)


def _end_day(end: datetime, zone: ZoneInfo) -> date | None:
    if end >= END:
        return None
    return date.min if end <= BEGINNING else _day_from(end, zone)


def _day_from(bound: datetime, zone: ZoneInfo) -> date:
    """Return the first day whose local midnight is not before ``bound``."""
    day = date.fromordinal(max(1, bound.astimezone(zone).toordinal() - 1))
    while _moment(day, zone) < bound:
        day += _DAY
    return day


def _moved(span: Ago, at: datetime, zone: ZoneInfo, sign: int) -> datetime:
    """Go ``span`` on from ``at`` or back; beyond the calendar, stop at its end."""
    start = _clamped(at)
    try:
        return _clamped(_step(start, span, zone, sign))
    except (OverflowError, ValueError):
        return END if sign > 0 else BEGINNING


def _step(at: datetime, span: Ago, zone: ZoneInfo, sign: int) -> datetime:
    number = sign * span.number
    match span.unit:
        case AgoUnit.HOURS:
            return at + timedelta(hours=number)
        case AgoUnit.DAYS:
            return at + timedelta(hours=24 * number)
        case AgoUnit.WEEKS:
            return _utc(_wall(at, zone) + timedelta(weeks=number), zone)
        case AgoUnit.MONTHS:
            return _utc(_months_on(_wall(at, zone), number), zone)
        case AgoUnit.YEARS:
            return _utc(_months_on(_wall(at, zone), 12 * number), zone)


def _months_on(wall: datetime, months: int) -> datetime:
    """Return the same wall time so many months on, the day clamped to the month's end."""
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    day = min(wall.day, monthrange(year, month + 1)[1])
    return wall.replace(year=year, month=month + 1, day=day)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _moment(bound: date | datetime, zone: ZoneInfo) -> datetime:
    """Return a fixed bound in UTC; a day counts from its local midnight."""
    if isinstance(bound, datetime):
        return _clamped(bound)
    try:
        return _clamped(_utc(datetime.combine(bound, time()), zone))
    except OverflowError:
        return BEGINNING if bound.year == 1 else END


def _in_utc(at: datetime) -> datetime:
    """Return an aware moment in UTC.

    Raises:
        ValueError: it has no time zone.
    """
    try:
        return _aware(at).astimezone(UTC)
    except OverflowError:
        return _clamped(at)


def _clamped(moment: datetime) -> datetime:
    """Return an aware moment in UTC, kept inside the calendar."""
    return min(max(_aware(moment), BEGINNING), END).astimezone(UTC)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment

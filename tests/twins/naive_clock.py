# SPDX-License-Identifier: Apache-2.0
"""The clocks of requests once more, day by day: the naive twin of ``privseg.dsr.clock``.

It knows no arithmetic of months: it turns over the leaves of a calendar and looks what each says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from privseg.dsr.law import ClockRule, Span, Unit

TOMORROW = timedelta(days=1)
Holidays = Callable[[date], bool]


@dataclass(frozen=True)
class Extended:
    """The person was told that it takes longer."""


@dataclass(frozen=True)
class Doubted:
    """It was in doubt who asks, from one day until another."""

    asked: date
    came: date


Happened = Extended | Doubted


def dates(
    rule: ClockRule, received: date, happened: Iterable[Happened], is_holiday: Holidays
) -> tuple[date, date, date | None]:
    """Return (answer by, legal limit, confirm by) after all that happened."""
    each = [_under(one, rule, received, list(happened), is_holiday) for one in rule.rules]
    confirms = sorted(c for _, _, c in each if c is not None)
    return min(a for a, _, _ in each), min(b for _, b, _ in each), (confirms or [None])[0]


def last_of(span: Span, start: date, is_holiday: Holidays) -> date:
    """Return the last day of a span, by walking."""
    if span.unit is Unit.MONTHS:
        return _months(start, span.count)
    passed = 0
    for day in _after(start):
        passed += span.unit is Unit.DAYS or _is_open(day, is_holiday)
        if passed == span.count:
            return day
    raise AssertionError


def _under(
    one: ClockRule, whole: ClockRule, received: date, happened: list[Happened], is_holiday: Holidays
) -> tuple[date, date, date | None]:
    """Return the dates under one law alone."""
    is_longer = Extended() in happened and all(r.extended for r in whole.rules)
    span = one.extended if is_longer and one.extended else one.answer
    last = last_of(span, received, is_holiday)
    if all(r.pauses for r in whole.rules):
        for _ in _still(happened):
            last += TOMORROW
    limit = last
    while one.rolls and not _is_open(limit, is_holiday):
        limit += TOMORROW
    confirm = None if one.confirm is None else last_of(one.confirm, received, is_holiday)
    return last, limit, confirm


def _still(happened: Iterable[Happened]) -> set[date]:
    """Return every day on which the clock stood still."""
    days: set[date] = set()
    for one in happened:
        if isinstance(one, Doubted):
            day = one.asked
            while day < one.came:
                days.add(day)
                day += TOMORROW
    return days


def _months(start: date, count: int) -> date:
    """Return the day with the same number so many months on, or that month's last one."""
    turned, page = 0, start
    for day in _after(start):
        turned += day.month != page.month
        page = day
        is_last = (day + TOMORROW).month != day.month
        if turned == count and (day.day == start.day or (is_last and day.day < start.day)):
            return day
    raise AssertionError


def _after(start: date) -> Iterator[date]:
    """Yield every day after one, for some years."""
    yield from (start + TOMORROW * n for n in range(1, 2000))


def _is_open(day: date, is_holiday: Holidays) -> bool:
    """Return whether people work on a day."""
    return day.strftime("%a") not in {"Sat", "Sun"} and not is_holiday(day)

# SPDX-License-Identifier: Apache-2.0
"""Deadlines of requests: the rules of a law (``dsr.law``) applied to the day of receipt.

Pure: holidays come in as a function, rules as data. Every time counts from receipt, never from
verification. Where a statute is silent on weekends the unrolled date is the limit as well.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from privseg.dsr.law import ClockRule, Span, Unit

IsHoliday = Callable[[date], bool]
Pause = tuple[date, date]  # the days on which proof of identity was asked for, and came
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When a request must be confirmed and answered, and by which law.

    ``answer_by`` is the date to plan for; ``legal_limit`` is later only where the law itself
    moves a deadline that falls on a weekend or holiday to the next working day.
    """

    law: str
    answer_by: date
    legal_limit: date
    confirm_by: date | None = None


def first(rule: ClockRule, received: date, is_holiday: IsHoliday) -> Deadlines:
    """Return the deadlines of a request received on ``received``, as the law gives them at first.

    Where several laws may hold, the earliest date of any.
    """
    return standing(rule, received, is_holiday)


def extended(
    rule: ClockRule, received: date, is_holiday: IsHoliday, pauses: Iterable[Pause] = ()
) -> Deadlines:
    """Return the deadlines once the person was told of an extension.

    GDPR Art. 12(3): three calendar months from receipt, and then rolled; never two more months
    from a first date that was rolled or cut short. A rule without extension stays as it was.
    """
    return standing(rule, received, is_holiday, pauses=pauses, is_extended=True)


def paused(
    rule: ClockRule,
    received: date,
    is_holiday: IsHoliday,
    pauses: Iterable[Pause],
    *,
    is_extended: bool = False,
) -> Deadlines:
    """Return the deadlines after the clock stood still while who asks was in real doubt.

    The days from asking to answer are added to the unrolled date, which is then rolled
    (EDPB Guidelines 01/2022, 157-159). Where the law knows no pause nothing moves: California
    counts from receipt "regardless of time required to verify" (11 CCR § 7021(b)).
    """
    return standing(rule, received, is_holiday, pauses=pauses, is_extended=is_extended)


def standing(
    rule: ClockRule,
    received: date,
    is_holiday: IsHoliday,
    *,
    pauses: Iterable[Pause] = (),
    is_extended: bool = False,
) -> Deadlines:
    """Return the deadlines as they stand after every pause and extension, in whatever order."""
    still = days_paused(pauses) if rule.may_pause else 0
    longer = is_extended and rule.may_extend
    each = [_one(r, received, is_holiday, still=still, longer=longer) for r in rule.rules]
    earliest = min(each, key=lambda d: (d.answer_by, d.legal_limit))
    return Deadlines(
        law=earliest.law,
        answer_by=earliest.answer_by,
        legal_limit=min(d.legal_limit for d in each),
        confirm_by=min((d.confirm_by for d in each if d.confirm_by), default=None),
    )


def tell_by(
    rule: ClockRule, received: date, is_holiday: IsHoliday, pauses: Iterable[Pause] = ()
) -> date | None:
    """Return the last day on which an extension can be told; None where there is none.

    Inside the first time, with reasons (GDPR Art. 12(3); Cal. Civ. Code § 1798.145(h)(1)).
    """
    if not rule.may_extend:
        return None
    return standing(rule, received, is_holiday, pauses=pauses).answer_by


def kept_until(answered: date, span: Span, is_holiday: IsHoliday) -> date:
    """Return the last day on which the record of a request answered then has to be kept."""
    return add(answered, span, is_holiday)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """Return the day on which something arrived where the controller is.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> str(local_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin")))
    '2027-01-01'

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(zone).date()


def days_paused(pauses: Iterable[Pause]) -> int:
    """Return on how many days the clock stood still; a day that two pauses share counts once.

    >>> days_paused([(date(2026, 3, 2), date(2026, 3, 9)), (date(2026, 3, 5), date(2026, 3, 10))])
    8
    """
    days = 0
    end = date.min
    for asked, came in sorted(pauses):
        start = max(asked, end)
        days += max(0, (came - start).days)
        end = max(end, came)
    return days


def add(day: date, span: Span, is_holiday: IsHoliday) -> date:
    """Return the last day of a span that starts on ``day``, which itself is not counted."""
    match span.unit:
        case Unit.MONTHS:
            return add_months(day, span.count)
        case Unit.DAYS:
            return day + span.count * DAY
        case Unit.BUSINESS_DAYS:
            return add_business_days(day, span.count, is_holiday=is_holiday)


def add_months(day: date, months: int) -> date:
    """Return the same day number ``months`` later, or the month's last day if it has none.

    Regulation (EEC, Euratom) 1182/71 Art. 3(2)(c).

    >>> add_months(date(2027, 1, 31), 1)
    datetime.date(2027, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_working_day(day: date, *, is_holiday: IsHoliday) -> date:
    """Return ``day``, or the first later day that is neither weekend nor holiday.

    >>> next_working_day(date(2026, 11, 21), is_holiday=lambda _: False)
    datetime.date(2026, 11, 23)
    """
    while _is_closed(day, is_holiday):
        day += DAY
    return day


def add_business_days(day: date, count: int, *, is_holiday: IsHoliday) -> date:
    """Return the ``count``-th working day after ``day``.

    >>> add_business_days(date(2026, 11, 20), 1, is_holiday=lambda _: False)
    datetime.date(2026, 11, 23)
    """
    for _ in range(count):
        day = next_working_day(day + DAY, is_holiday=is_holiday)
    return day


def _one(
    rule: ClockRule, received: date, is_holiday: IsHoliday, *, still: int, longer: bool
) -> Deadlines:
    """Return the deadlines under one law, whose first date comes from receipt alone."""
    span = rule.extended if longer and rule.extended is not None else rule.answer
    plain = add(received, span, is_holiday) + still * DAY
    rolled = next_working_day(plain, is_holiday=is_holiday) if rule.rolls else plain
    confirm = None if rule.confirm is None else add(received, rule.confirm, is_holiday)
    return Deadlines(rule.law, plain, rolled, confirm)


def _is_closed(day: date, is_holiday: IsHoliday) -> bool:
    """Return whether ``day`` is a Saturday, a Sunday or a holiday."""
    return day.weekday() >= calendar.SATURDAY or is_holiday(day)

# SPDX-License-Identifier: Apache-2.0
"""Deadlines of data-subject requests: calendar months, calendar days, business days.

Pure: holidays come in as a function. Where a statute is silent on weekends the unrolled date is
the deadline to plan for (DESIGN, data-subject requests).
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from privseg.terms import Jurisdiction

CCPA_CONFIRM_BUSINESS_DAYS = 10  # 11 CCR § 7021(a)
CCPA_RESPONSE = timedelta(days=45)  # Cal. Civ. Code § 1798.130(a)(2)(A), 11 CCR § 7021(b)
GDPR_RESPONSE_MONTHS = 1  # GDPR Art. 12(3)
GDPR_PLACES = frozenset(  # the EU, the EEA and the United Kingdom
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR",
        "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO",
        "SE", "SI", "SK", "IS", "LI", "NO", "GB",
    }
)  # fmt: skip
SHORTEST = timedelta(days=15)  # LGPD Art. 19: the shortest we know, where no law is known here

IsHoliday = Callable[[date], bool]


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


def deadlines(
    jurisdiction: Jurisdiction | None, received: date, *, is_holiday: IsHoliday
) -> Deadlines:
    """Return the deadlines of a request received on ``received``.

    An unknown jurisdiction gets the earlier of the two laws known here, and a place whose law is
    not known the shortest time of any: missing information never buys time.
    """
    if jurisdiction == "US-CA":
        return _ccpa(received, is_holiday)
    if jurisdiction is None:
        return min(
            (_gdpr(received, is_holiday), _ccpa(received, is_holiday)), key=lambda d: d.answer_by
        )
    if jurisdiction.partition("-")[0] in GDPR_PLACES:
        return _gdpr(received, is_holiday)
    day = received + SHORTEST
    return Deadlines("no law known here, 15 days planned", answer_by=day, legal_limit=day)


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
        day += timedelta(days=1)
    return day


def add_business_days(day: date, count: int, *, is_holiday: IsHoliday) -> date:
    """Return the ``count``-th working day after ``day``.

    >>> add_business_days(date(2026, 11, 20), 1, is_holiday=lambda _: False)
    datetime.date(2026, 11, 23)
    """
    for _ in range(count):
        day = next_working_day(day + timedelta(days=1), is_holiday=is_holiday)
    return day


def _gdpr(received: date, is_holiday: IsHoliday) -> Deadlines:
    """One calendar month; a last day that is closed moves on (Regulation 1182/71 Art. 3(4))."""
    plain = add_months(received, GDPR_RESPONSE_MONTHS)
    return Deadlines(
        law="GDPR Art. 12(3)",
        answer_by=plain,
        legal_limit=next_working_day(plain, is_holiday=is_holiday),
    )


def _ccpa(received: date, is_holiday: IsHoliday) -> Deadlines:
    """Confirm in ten business days, answer in 45 calendar days however long verifying takes."""
    answer = received + CCPA_RESPONSE
    confirm = add_business_days(received, CCPA_CONFIRM_BUSINESS_DAYS, is_holiday=is_holiday)
    return Deadlines(law="11 CCR § 7021", answer_by=answer, legal_limit=answer, confirm_by=confirm)


def _is_closed(day: date, is_holiday: IsHoliday) -> bool:
    """Return whether ``day`` is a Saturday, a Sunday or a holiday."""
    return day.weekday() >= calendar.SATURDAY or is_holiday(day)

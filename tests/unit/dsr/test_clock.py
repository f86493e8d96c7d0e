# SPDX-License-Identifier: Apache-2.0
"""Clocks of requests, each computed by a second method."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from privseg.dsr.clock import (
    add_business_days,
    add_months,
    deadlines,
    next_working_day,
)
from privseg.terms import Jurisdiction

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def _none(_: date) -> bool:
    return False


@given(DAYS, st.integers(0, 24))
def test_a_calendar_month_ends_on_the_same_day_number_or_the_last(day: date, months: int) -> None:
    assert add_months(day, months) == day + relativedelta(months=months)


@pytest.mark.parametrize(
    ("received", "answer", "limit"),
    [
        (date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 1)),  # a Sunday rolls to Monday
        (date(2028, 1, 31), date(2028, 2, 29), date(2028, 2, 29)),  # leap day, a Tuesday
        (date(2026, 11, 25), date(2026, 12, 25), date(2026, 12, 28)),  # Christmas, a Friday
    ],
)
def test_one_month_under_the_gdpr(received: date, answer: date, limit: date) -> None:
    christmas = {date(2026, 12, 25), date(2026, 12, 26)}
    found = deadlines(Jurisdiction("DE"), received, is_holiday=lambda d: d in christmas)
    assert (found.answer_by, found.legal_limit, found.confirm_by) == (answer, limit, None)


@given(DAYS)
def test_california_counts_45_calendar_days_and_10_business_days(received: date) -> None:
    found = deadlines(Jurisdiction("US-CA"), received, is_holiday=_none)
    assert found.answer_by == found.legal_limit == received + timedelta(45)
    business = [received + timedelta(n) for n in range(1, 30)]
    business = [d for d in business if d.isoweekday() <= 5]
    assert found.confirm_by == business[9]


@given(DAYS)
def test_an_unknown_jurisdiction_never_buys_time(received: date) -> None:
    unknown = deadlines(None, received, is_holiday=_none).answer_by
    for known in ("DE", "US-CA"):
        assert unknown <= deadlines(Jurisdiction(known), received, is_holiday=_none).answer_by


@given(DAYS, st.sets(st.integers(0, 20)))
def test_a_working_day_is_neither_weekend_nor_holiday(day: date, offsets: set[int]) -> None:
    closed = {day + timedelta(n) for n in offsets}
    found = next_working_day(day, is_holiday=lambda d: d in closed)
    assert found >= day
    assert found.isoweekday() <= 5
    assert found not in closed
    between = [day + timedelta(n) for n in range((found - day).days)]
    assert all(d.isoweekday() > 5 or d in closed for d in between)


@given(DAYS, st.integers(1, 30))
def test_business_days_skip_what_is_closed(day: date, count: int) -> None:
    found = add_business_days(day, count, is_holiday=_none)
    passed = [day + timedelta(n) for n in range(1, (found - day).days + 1)]
    assert sum(d.isoweekday() <= 5 for d in passed) == count


@given(DAYS, st.sampled_from(["BR", "US-CO", "CA-QC", "XX"]))
def test_a_place_whose_law_is_not_known_never_gets_more_time_than_any_law(
    received: date, place: str
) -> None:
    found = deadlines(Jurisdiction(place), received, is_holiday=_none)
    assert found.answer_by == found.legal_limit == received + timedelta(15)
    assert "GDPR" not in found.law

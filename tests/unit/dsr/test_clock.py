# SPDX-License-Identifier: Apache-2.0
"""The clocks of requests by the laws' own numbers; dates here were reckoned by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from privseg.dsr.clock import (
    Deadlines,
    add_business_days,
    add_months,
    extended,
    first,
    kept_until,
    local_day,
    next_working_day,
    paused,
    standing,
    tell_by,
)
from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import NO_PROOF, RequestLaw
from privseg.dsr.strictest import law_of
from privseg.engine.dsr.laws import holidays_of
from privseg.loaders.laws import shipped_packs
from privseg.terms import Jurisdiction

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
LAWS = {place: pack.requests for pack in shipped_packs() for place in pack.laws if pack.requests}
KIND = RequestKind


def law(where: str | None) -> RequestLaw:
    return law_of(LAWS, None if where is None else Jurisdiction(where))


def at_first(where: str | None, kind: RequestKind, received: date) -> Deadlines:
    place = None if where is None else Jurisdiction(where)
    return first(law(where).clock(kind), received, holidays_of(place))


@given(DAYS, st.integers(0, 24))
def test_a_calendar_month_ends_on_the_same_day_number_or_the_last(day: date, months: int) -> None:
    assert add_months(day, months) == day + relativedelta(months=months)


def _none(_: date) -> bool:
    return False


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
def test_business_days_leave_out_weekends_and_holidays(day: date, count: int) -> None:
    holidays = {day + timedelta(n) for n in range(0, 60, 7)}
    open_days = [day + timedelta(n) for n in range(1, 120)]
    open_days = [d for d in open_days if d.isoweekday() <= 5 and d not in holidays]
    found = add_business_days(day, count, is_holiday=holidays.__contains__)
    assert found == open_days[count - 1]


@pytest.mark.parametrize(
    ("where", "received", "answer", "limit"),
    [
        ("DE", date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 1)),  # a Sunday
        ("DE", date(2028, 1, 31), date(2028, 2, 29), date(2028, 2, 29)),  # leap day, a Tuesday
        ("DE", date(2026, 11, 25), date(2026, 12, 25), date(2026, 12, 28)),  # Christmas, a Friday
        ("GB", date(2026, 11, 25), date(2026, 12, 25), date(2026, 12, 29)),  # and Boxing Day
        ("DE", date(2026, 12, 6), date(2027, 1, 6), date(2027, 1, 6)),
        ("DE-BY", date(2026, 12, 6), date(2027, 1, 6), date(2027, 1, 7)),  # Epiphany in Bavaria
        ("DE", date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 1)),  # over the year's end
    ],
)  # fmt: skip
def test_g_12_3_one_calendar_month_then_the_next_working_day(
    where: str, received: date, answer: date, limit: date
) -> None:
    found = at_first(where, KIND.ACCESS, received)
    assert (found.answer_by, found.legal_limit, found.confirm_by) == (answer, limit, None)


def test_g_12_3_an_extension_is_three_months_from_receipt_and_then_rolled() -> None:
    rule, holiday = law("DE").clock(KIND.ERASURE), holidays_of(Jurisdiction("DE"))
    received = date(2026, 11, 30)
    assert first(rule, received, holiday).answer_by == date(2026, 12, 30)
    found = extended(rule, received, holiday)
    # never two months after 30 December: that would be 28 February as well, but 30 from 30 January
    assert (found.answer_by, found.legal_limit) == (date(2027, 2, 28), date(2027, 3, 1))
    short = extended(rule, date(2027, 1, 31), holiday)  # first: 28 February, cut short
    assert short.answer_by == date(2027, 4, 30)  # not 28 April


def test_g_12_3_an_extension_is_told_inside_the_first_month() -> None:
    rule, holiday = law("DE").clock(KIND.ACCESS), holidays_of(Jurisdiction("DE"))
    assert tell_by(rule, date(2027, 1, 31), holiday) == date(2027, 2, 28)  # not the rolled day
    assert tell_by(law("DE").clock(KIND.OBJECT_MARKETING), date(2027, 1, 31), holiday) is None


def test_g_12_6_a_pause_adds_its_days_to_the_unrolled_date_which_then_rolls() -> None:
    rule, holiday = law("DE").clock(KIND.ACCESS), holidays_of(Jurisdiction("DE"))
    received = date(2027, 1, 28)  # one month: Sunday 28 February, rolled to Monday 1 March
    found = paused(rule, received, holiday, [(date(2027, 2, 1), date(2027, 2, 2))])
    assert (found.answer_by, found.legal_limit) == (date(2027, 3, 1), date(2027, 3, 1))
    twice = paused(rule, received, holiday, [(date(2027, 2, 1), date(2027, 2, 7))])
    assert (twice.answer_by, twice.legal_limit) == (date(2027, 3, 6), date(2027, 3, 8))


@given(DAYS)
def test_c_7021a_receipt_is_confirmed_in_ten_business_days(received: date) -> None:
    found = at_first("US-CA", KIND.ACCESS, received)
    holiday = holidays_of(Jurisdiction("US-CA"))
    open_days = [received + timedelta(n) for n in range(1, 40)]
    open_days = [d for d in open_days if d.isoweekday() <= 5 and not holiday(d)]
    assert found.confirm_by == open_days[9]
    assert at_first("US-CA", KIND.OPT_OUT_SALE, received).confirm_by is None


@given(DAYS, st.integers(0, 60))
def test_c_7021b_45_calendar_days_whatever_verification_takes(received: date, waited: int) -> None:
    rule, holiday = law("US-CA").clock(KIND.ERASURE), holidays_of(Jurisdiction("US-CA"))
    pause = [(received + timedelta(1), received + timedelta(1 + waited))]
    found = paused(rule, received, holiday, pause)
    assert found.answer_by == found.legal_limit == received + timedelta(45)


@given(DAYS)
def test_c_7021b_90_days_in_all_told_inside_the_first_45(received: date) -> None:
    rule, holiday = law("US-CA").clock(KIND.ACCESS), holidays_of(Jurisdiction("US-CA"))
    assert extended(rule, received, holiday).answer_by == received + timedelta(90)
    assert tell_by(rule, received, holiday) == received + timedelta(45)


@pytest.mark.parametrize("kind", [KIND.OPT_OUT_SALE, KIND.LIMIT, KIND.OPT_OUT_PROFILING])
def test_c_7026_and_c_121_an_opt_out_and_a_limit_take_15_business_days(kind: RequestKind) -> None:
    # 10 to 13 February, 17 to 20 (the 16th is Presidents' Day), 23 to 27, 2 and 3 March
    found = at_first("US-CA", kind, date(2026, 2, 9))
    assert (found.answer_by, found.legal_limit) == (date(2026, 3, 3), date(2026, 3, 3))
    assert not law("US-CA").clock(kind).may_extend


def test_c_7101_records_of_requests_are_kept_for_24_months() -> None:
    span = law("US-CA").keep_records
    assert kept_until(date(2026, 11, 22), span, _none) == date(2028, 11, 22)
    assert kept_until(date(2024, 2, 29), span, _none) == date(2026, 2, 28)


def test_colorado_45_and_45_and_an_appeal_of_45_and_60() -> None:
    received = date(2026, 1, 31)
    assert at_first("US-CO", KIND.ACCESS, received).answer_by == date(2026, 3, 17)
    rule = law("US-CO").clock(KIND.ACCESS)
    assert extended(rule, received, _none).answer_by == date(2026, 5, 1)
    appeal = law("US-CO").clock(KIND.APPEAL)
    assert appeal == law("US-CO").appeals
    assert first(appeal, received, _none).answer_by == received + timedelta(45)
    assert extended(appeal, received, _none).answer_by == received + timedelta(105)
    assert law("DE").appeals is None


@pytest.mark.parametrize(("where", "days"), [("BR", 15), ("CA-QC", 30), ("CA-ON", 30)])
def test_brazil_15_days_quebec_and_canada_30(where: str, days: int) -> None:
    found = at_first(where, KIND.ACCESS, date(2026, 1, 31))
    assert found.answer_by == found.legal_limit == date(2026, 1, 31) + timedelta(days)


@pytest.mark.parametrize("where", ["CH", "US-NV", "CA-AB", "XX"])
def test_a_place_without_a_known_law_has_15_days_and_no_extension(where: str) -> None:
    found = at_first(where, KIND.ACCESS, date(2026, 1, 31))
    assert found.answer_by == date(2026, 2, 15)
    assert found.law == "no law known here, 15 days planned"
    rule = law(where).clock(KIND.ACCESS)
    later = standing(
        rule, date(2026, 1, 31), _none,
        pauses=[(date(2026, 2, 1), date(2026, 2, 9))], is_extended=True,
    )  # fmt: skip
    assert later == found


def test_a_place_that_is_not_known_has_the_strictest_of_every_law() -> None:
    law_here = law(None)
    rule = law_here.clock(KIND.ACCESS)
    found = first(rule, date(2026, 2, 9), _none)
    assert found.answer_by == date(2026, 2, 24)  # Brazil's 15 days
    assert found.confirm_by == date(2026, 2, 23)  # California's ten business days
    assert not rule.may_extend
    assert not rule.may_pause
    assert law_here.identity(KIND.ACCESS) is IdentityNeed.HIGH
    assert {g.code for g in law_here.grounds(KIND.RECTIFICATION)} == {
        "IdentityVerificationFailure", "ProcessExcessive", "ProcessUnfounded",
    }  # fmt: skip
    assert law_here.never_disclosed >= law("US-CA").never_disclosed
    assert law_here.metrics


@pytest.mark.parametrize("where", [*LAWS, None, "CH"])
def test_c_121_opt_outs_objections_and_withdrawals_need_no_proof_anywhere(
    where: str | None,
) -> None:
    assert {law(where).identity(kind) for kind in NO_PROOF} == {IdentityNeed.NONE}
    assert law(where).identity(KIND.ERASURE) is not IdentityNeed.NONE


@pytest.mark.parametrize("where", [*LAWS, None, "CH"])
def test_g_21_2_there_is_no_ground_against_an_objection_to_marketing(where: str | None) -> None:
    assert law(where).grounds(KIND.OBJECT_MARKETING) == ()
    assert law(where).grounds(KIND.WITHDRAW_CONSENT) == ()


@pytest.mark.parametrize("where", [*LAWS, None, "CH"])
def test_what_needs_proof_can_be_refused_for_want_of_it_and_law_obliges_everywhere(
    where: str | None,
) -> None:
    for kind in RequestKind:
        codes = {ground.code for ground in law(where).grounds(kind)}
        proved = law(where).identity(kind) is not IdentityNeed.NONE
        assert ("IdentityVerificationFailure" in codes) is proved
    codes = {ground.code for ground in law(where).grounds(KIND.ERASURE)}
    assert codes >= {"LegalClaimImpaired", "LegalObligationImpaired"}


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2027, 1, 1)),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),  # DST
        (datetime(2026, 3, 29, 22, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 30)),
        (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 3, 8, 7, 59, tzinfo=UTC), "America/Los_Angeles", date(2026, 3, 7)),
        (datetime(2011, 12, 30, 12, 0, tzinfo=UTC), "Pacific/Apia", date(2011, 12, 31)),
    ],
)
def test_a_request_arrives_on_the_local_day_of_the_workspace(
    moment: datetime, zone: str, day: date
) -> None:
    assert local_day(moment, ZoneInfo(zone)) == day


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        local_day(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), UTC)


def test_a_region_goes_by_its_countrys_law_unless_its_regions_have_their_own() -> None:
    assert law("DE-BY") is law("DE")
    assert law("GB-SCT") is law("GB")
    assert law("CA-AB").pack == "unknown"
    assert law("CA").pack.startswith("pipeda@")

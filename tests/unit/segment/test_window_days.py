# SPDX-License-Identifier: Apache-2.0
"""Bounds ahead, days and anniversaries: over gaps and folds of the clock, and at year's end."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from privseg.segment import (
    Ago,
    AgoUnit,
    DaySpan,
    Relation,
    Relative,
    Span,
    YearDays,
    ahead,
    anniversaries,
    before,
    days_of,
    moments_of,
    resolve,
)
from privseg.segment.window import BEGINNING, END

U, R = AgoUnit, Relation
DAY = timedelta(days=1)
BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut",
    "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu", "UTC",
]  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(-315_619_200, 2_208_988_800).map(  # from 1960 until 2040
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
spans = st.builds(Ago, st.integers(1, 400), st.sampled_from(U))
days_ahead = st.one_of(
    st.builds(Ago, st.integers(1, 365), st.just(U.DAYS)),
    st.builds(Ago, st.integers(1, 52), st.just(U.WEEKS)),
    st.builds(Ago, st.integers(1, 11), st.just(U.MONTHS)),
)


@pytest.mark.parametrize(
    ("span", "at", "bound"),
    [
        (Ago(24, U.HOURS), "2026-03-28T12:00+00:00", "2026-03-29T12:00+00:00"),
        (Ago(1, U.DAYS), "2026-03-28T12:00+00:00", "2026-03-29T12:00+00:00"),
        # A week from noon is noon: 23 hours are in one of its days.
        (Ago(1, U.WEEKS), "2026-03-23T11:00+00:00", "2026-03-30T10:00+00:00"),
        # The day is clamped to the month's end, and stays there.
        (Ago(1, U.MONTHS), "2026-01-31T11:00+00:00", "2026-02-28T11:00+00:00"),
        (Ago(1, U.MONTHS), "2026-02-28T11:00+00:00", "2026-03-28T11:00+00:00"),
        (Ago(13, U.MONTHS), "2026-12-31T11:00+00:00", "2028-01-31T11:00+00:00"),
        (Ago(1, U.YEARS), "2024-02-29T12:00+00:00", "2025-02-28T12:00+00:00"),
        (Ago(4, U.YEARS), "2024-02-29T12:00+00:00", "2028-02-29T12:00+00:00"),
        # The wall clock decides: half past midnight of 1 March, and of 1 April in summer time.
        (Ago(1, U.MONTHS), "2026-02-28T23:30+00:00", "2026-03-31T22:30+00:00"),
        # 02:30 on 29 March 2026 is skipped in Berlin: the offset before the gap, UTC+1.
        (Ago(2, U.WEEKS), "2026-03-15T01:30+00:00", "2026-03-29T01:30+00:00"),
        # 02:30 on 25 October 2026 comes twice: the first pass, UTC+2.
        (Ago(1, U.WEEKS), "2026-10-18T00:30+00:00", "2026-10-25T00:30+00:00"),
    ],
)
def test_going_ahead(span: Ago, at: str, bound: str) -> None:
    found = ahead(span, at=datetime.fromisoformat(at), zone=BERLIN)
    assert found == datetime.fromisoformat(bound)


@given(spans, moments, zones)
def test_before_lies_before_and_ahead_lies_ahead(span: Ago, at: datetime, zone: ZoneInfo) -> None:
    assert before(span, at=at, zone=zone) < at < ahead(span, at=at, zone=zone)
    assert resolve(span, at=at, zone=zone) == Span(before(span, at=at, zone=zone), at)
    if span.unit in {U.HOURS, U.DAYS}:
        assert before(span, at=ahead(span, at=at, zone=zone), zone=zone) == at


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins, as the library reads PEP 495."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def near(*bounds: datetime | None) -> set[date]:
    """Return the days on both sides of each bound."""
    return {b.date() + n * DAY for b in bounds if b is not None for n in range(-3, 4)}


@given(st.sampled_from([R.WITHIN, R.OLDER_THAN, R.WITHIN_NEXT]), spans, moments, zones)
def test_a_day_lies_where_its_local_midnight_does(
    relation: Relation, span: Ago, at: datetime, zone: ZoneInfo
) -> None:
    relative = Relative(relation, span)
    days, of = days_of(relative, at=at, zone=zone), moments_of(relative, at=at, zone=zone)
    tried = near(of.start, of.end)
    assert {d for d in tried if d in days} == {d for d in tried if midnight(d, zone) in of}


@given(spans, moments, zones)
def test_what_is_older_what_is_within_and_what_comes_meet_without_a_gap(
    span: Ago, at: datetime, zone: ZoneInfo
) -> None:
    older, within, coming = (
        days_of(Relative(r, span), at=at, zone=zone)
        for r in (R.OLDER_THAN, R.WITHIN, R.WITHIN_NEXT)
    )
    assert older.first is None
    assert older.end == within.first
    assert within.end == coming.first


@pytest.mark.parametrize(
    ("zone", "at", "first", "end"),
    [
        # Midnight of 24 April 2026 is skipped in Cairo: the day begins with the gap's end.
        # That day has 23 hours, so 24 reach the next one.
        ("Africa/Cairo", "2026-04-23T22:00+00:00", date(2026, 4, 24), date(2026, 4, 26)),
        ("Africa/Cairo", "2026-04-23T20:59+00:00", date(2026, 4, 24), date(2026, 4, 25)),
        ("Africa/Cairo", "2026-04-23T22:01+00:00", date(2026, 4, 25), date(2026, 4, 26)),
        # In Apia there was no 30 December 2011: both days begin at one moment.
        ("Pacific/Apia", "2011-12-30T09:59+00:00", date(2011, 12, 30), date(2012, 1, 1)),
        ("Pacific/Apia", "2011-12-30T10:01+00:00", date(2012, 1, 1), date(2012, 1, 2)),
        # Midnight of 1 November 2026 comes twice in Havana: the first pass. The day has 25 hours.
        ("America/Havana", "2026-11-01T04:00+00:00", date(2026, 11, 1), date(2026, 11, 2)),
        ("America/Havana", "2026-11-01T04:01+00:00", date(2026, 11, 2), date(2026, 11, 2)),
    ],
)
def test_days_whose_midnight_is_skipped_or_comes_twice(
    zone: str, at: str, first: date, end: date
) -> None:
    coming = Relative(R.WITHIN_NEXT, Ago(1, U.DAYS))
    found = days_of(coming, at=datetime.fromisoformat(at), zone=ZoneInfo(zone))
    assert (found.first, found.end) == (first, end)


# --- anniversaries


def anniversary(day: date, year: int) -> date:
    """Return the anniversary of a day of a leap year; 29 February falls on the 28th."""
    leapling = (day.month, day.day) == (2, 29) and not isleap(year)
    return date(year, 2, 28) if leapling else date(year, day.month, day.day)


BIRTHDAYS = [date(1960, 1, 1) + n * DAY for n in range(366)]


@given(days_ahead, moments, zones)
def test_an_anniversary_is_found_exactly_if_it_falls_on_one_of_the_days(
    span: Ago, at: datetime, zone: ZoneInfo
) -> None:
    assume(at.year > 1961)
    until, today = ahead(span, at=at, zone=zone), at.astimezone(zone).date()
    coming = {today} | {d for n in range(1, 368) if midnight(d := today + n * DAY, zone) < until}
    years = range(today.year, today.year + 2)
    found = anniversaries(span, at=at, zone=zone)
    assert [b for b in BIRTHDAYS if any(b in y for y in found)] == [
        b for b in BIRTHDAYS if any(anniversary(b, y) in coming for y in years)
    ]


def test_a_year_without_29_february_has_its_end_on_the_28th_written_as_the_29th() -> None:
    def of(year: int) -> tuple[YearDays, ...]:
        at = datetime(year, 2, 27, tzinfo=UTC)
        return anniversaries(Ago(2, U.DAYS), at=at, zone=UTC_ZONE)

    assert of(2026) == (YearDays(2026, (2, 27), (2, 29)),)
    assert of(2028) == (YearDays(2028, (2, 27), (2, 28)),)


def test_the_day_itself_and_days_to_come_are_no_anniversary() -> None:
    days = YearDays(2026, (1, 1), (12, 31))
    assert date(2025, 6, 1) in days
    assert date(2026, 6, 1) not in days
    assert date(2027, 6, 1) not in days


# --- what is refused, and the calendar's ends


def test_an_anniversary_has_neither_hours_nor_a_year() -> None:
    for span in (Ago(1, U.HOURS), Ago(1, U.YEARS), Ago(366, U.DAYS), Ago(12, U.MONTHS)):
        with pytest.raises(ValueError, match="anniversary"):
            Relative(R.ANNIVERSARY_WITHIN_NEXT, span)
    birthday = Relative(R.ANNIVERSARY_WITHIN_NEXT, Ago(1, U.DAYS))
    with pytest.raises(ValueError, match="of days"):
        moments_of(birthday, at=datetime(2026, 1, 1, tzinfo=UTC), zone=BERLIN)


def test_a_moment_without_zone_is_refused_and_never_guessed() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - it has none
    within = Relative(R.WITHIN, Ago(1, U.DAYS))
    for ask in (
        lambda: ahead(within.span, at=naive, zone=BERLIN),
        lambda: before(within.span, at=naive, zone=BERLIN),
        lambda: days_of(within, at=naive, zone=BERLIN),
        lambda: anniversaries(within.span, at=naive, zone=BERLIN),
    ):
        with pytest.raises(ValueError, match="time zone"):
            ask()


@pytest.mark.parametrize("at", [date.min, date.max])
@pytest.mark.parametrize("zone", [*ZONES, "Etc/GMT+12", "Etc/GMT-14"])
@pytest.mark.parametrize("unit", U)
def test_beyond_the_calendar_is_its_end(at: date, zone: str, unit: AgoUnit) -> None:
    moment = datetime(at.year, at.month, at.day, tzinfo=UTC)
    where, far = ZoneInfo(zone), Ago(999_999_999, unit)
    assert before(far, at=moment, zone=where) == BEGINNING
    assert ahead(far, at=moment, zone=where) == END
    for relation in (R.WITHIN, R.OLDER_THAN, R.WITHIN_NEXT):
        days_of(Relative(relation, far), at=moment, zone=where)
    if unit is U.DAYS:
        anniversaries(Ago(365, unit), at=moment, zone=where)


def test_bounds_beyond_the_calendar_leave_no_day_out() -> None:
    at, far = datetime(2026, 1, 1, tzinfo=UTC), Ago(999_999, U.YEARS)
    found = {r: days_of(Relative(r, far), at=at, zone=BERLIN) for r in R if "ann" not in r}
    assert found[R.WITHIN] == DaySpan(None, date(2026, 1, 2))
    assert found[R.WITHIN_NEXT] == DaySpan(date(2026, 1, 2), None)
    assert date.min not in found[R.OLDER_THAN]
    assert date.max in found[R.WITHIN_NEXT]

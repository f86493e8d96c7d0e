# SPDX-License-Identifier: Apache-2.0
"""What "the last month" means, to the microsecond and across a change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.segment import Ago, AgoUnit, Fixed, Span, resolve
from privseg.segment.window import BEGINNING

U = AgoUnit
BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def _start(ago: Ago, at: str, zone: ZoneInfo = BERLIN) -> str:
    span = resolve(ago, at=datetime.fromisoformat(at), zone=zone)
    assert span.end == datetime.fromisoformat(at)
    assert span.start is not None
    return span.start.isoformat()


@pytest.mark.parametrize(
    ("ago", "at", "start"),
    [
        # Exact multiples of hours, whatever the clocks do.
        (Ago(24, U.HOURS), "2026-03-29T12:00:00+00:00", "2026-03-28T12:00:00+00:00"),
        (Ago(1, U.DAYS), "2026-03-29T12:00:00+00:00", "2026-03-28T12:00:00+00:00"),
        # A week before noon is noon: 23 hours were in one of its days.
        (Ago(1, U.WEEKS), "2026-03-30T10:00:00+00:00", "2026-03-23T11:00:00+00:00"),
        # The day is clamped to the month's end.
        (Ago(1, U.MONTHS), "2026-03-31T10:00:00+00:00", "2026-02-28T11:00:00+00:00"),
        (Ago(1, U.MONTHS), "2024-03-31T10:00:00+00:00", "2024-02-29T11:00:00+00:00"),
        (Ago(1, U.YEARS), "2024-02-29T12:00:00+00:00", "2023-02-28T12:00:00+00:00"),
        (Ago(4, U.YEARS), "2024-02-29T12:00:00+00:00", "2020-02-29T12:00:00+00:00"),
        (Ago(13, U.MONTHS), "2026-01-15T12:00:00+00:00", "2024-12-15T12:00:00+00:00"),
        # 02:30 on 29 March 2026 is skipped in Berlin: the offset before the gap, UTC+1.
        (Ago(1, U.MONTHS), "2026-04-29T00:30:00+00:00", "2026-03-29T01:30:00+00:00"),
        # 02:30 on 25 October 2026 comes twice: the first pass, UTC+2.
        (Ago(1, U.MONTHS), "2026-11-25T01:30:00+00:00", "2026-10-25T00:30:00+00:00"),
        # From the second pass itself back to an ordinary 02:30.
        (Ago(1, U.WEEKS), "2026-10-25T01:30:00+00:00", "2026-10-18T00:30:00+00:00"),
        # Microseconds stay.
        (Ago(1, U.MONTHS), "2026-05-01T00:00:00.000001+00:00", "2026-04-01T00:00:00.000001+00:00"),
    ],
)
def test_going_back(ago: Ago, at: str, start: str) -> None:
    assert _start(ago, at) == start


def test_the_zone_decides_what_a_month_before_is() -> None:
    # In Apia 31 March has begun: a month before is 28 February there, and so on their clock.
    at = "2026-03-30T23:00:00+00:00"
    assert _start(Ago(1, U.MONTHS), at, ZoneInfo("Pacific/Apia")) == "2026-02-27T23:00:00+00:00"
    assert _start(Ago(1, U.MONTHS), at, UTC_ZONE) == "2026-02-28T23:00:00+00:00"


def test_the_zone_of_at_changes_nothing() -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=14)))
    ago = Ago(1, U.MONTHS)
    assert resolve(ago, at=at, zone=BERLIN) == resolve(ago, at=elsewhere, zone=BERLIN)


@given(st.integers(1, 10**6), st.sampled_from(U), st.datetimes(timezones=st.just(UTC)))
def test_a_computed_bound_never_fails_and_lies_before_at(
    number: int, unit: AgoUnit, at: datetime
) -> None:
    span = resolve(Ago(number, unit), at=at, zone=BERLIN)
    assert span.start is not None
    assert span.start < at or at <= BEGINNING
    assert span.start.tzinfo is UTC


def test_days_begin_at_local_midnight_and_end_before_it() -> None:
    span = resolve(
        Fixed(date(2026, 3, 29), date(2026, 10, 25)),
        at=datetime(2027, 1, 1, tzinfo=UTC),
        zone=BERLIN,
    )
    assert span == Span(
        datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)
    )
    assert span.start in span
    assert span.end not in span


def test_no_window_sees_the_future() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    fixed = Fixed(date(2026, 1, 1), date(2026, 12, 31))
    assert resolve(fixed, at=at, zone=UTC_ZONE).end == at
    later = resolve(Fixed(date(2026, 7, 1), date(2026, 8, 1)), at=at, zone=UTC_ZONE)
    assert at not in later
    assert datetime(2026, 7, 15, tzinfo=UTC) not in later
    assert at not in resolve(None, at=at, zone=UTC_ZONE)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_calendars_ends_are_no_failure(day: date) -> None:
    bounds = (day, date(2026, 1, 1)) if day == date.min else (date(2026, 1, 1), day)
    for zone in (BERLIN, ZoneInfo("Pacific/Apia"), ZoneInfo("America/New_York")):
        resolve(Fixed(*bounds), at=datetime(2026, 6, 1, tzinfo=UTC), zone=zone)


def test_a_window_needs_a_length_and_one_kind_of_bound() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="length"):
        Ago(0, U.DAYS)
    with pytest.raises(ValueError, match="length"):
        Fixed(noon, noon)
    with pytest.raises(ValueError, match="two days or two moments"):
        Fixed(date(2025, 1, 1), noon)
    with pytest.raises(ValueError, match="zone"):
        Fixed(noon.replace(tzinfo=None), (noon + timedelta(1)).replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        resolve(None, at=noon.replace(tzinfo=None), zone=UTC_ZONE)

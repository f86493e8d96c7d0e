# SPDX-License-Identifier: Apache-2.0
"""The wall clock of many moments is the wall clock of each."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.segment.scores.local_time import local_days, local_hours, local_times
from privseg.terms import EPOCH, to_micros

moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = sorted(available_timezones())


def _column(times: list[datetime]) -> np.ndarray:
    return np.array([to_micros(t) for t in times], dtype=np.int64)


@given(st.sampled_from(ZONES), st.lists(moments, max_size=8))
def test_hours_and_days_are_those_of_the_zone(key: str, times: list[datetime]) -> None:
    zone = ZoneInfo(key)
    assert local_hours(_column(times), zone).tolist() == [t.astimezone(zone).hour for t in times]
    assert local_days(_column(times), zone).tolist() == [
        t.astimezone(zone).date().toordinal() - EPOCH.toordinal() for t in times
    ]


@pytest.mark.parametrize(
    "key", ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Gaza", "Africa/Casablanca"]
)
def test_at_every_change_of_the_clock_the_last_moment_before_has_the_old_offset(key: str) -> None:
    zone, start = ZoneInfo(key), datetime(1990, 1, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=n) for n in range(45 * 366 * 24)]
    offsets = local_times(column := _column(hours), zone) - column
    changes = np.flatnonzero(np.diff(offsets))
    assert len(changes) > 2
    for n in changes.tolist():
        beside = [hours[n + 1] + timedelta(microseconds=m) for m in (-1, 0)]
        near = hours[n], *beside, hours[n + 1]
        assert local_hours(_column(list(near)), zone).tolist() == [
            t.astimezone(zone).hour for t in near
        ]


def test_no_zone_changes_its_clock_twice_in_a_day() -> None:
    """The assumption on which one question a day rests, for the years that data come from."""
    quarters = [
        datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(4 * 12_000)
    ]
    column = _column(quarters)
    for key in (
        "Africa/Cairo",
        "Asia/Gaza",
        "America/Caracas",
        "Asia/Pyongyang",
        "Antarctica/Troll",
    ):
        zone = ZoneInfo(key)
        expected = [
            int(t.astimezone(zone).utcoffset() / timedelta(microseconds=1)) for t in quarters
        ]
        assert (local_times(column, zone) - column).tolist() == expected

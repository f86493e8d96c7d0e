# SPDX-License-Identifier: Apache-2.0
"""Trends: the last complete weeks or months, how often one person counts, and running sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.frames import ByPeriod, MeasureKind, SumOf
from privseg.protect import Part
from privseg.release.compile import ReportNotUsableError, ReportRefusedError
from privseg.release.compile_periods import last_periods
from privseg.release.plan import TableKind
from privseg.release.request import Asked, Every, TrendRequest
from privseg.terms import Attribute
from tests.twins import report_world as world
from tests.twins.report_world import ask, planned, size, total

BERLIN = ZoneInfo("Europe/Berlin")


def trend(*measures: Any, **more: Any) -> TrendRequest:
    facts: dict[str, Any] = {
        "name": "weekly",
        "of": Attribute("purchase"),
        "every": Every.WEEK,
        "periods": 12,
        "measures": measures or (size(),),
        "place": world.ASKED,
    }
    return TrendRequest(**(facts | more))


# --- periods ---


def test_weeks_are_iso_weeks_and_the_last_one_is_complete() -> None:
    """18 November 2026 is a Wednesday of ISO week 47."""
    found = last_periods(Every.WEEK, 3, at=world.AT, zone=UTC)
    assert [name for name, _ in found] == ["2026-W44", "2026-W45", "2026-W46"]
    assert found[-1][1] == (datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    """1 January 2027 is a Friday: ISO 8601 counts its week as 2026-W53."""
    found = last_periods(Every.WEEK, 2, at=datetime(2027, 1, 11, tzinfo=UTC), zone=UTC)
    assert [name for name, _ in found] == ["2026-W53", "2027-W01"]


def test_a_period_that_ends_at_the_moment_itself_is_complete() -> None:
    found = last_periods(Every.MONTH, 1, at=datetime(2026, 11, 1, tzinfo=UTC), zone=UTC)
    assert found == (
        ("2026-10", (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))),
    )


def test_months_begin_at_midnight_in_the_workspaces_zone_whatever_its_clocks_do() -> None:
    """Berlin is an hour ahead in winter and two in summer: 25 October 2026 has 25 hours."""
    found = last_periods(Every.MONTH, 2, at=world.AT, zone=BERLIN)
    assert [w for _, w in found] == [
        (datetime(2026, 8, 31, 22, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC)),
        (datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)),
    ]


def test_the_zone_decides_which_month_is_complete() -> None:
    at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert last_periods(Every.MONTH, 1, at=at, zone=BERLIN)[0][0] == "2026-10"
    assert last_periods(Every.MONTH, 1, at=at, zone=UTC)[0][0] == "2026-09"


@given(
    st.integers(0, 3_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)),
    st.sampled_from(Every),
    st.integers(1, 60),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Africa/Cairo"]),
)
def test_periods_follow_each_other_without_a_gap_and_end_before_the_moment(
    at: datetime, every: Every, count: int, zone: str
) -> None:
    found = last_periods(every, count, at=at, zone=ZoneInfo(zone))
    windows = [w for _, w in found]
    assert len({name for name, _ in found}) == count
    assert all(a[1] == b[0] for a, b in pairwise(windows))
    longest = timedelta(days=7 if every is Every.WEEK else 31, hours=2)
    assert windows[-1][1] <= at < windows[-1][1] + longest
    assert all(w[0] < w[1] for w in windows)


def test_periods_before_the_calendar_are_refused() -> None:
    with pytest.raises(ValueError, match="before the calendar"):
        last_periods(Every.MONTH, 3, at=datetime(1, 3, 1, tzinfo=UTC), zone=UTC)
    with pytest.raises(ReportNotUsableError, match="before the calendar"):
        planned(trend(every=Every.WEEK, periods=200_000))


# --- the plan ---


def test_a_person_counts_in_at_most_c_periods_of_each_segment_that_they_may_count_in() -> None:
    made = planned(trend(size(), total(None)), zone=BERLIN)
    (dimension,) = made.block.dimensions
    assert isinstance(dimension, ByPeriod)
    assert dimension.most == 4
    assert made.block.groups_per_person == 2 * 4
    few = planned(trend(periods=2))
    assert few.block.groups_per_person == 2 * 2
    assert made.kind is TableKind.TREND


def test_a_measure_of_a_trend_has_the_whole_span_as_its_window() -> None:
    made = planned(trend(size(), total(None)))
    (dimension,) = made.block.dimensions
    assert isinstance(dimension, ByPeriod)
    span = dimension.windows[0][0], dimension.windows[-1][1]
    assert made.block.measures[1].amount == SumOf(world.AMOUNT, span)
    assert [c.days for c in made.captions] == [None, None]


def test_running_sums_are_measured_along_the_series_beside_a_plain_gate() -> None:
    made = planned(trend(size(), total(None), ask(Asked.EVENTS, "purchase"), cumulative=True))
    kinds = [(m.name, m.kind, m.running) for m in made.block.measures]
    assert kinds == [
        ("size", MeasureKind.SIZE, False),
        ("count", MeasureKind.COUNT, True),
        ("total", MeasureKind.TOTAL, True),
        ("events", MeasureKind.TOTAL, True),
    ]
    assert made.plan.measures[2].quantities[0].part is Part.RUNNING
    assert made.plan.size.quantities[0].part is Part.PEOPLE


def test_a_running_total_alone_needs_no_count() -> None:
    made = planned(trend(total(None), cumulative=True))
    assert [m.name for m in made.block.measures] == ["size", "total"]


def test_without_a_bound_on_periods_a_trend_is_refused() -> None:
    rules = replace(world.RULES, periods_per_person=None)
    with pytest.raises(ReportRefusedError, match="state periods_per_person") as refusal:
        planned(trend(), rules)
    assert refusal.value.place == world.HERE


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (trend(of=Attribute("purchases")), "did you mean 'purchase'"),
        (trend(total(30)), "leave within out"),
        (trend(total(None, "visit.seconds")), "is none of them"),
        (trend(ask(Asked.EVENTS, "visit")), "is none of them"),
        (trend(ask(Asked.MEAN, "satisfaction")), "is none of them"),
        (trend(ask(Asked.MEAN, "purchase.amount"), cumulative=True), "does not add up"),
        (trend(ask(Asked.AVERAGE, "purchase.amount"), cumulative=True), "does not add up"),
        (trend(periods=401, cumulative=True), "1 to 400"),
    ],
)
def test_what_is_no_trend_is_named(asked: TrendRequest, says: str) -> None:
    with pytest.raises(ReportNotUsableError, match=says):
        planned(asked)

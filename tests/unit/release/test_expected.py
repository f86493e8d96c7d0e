# SPDX-License-Identifier: Apache-2.0
"""What to expect, without data: an error for every number, from the plan alone."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from privseg.frames import MeasureKind, Tally
from privseg.protect import QuantityPlan, half_width, protect
from privseg.release.expected import ExpectedError, expected_error
from privseg.release.plan import ReportPlan, Unit
from privseg.release.request import (
    MEDIAN_RANK,
    Asked,
    FeedbackRequest,
    FeedbackScore,
    OverlapRequest,
)
from privseg.terms import Attribute
from tests.twins import report_world as world
from tests.twins.report_world import ask, by, plan, planned, request, size, spring, table

OVERLAP = OverlapRequest("both", ("big-spenders", "lapsed"), world.ASKED)
EVERYTHING = request(
    *world.WHOLE.tables,
    table(
        ask(Asked.MEDIAN, "purchase.amount", ranks=(MEDIAN_RANK,)),
        ask(Asked.QUANTILES, "satisfaction", ranks=(Fraction(1, 4), Fraction(9, 10))),
        ask(Asked.MEAN, "satisfaction"),
        name="amounts",
    ),
    table(size(), name="shares", by=by("country"), shares=True),
    OVERLAP,
    spring(*(ask(k) for k in (Asked.CONVERSION, Asked.ACQUISITION_COST, Asked.RETURN_ON_SPEND))),
    FeedbackRequest("nps", Attribute("satisfaction"), FeedbackScore.NPS, world.ASKED),
    not_included=True,
)


def lines_of(made: ReportPlan) -> dict[tuple[str, str], ExpectedError]:
    return {(e.table, e.measure): e for e in expected_error(made) if e.rank is None}


@pytest.mark.parametrize(("count", "half"), [(1, 12), (2, 18), (4, 25)])
def test_the_expected_error_bars_are_those_of_the_design(count: int, half: int) -> None:
    """DESIGN: at rho 1/80 one count +-12, two equal quantities +-18, four +-25."""
    rules = replace(world.RULES, groups_per_person=1)
    tables = [table(size(), name=f"t{i}") for i in range(count)]
    lines = expected_error(plan(request(*tables), rules))
    assert [line.half_width for line in lines] == [half] * count


def test_at_the_defaults_a_cell_needs_54_and_69_people() -> None:
    rules = replace(world.RULES, groups_per_person=1)
    (line,) = expected_error(plan(request(table(size())), rules))
    assert (line.people_shown_half_the_time, line.people_shown_nearly_always) == (54, 69)


def test_every_number_of_a_report_has_its_expected_error() -> None:
    lines = expected_error(plan())
    assert [(e.table, e.measure) for e in lines] == [
        ("overview", "size"),
        ("overview", "total"),
        ("overview", "average"),
        ("by_country", "size"),
        ("", "not_included"),
    ]
    assert all(line.half_width > 0 for line in lines)
    assert lines[2].unit == Unit("EUR", 4)
    assert lines[2].events_needed is not None


def test_the_lines_cost_what_the_report_costs_and_derived_numbers_nothing() -> None:
    made = plan(EVERYTHING)
    lines = expected_error(made)
    assert sum((e.rho for e in lines), start=Fraction(0)) == made.loss.rho
    assert {e.rho for e in lines if e.kind is None} == {Fraction(0)}
    assert all(e.half_width > 0 for e in lines)


def test_what_is_derived_alike_for_every_segment_and_key_is_told_once() -> None:
    found = lines_of(plan(EVERYTHING))
    derived = [key for key, line in found.items() if line.kind is None]
    assert derived == [
        ("shares", "share"),
        ("both", "in"),
        ("both", "both.big-spenders.lapsed"),
        ("both", "any.big-spenders.lapsed"),
        ("both", "jaccard.big-spenders.lapsed"),
        ("both", "share"),
        ("spring", "acquisition_cost"),
        ("spring", "return_on_spend"),
        ("nps", "nps"),
    ]
    assert found["nps", "nps"].at == 1_000


def test_a_table_with_a_count_tells_the_counts_error_and_the_gates_people() -> None:
    made = planned(table(size(), by=by("country"), totals=True))
    line = expected_error(plan(request(table(size(), by=by("country"), totals=True))))[0]
    gate, count = made.plan.measures
    assert line.kind is MeasureKind.COUNT
    assert line.rho == gate.rho + count.rho
    assert line.half_width == half_width(count.quantities[0])
    assert line.people_shown_half_the_time == made.plan.gate.people_needed(Fraction(1, 2))


def test_a_derived_error_is_what_would_be_printed_at_the_stated_size() -> None:
    """The plan's own protection of tallies of that size, with noise of nothing to speak of."""
    made = planned(OVERLAP)
    expected = lines_of(plan(request(OVERLAP)))
    tallies = {made.block.name: {cell: Tally(1_000) for cell in made.block.cells}}
    bits = random.Random(7).getrandbits
    printed = protect(QuantityPlan((made.plan,)), tallies, None, randbits=bits)
    for formula in printed.tables[0].derived:
        estimate = formula.estimate
        assert estimate is not None
        stem = formula.name.partition(".")[0]
        line = expected.get(("both", formula.name)) or expected["both", stem]
        width = Fraction(estimate.high - estimate.low, 2)
        assert abs(width - line.half_width) <= Fraction(line.half_width, 10)


def test_a_quantile_is_told_in_people_and_the_middle_is_off_most() -> None:
    lines = [e for e in expected_error(plan(EVERYTHING)) if e.rank is not None]
    assert [(e.measure, e.rank, e.unit) for e in lines] == [
        ("median", Fraction(1, 2), Unit("people")),
        ("quantiles", Fraction(1, 4), Unit("people")),
        ("quantiles", Fraction(9, 10), Unit("people")),
    ]
    needed = [e.events_needed for e in lines]
    assert None not in needed


def test_more_precision_is_a_smaller_error_of_every_number() -> None:
    coarse = expected_error(plan(EVERYTHING))
    fine = expected_error(plan(EVERYTHING, replace(world.RULES, rho=Fraction(1, 20))))
    for a, b in zip(coarse, fine, strict=True):
        assert (a.table, a.measure) == (b.table, b.measure)
        assert (
            b.half_width * Fraction(10) ** -b.unit.decimals
            < a.half_width * Fraction(10) ** -a.unit.decimals
        )


def test_an_average_is_told_at_a_thousand_or_at_the_fewest_that_are_printed() -> None:
    at = lines_of(plan())["overview", "average"]
    assert at.at == max(1_000, at.events_needed or 0)


def test_what_is_printed_at_no_size_but_a_large_one_is_told_there() -> None:
    rules = replace(world.RULES, rho=Fraction(1, 10**7))
    line = lines_of(plan(request(OVERLAP), rules))["both", "share"]
    assert line.at is not None
    assert line.at > 1_000


def test_no_data_are_needed_and_the_same_plan_says_the_same() -> None:
    assert expected_error(plan(EVERYTHING)) == expected_error(plan(EVERYTHING))

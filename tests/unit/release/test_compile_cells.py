# SPDX-License-Identifier: Apache-2.0
"""Tables of segments and their breakdowns: measures, dimensions, margins, shares, largest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from privseg.frames import (
    MISSING_KEY,
    TOTAL_KEY,
    ByCategory,
    ByCut,
    ByFound,
    CountOf,
    DaysSince,
    MeasureKind,
    OfPerson,
    SumOf,
)
from privseg.protect import Gate, Part, Quotient, Top, half_width
from privseg.release.compile import ReportNotUsableError, ReportRefusedError
from privseg.release.compile_draft import GATE_SHARE
from privseg.release.plan import DimensionCaption, TableKind, Unit
from privseg.release.request import (
    MEDIAN_RANK,
    AmountKind,
    Asked,
    ByFoundValues,
    ByGrid,
    ByRequest,
)
from privseg.terms import Attribute
from tests.twins import report_world as world
from tests.twins.report_world import ask, by, cut, plan, planned, point, request, size, table, total

YEAR = world.AT - timedelta(days=365), world.AT
FOUND = ByFoundValues(Attribute("city"), world.ASKED)


# --- what is measured ---


def test_what_is_taken_of_people_and_how_it_is_bounded() -> None:
    asked = table(
        ask(Asked.EVENTS, "purchase", 365),
        ask(Asked.MEAN, "satisfaction", name="m1"),
        ask(Asked.MEAN, "purchase.amount", 365, name="m2"),
        ask(Asked.MEAN, "purchase", 365, only_with=True, name="m3"),
        ask(Asked.MEAN, "uses_app", name="m4"),
        ask(Asked.MEAN, "worth.value", name="m5"),
        ask(Asked.LIFETIME_VALUE),
    )
    _, *found = planned(asked).block.measures
    spend = SumOf(world.AMOUNT, YEAR)
    assert [(m.kind, m.amount, m.lower, m.upper, m.events_per_person) for m in found] == [
        (MeasureKind.TOTAL, CountOf(Attribute("purchase"), YEAR), 0, 50, 0),
        (MeasureKind.AVERAGE, OfPerson(Attribute("satisfaction")), 0, 10, 1),
        (MeasureKind.AVERAGE, spend, 0, 50_000, 1),
        (MeasureKind.AVERAGE, CountOf(Attribute("purchase"), YEAR, only_with=True), 0, 50, 1),
        (MeasureKind.AVERAGE, OfPerson(Attribute("uses_app")), 0, 1, 1),
        (MeasureKind.AVERAGE, OfPerson(Attribute("worth.value")), 0, 200_000, 1),
        (MeasureKind.AVERAGE, OfPerson(Attribute("worth.value")), 0, 200_000, 1),
    ]


def test_quantiles_are_told_between_the_policys_public_amounts() -> None:
    asked = table(
        ask(Asked.MEDIAN, "purchase.amount", 365, ranks=(MEDIAN_RANK,)),
        ask(Asked.QUANTILES, "satisfaction", ranks=(Fraction(1, 4), Fraction(9, 10))),
    )
    made = planned(asked)
    _, median, quantiles = made.block.measures
    assert median.grid == tuple(range(0, 100_001, 10_000))
    assert quantiles.ranks == (Fraction(1, 4), Fraction(9, 10))
    assert made.plan.measures[1].quantity(Part.CUMULATIVE).rho == Fraction(1, 240)


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        (ask(Asked.EVENTS, "visit"), "per_person: 50"),
        (ask(Asked.MEAN, "points"), r"points: \{range: \[0, 10\]"),
        (ask(Asked.MEDIAN, "points", ranks=(MEDIAN_RANK,)), r"grid: \{from: 0, to: 500"),
        (ask(Asked.MEAN, "visit"), "nothing bounds"),
    ],
)
def test_a_number_without_its_bound_is_refused_with_the_bound_to_state(
    measure: Any, says: str
) -> None:
    with pytest.raises(ReportRefusedError, match=says) as refusal:
        planned(table(measure))
    assert refusal.value.place == world.HERE


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        (ask(Asked.EVENTS, "purchases"), "no event 'purchases'; did you mean 'purchase'"),
        (ask(Asked.EVENTS, "purchase.amount"), "no event"),
        (ask(Asked.MEAN, "country"), "is no number"),
        (ask(Asked.MEAN, "city"), "is no number"),
        (ask(Asked.MEAN, "satisfaction", 30), "leave within out"),
        (ask(Asked.MEAN, "satisfaction", only_with=True), "leave only_with out"),
    ],
)
def test_what_has_no_such_number_is_named(measure: Any, says: str) -> None:
    with pytest.raises(ReportNotUsableError, match=says):
        planned(table(measure))


def test_a_lifetime_value_is_of_the_one_score_that_foresees_it() -> None:
    asked = request(table(ask(Asked.LIFETIME_VALUE)))
    with pytest.raises(ReportRefusedError, match="no score of the policy foresees"):
        plan(asked, of=world.policy(scores={}))
    two = {"worth": world.worth(), "value": world.worth("value")}
    with pytest.raises(ReportNotUsableError, match=r"say which: \{mean: worth\.value\}"):
        plan(asked, of=world.policy(scores=two))


# --- what it is broken down by ---


def test_a_breakdown_is_by_declared_values_truths_sets_and_results_of_scores() -> None:
    made = planned(table(by=by("gender", "uses_app", "funnel.stage")))
    assert made.block.dimensions == (
        ByCategory(Attribute("gender"), ("female", "male", "other", MISSING_KEY)),
        ByCategory(Attribute("uses_app"), ("true", "false", MISSING_KEY)),
        ByCategory(Attribute("funnel.stage"), ("looked", "bought", MISSING_KEY)),
    )


def test_a_person_of_several_values_counts_in_as_many_cells_as_the_policy_lets_them() -> None:
    rules = replace(world.RULES, groups_per_person=40)
    assert planned(table(by=by("likes")), rules).block.groups_per_person == 3 * 3
    assert planned(table(by=by("likes"))).block.groups_per_person == 2
    one = request(table(by=by("likes")), segments=("lapsed",))
    assert plan(one, rules).blocks[0].groups_per_person == 3


def test_cut_points_are_in_the_units_of_their_column() -> None:
    made = planned(
        table(
            by=(
                cut("purchase", point("30"), kind=AmountKind.DAYS_SINCE, days=365),
                cut("purchase", point("2"), point("4"), kind=AmountKind.COUNT, days=365),
                cut("purchase.amount", point("99.50", "EUR"), kind=AmountKind.SUM, days=365),
                cut("satisfaction", point("5")),
            )
        )
    )
    assert made.block.dimensions == (
        ByCut(DaysSince(Attribute("purchase"), YEAR), (30,)),
        ByCut(CountOf(Attribute("purchase"), YEAR), (2, 4)),
        ByCut(SumOf(world.AMOUNT, YEAR), (9_950,)),
        ByCut(OfPerson(Attribute("satisfaction")), (5,)),
    )
    assert [(c.unit, c.days) for c in made.dimensions] == [
        (Unit("days"), 365),
        (Unit("events"), 365),
        (Unit("EUR", 2), 365),
        (Unit(""), None),
    ]


def test_a_grid_is_cut_at_the_points_that_the_policy_publishes_for_the_score() -> None:
    made = planned(table(by=(ByGrid("rfm", world.ASKED),)))
    assert made.block.dimensions == (
        ByCut(DaysSince(Attribute("purchase"), YEAR), (30, 90)),
        ByCut(CountOf(Attribute("purchase"), YEAR), (2, 4)),
        ByCut(SumOf(world.AMOUNT, YEAR), (10_000, 30_000)),
    )
    assert [c.label for c in made.dimensions] == ["recency", "frequency", "monetary"]


def test_found_values_are_of_text_and_no_key_is_known_beforehand() -> None:
    made = planned(table(by=(FOUND,), top=5))
    assert made.block.dimensions == (ByFound(Attribute("city")),)
    assert made.block.cells == ()
    assert made.plan.derived == tuple(Top(f"top.{s}", s, "size", 5) for s in world.SEGMENTS)


def _found(name: str) -> ByFoundValues:
    return ByFoundValues(Attribute(name), world.ASKED)


@pytest.mark.parametrize(
    ("breakdown", "says"),
    [
        (by("city"), r"\{found: city\}"),
        (by("points"), r"\{cut: points"),
        (by("rfm.total"), r"\{cut: rfm.total"),
        (by("purchase.kind"), "takes an attribute of a person"),
        (by("purchase"), "takes an attribute of a person"),
        (by("odd"), "declares no values"),
        (by("born"), "cannot break a table down"),
        ((_found("country"),), "ask by: country"),
        ((_found("points"),), r"\{cut: points"),
        ((_found("illness"),), "is special"),
        ((_found("purchase.note"),), "takes an attribute of a person"),
        ((FOUND, *by("country")), "found values stand alone"),
        ((cut("satisfaction", point("5"), point("5")),), "more than the one before"),
        ((cut("satisfaction", point("7"), point("3")),), "more than the one before"),
        ((cut("satisfaction", point("11")),), "outside the range"),
        ((cut("satisfaction", point("-1")),), "outside the range"),
        ((cut("satisfaction", point("1.5")),), "finer than the 0 digits"),
        ((cut("satisfaction", point("5", "EUR")),), "takes plain numbers"),
        ((cut("satisfaction"),), "at least one point"),
        ((cut("uses_app", point("1")),), "needs no points"),
        ((cut("purchase", point("1")),), "is an event"),
        ((cut("purchase", point("0"), kind=AmountKind.COUNT),), "outside the range"),
        ((cut("purchase", point("31"), kind=AmountKind.DAYS_SINCE, days=30),), "outside"),
        ((cut("purchase.amount", point("5"), kind=AmountKind.SUM),), "amounts in EUR"),
        ((cut("purchase.amount", point("5", "USD"), kind=AmountKind.SUM),), "amounts in EUR"),
        ((cut("purchase.amount", point("0.005", "EUR"), kind=AmountKind.SUM),), "2 digits"),
        ((cut("purchase.amount", point(str(2**63), "EUR"), kind=AmountKind.SUM),), "larger than"),
        ((ByGrid("rmf", world.ASKED),), "did you mean 'rfm'"),
        ((ByGrid("funnel", world.ASKED),), "no rfm score"),
    ],
)
def test_what_cannot_be_broken_down_so_is_named_with_what_can(
    breakdown: tuple[ByRequest, ...], says: str
) -> None:
    with pytest.raises(ReportNotUsableError, match=says):
        planned(table(by=breakdown))


# --- totals, shares, the largest ---


def test_totals_are_every_margin_and_are_counted_apart_from_the_gate() -> None:
    made = planned(table(by=by("country", "gender"), totals=True))
    block = made.block
    assert block.margins == ((0,), (1,), ())
    assert block.groups_per_person == 2
    assert block.entries == 2 * 4
    assert [m.kind for m in block.measures] == [MeasureKind.SIZE, MeasureKind.COUNT]
    gate, count = made.plan.measures
    assert gate.rho == GATE_SHARE * world.RULES.rho
    assert gate.rho + count.rho == world.RULES.rho


def test_the_count_carries_the_sizes_label_and_the_gate_none() -> None:
    made = planned(table(size(label="Customers"), by=by("country"), totals=True))
    assert [c.label for c in made.captions] == [None, "Customers"]


def test_the_gates_quarter_is_where_a_cell_is_shown_and_known_well_from_the_same_size() -> None:
    """Shown nearly always, and known to 15 %: both from the fewest people at g = 0.249."""
    sigma2 = Fraction(10**6)  # so large that the minimum of people says nothing

    def from_how_many(share: Fraction) -> tuple[int, float]:
        gate = Gate(2, 1, sigma2 / share, Fraction(1, 10**7))
        made = planned(table(by=by("country"), totals=True))
        assert made.plan.gate.delta == gate.delta
        known = 1.959964 * float(sigma2 / (1 - share)) ** 0.5 / 0.15
        return gate.people_needed(Fraction(99, 100)), known

    shown, known = from_how_many(GATE_SHARE)
    assert abs(shown - known) / known < 0.01
    for other in (Fraction(1, 5), Fraction(3, 10)):
        assert max(from_how_many(other)) > max(shown, known)


def test_shares_are_of_the_segments_own_total() -> None:
    made = planned(table(by=by("country"), shares=True))
    assert made.block.margins == ((),)
    first = made.plan.derived[0]
    assert isinstance(first, Quotient)
    assert (first.name, first.scale, first.highest) == ("share.big-spenders.DE", 100, 100)
    assert [t.cell for t in first.bottom] == [("big-spenders", (TOTAL_KEY,))]
    assert len(made.plan.derived) == 3 * 3
    assert {c.unit for c in made.derived} == {Unit("%")}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda: table(by=by("likes"), totals=True), "no totals"),
        (lambda: table(by=(FOUND,), totals=True), "no totals"),
        (lambda: table(by=(FOUND,), shares=True), "no totals"),
        (lambda: table(by=by("likes", "country"), totals=True), "no totals"),
        (lambda: table(by=(ByGrid("rfm", world.ASKED),), shares=True), "of one breakdown"),
        (lambda: table(by=(ByGrid("rfm", world.ASKED),), top=3), "of one breakdown"),
        (lambda: table(by=by("country"), totals=True, top=3), "to another table"),
        (
            lambda: table(by=by("country", "gender", "uses_app"), totals=True),
            r"240 cells: totals that agree are reckoned for 200 at most",
        ),
    ],
)
def test_totals_that_cannot_agree_are_refused(asked: Callable[[], Any], says: str) -> None:
    with pytest.raises(ReportNotUsableError, match=says):
        planned(asked())


def test_found_values_and_totals_of_two_hundred_cells_are_not_too_many() -> None:
    asked = request(
        table(by=by("country", "gender", "uses_app"), totals=True), segments=("lapsed",)
    )
    assert len(plan(asked).blocks[0].cells) == 80


def test_a_table_of_cells_is_shown_as_one() -> None:
    made = planned(table(size(), total(), by=by("country"), title="Where"))
    assert (made.kind, made.title) == (TableKind.CELLS, "Where")
    assert made.dimensions == (DimensionCaption(None),)
    assert half_width(made.plan.size.quantities[0]) > 0

# SPDX-License-Identifier: Apache-2.0
"""What formulas make of released draws."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import pytest

from privseg.frames import Block, ByPeriod, Measure, MeasureKind
from privseg.protect import linear
from privseg.protect.formula import Combined, Derived, Lift, Part, Quotient, Term, Top
from privseg.protect.formulas import check, decimals_of, evaluate, evaluate_all
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import Estimate, Withheld
from privseg.terms import Attribute
from tests.twins import formula_world as world
from tests.twins.formula_world import at, people

DE, FR, IT = at("DE", "gold"), at("FR", "gold"), at("IT", "gold")
PLAN = world.table()
SIGMA2 = PLAN.measures[1].quantity(Part.COUNT).sigma2
HALF_OF_TWO = int(linear.half_width([(1, SIGMA2), (-1, SIGMA2)]))


def of(formula: Derived, counts: dict[object, int] | int = 300) -> object:
    return evaluate(PLAN, world.draws(PLAN, counts), formula)  # type: ignore[arg-type]


def estimate_of(formula: Derived, counts: object = 300) -> Estimate:
    found = of(formula, counts).estimate  # type: ignore[arg-type, attr-defined]
    assert isinstance(found, Estimate)
    return found


def test_a_sum_of_draws_has_the_error_bar_of_a_sum() -> None:
    found = estimate_of(Combined("both", (people(DE), people(FR))), {DE: 300, FR: 200})
    assert found == Estimate(500, 500 - HALF_OF_TWO, 500 + HALF_OF_TWO)


def test_a_sum_is_cut_at_zero_but_where_it_has_a_sign() -> None:
    terms = (people(DE), people(FR, -1))
    counts = {DE: 100, FR: 300}
    assert estimate_of(Combined("left", terms), counts) == Estimate(0, 0, 0)
    signed = estimate_of(Combined("net", terms, is_signed=True), counts)
    assert signed == Estimate(-200, -200 - HALF_OF_TWO, -200 + HALF_OF_TWO)


def test_a_draw_named_twice_is_one_draw() -> None:
    twice = estimate_of(Combined("twice", (people(DE), people(DE))))
    once = estimate_of(Combined("once", (people(DE, 2),)))
    assert twice == once
    assert once.high - once.value == 2 * int(linear.half_width([(1, SIGMA2)]))


def test_a_share_uses_its_shared_draw_once() -> None:
    share = Quotient("share", (people(DE),), (people(DE), people(FR)), highest=1)
    found = estimate_of(share, {DE: 300, FR: 700})
    assert (found.value, found.decimals) == (3000, 4)
    assert 94 < found.high - found.value < 100  # 1.96 sqrt((0.7^2 + 0.3^2) sigma2) / 1000


def test_a_cost_has_two_decimals_and_no_upper_end() -> None:
    spent = Term(1, DE, "spent", Part.SUM)
    cost = Quotient("cost", (spent,), (people(DE),))
    assert decimals_of(PLAN, cost) == 2
    assert estimate_of(cost).value == 1000


@pytest.mark.parametrize(
    "formula",
    [
        Combined("c", (people(DE), people(FR))),
        Quotient("q", (people(DE),), (people(FR),)),
        Quotient("q", (people(FR),), (people(DE),)),
        Lift("l", "won", DE, FR),
        Lift("l", "won", FR, DE),
    ],
)
def test_a_formula_that_needs_a_withheld_cell_is_withheld(formula: Derived) -> None:
    found = evaluate(PLAN, world.draws(PLAN, {DE: 300}), formula)
    assert (found.name, found.estimate, found.noise_share) == (formula.name, None, None)
    assert found.withheld is Withheld.TOO_FEW_PEOPLE


def test_a_quotient_of_too_few_is_too_noisy_to_say() -> None:
    net = Quotient("q", (people(DE),), (people(DE), people(FR, -1)))
    assert of(net).withheld is Withheld.TOO_NOISY  # type: ignore[attr-defined]


def test_cells_that_a_formula_does_not_name_do_not_matter_to_it() -> None:
    formula = Combined("c", (people(DE),))
    assert of(formula, {DE: 300}) == of(formula)  # type: ignore[arg-type]


def test_decimals_follow_from_the_plan() -> None:
    assert decimals_of(PLAN, Combined("c", (people(DE),))) == 0
    assert decimals_of(PLAN, Top("t", "a", "size", 1)) == 0
    assert decimals_of(PLAN, Lift("l", "won", DE, FR)) == 4
    assert decimals_of(PLAN, Lift("l", "won", DE, FR, relative=True)) == 4
    score = Quotient("nps", (people(DE),), (people(DE),), scale=100, lowest=-100, highest=100)
    assert decimals_of(PLAN, score) == 2


WRONG = {
    "a cell that is not the table's": Combined("c", (people(("b", ("DE", "gold"))),)),
    "a measure that it has not": Combined("c", (Term(1, DE, "none", Part.COUNT),)),
    "a part that the measure has not": Combined("c", (Term(1, DE, "people", Part.SUM),)),
    "nothing": Combined("c", ()),
    "nothing below": Quotient("q", (people(DE),), ()),
    "draws below that cancel out": Quotient("q", (people(DE),), (people(FR), people(FR, -1))),
    "the lift of a count": Lift("l", "people", DE, FR),
    "the lift over itself": Lift("l", "won", DE, DE),
    "the largest of no segment": Top("t", "b", "size", 1),
    "the largest by something else": Top("t", "a", "people", 1),
    "no largest": Top("t", "a", "size", 0),
}


@pytest.mark.parametrize("formula", WRONG.values(), ids=WRONG)
def test_a_formula_over_what_the_table_has_not_is_refused_beforehand(formula: Derived) -> None:
    with pytest.raises(ValueError, match=r"formula|quotient|lift|largest"):
        check(replace(PLAN, derived=(formula,)))


def test_formulas_over_what_the_table_has_pass() -> None:
    good = (
        Combined("c", (people(DE),)),
        Quotient("q", (people(DE),), (people(FR),)),
        Lift("l", "won", DE, FR, relative=True),
        Top("t", "a", "size", 2),
    )
    check(replace(PLAN, derived=good))


def test_a_quotient_over_noise_finer_than_a_unit_is_refused_beforehand() -> None:
    fine = world.table(measures=world.MEASURES[:2], rho=Fraction(1))
    formula = Quotient("q", (people(DE),), (people(FR),))
    with pytest.raises(ValueError, match="one unit"):
        check(replace(fine, derived=(formula,)))
    with pytest.raises(ValueError, match="one unit"):
        evaluate(fine, world.draws(fine, 300), formula)


def test_a_quotient_over_more_draws_than_its_bounds_bear_is_refused_beforehand() -> None:
    segments = tuple(f"s{n}" for n in range(2_273))
    plan = world.table(measures=world.MEASURES[:2], rho=Fraction(1, 2), segments=segments)
    assert 1 <= plan.measures[1].quantity(Part.COUNT).sigma2 < 2
    draws = world.draws(plan, 300)
    whole = tuple(people(at("DE", "gold", segment)) for segment in segments)
    many = Quotient("q", whole[:1], whole)
    with pytest.raises(ValueError, match="few terms"):
        check(replace(plan, derived=(many,)))
    with pytest.raises(ValueError, match="few terms"):
        evaluate(plan, draws, many)
    borne = Quotient("q", whole[:1], whole[:-1])
    check(replace(plan, derived=(borne,)))
    assert evaluate(plan, draws, borne).estimate is not None


def test_a_thousand_formulas_over_a_thousand_segments_take_no_longer_than_their_numbers() -> None:
    segments = tuple(f"s{n}" for n in range(1_000))
    derived = tuple(Combined(s, (people(at("DE", "gold", s)),)) for s in segments)
    plan = world.table(measures=world.MEASURES[:2], segments=segments)
    draws = world.draws(plan, 300)
    start = time.process_time()
    check(replace(plan, derived=derived))
    found = evaluate_all(replace(plan, derived=derived), draws)
    assert time.process_time() - start < 2  # 24 s, where the cells are worked out for each formula
    assert found == tuple(evaluate(plan, draws, f) for f in derived[:2]) + found[2:]
    assert len(found) == 1_000


def test_an_average_over_events_has_no_lift() -> None:
    events = world.table(measures=(world.MEASURES[0], world.EVENTS))
    with pytest.raises(ValueError, match="over people"):
        check(replace(events, derived=(Lift("l", "each", DE, FR),)))


def test_a_relative_lift_of_what_may_be_negative_is_refused() -> None:
    signed = (world.MEASURES[0], replace(world.MEASURES[3], lower=-1))
    plan = world.table(measures=signed)
    check(replace(plan, derived=(Lift("l", "won", DE, FR),)))
    with pytest.raises(ValueError, match="from zero on"):
        check(replace(plan, derived=(Lift("l", "won", DE, FR, relative=True),)))


def test_running_sums_are_no_draws_of_single_cells() -> None:
    weeks = ByPeriod(Attribute("order"), ("w1", "w2"), ((), ()), most=1)  # type: ignore[arg-type]
    running = Measure("people", MeasureKind.COUNT, running=True)
    block = Block("t", ("a",), 1, (world.MEASURES[0], running), (weeks,))
    plan = TablePlan.of(block, rhos=(world.RHO,) * 2, min_people=20, delta=Fraction(1, 10**7))
    formula = Combined("c", (Term(1, ("a", ("w1",)), "people", Part.RUNNING),))
    with pytest.raises(ValueError, match="single cells"):
        check(replace(plan, derived=(formula,)))


def test_a_draw_that_was_not_released_is_no_number() -> None:
    draws = world.draws(PLAN, 300)
    draws[DE]["people"] = {Part.COUNT: (1, 2)}
    with pytest.raises(ValueError, match="not released"):
        evaluate(PLAN, draws, Combined("c", (people(DE),)))


def test_a_draw_that_a_gate_selected_is_never_reckoned_with() -> None:
    with pytest.raises(ValueError, match="selected"):
        Term(1, DE, "size", Part.PEOPLE)

# SPDX-License-Identifier: Apache-2.0
"""Laws of formulas over random draws."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from privseg.protect.formula import Combined, Lift, Part, Quotient, Term, Top
from privseg.protect.formulas import evaluate
from privseg.protect.lift import Arm, lift
from privseg.protect.quotient import QuotientLaw, Shared
from privseg.protect.stage import Withheld
from tests.twins import formula_world as world

PLAN = world.table()
CELLS = PLAN.block.cells
terms = st.lists(
    st.builds(
        Term,
        st.integers(-3, 3).filter(bool),
        st.sampled_from(CELLS),
        st.just("people"),
        st.just(Part.COUNT),
    ),
    min_size=1,
    max_size=6,
).map(tuple)
shown = st.dictionaries(st.sampled_from(CELLS), st.integers(54, 10**5))
formulas = st.one_of(
    st.builds(Combined, st.just("c"), terms, st.booleans()),
    st.builds(Quotient, st.just("q"), terms, terms, st.sampled_from([1, 100])),
    st.builds(Lift, st.just("l"), st.just("won"), st.just(CELLS[0]), st.just(CELLS[1])),
    st.builds(Top, st.just("t"), st.just("a"), st.just("size"), st.integers(1, 6)),
)
shares = st.lists(
    st.builds(
        Shared,
        st.integers(-2, 3),
        st.integers(-1, 2),
        st.integers(-50, 10**6),
        st.fractions(min_value=1, max_value=300, max_denominator=4),
    ),
    min_size=1,
    max_size=5,
).filter(lambda draws: any(d.bottom for d in draws))
arms = st.builds(
    Arm,
    st.integers(-300, 300),
    st.integers(90, 10**4),
    st.fractions(min_value=1, max_value=300, max_denominator=4),
    st.fractions(min_value=1, max_value=300, max_denominator=4),
    st.just(0),
    st.just(1),
)


@given(formulas, shown)
def test_a_formula_uses_the_draws_of_its_own_cells_and_no_others(
    formula: Combined | Quotient | Lift | Top, sizes: dict[world.Cell, int]
) -> None:
    match formula:
        case Combined():
            needed = {t.cell for t in formula.terms}
        case Quotient():
            needed = {t.cell for t in (*formula.top, *formula.bottom)}
        case Lift():
            needed = {formula.treated, formula.control}
        case Top():
            needed = set()
    try:
        found = evaluate(PLAN, world.draws(PLAN, sizes), formula)
    except ValueError:
        assert isinstance(formula, Quotient)  # its bottom is nothing at all
        return
    assert (found.withheld is Withheld.TOO_FEW_PEOPLE) is (not needed <= sizes.keys())
    if needed and needed <= sizes.keys():
        rest = {cell: sizes[cell] for cell in needed}
        assert evaluate(PLAN, world.draws(PLAN, rest), formula) == found


@given(shares)
def test_a_quotient_that_is_printed_has_a_bounded_interval_around_it(draws: list[Shared]) -> None:
    law = QuotientLaw(tuple(draws))
    assume(law.is_printable)
    value, low, high = law.interval(100, None, None)
    assert low <= value <= high
    assert abs(value - Fraction(100 * law.top, law.bottom)) <= 1


@given(shares)
def test_the_interval_of_a_quotient_mirrors_with_its_top(draws: list[Shared]) -> None:
    law = QuotientLaw(tuple(draws))
    assume(law.is_printable)
    mirrored = QuotientLaw(tuple(Shared(-d.top, d.bottom, d.drawn, d.sigma2) for d in draws))
    _, low, high = law.interval(100, None, None)
    assert mirrored.interval(100, None, None)[1:] == (-high, -low)


@given(shares)
def test_a_quotient_of_the_rest_is_one_less_the_quotient(draws: list[Shared]) -> None:
    law = QuotientLaw(tuple(draws))
    assume(law.is_printable)
    rest = QuotientLaw(tuple(Shared(d.bottom - d.top, d.bottom, d.drawn, d.sigma2) for d in draws))
    _, low, high = law.interval(100, None, None)
    assert rest.interval(100, None, None)[1:] == (100 - high, 100 - low)


@given(arms, arms)
def test_a_lift_mirrors_when_the_groups_are_swapped(treated: Arm, control: Arm) -> None:
    there = lift(treated, control, relative=False, decimals=4)
    back = lift(control, treated, relative=False, decimals=4)
    assert (there is None) is (back is None)
    if there is not None and back is not None:
        assert (there.estimate.low, there.estimate.high) == (
            -back.estimate.high,
            -back.estimate.low,
        )
        assert there.noise_share == back.noise_share


@given(arms, arms)
def test_a_lift_lies_in_its_interval_and_the_interval_in_the_bounds(
    treated: Arm, control: Arm
) -> None:
    found = lift(treated, control, relative=False, decimals=4)
    assume(found is not None)
    assert found is not None
    assert -(10**4) <= found.estimate.low <= found.estimate.high <= 10**4
    assert 0 <= found.noise_share <= 1


@given(arms, arms)
def test_a_relative_lift_never_loses_more_than_all(treated: Arm, control: Arm) -> None:
    found = lift(treated, control, relative=True, decimals=4)
    assume(found is not None)
    assert found is not None
    assert found.estimate.low >= -(10**4)


@given(st.dictionaries(st.sampled_from(CELLS), st.integers(54, 400)), st.integers(1, 5))
def test_a_longer_list_of_the_largest_loses_nobody(
    sizes: dict[world.Cell, int], count: int
) -> None:
    draws = world.draws(PLAN, sizes)
    short, long = (evaluate(PLAN, draws, Top("t", "a", "size", n)) for n in (count, count + 1))
    assert {*short.surely} <= {*long.surely}
    assert {*short.surely, *short.possibly} <= {*long.surely, *long.possibly}
    assert len(short.surely) <= count <= len({*short.surely, *short.possibly})

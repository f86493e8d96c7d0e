# SPDX-License-Identifier: Apache-2.0
"""Laws of running sums, quantiles and tallies, over random parameters."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from hypothesis import assume, given
from hypothesis import strategies as st

from privseg.frames import Block, Measure, MeasureKind, OfPerson
from privseg.protect import Factor, MeasurePlan, Part, half_widths, linear
from privseg.protect.quantiles import folded, printed_from, quantile
from privseg.terms import Attribute

lengths = st.integers(1, 40)
values = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40)


@given(values)
def test_without_noise_the_estimate_is_the_sum_whatever_the_numbers_are(x: list[int]) -> None:
    factor = Factor(len(x))
    assert factor.sums(factor.measure(x)) == tuple(accumulate(x))


@given(values, st.data())
def test_noise_moves_each_sum_by_its_row_of_l_and_by_half_a_unit_at_most(
    x: list[int], data: st.DataObject
) -> None:
    factor = Factor(len(x))
    z = data.draw(st.lists(st.integers(-(10**6), 10**6), min_size=len(x), max_size=len(x)))
    noisy = factor.sums([y + e for y, e in zip(factor.measure(x), z, strict=True)])
    for t, (found, true) in enumerate(zip(noisy, accumulate(x), strict=True)):
        moved = sum(factor.weights[t - i] * z[i] for i in range(t + 1))
        assert abs(found - true - moved) <= Fraction(1, 2)


@given(lengths, st.data())
def test_no_change_of_a_person_moves_what_is_measured_further_than_the_first_columns(
    length: int, data: st.DataObject
) -> None:
    factor = Factor(length)
    most = data.draw(st.integers(1, length))
    places = data.draw(st.sets(st.integers(0, length - 1), min_size=1, max_size=most))
    change = [0] * length
    for place in places:
        change[place] = data.draw(st.integers(0, 50))
    assert sum(v * v for v in factor.measure(change)) <= 50**2 * factor.squared(most)


@given(lengths, st.integers(1, 12), st.integers(1, 30), st.integers(1, 5))
def test_more_cells_or_more_series_never_cost_less(
    length: int, most: int, cells: int, series: int
) -> None:
    factor = Factor(length, most)
    found = factor.most_squared(cells=cells, series=series)
    assert found <= factor.most_squared(cells=cells + 1, series=series)
    assert found <= factor.most_squared(cells=cells, series=series + 1)
    assert found >= factor.squared(min(cells, most, length))


@given(st.integers(1, 12), st.integers(1, 400))
def test_every_bar_of_a_running_sum_holds_its_linear_law_and_the_rounding(
    length: int, per_rho: int
) -> None:
    grid = tuple(range(length + 2))
    measure = Measure(
        "q",
        MeasureKind.QUANTILES,
        OfPerson(Attribute("age")),
        grid=grid,
        ranks=(Fraction(1, 2),),
    )
    block = Block("t", ("a",), 1, (Measure("size", MeasureKind.SIZE), measure))
    plan = MeasurePlan.of(measure, block=block, rho=Fraction(1, per_rho))
    quantity = plan.quantity(Part.CUMULATIVE)
    factor = quantity.factor
    assert factor is not None
    bars = half_widths(quantity)
    for t, bar in enumerate(bars):
        law = linear.half_width([(w, quantity.sigma2) for w in factor.weights[: t + 1]])
        assert law + Fraction(1, 2) <= bar < law + Fraction(3, 2)


RANKS = st.fractions(min_value=Fraction(1, 20), max_value=Fraction(19, 20), max_denominator=20)


@given(
    st.lists(st.integers(-20, 80), min_size=1, max_size=60),
    st.sets(st.integers(0, 60), min_size=3, max_size=8),
    RANKS,
)
def test_with_hardly_any_noise_the_interval_holds_the_quantile_of_any_people(
    amounts: list[int], edges: set[int], rank: Fraction
) -> None:
    grid = tuple(sorted(edges))
    measure = Measure(
        "q", MeasureKind.QUANTILES, OfPerson(Attribute("age")), grid=grid, ranks=(rank,)
    )
    block = Block("t", ("a",), 1, (Measure("size", MeasureKind.SIZE), measure))
    plan = MeasurePlan.of(measure, block=block, rho=Fraction(100))
    quantity = plan.quantity(Part.CUMULATIVE)
    bins = [0] * (len(grid) + 1)
    for amount in amounts:
        bins[sum(edge <= amount for edge in grid)] += 1
    counts = tuple(accumulate(folded(bins)))
    size = printed_from(quantity, rank)
    assume(size < 10**9)
    assert quantile(quantity, counts, grid=grid, rank=rank, size=size - 1) is None
    found = quantile(quantity, counts, grid=grid, rank=rank, size=size)
    clamped = sorted(min(max(a, grid[0]), grid[-1]) for a in amounts)
    true = next(v for i, v in enumerate(clamped, 1) if i >= rank * len(clamped))
    assert found is not None
    assert found.low <= true <= found.high
    assert found.low <= found.value <= found.high
    assert {found.low, found.high} <= set(grid)

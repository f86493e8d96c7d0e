# SPDX-License-Identifier: Apache-2.0
"""Quantiles from running counts: the definition, its edges, and intervals without noise."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import pytest

from privseg.frames import Block, Measure, MeasureKind, OfPerson
from privseg.protect import Estimate, MeasurePlan, Part, Quantity, printed_from
from privseg.protect.quantiles import folded, is_printed, quantile
from privseg.terms import Attribute

GRID = (0, 10, 20, 30, 31, 32, 50)
RANKS = tuple(Fraction(r) for r in ("1/4", "1/2", "9/10"))
SIZE = Measure("size", MeasureKind.SIZE)
MEDIAN = Measure(
    "spend", MeasureKind.QUANTILES, OfPerson(Attribute("spend")), grid=GRID, ranks=RANKS
)


def quantity(rho: str = "1/80", measure: Measure = MEDIAN) -> Quantity:
    block = Block("t", ("a",), 1, (SIZE, measure))
    return MeasurePlan.of(measure, block=block, rho=Fraction(rho)).quantity(Part.CUMULATIVE)


def counted(amounts: list[int], grid: tuple[int, ...] = GRID) -> tuple[int, ...]:
    """Return the exact running counts, as compute's bins and clamping make them."""
    bins = [0] * (len(grid) + 1)
    for amount in amounts:
        bins[sum(edge <= amount for edge in grid)] += 1
    return tuple(accumulate(folded(bins)))


def true_quantile(amounts: list[int], rank: Fraction, grid: tuple[int, ...] = GRID) -> int:
    """Return the smallest clamped amount with at least q of the people at or below it."""
    clamped = sorted(min(max(a, grid[0]), grid[-1]) for a in amounts)
    return next(v for i, v in enumerate(clamped, 1) if i >= rank * len(clamped))


def found(amounts: list[int], rank: Fraction, rho: str = "10") -> Estimate:
    q = quantity(rho)
    estimate = quantile(q, counted(amounts), grid=GRID, rank=rank, size=10**6)
    assert estimate is not None
    return estimate


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize(
    "amounts",
    [
        [10] * 400,
        [9] * 200 + [10] * 200,
        [10] * 100 + [20] * 300,
        [31] * 400,
        [-5] * 400,
        [50] * 400,
        [999] * 399 + [3],
        [*range(50)] * 8,
        [0] * 360 + [50] * 40,
    ],
    ids=range(9),
)
def test_without_noise_the_interval_holds_the_quantile_whatever_its_edges_and_ties(
    amounts: list[int], rank: Fraction
) -> None:
    interval = found(amounts, rank)
    assert interval.low <= true_quantile(amounts, rank) <= interval.high


def test_an_amount_at_an_edge_is_in_the_bin_that_begins_there() -> None:
    assert counted([10]) == (0, 1, 1, 1, 1, 1)
    assert counted([9]) == (1, 1, 1, 1, 1, 1)
    assert counted([50, 49, 32]) == (0, 0, 0, 0, 0, 3)


def test_amounts_beyond_the_grid_are_clamped_to_its_ends() -> None:
    assert counted([-3, 0, 50, 99]) == (2, 2, 2, 2, 2, 4)
    assert folded((1, 10, 20, 30, 4)) == [11, 20, 34]


def test_with_little_noise_the_interval_is_one_bin() -> None:
    estimate = found([14] * 5_000, Fraction(1, 2))
    assert (estimate.low, estimate.high) == (10, 20)
    assert 10 <= estimate.value <= 20


def test_a_bin_of_one_whole_number_is_that_number() -> None:
    assert found([31] * 5_000, Fraction(1, 2)) == Estimate(31, 31, 31)


def test_the_point_is_read_between_the_edges_in_proportion() -> None:
    amounts = [5] * 1_000 + [15] * 4_000  # a quarter of the second bin is below its middle third
    assert found(amounts, Fraction(1, 2)).value == 10 + round(10 * Fraction(1_500, 4_000))


def test_more_noise_never_shortens_the_interval() -> None:
    amounts = [*range(50)] * 20
    lengths = []
    for rho in ("10", "1/100", "1/2000", "1/100000"):
        estimate = found(amounts, Fraction(1, 2), rho)
        lengths.append(estimate.high - estimate.low)
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_where_nothing_can_be_excluded_the_interval_is_the_whole_grid() -> None:
    estimate = quantile(quantity(), (0, 0, 1, 0, 0, 1), grid=GRID, rank=Fraction(1, 2), size=999)
    assert estimate is not None
    assert (estimate.low, estimate.high) == (0, 50)


def test_counts_that_fall_by_noise_still_give_a_point_inside() -> None:
    counts = (900, 700, 1200, 1100, 1000, 990)
    for rank in RANKS:
        estimate = quantile(quantity(), counts, grid=GRID, rank=rank, size=999)
        assert estimate is not None
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 50


def test_whether_it_is_printed_follows_from_the_published_size_alone() -> None:
    q = quantity()
    least = printed_from(q, Fraction(1, 2))
    for counts in ((0,) * 6, (500, 600, 700, 800, 900, 1000)):
        shown = [
            quantile(q, counts, grid=GRID, rank=Fraction(1, 2), size=size) is not None
            for size in (least - 1, least)
        ]
        assert shown == [False, True]


def test_a_median_needs_five_deviations_of_people_and_a_rank_further_out_more() -> None:
    q = quantity()
    variance = q.sigma2 * sum(w * w for w in q.factor.weights)  # type: ignore[union-attr]
    median = printed_from(q, Fraction(1, 2))
    assert (median - 1) ** 2 < 25 * variance <= median**2
    assert printed_from(q, Fraction(9, 10)) == printed_from(q, Fraction(1, 10))
    assert printed_from(q, Fraction(9, 10)) > 4 * median
    assert not is_printed(q, rank=Fraction(9, 10), size=median)


@pytest.mark.parametrize(
    ("grid", "ranks"),
    [
        ((), RANKS),
        ((0, 10), RANKS),
        ((0, 10, 10), RANKS),
        ((0, 20, 10), RANKS),
        (GRID, ()),
        (GRID, (Fraction(0),)),
        (GRID, (Fraction(1),)),
    ],
    ids=range(7),
)
def test_a_grid_that_does_not_rise_or_a_rank_at_the_end_is_refused(
    grid: tuple[int, ...], ranks: tuple[Fraction, ...]
) -> None:
    measure = Measure("spend", MeasureKind.QUANTILES, MEDIAN.amount, grid=grid, ranks=ranks)
    with pytest.raises(ValueError, match="rising grid"):
        quantity(measure=measure)

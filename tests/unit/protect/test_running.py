# SPDX-License-Identifier: Apache-2.0
"""The square root of the running sum: exact factors, its sensitivity by brute force, its error."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, combinations, pairwise, product
from math import comb, sqrt

import pytest

from privseg.protect.running import LONGEST, SCALE, Factor

LENGTHS = [1, 2, 3, 7, 52, 120]


def squared(values: list[int]) -> int:
    return sum(v * v for v in values)


def column(factor: Factor, j: int) -> list[int]:
    return factor.measure([int(i == j) for i in range(factor.length)])


def deviations(length: int) -> list[float]:
    """Return each running sum's sd, in those of one number measured by itself (C = 1)."""
    factor = Factor(length)
    one = factor.squared(1)
    return [sqrt(v * one) for v in accumulate(w * w for w in factor.weights)]


@pytest.mark.parametrize("length", LENGTHS)
def test_the_two_factors_give_the_running_sums_exactly(length: int) -> None:
    factor = Factor(length)
    for k in range(length):
        entry = sum(r * factor.weights[k - i] for i, r in enumerate(factor.column[: k + 1]))
        assert entry == 1


@pytest.mark.parametrize("length", LENGTHS)
def test_the_matrix_is_the_rounded_square_root_and_never_rises(length: int) -> None:
    found = Factor(length).column
    assert found[0] == SCALE == 2**8
    assert all(a >= b >= 0 for a, b in pairwise(found))
    for k, entry in enumerate(found):
        assert abs(entry - SCALE * Fraction(comb(2 * k, k), 4**k)) <= Fraction(1, 2)


def test_every_entry_of_the_left_factor_is_a_whole_number_over_a_power_of_two() -> None:
    assert all(w.denominator & (w.denominator - 1) == 0 for w in Factor(52).weights)


@pytest.mark.parametrize("length", range(1, 9))
def test_the_first_columns_side_by_side_are_the_worst_case(length: int) -> None:
    """Brute force: every set of numbers, and every change of 0, half or all of u in them."""
    factor = Factor(length)
    for most in range(1, length + 1):
        worst = 0
        for chosen in combinations(range(length), most):
            for sizes in product((1, 2), repeat=most) if length <= 6 else [(2,) * most]:
                change = [0] * length
                for t, size in zip(chosen, sizes, strict=True):
                    change[t] = size
                found = squared(factor.measure(change))
                assert found <= 4 * factor.squared(most)
                worst = max(worst, found)
        assert worst == 4 * factor.squared(most)


def test_the_squared_length_is_that_of_the_sum_of_the_columns() -> None:
    factor = Factor(12)
    for count in range(1, 13):
        columns = [column(factor, j) for j in range(count)]
        assert factor.squared(count) == squared([sum(c) for c in zip(*columns, strict=True)])


def test_several_columns_are_not_the_root_of_so_many_times_one() -> None:
    """The note's anchors at 52 periods: C = 2, 4, 12, 52; sqrt(C) would be far too little."""
    factor = Factor(52, 52)
    found = {c: sqrt(factor.squared(c) / factor.squared(1)) for c in (2, 4, 12, 52)}
    assert found == pytest.approx({2: 1.86, 4: 3.46, 12: 9.15, 52: 27.4}, rel=2e-3)
    assert all(value > sqrt(c) for c, value in found.items())


def test_the_error_at_52_periods_is_that_of_the_note() -> None:
    found = deviations(52)
    assert sqrt(sum(d * d for d in found) / 52) == pytest.approx(2.16, abs=0.006)
    assert found[-1] == pytest.approx(2.32, abs=0.006)
    assert max(found) == found[-1]
    weights = Factor(52).weights
    single = [weights[0], *(b - a for a, b in pairwise(weights))]
    one = sqrt(sum(w * w for w in single) * Factor(52).squared(1))
    assert one == pytest.approx(1.72, abs=0.006)


def test_the_grid_costs_less_than_a_thousandth_of_the_exact_square_roots_error() -> None:
    root = [comb(2 * k, k) / 4**k for k in range(52)]
    exact = sqrt(sum(r * r for r in root))  # L = R: the last sum's sd, times one column's norm
    assert deviations(52)[-1] == pytest.approx(exact**2, rel=1e-3)


def naive_most(factor: Factor, cells: int, series: int) -> int:
    splits = product(range(min(factor.most, factor.length) + 1), repeat=series)
    return max(sum(factor.squared(c) for c in s) for s in splits if sum(s) <= cells)


@pytest.mark.parametrize(("most", "cells", "series"), [(2, 4, 3), (3, 7, 3), (5, 9, 2), (9, 5, 4)])
def test_the_worst_split_over_series_is_found(most: int, cells: int, series: int) -> None:
    factor = Factor(6, most)
    assert factor.most_squared(cells=cells, series=series) == naive_most(factor, cells, series)


def test_without_noise_the_sums_are_the_sums() -> None:
    for values in ([5], [1, 0, 2], list(range(52)), [10**30, -7, 3]):
        factor = Factor(len(values))
        assert factor.sums(factor.measure(values)) == tuple(accumulate(values))


def test_an_estimate_is_rounded_to_the_nearest_whole_number_and_halves_up() -> None:
    assert [Factor(1).sums([y])[0] for y in (127, 128, -128, -129)] == [0, 1, 0, -1]
    assert Factor(1).weights == (Fraction(1, SCALE),)


@pytest.mark.parametrize(("length", "most"), [(0, 1), (LONGEST + 1, 1), (3, 0)])
def test_sums_over_nothing_or_too_much_are_refused(length: int, most: int) -> None:
    with pytest.raises(ValueError, match="running sums"):
        Factor(length, most)


@pytest.mark.parametrize("values", [[1], [1, 2, 3, 4]])
def test_another_number_of_periods_than_planned_is_refused(values: list[int]) -> None:
    with pytest.raises(ValueError, match="as many numbers"):
        Factor(3).measure(values)

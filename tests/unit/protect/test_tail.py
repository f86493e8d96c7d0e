# SPDX-License-Identifier: Apache-2.0
"""Tails against a naive sum: the truth lies between the bounds, and the bounds are close."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from privseg.protect.tail import DiscreteGaussian, first_holding
from tests.twins import noise_law

SIGMA2 = [Fraction(s) for s in ("1/50", "1/3", "1", "40", "1600/7", "1601/4", "2200/3", "800")]
ROUNDED = Fraction(1, 10**45)  # of the twin's own 60 digits


@pytest.mark.parametrize("sigma2", SIGMA2, ids=str)
def test_the_true_tail_lies_between_the_bounds(sigma2: Fraction) -> None:
    law = DiscreteGaussian.of(sigma2)
    for t in (-40, -3, -1, 0, 1, 2, 5, 12, 33, 60, 130):
        truth = Fraction(noise_law.at_least(sigma2, t)) if t < 200 else Fraction(0)
        found = law.at_least(t)
        assert found.low - ROUNDED <= truth <= found.high + ROUNDED
        assert found.low <= found.high
        assert found.high - found.low < Fraction(1, 10**40)


@pytest.mark.parametrize("sigma2", SIGMA2, ids=str)
@pytest.mark.parametrize("coverage", ["1/2", "95/100", "999/1000"])
def test_the_half_width_is_the_smallest_with_its_coverage(sigma2: Fraction, coverage: str) -> None:
    h = DiscreteGaussian.of(sigma2).half_width(Fraction(coverage))
    p = noise_law.pmf(sigma2)
    covered = [sum(p.get(x, 0) for x in range(-w, w + 1)) for w in (h - 1, h)]
    assert covered[1] >= float(Fraction(coverage)) - 1e-12
    assert covered[0] < float(Fraction(coverage)) or h == 0


def test_the_exact_half_width_differs_from_the_rounded_up_normal_one_about_half_the_time() -> None:
    widths = [
        (DiscreteGaussian.of(Fraction(v)).half_width(Fraction(95, 100)), math.ceil(1.96 * v**0.5))
        for v in range(10, 410, 4)
    ]
    assert all(exact <= rounded for exact, rounded in widths)
    assert 30 <= sum(exact < rounded for exact, rounded in widths) <= 70


@pytest.mark.parametrize("sigma2", SIGMA2, ids=str)
@pytest.mark.parametrize("probability", ["1/4", "1/100", "1/10000000", "1/1000000000000"])
def test_the_quantile_is_the_smallest_that_is_so_rarely_exceeded(
    sigma2: Fraction, probability: str
) -> None:
    p = Fraction(probability)
    t = DiscreteGaussian.of(sigma2).upper_quantile(p)
    assert Fraction(noise_law.at_least(sigma2, t + 1)) <= p
    assert t == 0 or Fraction(noise_law.at_least(sigma2, t)) > p


def test_a_probability_below_every_weight_is_refused_and_not_called_zero() -> None:
    with pytest.raises(ValueError, match="larger delta"):
        DiscreteGaussian.of(Fraction(40)).upper_quantile(Fraction(1, 10**80))


@pytest.mark.parametrize("sigma2", [Fraction(2000) ** 2, Fraction(10**13, 7), Fraction(10**30)])
def test_wide_laws_are_bounded_in_blocks_and_close_to_the_normal_one(sigma2: Fraction) -> None:
    law = DiscreteGaussian.of(sigma2)
    sigma = math.sqrt(sigma2)
    assert law.stride > 1
    for z in (-2.0, -0.3, 0.5, 1.96, 4.0):
        normal = math.erfc(z / math.sqrt(2)) / 2
        found = law.at_least(math.ceil(z * sigma))
        assert found.low <= normal * (1 + 1e-3) + 1e-9
        assert found.high >= normal * (1 - 1e-3) - 1e-9
        assert found.high - found.low < 0.01
    h = law.half_width(Fraction(95, 100))
    assert 1.9599 * sigma <= h <= 1.9599 * sigma * 1.003


def test_blocks_bound_what_the_naive_sum_finds() -> None:
    sigma2 = Fraction(1100) ** 2
    law = DiscreteGaussian.of(sigma2)
    assert law.stride == 2
    w = [math.exp(-x * x / (2 * float(sigma2))) for x in range(15 * 1100)]
    total = 2 * math.fsum(w) - 1
    for t in (1, 2, 7, 1000, 2155, 2156, 5000):
        truth = math.fsum(w[t:]) / total
        found = law.at_least(t)
        assert float(found.low) <= truth * (1 + 1e-12)
        assert truth <= float(found.high) * (1 + 1e-12)


def test_bounds_err_outwards_on_both_sides_of_zero() -> None:
    law = DiscreteGaussian.of(Fraction(40))
    for t in range(-20, 21):
        a, b = law.at_least(t), law.at_least(1 - t)
        assert a.low + b.high == 1 == a.high + b.low


@pytest.mark.parametrize("sigma2", [Fraction(0), Fraction(-1)])
def test_no_law_without_a_positive_parameter(sigma2: Fraction) -> None:
    with pytest.raises(ValueError, match="positive"):
        DiscreteGaussian.of(sigma2)


def test_extreme_parameters_are_bounded_not_rounded_to_certainty() -> None:
    law = DiscreteGaussian.of(Fraction(1, 10**9))
    assert law.at_least(1).low == 0 < law.at_least(1).high < Fraction(1, 10**50)
    assert law.half_width(Fraction(95, 100)) == 0


def test_first_holding_finds_the_first() -> None:
    assert [first_holding(0, 9, lambda t, k=k: t >= k) for k in (0, 4, 9)] == [0, 4, 9]

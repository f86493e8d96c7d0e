# SPDX-License-Identifier: Apache-2.0
"""Bounds on weighted sums of noise against their exact law, over random weights."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from privseg.protect.linear import LinearLaw, half_width, reach, upper_tail
from tests.twins.sum_law import Term, sum_law

weights = st.fractions(min_value=-4, max_value=4, max_denominator=4).filter(bool)
sigma2s = st.fractions(min_value=Fraction(1, 4), max_value=60, max_denominator=4)
sums = st.lists(st.tuples(weights, sigma2s), min_size=1, max_size=5).map(tuple)
alphas = st.sampled_from([Fraction(1, 5), Fraction(1, 20), Fraction(1, 200), Fraction(1, 10**4)])


def deviation(terms: tuple[Term, ...]) -> float:
    return math.sqrt(sum(c * c * s for c, s in terms))


@given(sums, alphas)
def test_a_half_width_covers_at_least_as_often_as_it_says(
    terms: tuple[Term, ...], alpha: Fraction
) -> None:
    assert sum_law(terms).within(half_width(terms, alpha=alpha)) >= 1 - alpha - 1e-12


@given(sums, st.floats(-7, 7))
def test_the_exact_tail_lies_between_the_bounds(terms: tuple[Term, ...], z: float) -> None:
    t = Fraction(z * deviation(terms))
    bounds, exact = LinearLaw.of(terms).at_least(t), sum_law(terms).at_least(t)
    assert float(bounds.low) <= exact + 1e-12
    assert exact <= float(bounds.high) + 1e-12


@given(sums, alphas)
def test_signs_and_order_do_not_matter(terms: tuple[Term, ...], alpha: Fraction) -> None:
    flipped = [(-c, s) for c, s in reversed(terms)]
    assert half_width(flipped, alpha=alpha) == half_width(terms, alpha=alpha)


@given(sums, alphas, st.integers(2, 9))
def test_weights_all_larger_make_a_half_width_larger_by_as_much(
    terms: tuple[Term, ...], alpha: Fraction, times: int
) -> None:
    scaled = half_width([(times * c, s) for c, s in terms], alpha=alpha)
    step = sum(abs(c) for c, _ in terms) * times / 10**3
    assert abs(scaled - times * half_width(terms, alpha=alpha)) <= step


@given(sums, st.integers(0, 40), st.integers(1, 40))
def test_a_tail_falls(terms: tuple[Term, ...], t: int, more: int) -> None:
    assert upper_tail(terms, Fraction(t + more)) <= upper_tail(terms, Fraction(t))


@given(sums, alphas)
def test_what_holds_for_any_weights_holds_for_these(
    terms: tuple[Term, ...], alpha: Fraction
) -> None:
    z, k = reach(alpha, sigma2=min(s for _, s in terms), terms=len(terms))
    half = float(z) * deviation(terms) + float(k) * float(max(abs(c) for c, _ in terms))
    assert sum_law(terms).within(Fraction(half)) >= 1 - alpha - 1e-12


@given(sums.filter(lambda terms: min(s for _, s in terms) >= 1), alphas)
def test_with_noise_of_a_unit_a_half_width_is_about_a_unit_over_a_normal_one(
    terms: tuple[Term, ...], alpha: Fraction
) -> None:
    z, k = reach(alpha, sigma2=min(s for _, s in terms), terms=len(terms))
    coarsest = float(max(abs(c) for c, _ in terms))
    most = float(z) * deviation(terms) * (1 + 1e-6) + float(k) * coarsest
    assert float(half_width(terms, alpha=alpha)) <= most + 1e-6

# SPDX-License-Identifier: Apache-2.0
"""Tails of weighted sums against their exact law, and the lemmas that they rest on."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import norm

from privseg.protect import normal
from privseg.protect.linear import SMOOTH, LinearLaw, half_width, reach, upper_tail
from privseg.protect.tail import DiscreteGaussian
from tests.twins import noise_law
from tests.twins.sum_law import Term, sum_law, terms_of

CASES = {
    "difference": terms_of(["1", "-1"], ["40", "40"]),
    "many": terms_of(["1"] * 12, ["40"] * 12),
    "coarse": terms_of(["1", "-1"], ["1", "1"]),
    "unlike": terms_of(["1", "-3"], ["640", "40"]),
    "rational": terms_of(["7/9", "-2/9", "-2/9", "1/3"], ["40", "40", "40", "20"]),
    "one_dominates": terms_of(["100", "1", "1"], ["4", "40", "40"]),
    "one_hides": terms_of(["1/50", "1", "1"], ["40", "3", "3"]),
    "under_one": terms_of(["1", "1"], ["1/2", "1/3"]),
    "coarse_beside_fine": terms_of(["5", "1/2"], ["1/2", "90"]),
}
NORMAL = [name for name in CASES if not name.startswith("under")]


@pytest.mark.parametrize("terms", CASES.values(), ids=CASES)
@pytest.mark.parametrize("alpha", ["1/20", "1/100", "1/1000"])
def test_a_half_width_covers_at_least_as_often_as_it_says(
    terms: tuple[Term, ...], alpha: str
) -> None:
    assert sum_law(terms).within(half_width(terms, alpha=Fraction(alpha))) >= 1 - Fraction(alpha)


@pytest.mark.parametrize("name", NORMAL)
def test_a_half_width_is_less_than_a_coarsest_unit_over_the_shortest(name: str) -> None:
    terms = CASES[name]
    law, half = sum_law(terms), half_width(terms)
    assert law.within(half - max(abs(c) for c, _ in terms)) < 0.95


@pytest.mark.parametrize("terms", CASES.values(), ids=CASES)
def test_the_exact_tail_lies_between_the_bounds(terms: tuple[Term, ...]) -> None:
    law, bound = sum_law(terms), LinearLaw.of(terms)
    sd = math.sqrt(sum(c * c * s for c, s in terms))
    for k in range(-60, 61):
        t = Fraction(round(k * sd * 7), 70)
        found, exact = bound.at_least(t), law.at_least(t)
        assert float(found.low) <= exact + 1e-12
        assert exact <= float(found.high) + 1e-12


@pytest.mark.parametrize("name", ["difference", "many", "unlike", "rational"])
def test_the_upper_tail_is_tight(name: str) -> None:
    terms = CASES[name]
    sd = math.sqrt(sum(c * c * s for c, s in terms))
    for z in (1, 2, 3):
        t = Fraction(round(z * sd))
        less = t - max(abs(c) for c, _ in terms)
        assert float(upper_tail(terms, t)) <= sum_law(terms).at_least(less)


def test_one_term_has_its_exact_half_width() -> None:
    exact = DiscreteGaussian.of(Fraction(40)).half_width(Fraction(95, 100))
    assert half_width([(1, Fraction(40))]) == exact
    assert half_width([(Fraction(-5, 3), Fraction(40))]) == Fraction(5, 3) * exact


def test_a_sum_of_nothing_is_certain() -> None:
    assert half_width([]) == half_width([(0, Fraction(40))]) == 0
    assert upper_tail([], 1) == 0
    assert upper_tail([], 0) == 1


def test_a_sum_on_a_lattice_has_a_half_width_on_it() -> None:
    for terms in CASES.values():
        step = Fraction(1, math.lcm(*(c.denominator for c, _ in terms)))
        assert half_width(terms) % step == 0


def test_sums_without_a_common_lattice_are_bounded_too() -> None:
    terms = [(Fraction(1, p), Fraction(40)) for p in (10**9 + 7, 10**9 + 9, 998_244_353)]
    sd = math.sqrt(sum(c * c * s for c, s in terms))
    assert 1.96 * sd < half_width(terms) < 2.06 * sd


def test_a_noise_of_no_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        half_width([(1, Fraction(0)), (1, Fraction(1))])


@pytest.mark.parametrize("sigma2", ["1", "3/2", "4", "40", "700"])
def test_a_draw_is_within_half_a_unit_of_a_normal_one_and_a_small_factor(sigma2: str) -> None:
    """Lemma 1, both ways; at non-integers the tail is that of the next integer."""
    s, sigma = Fraction(sigma2), math.sqrt(Fraction(sigma2))
    for j in range(-int(9 * sigma), int(9 * sigma) + 1):
        exact = float(noise_law.at_least(s, j))
        assert exact <= norm.sf((j - 0.5) / sigma) * (1 + 1 / (16 * float(s))) * (1 + 1e-12)
        assert exact >= norm.sf(j / sigma) * (1 - 1e-8)
        assert j < 1 or exact <= norm.sf((j - 0.5) / sigma) * (1 + 1e-12)


def test_half_a_unit_alone_would_not_bound_a_draw() -> None:
    """The control: the factor is there for a reason."""
    exact = float(noise_law.at_least(Fraction(1), 0))
    assert exact > norm.sf(-0.5) * (1 + 1e-3)


@pytest.mark.parametrize(
    ("least", "eps", "sigma2"),
    [(*smooth, s) for smooth in SMOOTH for s in ("1", "2", "40") if Fraction(s) > smooth[0]],
)
def test_a_draw_beside_a_normal_one_has_a_normal_density_up_to_a_factor(
    least: Fraction, eps: Fraction, sigma2: str
) -> None:
    """Lemma 2 where s_j**2 is as small as allowed."""
    s = float(Fraction(sigma2))
    v = 1 / (1 / float(least) - 1 / s)
    k = np.arange(-80, 81)
    weights = np.exp(-(k**2) / (2 * s))
    for x in np.linspace(0, 3 * math.sqrt(v + s), 60):
        density = float(np.sum(weights * norm.pdf(x - k, scale=math.sqrt(v))) / weights.sum())
        factor = density / norm.pdf(x, scale=math.sqrt(v + s))
        assert 1 - 2.1 * float(eps) - 1e-9 <= factor <= 1 + float(eps) + 1e-9


def test_the_factors_are_those_of_the_lemma() -> None:
    for least, eps in SMOOTH:
        q = math.exp(-2 * math.pi**2 * float(least))
        assert 2 * q / (1 - q**3) <= float(eps) <= 1.2 * 2 * q


@pytest.mark.parametrize("terms", [(1, "40"), (3, "40"), (200, "2"), (2, "1/2")])
def test_what_holds_for_any_weights_holds_for_these(terms: tuple[int, str]) -> None:
    count, sigma2 = terms[0], Fraction(terms[1])
    z, k = reach(Fraction(1, 20), sigma2=sigma2, terms=count)
    chosen = tuple((Fraction(1 + i % 3), sigma2) for i in range(count))
    sd = math.sqrt(sum(c * c * s for c, s in chosen))
    bound = float(z) * sd + float(k) * max(float(c) for c, _ in chosen)
    assert sum_law(chosen).within(Fraction(bound)) >= 0.95


def test_normal_tails_and_quantiles_are_bounds() -> None:
    for z in (-4, 0, 1, Fraction(5, 2), 6, 10, 12, 14):
        bounds = normal.at_least(Fraction(z))
        assert bounds.low <= Fraction(norm.sf(float(z))) * (1 + Fraction(1, 10**10))
        assert bounds.high >= Fraction(norm.sf(float(z))) * (1 - Fraction(1, 10**10))
        assert bounds.high - bounds.low <= bounds.high / 50
    for p in (Fraction(1, 40), Fraction(1, 10**6), Fraction(1, 10**20)):
        z = normal.quantile(p)
        assert norm.isf(float(p)) <= float(z) <= norm.isf(float(p)) + 2e-4
        assert math.exp(-(float(normal.sub_gaussian_quantile(p)) ** 2) / 2) <= p


@pytest.mark.parametrize("find", [normal.quantile, normal.sub_gaussian_quantile])
def test_a_probability_that_is_nearly_none_has_no_quantile(find) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="small"):
        find(Fraction(1, 10**31))

# SPDX-License-Identifier: Apache-2.0
"""Draws against their exact law, and against two other implementations.

Every test has a false-alarm rate of FALSE_ALARM at most; the draws are the system's.
"""

from __future__ import annotations

import secrets
import warnings
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

import pytest
from scipy.stats import chi2

from privseg.protect.sampler import buffered, discrete_gaussian, discrete_laplace
from tests.twins import noise_law

FALSE_ALARM = 1e-6
N = 100_000
FEWEST = 25  # expected draws in a class of the chi-square test, tails pooled


def draws(sigma2: Fraction, n: int = N) -> Counter[int]:
    bits = buffered(secrets.randbits)
    return Counter(discrete_gaussian(sigma2, bits) for _ in range(n))


def p_value(found: Counter[int], law: dict[int, float]) -> float:
    """Return the chi-square test's p of the counts under ``law``, rare values pooled."""
    n = found.total()
    common = [x for x, p in law.items() if n * p >= FEWEST]
    expected = [n * law[x] for x in common]
    observed = [found[x] for x in common]
    rest = n - sum(expected)
    statistic = sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
    if rest >= 5:
        statistic += (n - sum(observed) - rest) ** 2 / rest
        return float(chi2.sf(statistic, len(common)))
    return float(chi2.sf(statistic, len(common) - 1))


@pytest.mark.parametrize("sigma2", [Fraction(1, 3), Fraction(40), Fraction(1601, 4)], ids=str)
def test_draws_follow_the_exact_law_and_no_law_a_tenth_wider_or_narrower(sigma2: Fraction) -> None:
    found = draws(sigma2)
    assert p_value(found, noise_law.pmf(sigma2)) > FALSE_ALARM
    for wrong in (sigma2 * Fraction(121, 100), sigma2 / Fraction(121, 100)):
        assert p_value(found, noise_law.pmf(wrong)) < FALSE_ALARM


def test_laplace_draws_follow_the_exact_law_and_no_law_a_tenth_off() -> None:
    scale, bits = Fraction(7, 2), buffered(secrets.randbits)
    found = Counter(discrete_laplace(scale, bits) for _ in range(N))
    assert p_value(found, _laplace(scale)) > FALSE_ALARM
    for wrong in (scale * Fraction(11, 10), scale / Fraction(11, 10)):
        assert p_value(found, _laplace(wrong)) < FALSE_ALARM


def _laplace(scale: Fraction) -> dict[int, float]:
    import math

    norm = math.tanh(1 / (2 * scale))
    return {x: norm * math.exp(-abs(x) / scale) for x in range(-200, 201)}


def two_sample_p(a: Counter[int], b: Counter[int]) -> float:
    """Return the chi-square test's p that both come from one law; rare values pooled by sign."""
    n, m = a.total(), b.total()
    common = {x for x in a | b if (a[x] + b[x]) * min(n, m) / (n + m) >= FEWEST}
    pooled_a, pooled_b = (_pooled(c, common) for c in (a, b))
    keys = pooled_a.keys() | pooled_b.keys()
    statistic = sum(
        ((m / n) ** 0.5 * pooled_a[k] - (n / m) ** 0.5 * pooled_b[k]) ** 2
        / (pooled_a[k] + pooled_b[k])
        for k in keys
    )
    return float(chi2.sf(statistic, len(keys) - 1))


def _pooled(counts: Counter[int], common: Iterable[int]) -> Counter[str]:
    pooled: Counter[str] = Counter()
    for x, count in counts.items():
        pooled[str(x) if x in set(common) else "rest"] += count
    return pooled


def test_opendp_draws_from_the_same_law() -> None:
    import opendp.prelude as dp

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    theirs = Counter(dp.m.make_gaussian(*space, scale=10.0)([0] * 50_000))
    assert two_sample_p(draws(Fraction(100), 50_000), theirs) > FALSE_ALARM
    assert two_sample_p(draws(Fraction(121), 50_000), theirs) < FALSE_ALARM


def test_diffprivlib_draws_from_the_same_law() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages it imports
        from diffprivlib.mechanisms import GaussianDiscrete

        other = GaussianDiscrete(epsilon=0.5, delta=1e-3)
        theirs = Counter(other.randomise(0) for _ in range(15_000))
    sigma2 = Fraction(other._scale) ** 2
    assert two_sample_p(draws(sigma2, 60_000), theirs) > FALSE_ALARM
    assert two_sample_p(draws(sigma2 * Fraction(13, 10), 60_000), theirs) < FALSE_ALARM

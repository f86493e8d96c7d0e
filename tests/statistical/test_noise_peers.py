# SPDX-License-Identifier: Apache-2.0
"""Draws against those of OpenDP and diffprivlib: two other implementations, one law."""

from __future__ import annotations

import secrets
import warnings
from collections import Counter
from collections.abc import Set as AbstractSet
from fractions import Fraction

from scipy.stats import chi2

from privseg.protect.sampler import buffered, discrete_gaussian

FALSE_ALARM = 1e-6
FEWEST = 25  # expected draws in a class of the chi-square test; rarer values are pooled


def draws(sigma2: Fraction, n: int) -> Counter[int]:
    bits = buffered(secrets.randbits)
    return Counter(discrete_gaussian(sigma2, bits) for _ in range(n))


def two_sample_p(a: Counter[int], b: Counter[int]) -> float:
    """Return the chi-square test's p that both come from one law; rare values pooled."""
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


def _pooled(counts: Counter[int], common: AbstractSet[int]) -> Counter[str]:
    pooled: Counter[str] = Counter()
    for x, count in counts.items():
        pooled[str(x) if x in common else "rest"] += count
    return pooled


def test_opendp_draws_from_the_same_law() -> None:
    import opendp.prelude as dp  # noqa: PLC0415  (2 s that no other test waits for)

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    theirs = Counter(dp.m.make_gaussian(*space, scale=10.0)([0] * 30_000))
    assert two_sample_p(draws(Fraction(100), 30_000), theirs) > FALSE_ALARM
    assert two_sample_p(draws(Fraction(121), 30_000), theirs) < FALSE_ALARM


def test_diffprivlib_draws_from_the_same_law() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages it imports
        from diffprivlib.mechanisms import GaussianDiscrete  # noqa: PLC0415

        other = GaussianDiscrete(epsilon=0.5, delta=1e-3)
        theirs = Counter(other.randomise(0) for _ in range(15_000))
    sigma2 = Fraction(other._scale) ** 2
    assert two_sample_p(draws(sigma2, 60_000), theirs) > FALSE_ALARM
    assert two_sample_p(draws(sigma2 * Fraction(13, 10), 60_000), theirs) < FALSE_ALARM

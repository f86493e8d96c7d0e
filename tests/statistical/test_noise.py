# SPDX-License-Identifier: Apache-2.0
"""Draws against their exact law; a false alarm has probability FALSE_ALARM at most.

The draws are the system's own randomness, as in production.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
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
    norm = math.tanh(1 / (2 * scale))
    return {x: norm * math.exp(-abs(x) / scale) for x in range(-200, 201)}

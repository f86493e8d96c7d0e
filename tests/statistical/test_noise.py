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
from scipy.stats import chi2, norm

from privseg.protect import many
from privseg.protect.sampler import (
    MANY,
    buffered,
    discrete_gaussian,
    discrete_gaussians,
    discrete_laplace,
)
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


@pytest.mark.parametrize("sigma2", ["5/4", "40", "2500"])
def test_draws_made_side_by_side_follow_the_same_law(sigma2: str) -> None:
    law = Fraction(sigma2)
    found = Counter(_classed(x, law) for x in many.discrete_gaussians(law, N, secrets.randbits))
    assert p_value(found, _classes(law)) > FALSE_ALARM
    for wrong in (law * Fraction(121, 100), law / Fraction(121, 100)):
        assert p_value(found, _classes(law, wrong)) < FALSE_ALARM


def test_so_do_draws_of_which_nearly_every_one_needs_more_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With words of three binary digits they are settled one by one, by three more at a time."""
    monkeypatch.setattr(many, "WORD", 3)
    for law in (Fraction(5, 4), Fraction(9)):
        found = Counter(many.discrete_gaussians(law, 600, secrets.randbits))
        assert p_value(found, noise_law.pmf(law)) > FALSE_ALARM
        assert p_value(found, noise_law.pmf(law * 4)) < FALSE_ALARM


def test_wide_draws_side_by_side_follow_the_law_of_one_by_one() -> None:
    """Blocks of 16 and of 64: the offsets within them, and the laws across them."""
    for sigma2 in (Fraction(10_000**2), Fraction(40_001**2, 2)):
        found = Counter(many.discrete_gaussians(sigma2, N, secrets.randbits))
        cells = _cells(found, sigma2)
        assert p_value(cells, _normal()) > FALSE_ALARM
        for wrong in (sigma2 * Fraction(121, 100), sigma2 / Fraction(121, 100)):
            assert p_value(_cells(found, wrong), _normal()) < FALSE_ALARM
        offsets = Counter(abs(x) % 16 for x in found.elements())
        assert p_value(offsets, dict.fromkeys(range(16), 1 / 16)) > FALSE_ALARM


def test_a_long_vector_is_drawn_by_the_same_law_as_a_short_one() -> None:
    law, bits = Fraction(40), buffered(secrets.randbits)
    for count in (MANY, 100):
        found = Counter[int]()
        while found.total() < 20 * MANY:
            found.update(discrete_gaussians(law, count, bits))
        assert p_value(found, noise_law.pmf(law)) > FALSE_ALARM


def _stride(law: Fraction) -> int:
    return max(1, math.isqrt(int(law)) // 30)


def _classed(x: int, law: Fraction) -> int:
    return x // _stride(law)


def _classes(law: Fraction, of: Fraction | None = None) -> dict[int, float]:
    """Return the law of the classes of ``law``, under it or another."""
    chances: Counter[int] = Counter()
    for x, p in noise_law.pmf(of or law).items():
        chances[_classed(x, law)] += p  # type: ignore[assignment]
    return dict(chances)


def _cells(found: Counter[int], sigma2: Fraction) -> Counter[int]:
    """Return how many draws lie in each fifth of a sd."""
    sd, cells = math.sqrt(sigma2), Counter[int]()
    for x, n in found.items():
        cells[math.floor(5 * (x - 0.5) / sd)] += n  # x stands for [x - 1/2, x + 1/2)
    return cells


def _normal() -> dict[int, float]:
    """Return the normal law of fifths: at sd 10,000 nobody can tell it from the discrete one."""
    return {k: float(norm.cdf((k + 1) / 5) - norm.cdf(k / 5)) for k in range(-40, 40)}


def test_laplace_draws_follow_the_exact_law_and_no_law_a_tenth_off() -> None:
    scale, bits = Fraction(7, 2), buffered(secrets.randbits)
    found = Counter(discrete_laplace(scale, bits) for _ in range(N))
    assert p_value(found, _laplace(scale)) > FALSE_ALARM
    for wrong in (scale * Fraction(11, 10), scale / Fraction(11, 10)):
        assert p_value(found, _laplace(wrong)) < FALSE_ALARM


def _laplace(scale: Fraction) -> dict[int, float]:
    norm = math.tanh(1 / (2 * scale))
    return {x: norm * math.exp(-abs(x) / scale) for x in range(-200, 201)}

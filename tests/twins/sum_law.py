# SPDX-License-Identifier: Apache-2.0
"""The law of a weighted sum of discrete Gaussians by convolving them naively: linear's twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isqrt, lcm

import numpy as np
from numpy.typing import NDArray

Term = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class SumLaw:
    """P[S = (i - middle) / scale] at i, up to some 1e-15 each."""

    scale: int
    middle: int
    chances: NDArray[np.float64]

    def at_least(self, t: Fraction) -> float:
        """Return P[S >= t], added up from the smallest on."""
        first = max(0, self.middle + -(-(t * self.scale).numerator // (t * self.scale).denominator))
        return float(np.sum(self.chances[first:][::-1]))

    def within(self, half: Fraction) -> float:
        """Return P[|S| <= half]."""
        reach = (half * self.scale).__floor__()
        return float(np.sum(self.chances[max(0, self.middle - reach) : self.middle + reach + 1]))


@cache
def sum_law(terms: tuple[Term, ...]) -> SumLaw:
    """Return the law of the sum of c e over ``terms`` (c, sigma2)."""
    scale = lcm(*(c.denominator for c, _ in terms))
    chances = np.ones(1)
    for weight, sigma2 in terms:
        chances = np.convolve(chances, _spread(abs(int(weight * scale)), sigma2))
    return SumLaw(scale, len(chances) // 2, chances)


def _spread(step: int, sigma2: Fraction) -> NDArray[np.float64]:
    """Return the pmf of step * e, one entry an integer."""
    reach = 9 * (isqrt(int(sigma2)) + 1)
    x = np.arange(-reach, reach + 1)
    weights = np.exp(-(x**2) / (2 * float(sigma2)))
    full = np.zeros(2 * reach * step + 1)
    full[::step] = weights / weights.sum()
    return full


def terms_of(weights: Sequence[str], sigma2s: Sequence[str]) -> tuple[Term, ...]:
    """Return terms from fractions as text."""
    return tuple((Fraction(c), Fraction(s)) for c, s in zip(weights, sigma2s, strict=True))

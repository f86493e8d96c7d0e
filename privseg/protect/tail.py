# SPDX-License-Identifier: Apache-2.0
"""Tails of the discrete Gaussian, between proven bounds: no probability here is a guess.

The weight of x is ``f(x) = exp(-x**2 / (2 sigma2))``. Weights are kept as two integers over
2**BITS, one never above the truth and one never below it, and are built by the recurrence
``f(x + 1) = f(x) r(x)``, ``r(x + 1) = r(x) exp(-1 / sigma2)`` with floors on one side and ceilings
on the other. What lies beyond the last entry is bounded by a geometric series. A caller that
guards privacy or coverage takes the bound that errs to the safe side.

Up to WIDEST entries a standard deviation the sums run over every integer. Beyond that the
integers are taken in blocks of ``stride``; f decreases, so a block weighs at most ``stride``
times its first and at least ``stride`` times the next block's first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import isqrt

BITS = 192  # weights down to 2**-192 are told apart: tails far below any delta in use
ONE = 1 << BITS
WIDEST = 1024
DIGITS = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A probability that is known to lie in [low, high]."""

    low: Fraction
    high: Fraction

    @property
    def complement(self) -> Bounds:
        """Return the bounds of one minus it."""
        return Bounds(1 - self.high, 1 - self.low)


@dataclass(frozen=True, slots=True)
class DiscreteGaussian:
    """The law N_Z(0, sigma2): its upper tails.

    >>> law = DiscreteGaussian.of(Fraction(40))
    >>> law.half_width(Fraction(95, 100)), law.upper_quantile(Fraction(1, 10**7))
    (12, 33)
    """

    sigma2: Fraction
    stride: int
    below: tuple[int, ...] = field(repr=False)  # at j: at most the weight of all x >= j * stride
    above: tuple[int, ...] = field(repr=False)  # at j: at least that weight

    @classmethod
    def of(cls, sigma2: Fraction) -> DiscreteGaussian:
        """Return the law for ``sigma2``; computed once for each."""
        return _law(sigma2)

    def at_least(self, t: int) -> Bounds:
        """Return P[N >= t]."""
        if t <= 0:
            return self.at_least(1 - t).complement
        (low, high), (least, most) = self.weights(t), self._total
        return Bounds(Fraction(low, most), Fraction(high, least))

    def weights(self, t: int) -> tuple[int, int]:
        """Return bounds on the weight of all x >= t: P[N >= t] but for one common factor."""
        if t <= 0:  # the law is symmetric: all of it, less what lies below t
            (low, high), (least, most) = self.weights(1 - t), self._total
            return least - high, most - low
        up, down = -(-t // self.stride), t // self.stride
        low = self.below[up] if up < len(self.below) else 0
        return low, self.above[min(down, len(self.above) - 1)]

    def exceeds(self, t: int) -> Bounds:
        """Return P[N > t]."""
        return self.at_least(t + 1)

    def upper_quantile(self, probability: Fraction) -> int:
        """Return the smallest t >= 0 with P[N > t] <= ``probability``, by its upper bound.

        Raises:
            ValueError: ``probability`` is too small to be told from zero.
        """
        return self.smallest(lambda t: self.exceeds(t).high <= probability)

    def smallest(self, holds: Callable[[int], bool]) -> int:
        """Return the smallest t >= 0 for which it holds, given that it holds from there on.

        Raises:
            ValueError: it holds nowhere that this law can tell from infinity.
        """
        last = len(self.above) * self.stride
        if not holds(last):
            raise ValueError("a probability this small cannot be guarded; declare a larger delta")
        return first_holding(0, last, holds)

    def half_width(self, coverage: Fraction) -> int:
        """Return the smallest h with P[-h <= N <= h] >= ``coverage``, by its lower bound."""
        return self.upper_quantile((1 - coverage) / 2)

    @property
    def _total(self) -> tuple[int, int]:
        """Return bounds on the weight of all integers: twice that of x >= 0, less f(0)."""
        return 2 * self.below[0] - ONE, 2 * self.above[0] - ONE


def first_holding(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the smallest t in [low, high] for which it holds, if it holds from there on."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


@lru_cache(maxsize=32)  # a memo of a pure function of public numbers
def _law(sigma2: Fraction) -> DiscreteGaussian:
    if sigma2 <= 0:
        raise ValueError("sigma2 is positive")
    deviation = isqrt(sigma2.numerator // sigma2.denominator)
    stride = 1 if deviation <= WIDEST else deviation // (WIDEST // 2)
    lows, highs, rest = points(sigma2 / stride**2)
    if stride > 1:
        lows = [*lows[1:], 0]  # a block weighs at least what the next block's first does
    below, above = _sums(lows, 0), _sums(highs, rest)
    return DiscreteGaussian(
        sigma2, stride, tuple(stride * w for w in below), tuple(stride * w for w in above)
    )


def points(sigma2: Fraction, bits: int = BITS) -> tuple[list[int], list[int], int]:
    """Return bounds below and above on f(0), f(1), ..., over 2**bits; and above on all the rest."""
    (r_low, r_high), (q_low, q_high) = _exp(1 / (2 * sigma2), bits), _exp(1 / sigma2, bits)
    one = low = high = 1 << bits
    lows, highs = [low], [high]
    while low:
        low, high = low * r_low >> bits, -(-high * r_high >> bits)
        r_low, r_high = r_low * q_low >> bits, -(-r_high * q_high >> bits)
        lows.append(low)
        highs.append(high)
    # f(x + i) <= f(x) r(x)**i, and r decreases: a geometric series bounds the rest
    return lows, highs, -(-highs[-1] * r_high // (one - r_high))


def _exp(y: Fraction, bits: int) -> tuple[int, int]:
    """Return floor and ceiling bounds of exp(-y) over 2**bits (decimal's exp is rounded right)."""
    digits = DIGITS if bits == BITS else Context(prec=DIGITS.prec + bits)  # 3 bits a digit: ample
    quotient = digits.divide(Decimal(y.numerator), Decimal(y.denominator))  # "-" would round it
    value = digits.exp(quotient.copy_negate())
    slack = digits.scaleb(max(Decimal(1), quotient), 10 - digits.prec)  # far above both errors
    low = Fraction(value) * (1 - Fraction(slack)) * (1 << bits)
    high = Fraction(value) * (1 + Fraction(slack)) * (1 << bits)
    return max(0, low.__floor__()), min(1 << bits, high.__floor__() + 1)


def _sums(weights: list[int], rest: int) -> list[int]:
    """Return at j the sum of the weights from j on, and the rest."""
    sums = []
    for weight in reversed(weights):
        rest += weight
        sums.append(rest)
    return sums[::-1]

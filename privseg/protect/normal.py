# SPDX-License-Identifier: Apache-2.0
"""The normal law between proven bounds, in decimals of 60 digits: no float, no approximation.

``Q(z) = P[g >= z] = 1/2 - phi(z) (z + z**3/3 + z**5/(3*5) + ...)``: all terms are positive, and
once ``z**2 < n`` each is less than half of the one before, so that what is left out is at most the
last one. From FAR on Mills' ratio bounds it: ``phi(z) z / (1 + z**2) <= Q(z) <= phi(z) / z``.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from privseg.protect.tail import Bounds, first_holding

DIGITS = Context(prec=60)
ROOT = Decimal("0.39894228040143267793994605993438186847585863116493465766592")  # 1/sqrt(2 pi)
SLACK = Decimal(10) ** -50  # far above ROOT's and the sums' errors
FAR = 12  # Q(12) is about 2e-33: SLACK is nothing beside it
GRID = 10_000  # arguments move in steps of 1e-4
LEAST = Fraction(1, 10**30)


def at_least(z: Fraction) -> Bounds:
    """Return P[g >= z], with ``z`` rounded to 1e-4: down for the upper bound, up for the lower.

    >>> bounds = at_least(Fraction(196, 100))
    >>> round(10**9 * bounds.low), round(10**9 * bounds.high)
    (24997895, 24997895)
    """
    down, rest = divmod(z.numerator * GRID, z.denominator)
    return Bounds(_tail(down + (rest > 0)).low, _tail(down).high)


@lru_cache(maxsize=4096)  # a memo of a pure function of public numbers
def quantile(probability: Fraction) -> Fraction:
    """Return the smallest z >= 0 in steps of 1e-4 with P[g >= z] <= ``probability``.

    >>> quantile(Fraction(1, 40))
    Fraction(49, 25)

    Raises:
        ValueError: ``probability`` is under 1e-30.
    """
    if probability < LEAST:
        raise ValueError("no normal quantile is worked out for a probability this small")
    steps = first_holding(0, FAR * GRID, lambda k: _tail(k).high <= probability)
    return Fraction(steps, GRID)


@lru_cache(maxsize=4096)
def sub_gaussian_quantile(probability: Fraction) -> Fraction:
    """Return the smallest z >= 0 in steps of 1e-4 with exp(-z**2 / 2) <= ``probability``.

    >>> sub_gaussian_quantile(Fraction(1, 40))
    Fraction(27163, 10000)
    """
    if probability < LEAST:
        raise ValueError("no quantile is worked out for a probability this small")
    steps = first_holding(0, FAR * GRID, lambda k: _bell(k)[1] <= probability)
    return Fraction(steps, GRID)


def bell(z: Fraction) -> Fraction:
    """Return an upper bound of exp(-z**2 / 2), for z >= 0."""
    return _bell(z.numerator * GRID // z.denominator)[1]


@lru_cache(maxsize=8192)
def _bell(steps: int) -> tuple[Fraction, Fraction]:
    """Return bounds of exp(-z**2 / 2), z = steps / GRID."""
    value = DIGITS.exp(DIGITS.divide(Decimal(-steps * steps), Decimal(2 * GRID * GRID)))
    slack = DIGITS.multiply(value, SLACK)
    return Fraction(DIGITS.subtract(value, slack)), Fraction(DIGITS.add(value, slack))


@lru_cache(maxsize=8192)
def _tail(steps: int) -> Bounds:
    if steps < 0:
        return _tail(-steps).complement
    low, high = _bell(steps)
    root = Fraction(ROOT)
    if steps >= FAR * GRID:
        z = Fraction(steps, GRID)
        return Bounds(
            root * low * z / (1 + z * z) * (1 - Fraction(SLACK)),
            root * high / z * (1 + Fraction(SLACK)),
        )
    return _near_tail(Decimal(steps) / GRID)


def _near_tail(z: Decimal) -> Bounds:
    square = DIGITS.multiply(z, z)
    term, total, n = z, z, 1
    while term > SLACK or square > n:
        n += 2
        term = DIGITS.divide(DIGITS.multiply(term, square), Decimal(n))
        total = DIGITS.add(total, term)
    density = DIGITS.multiply(ROOT, DIGITS.exp(DIGITS.divide(-square, Decimal(2))))
    value = DIGITS.subtract(Decimal("0.5"), DIGITS.multiply(density, total))
    slack = DIGITS.multiply(SLACK, Decimal(100))
    return Bounds(
        max(Fraction(0), Fraction(DIGITS.subtract(value, slack))),
        Fraction(DIGITS.add(value, slack)),
    )

# SPDX-License-Identifier: Apache-2.0
"""The discrete Gaussian summed naively, term by term, in 60-digit decimals: the tails' twin."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from math import isqrt

WIDE = Context(prec=60)


@cache
def weights(sigma2: Fraction) -> tuple[Decimal, ...]:
    """Return exp(-x**2 / (2 sigma2)) for x = 0, 1, ... until it is below 1e-50."""
    reach = 16 * (isqrt(int(sigma2)) + 2)
    two = WIDE.divide(Decimal(2 * sigma2.numerator), Decimal(sigma2.denominator))
    return tuple(WIDE.exp(WIDE.divide(Decimal(-x * x), two)) for x in range(reach))


@cache
def pmf(sigma2: Fraction) -> dict[int, float]:
    """Return P[N = x]."""
    w = weights(sigma2)
    total = 2 * sum(w) - 1
    return {x: float(WIDE.divide(w[abs(x)], total)) for x in range(-len(w) + 1, len(w))}


@cache
def tails(sigma2: Fraction) -> tuple[Decimal, ...]:
    """Return the weight of all x >= t, for t = 0, 1, ..., 0 at the end."""
    sums = [Decimal(0)]
    for weight in reversed(weights(sigma2)):
        sums.append(WIDE.add(sums[-1], weight))
    return tuple(reversed(sums))


@cache
def at_least(sigma2: Fraction, t: int) -> Decimal:
    """Return P[N >= t] to some 50 digits."""
    if t <= 0:
        return WIDE.subtract(Decimal(1), at_least(sigma2, 1 - t))
    found = tails(sigma2)
    total = WIDE.subtract(WIDE.multiply(Decimal(2), found[0]), Decimal(1))
    return WIDE.divide(found[min(t, len(found) - 1)], total)

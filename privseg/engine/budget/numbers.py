# SPDX-License-Identifier: Apache-2.0
"""Exact budgets as short decimals: what is spent is rounded up, what is left is rounded down."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction

DIGITS = 3
SHORT = 4  # places of a rho: a report is in the hundredths
_EXACT = 60  # digits in between: more than any ratio printed here can lose


def rounded_up(number: Fraction, places: int = SHORT) -> str:
    """Return a number that is spent, rounded up.

    >>> rounded_up(Fraction(1, 80)), rounded_up(Fraction(1, 3))
    ('0.0125', '0.3334')
    """
    return _rounded(number, places, ROUND_CEILING)


def rounded_down(number: Fraction, places: int = SHORT) -> str:
    """Return a number that is left, rounded down.

    >>> rounded_down(Fraction(2, 3)), rounded_down(Fraction(-1, 3))
    ('0.6666', '-0.3334')
    """
    return _rounded(number, places, ROUND_FLOOR)


def small_up(number: Fraction) -> str:
    """Return a small number, such as a delta, with three digits at most, rounded up.

    >>> small_up(Fraction(3, 10**7)), small_up(Fraction(1, 3 * 10**6)), small_up(Fraction(0))
    ('3e-7', '3.34e-7', '0')
    """
    return _small(number, ROUND_CEILING)


def small_down(number: Fraction) -> str:
    """Return a small number that is left, rounded down; nothing is 0, and less than nothing, too.

    >>> small_down(Fraction(1, 3 * 10**6)), small_down(Fraction(-1, 2))
    ('3.33e-7', '0')
    """
    return _small(number, ROUND_FLOOR)


def ratio_up(squared: Fraction) -> str:
    """Return the square root of a ratio with two places, rounded up.

    >>> ratio_up(Fraction(4)), ratio_up(Fraction(2))
    ('2.00', '1.42')
    """
    context = Context(prec=_EXACT, rounding=ROUND_CEILING)
    root = context.sqrt(context.divide(squared.numerator, squared.denominator))
    return str(root.quantize(Decimal("0.01"), rounding=ROUND_CEILING, context=context))


def _small(number: Fraction, rounding: str) -> str:
    if number <= 0:
        return "0"
    context = Context(prec=DIGITS, rounding=rounding)
    digits, _, exponent = f"{context.divide(number.numerator, number.denominator):e}".partition("e")
    shown = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return shown if int(exponent) == 0 else f"{shown}e{int(exponent)}"


def _rounded(number: Fraction, places: int, rounding: str) -> str:
    context = Context(prec=_EXACT, rounding=rounding)
    exact = context.divide(number.numerator, number.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=context))

# SPDX-License-Identifier: Apache-2.0
"""Numbers and their uncertainty in plain words, rounded to what the noise allows.

Nothing here sees an exact number: inputs are released estimates and their intervals.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

Translate = Callable[[str], str]

english: Translate = gettext.NullTranslations().gettext


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: ``people``, or an amount with its currency and minor-unit digits."""

    name: str
    digits: int = 0  # digits after the point in the unit's whole numbers (EUR 2)


PEOPLE = Unit("people")


def place_of(half_width: Fraction) -> int:
    """Return the power of ten of the half-width's leading digit (18 -> 10, 0.4 -> 1).

    >>> place_of(Fraction(18)), place_of(Fraction(4321)), place_of(Fraction(0))
    (10, 1000, 1)
    """
    whole = int(half_width)
    return 10 ** (len(str(whole)) - 1) if whole >= 1 else 1


def rounded(value: Fraction, half_width: Fraction) -> int:
    """Return ``value`` rounded to the place of the half-width's leading digit.

    >>> rounded(Fraction(1243), Fraction(18))
    1240
    """
    place = place_of(half_width)
    return round(value / place) * place


def grouped(number: int) -> str:
    """Return digits in groups of three.

    >>> grouped(-1234567)
    '-1,234,567'
    """
    return f"{number:,}"


def amount(value: Fraction, unit: Unit, *, half_width: Fraction | None = None) -> str:
    """Return ``value`` (in the unit's smallest whole numbers) as people read it.

    >>> amount(Fraction(31_024_511), Unit("EUR", 2), half_width=Fraction(1_500_000))
    '310,000'
    >>> amount(Fraction(4212), Unit("EUR", 2), half_width=Fraction(55))
    '42.1'
    """
    major = value / 10**unit.digits
    half = None if half_width is None else half_width / 10**unit.digits
    if half is None or half >= 1 or unit.digits == 0:
        return grouped(round(major) if half is None else rounded(major, half))
    digits = min(unit.digits, _digits_for(half))
    return f"{float(major):,.{digits}f}"


def _digits_for(half: Fraction) -> int:
    """Return how many digits after the point a half-width below 1 allows."""
    digits = 1
    while half * 10**digits < 1 and digits < 4:  # noqa: PLR2004  # minor units end at four digits
        digits += 1
    return digits


def half_of(low: Fraction, high: Fraction) -> Fraction:
    """Return half the width of an interval."""
    return (high - low) / 2


def about(
    value: Fraction, low: Fraction, high: Fraction, unit: Unit, *, _: Translate = english
) -> str:
    """Return "about 1,240 people, give or take 18".

    >>> about(Fraction(1243), Fraction(1225), Fraction(1261), PEOPLE)
    'about 1,240 people, give or take 18'
    """
    half = half_of(low, high)
    return _("about {value} {unit}, give or take {half}").format(
        value=amount(max(value, Fraction(0)), unit, half_width=half),
        unit=unit.name,
        half=amount(half, unit, half_width=half / 10),
    )


def interval(low: Fraction, high: Fraction, unit: Unit) -> str:
    """Return "1,225 to 1,261", rounded outwards no further than the noise allows."""
    half = half_of(low, high) / 10
    return f"{amount(low, unit, half_width=half)} to {amount(high, unit, half_width=half)}"

# SPDX-License-Identifier: Apache-2.0
"""Numbers and their uncertainty in plain words, rounded to what the noise allows.

Nothing here sees an exact number: inputs are released estimates and their intervals. A value is
rounded to the place of its half-width's leading digit; the ends of its interval to one place
finer, and outwards: what is printed holds whatever the interval held.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from privseg.protect import Estimate
from privseg.report.language import ENGLISH, Language, marked

LOPSIDED = Fraction(5, 4)  # one side this much longer than the other: no "give or take"
SMALLEST_PLACE = -4  # amounts are never printed with more decimals


@dataclass(frozen=True, slots=True)
class Unit:
    """What a number counts: ``people``, or an amount with its currency and minor-unit digits."""

    name: str
    digits: int = 0  # digits after the point in the unit's whole numbers (EUR 2, per cent of 1: -2)


PEOPLE = Unit(marked("people"))
UNITS = (marked("events"), marked("days"), marked("points"), marked("people, once a period"))
PER_CENT = Unit("%", -2)  # of a share that is counted in ones: 1 is 100 %
POINTS = Unit(marked("percentage points"), -2)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number and the ends of its interval, as texts; and as places for a chart."""

    text: str
    low: str
    high: str
    value: Fraction
    lowest: Fraction
    highest: Fraction

    @property
    def size(self) -> str:
        """Return the number without its sign: what something rose or fell by."""
        return self.text.lstrip("+-")

    def within(self, _: Language) -> str:
        """Return "1,225 to 1,261"."""
        return _("{low} to {high}").format(low=self.low, high=self.high)


def printed(
    estimate: Estimate, unit: Unit, *, is_signed: bool, is_difference: bool = False, _: Language
) -> Printed:
    """Return ``estimate`` as it is shown; what cannot be negative is cut at zero.

    >>> p = printed(Estimate(-4, -30, 22), PEOPLE, is_signed=False, _=ENGLISH)
    >>> (p.text, p.low, p.high)
    ('0', '0', '22')
    >>> printed(Estimate(12, 3, 21), PEOPLE, is_signed=True, is_difference=True, _=ENGLISH).text
    '+12'
    """
    decimals = unit.digits + estimate.decimals
    ends = [n / power(decimals) for n in (estimate.value, estimate.low, estimate.high)]
    half = half_of(ends[1], ends[2])
    value, low, high = (n if is_signed else max(n, Fraction(0)) for n in ends)
    coarse, fine = _place(half, decimals), _place(half / 10, decimals)
    shown = round(value / power(coarse)) * power(coarse)
    text = _digits(shown, coarse, _)
    return Printed(
        text=f"+{text}" if is_difference and shown > 0 else text,
        low=_digits(floor(low / power(fine)) * power(fine), fine, _),
        high=_digits(ceil(high / power(fine)) * power(fine), fine, _),
        value=value,
        lowest=low,
        highest=high,
    )


def power(exponent: int) -> Fraction:
    """Return a power of ten, exactly; the exponent may be negative."""
    return Fraction(10**exponent) if exponent >= 0 else Fraction(1, 10**-exponent)


def place_of(half_width: Fraction) -> int:
    """Return the power of ten of the half-width's leading digit (18 -> 10, 0.4 -> 1).

    >>> place_of(Fraction(18)), place_of(Fraction(4321)), place_of(Fraction(0))
    (10, 1000, 1)
    """
    return int(power(max(0, _exponent(half_width))))


def rounded(value: Fraction, half_width: Fraction) -> int:
    """Return ``value`` rounded to the place of the half-width's leading digit.

    >>> rounded(Fraction(1243), Fraction(18))
    1240
    """
    place = place_of(half_width)
    whole: int = round(value / place)
    return whole * place


def grouped(number: int, _: Language = ENGLISH) -> str:
    """Return digits in groups of three.

    >>> grouped(-1234567)
    '-1,234,567'
    """
    return _digits(Fraction(number), 0, _)


def amount(
    value: Fraction, unit: Unit, *, half_width: Fraction | None = None, _: Language = ENGLISH
) -> str:
    """Return ``value`` (in the unit's smallest whole numbers) as people read it.

    >>> amount(Fraction(31_024_511), Unit("EUR", 2), half_width=Fraction(1_500_000))
    '310,000'
    >>> amount(Fraction(4212), Unit("EUR", 2), half_width=Fraction(55))
    '42.1'
    """
    major = value / power(unit.digits)
    half = Fraction(1) if half_width is None else half_width / power(unit.digits)
    place = _place(half, unit.digits)
    return _digits(round(major / power(place)) * power(place), place, _)


def exactly(number: int, unit: Unit, _: Language = ENGLISH) -> str:
    """Return a public number (a cut point, a limit) without decimals that say nothing.

    >>> exactly(5000, Unit("EUR", 2)), exactly(1250, Unit("EUR", 2)), exactly(30, Unit("years"))
    ('50', '12.50', '30')
    """
    major = number / power(unit.digits)
    return _digits(major, 0 if major.denominator == 1 else -unit.digits, _)


def headed(words: str) -> str:
    """Return words as a heading begins: with a capital; the rest is as it was written.

    >>> headed("revenue a person"), headed("")
    ('Revenue a person', '')
    """
    return words[:1].upper() + words[1:]


def half_of(low: Fraction, high: Fraction) -> Fraction:
    """Return half the width of an interval."""
    return (high - low) / 2


def about(
    value: Fraction, low: Fraction, high: Fraction, unit: Unit, *, _: Language = ENGLISH
) -> str:
    """Return "about 1,240 people, give or take 18"; a lopsided interval by its ends.

    >>> about(Fraction(1243), Fraction(1225), Fraction(1261), PEOPLE)
    'about 1,240 people, give or take 18'
    >>> about(Fraction(54), Fraction(20), Fraction(62), PEOPLE)
    'about 50 people, between 20 and 62'
    """
    half = half_of(low, high)
    shown = amount(max(value, Fraction(0)), unit, half_width=half, _=_)
    below, above = value - low, high - value
    name = _(unit.name)
    if max(below, above) > LOPSIDED * min(below, above):
        ends = printed_ends(low, high, unit, _)
        said = _("about {value} {unit}, between {low} and {high}")
        return said.format(value=shown, unit=name, low=ends[0], high=ends[1]).strip()
    wide = printed_ends(Fraction(0), half, unit, _)[1]
    said = _("about {value} {unit}, give or take {half}")
    return said.format(value=shown, unit=name, half=wide)


def printed_ends(low: Fraction, high: Fraction, unit: Unit, _: Language) -> tuple[str, str]:
    """Return the ends of an interval that cannot be negative, rounded outwards."""
    fine = _place((high - low) / 20 / power(unit.digits), unit.digits)
    step = power(fine + unit.digits)
    ends = (floor(max(low, Fraction(0)) / step) * step, ceil(high / step) * step)
    lowest, highest = (_digits(end / power(unit.digits), fine, _) for end in ends)
    return lowest, highest


def interval(low: Fraction, high: Fraction, unit: Unit, _: Language = ENGLISH) -> str:
    """Return "1,225 to 1,261", rounded outwards no further than the noise allows."""
    lowest, highest = printed_ends(low, high, unit, _)
    return _("{low} to {high}").format(low=lowest, high=highest)


def _exponent(half: Fraction) -> int:
    """Return the power of ten of the leading digit; 0 of nothing.

    >>> [_exponent(Fraction(n)) for n in ("18", "0.55", "1000", "0.001", "0")]
    [1, -1, 3, -3, 0]
    """
    if half <= 0:
        return 0
    tried = len(str(floor(half))) - 1 if half >= 1 else -len(str(floor(1 / half)))
    return tried + 1 if power(tried + 1) <= half else tried


def _place(half: Fraction, decimals: int) -> int:
    """Return the place to round to: the leading digit's, and no finer than the unit has."""
    finest = max(-decimals, SMALLEST_PLACE)
    return max(_exponent(half), finest) if half > 0 else finest


def _digits(value: Fraction, place: int, _: Language) -> str:
    """Return a number that is whole at ``place``, with the marks of the language."""
    places = max(0, -place)
    whole = round(abs(value) * 10**places)
    text = f"{whole // 10**places:,}".replace(",", _.group)
    rest = f"{_.point}{whole % 10**places:0{places}d}" if places else ""
    return f"{'-' if value < 0 and whole else ''}{text}{rest}"

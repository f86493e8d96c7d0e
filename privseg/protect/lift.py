# SPDX-License-Identifier: Apache-2.0
"""How an average differs between two groups with nobody in common: noise and sampling together.

The interval is for the effect on people like these: each group is taken as drawn at random, and the
question is what the difference of the means of those it was drawn from is. With phi, T, N, S, C and
w as in ``average``, for one arm: ``S - phi C = (T - phi N) + e1 - phi e2``. The first part is the
sampling error of N people. Its variance is at most ``N (w**2 - phi**2)`` (Bhatia & Davis 2000: a
variable in [low, high] of mean mu varies by at most (mu - low)(high - mu); of 0/1 values it is
exactly that), so that no true variance is needed. *Arm:* all phi with ``|S - phi C| <=
z sqrt(sigma_T^2 + phi^2 sigma_N^2 + C (w^2 - phi^2)) + k max(1, |phi|)``: a score interval (Wilson
1927) with the noise in it. On either side of S / C this is a quadratic inequality: an interval.

*Difference:* Newcombe's hybrid (1998, method 10; Zou & Donner 2008): the distances of the arms'
ends from their middles are added in quadrature. *Relative:* those theta for which 0 lies in the
hybrid interval of ``mu_treated - theta mu_control`` (Fieller 1954).

The sampling part is a normal approximation, and so is the hybrid; what is proved is the noise.

**Given publication.** Printed where both noisy counts are at least five standard deviations, and a
relative lift where control's mean is at least 2.5 times its distance to its lower end. Where one
of these is near, the interval is widened to hold a box: each arm at half of alpha (they are
independent), its count in an interval that holds given publication (``quotient``), its sampling
error added to the ends; and control's mean from where a normal one of its deviation, seen only from
the bar on, is not too low. (A control's mean under a tenth of its deviation is printed less than
once in a million times, and is not among those considered.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm

from privseg.protect import normal
from privseg.protect.linear import ALPHA, reach
from privseg.protect.normal import GRID
from privseg.protect.quotient import QuotientLaw, Shared, first_outside
from privseg.protect.stage import Estimate
from privseg.protect.tail import first_holding

STEPS = 10**6  # phi moves in millionths of a unit
BOX_NOISE = Fraction(3, 5)  # of an arm's alpha in a box; the rest is for sampling
BAR, FAR = Fraction(5, 2), Fraction(28, 5)  # of control's mean, in distances to its lower end
DEVIATION = Fraction(51, 100)  # of that distance: 1 / 1.96
LEAST = Fraction(1, 20)  # of that distance: control's least mean considered

Ends = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lifted:
    """The lift with its interval, and which part of the variance is noise, to a thousandth."""

    estimate: Estimate
    noise_share: Fraction


@dataclass(frozen=True, slots=True)
class Arm:
    """The two noisy draws of a group's average, and the public numbers that they came from."""

    centred_sum: int
    people: int
    sum_sigma2: Fraction
    people_sigma2: Fraction
    lower: int
    upper: int

    @property
    def law(self) -> QuotientLaw:
        """Return the quotient without sampling."""
        top = Shared(1, 0, self.centred_sum, self.sum_sigma2)
        return QuotientLaw((top, Shared(0, 1, self.people, self.people_sigma2)))

    @property
    def limit(self) -> int:
        """Return w, in steps."""
        return STEPS * (self.upper - self.lower)

    @property
    def zero(self) -> int:
        """Return what phi must exceed for a mean above zero, in steps: -(low + high)."""
        return -STEPS * (self.lower + self.upper)

    @property
    def middle(self) -> int:
        """Return S / C in steps, cut at the bounds."""
        nearest = (2 * STEPS * self.centred_sum + self.people) // (2 * self.people)
        return max(-self.limit, min(nearest, self.limit))

    def region(self, alpha: Fraction) -> Ends:
        """Return the ends of the arm's interval in steps, rounded outwards."""
        z, k = reach(alpha, sigma2=min(self.sum_sigma2, self.people_sigma2), terms=2)
        common = lcm(self.sum_sigma2.denominator, self.people_sigma2.denominator)
        z2, k2 = int(z * z * GRID**2), int(2 * k)  # whole: z is in steps of 1 / GRID
        top, bottom = int(self.sum_sigma2 * common), int(self.people_sigma2 * common)
        fixed = STEPS**2 * top + common * self.people * self.limit**2
        slope = bottom - common * self.people  # of the variance of both, in g**2

        def is_outside(g: int, side: int) -> bool:
            off = 2 * side * (g * self.people - STEPS * self.centred_sum) - k2 * max(STEPS, abs(g))
            return off > 0 and common * (GRID * off) ** 2 > 4 * z2 * (fixed + slope * g * g)

        return self._ends(STEPS * self.centred_sum // self.people, is_outside)

    def near_region(self, alpha: Fraction) -> Ends:
        """Return the ends of an interval that holds given publication of the noisy count."""
        low, high = self.region(alpha)
        if not self.law.is_near:
            return low, high
        boxed = self._box(alpha)
        return min(low, boxed[0]), max(high, boxed[1])

    def variances(self, g: int) -> tuple[Fraction, Fraction]:
        """Return the variances of S - phi C at phi = g / STEPS: of the noise, of the sampling."""
        noise = STEPS**2 * self.sum_sigma2 + g * g * self.people_sigma2
        return noise, Fraction(self.people * (self.limit**2 - g * g))

    def _box(self, alpha: Fraction) -> Ends:
        """Return the ends of the box, with the sampling error of its fewest people added."""
        law = self.law
        low, high = (
            max(-self.limit, min(g, self.limit)) for g in law.box(STEPS, BOX_NOISE * alpha)
        )
        fewest, _ = law.bottoms()
        z = normal.quantile((1 - BOX_NOISE) * alpha / 2)

        def is_outside(g: int, side: int) -> bool:
            off = side * (g - (high if side > 0 else low))
            return off > 0 and off * off * fewest > z * z * (self.limit**2 - g * g)

        return self._ends(low, is_outside)[0], self._ends(high, is_outside)[1]

    def _ends(self, start: int, is_outside: Callable[[int, int], bool]) -> Ends:
        """Return the first values outside on either side of ``start``, cut at the limit."""
        limit = self.limit
        start = max(-limit, min(start, limit))
        high = first_holding(start, limit, lambda g: is_outside(g, 1))
        low = first_holding(-start, limit, lambda g: is_outside(-g, -1))
        return -low, high


def lift(treated: Arm, control: Arm, *, relative: bool, decimals: int) -> Lifted | None:
    """Return the lift of ``treated`` over ``control``; None where it is not printed."""
    if not (treated.law.is_printable and control.law.is_printable):
        return None
    if not relative:
        found = _difference(treated, control, 10**decimals)
        return Lifted(Estimate(*found, decimals), _noise_share(treated, control, Fraction(1)))
    return _relative(treated, control, decimals)


def _difference(treated: Arm, control: Arm, unit: int) -> tuple[int, int, int]:
    """Return value, low and high of half the difference of the phi, times ``unit``."""
    (low_t, high_t), (low_c, high_c) = treated.region(ALPHA), control.region(ALPHA)
    t, c = treated.middle, control.middle
    low = t - c - _length(t - low_t, high_c - c)
    high = t - c + _length(high_t - t, c - low_c)
    if treated.law.is_near or control.law.is_near:
        boxes = [arm.near_region(ALPHA / 2) for arm in (treated, control)]
        low = min(low, boxes[0][0] - boxes[1][1])
        high = max(high, boxes[0][1] - boxes[1][0])
    per = 2 * STEPS
    nearest = (2 * unit * (t - c) + per) // (2 * per)
    return nearest, unit * low // per, -(-unit * high // per)


def _relative(treated: Arm, control: Arm, decimals: int) -> Lifted | None:
    zero, unit = control.zero, 10**decimals
    (low_t, high_t), (low_c, high_c) = treated.region(ALPHA), control.region(ALPHA)
    t, c = treated.middle - zero, control.middle - zero
    below, above = control.middle - low_c, high_c - control.middle
    if below <= 0 or c < BAR * below:
        return None
    up, down = high_t - treated.middle, treated.middle - low_t
    high = first_outside(unit * t // c, lambda h: h * c - unit * t > _length(unit * up, h * below))
    low = _last(lambda h: unit * t - h * c > _length(unit * down, h * above), unit * t // c)
    if c < FAR * below or treated.law.is_near or control.law.is_near:
        boxed = _relative_box(treated, control, below, unit)
        low, high = min(low, boxed[0]), max(high, boxed[1])
    value = max(low, min((2 * unit * t + c) // (2 * c), high))
    share = _noise_share(treated, control, Fraction(t, c) ** 2)
    return Lifted(Estimate(value - unit, low - unit, high - unit, decimals), share)


def _relative_box(treated: Arm, control: Arm, below: int, unit: int) -> Ends:
    """Return the ends of the quotient of the means over the box."""
    (low_t, high_t), (low_c, high_c) = (a.near_region(ALPHA / 2) for a in (treated, control))
    zero = control.zero
    least = min(low_c - zero, _least_mean(control.middle - zero, below))
    least = max(1, least, -(-below * LEAST.numerator // LEAST.denominator))
    return unit * (low_t - zero) // max(1, high_c - zero), -(-unit * (high_t - zero) // least)


def _least_mean(mean: int, below: int) -> int:
    """Return the least mean of a normal law that may well show this one, seen from the bar on.

    It is looked for in steps of LEAST, and rounded down to one.
    """
    deviation = DEVIATION * below

    def may_be(k: int) -> bool:
        x = LEAST * below * k
        seen = normal.at_least((BAR * below - x) / deviation).low
        return normal.at_least((mean - x) / deviation).high > ALPHA / 4 * seen

    k = first_holding(1, int(mean // (LEAST * below)), may_be)
    return int(LEAST * below * (k - 1))


def _noise_share(treated: Arm, control: Arm, weight: Fraction) -> Fraction:
    """Return noise over all variance, to a thousandth; control's counts ``weight`` times."""
    parts = [
        [v * times / arm.people**2 for v in arm.variances(arm.middle)]
        for arm, times in ((treated, Fraction(1)), (control, weight))
    ]
    noise, sampling = (sum(of, start=Fraction(0)) for of in zip(*parts, strict=True))
    return Fraction(round(1000 * noise / (noise + sampling)), 1000)


def _length(a: int, b: int) -> int:
    """Return sqrt(a**2 + b**2), rounded up."""
    square = a * a + b * b
    root = isqrt(square)
    return root + (root * root < square)


def _last(is_outside: Callable[[int], bool], start: int) -> int:
    """Return the largest h in [0, ``start``] that is outside, or 0: it is not negative."""
    return -first_holding(-start, 0, lambda h: is_outside(-h))

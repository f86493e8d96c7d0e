# SPDX-License-Identifier: Apache-2.0
"""The interval of a quotient of two sums of noisy draws, which may share draws.

Write A = sum a_i x_i and B = sum b_i x_i > 0 for the truths (whole numbers a_i, b_i), X and Y for
the same with every x_i + e_i in place of x_i, and phi = A / B. All draws have sigma**2 >= 1; sd is
the deviation of Y, m the largest ``|b_i|`` (so m <= sd); F and F' are the factors of ``linear``.

**Fieller.** For the true phi, ``X - phi Y = sum (a_i - phi b_i) e_i``, a linear combination:
``|X - phi Y| <= h(phi) = z sqrt(V(phi)) + k max |a_i - phi b_i|``,
``V(phi) = sum (a_i - phi b_i)**2 sigma_i**2``, but with a probability that ``linear.reach`` bounds.
h is convex with slopes of at most ``z sd + k m``. Y is at least 5 sd, z is about 2 and k m at most
sd / 2, so ``phi Y - X - h(phi)`` rises without end, and so does ``X - phi Y - h(phi)`` as phi
falls: those phi that satisfy the inequality are one bounded interval around X / Y. (Fieller's
unbounded sets belong to denominators that are not told from zero.)

**Given publication** (A: ``Y >= bar = max(2, 5 sd)``), which bends the law of the noise where B is
small. Where ``Y < 11 sd + 4 m`` the interval is widened to hold the *box* too: all A / B with B in
an interval C that holds given publication and A - l B in an error bar of its own (l: the public
number for which the noise of X - l Y is not correlated with that of Y; 0 without shared draws).
Let ``B* = 7.5 sd + 2 m``; bar is at most 5 sd + m.

* If B >= B*, not A has probability at most F Q(2.5), so Fieller at level
  ``alpha (1 - 0.00622 F)`` misses with probability at most alpha given A.
* If B < B*, ``Y >= 11 sd + 4 m`` has given A a probability of at most 0.000235 F / F': both tails
  lie between normal ones, whose quotient ``Q(p - B) / Q(q - B)``, p > q, rises with B (monotone
  likelihood ratio) and is Q(3.5) / Q(-2.5) at B*. Otherwise a miss is a miss of the box: of C, at
  most 0.01; of the error bar, at most ``alpha - 0.01 - 0.000235 F / F'``.

C: where Y is one draw, the exact interval of a value seen only from the bar on. Otherwise its upper
end is an ordinary one (given A, the noise of Y is stochastically larger), and its lower end is
where ``F Q((Y - B - m/2) / sd) > 0.005 F' Q((bar - B + m) / sd)`` begins. The error bar of A - l B:
without shared draws its noise is independent of publication. Otherwise P[miss | A] is at most
P[miss] / P[A], and the level is multiplied by the lower bound of P[A] at the lower end of C.

Only released values and public sigmas enter. Integers throughout; ends are rounded outwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import isqrt, lcm

from privseg.protect import normal
from privseg.protect.linear import ALPHA, LinearLaw, factors, reach
from privseg.protect.normal import GRID
from privseg.protect.stage import Estimate
from privseg.protect.tail import DiscreteGaussian, first_holding
from privseg.protect.threshold import truncated_interval

COUNT_ALPHA = Fraction(1, 100)  # how often C may miss
UNSEEN = Fraction(622, 10**5)  # Q(2.5), rounded up
FAR_SEEN = Fraction(235, 10**6)  # Q(3.5) / Q(-2.5), rounded up


@dataclass(frozen=True, slots=True)
class Shared:
    """One released draw, with its whole coefficients in the top and in the bottom sum."""

    top: int
    bottom: int
    drawn: int
    sigma2: Fraction


def quotient(
    draws: Iterable[Shared],
    *,
    scale: int = 1,
    decimals: int = 2,
    lowest: int | None = None,
    highest: int | None = None,
) -> Estimate | None:
    """Return ``scale`` times top over bottom with its 95 % interval; None where it is not printed.

    It is printed where the noisy bottom is at least five standard deviations, and two. Ends are cut
    at ``lowest`` and ``highest``, where there are any.

    >>> quotient([Shared(1, 1, 300, Fraction(40)), Shared(0, 1, 700, Fraction(40))], decimals=3)
    Estimate(value=300, low=290, high=310, decimals=3)
    """
    law = QuotientLaw(tuple(draws))
    if not law.is_printable:
        return None
    unit = 10**decimals
    low, high = (None if end is None else end * unit for end in (lowest, highest))
    return Estimate(*law.interval(scale * unit, low, high), decimals)


@dataclass(frozen=True)
class QuotientLaw:
    """Top and bottom sum of the same draws, no draw twice."""

    draws: tuple[Shared, ...]

    def __post_init__(self) -> None:
        """Refuse a bottom of nothing, and noise for which nothing is proved.

        Raises:
            ValueError: see above.
        """
        if not any(d.bottom for d in self.draws) or min(d.sigma2 for d in self.draws) < 1:
            raise ValueError("a quotient's interval is proved for noise of at least one unit")

    @cached_property
    def top(self) -> int:
        """Return the noisy top sum, X."""
        return sum(d.top * d.drawn for d in self.draws)

    @cached_property
    def bottom(self) -> int:
        """Return the noisy bottom sum, Y."""
        return sum(d.bottom * d.drawn for d in self.draws)

    @cached_property
    def bar(self) -> int:
        """Return the smallest noisy bottom sum whose quotient is printed."""
        return printable_from(self._variance)

    @property
    def is_printable(self) -> bool:
        """Return whether the noisy bottom is at least five standard deviations (and two)."""
        return self.bottom >= self.bar

    def interval(self, steps: int, lowest: int | None, highest: int | None) -> tuple[int, int, int]:
        """Return value, low and high of ``steps`` times the quotient, cut at the ends given.

        Raises:
            ValueError: the noisy bottom is under the bar.
        """
        if not self.is_printable:
            raise ValueError("a quotient over so small a number is not printed")
        found = [self._fieller(steps), *([self.box(steps)] if self.is_near else [])]
        low, high = min(e[0] for e in found), max(e[1] for e in found)
        value = (2 * steps * self.top + self.bottom) // (2 * self.bottom)
        value = min(max(value, low), high)
        return _cut(value, lowest, highest), _cut(low, lowest, highest), _cut(high, lowest, highest)

    @cached_property
    def _variance(self) -> Fraction:
        return sum((d.bottom**2 * d.sigma2 for d in self.draws), start=Fraction(0))

    @cached_property
    def _coarsest(self) -> int:
        return max(abs(d.bottom) for d in self.draws)

    @cached_property
    def _factors(self) -> tuple[Fraction, Fraction]:
        return factors(sigma2=self._finest, terms=len(self.draws))

    @cached_property
    def _finest(self) -> Fraction:
        return min(d.sigma2 for d in self.draws)

    @property
    def _uncorrelated(self) -> tuple[Fraction, list[Fraction]]:
        """Return the l for which X - l Y has noise uncorrelated with Y's, and its coefficients."""
        covariance = sum((d.top * d.bottom * d.sigma2 for d in self.draws), start=Fraction(0))
        slope = covariance / self._variance
        return slope, [d.top - slope * d.bottom for d in self.draws]

    @property
    def is_near(self) -> bool:
        """Return whether Y < 11 sd + 4 m, where publication bends the law of the noise."""
        return max(0, self.bottom - 4 * self._coarsest) ** 2 < 121 * self._variance

    def _fieller(self, steps: int) -> tuple[int, int]:
        """Return the ends of the region in steps, rounded outwards."""
        z, k = _fieller_reach(self._finest, len(self.draws))
        common = lcm(*(d.sigma2.denominator for d in self.draws))
        parts = [(steps * d.top, d.bottom, int(d.sigma2 * common)) for d in self.draws]
        z2, k2 = int(z * z * GRID**2), int(2 * k)  # whole: z is in steps of 1 / GRID
        start = steps * self.top // self.bottom

        def is_outside(g: int, side: int) -> bool:
            """Return whether phi = g / steps violates the inequality on that side."""
            off = [abs(a - g * b) for a, b, _ in parts]
            over = 2 * side * (g * self.bottom - steps * self.top) - k2 * max(off)
            spread = sum(o * o * s for o, (_, _, s) in zip(off, parts, strict=True))
            return over > 0 and common * (GRID * over) ** 2 > 4 * z2 * spread

        def near(side: int) -> int:
            """Return about where the region ends on that side: two steps of a fixed point."""
            g = start
            for _ in range(2):
                off = [abs(a - g * b) for a, b, _ in parts]
                spread = sum(o * o * s for o, (_, _, s) in zip(off, parts, strict=True))
                half = isqrt(4 * z2 * spread // (common * GRID**2)) + k2 * max(off)
                g = (2 * steps * self.top + side * half) // (2 * self.bottom)
            return g

        high = first_outside(start, lambda g: is_outside(g, 1), near(1))
        return -first_outside(-start - 1, lambda g: is_outside(-g, -1), -near(-1)), high

    def box(self, steps: int, level: Fraction = ALPHA) -> tuple[int, int]:
        """Return the ends of A / B over the box, in steps, rounded outwards."""
        least, most = self.bottoms()
        raised, lowered = self._factors
        alpha = level - COUNT_ALPHA - FAR_SEEN * raised / lowered
        slope, rest = self._uncorrelated
        if any(c and d.bottom for c, d in zip(rest, self.draws, strict=True)):
            alpha *= min(self._seen_at_least(least), Fraction(1))
        weights = ((c, d.sigma2) for c, d in zip(rest, self.draws, strict=True))
        half = LinearLaw.of(weights).half_width(alpha)
        middle = self.top - slope * self.bottom
        low, high = middle - half, middle + half
        return (
            _floor(steps * (slope + low / (most if low >= 0 else least))),
            -_floor(-steps * (slope + high / (least if high >= 0 else most))),
        )

    def bottoms(self) -> tuple[int, int]:
        """Return C: which true bottoms Y is compatible with, given that it is printed."""
        counted = [d for d in self.draws if d.bottom]
        if len(counted) == 1 and self._coarsest == 1:
            law = DiscreteGaussian.of(counted[0].sigma2)
            return truncated_interval(
                law, self.bottom, floor=1, shown_from=self.bar, alpha=COUNT_ALPHA
            )
        half = self._law.half_width(COUNT_ALPHA)
        low = first_holding(1, self.bottom, lambda b: not self._is_too_low(b))
        return low, self.bottom + int(half)

    @cached_property
    def _law(self) -> LinearLaw:
        return LinearLaw.of((d.bottom, d.sigma2) for d in self.draws)

    def _is_too_low(self, bottom: int) -> bool:
        """Return whether a Y this large, given that it is printed, is too rare for this B."""
        m = self._coarsest
        if 2 * (self.bottom - self.bar) <= 3 * m:
            return False
        raised, _ = self._factors
        distance = (self.bottom - bottom - Fraction(m, 2)) / self._law.deviation.high
        rare = raised * normal.at_least(distance).high
        return rare <= COUNT_ALPHA / 2 * self._seen_at_least(bottom)

    def _seen_at_least(self, bottom: int) -> Fraction:
        """Return a lower bound of P[Y >= bar] for a true bottom, by the theorem."""
        distance = self.bar - bottom + self._coarsest
        deviation = self._law.deviation
        over = deviation.low if distance >= 0 else deviation.high
        return self._factors[1] * normal.at_least(distance / over).low


@lru_cache(maxsize=256)  # a memo of a pure function of public numbers
def _fieller_reach(sigma2: Fraction, terms: int) -> tuple[Fraction, Fraction]:
    """Return z and k for the level at which Fieller holds given publication."""
    raised, _ = factors(sigma2=sigma2, terms=terms)
    return reach(ALPHA * (1 - UNSEEN * raised), sigma2=sigma2, terms=terms)


def printable_from(sigma2: Fraction) -> int:
    """Return the smallest noisy sum of variance ``sigma2`` whose quotients are printed.

    >>> printable_from(Fraction(160))
    64
    """
    least = 25 * sigma2
    root = isqrt(least.numerator // least.denominator)
    return max(2, root if root * root >= least else root + 1)


def first_outside(start: int, is_outside: Callable[[int], bool], near: int | None = None) -> int:
    """Return the smallest g > start that is outside, as every g is from there on; look first near.

    >>> first_outside(3, lambda g: g >= 50), first_outside(3, lambda g: g >= 50, 60)
    (50, 50)
    """
    high, step = max(start + 1, near or 0), 1
    while not is_outside(high):
        high, step = high + step, 2 * step
    low, step = high - 1, 1
    while low > start and is_outside(low):
        low, step = low - step, 2 * step
    return first_holding(max(low, start) + 1, high, is_outside)


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def _cut(value: int, lowest: int | None, highest: int | None) -> int:
    value = value if lowest is None else max(value, lowest)
    return value if highest is None else min(value, highest)

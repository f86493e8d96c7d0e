# SPDX-License-Identifier: Apache-2.0
"""The interval of an average: noisy centred sum over noisy count of events.

Write T for the sum of ``2 v - low - high`` over the events taken, N for their number, S and C for
the same after noise (``S = T + e1``, ``C = N + e2``). The average is ``(low + high + phi) / 2``,
where ``phi = T / N`` lies in [-w, w], ``w = high - low``.

**Fieller.** For the true phi, ``S - phi C = e1 - phi e2``. A discrete Gaussian e can be coupled
with a normal g of the same sigma so that ``|e - g| <= 1`` (``P[e >= j] <= P[g >= j - 1]`` for
every j, because f decreases from zero on and the weights sum to at least sqrt(2 pi) sigma; true
for sigma >= 1). So ``|S - phi C| <= z sqrt(sigma_T^2 + phi^2 sigma_N^2) + 1 + |phi|`` but with
probability at most ``2 P[g > z]``. All phi that satisfy it form an interval once C >= 5 sigma_N.

**Given publication.** The average is printed only if ``C >= 5 sigma_N``, which bends the law of e2
where N is small. So where ``C < 11 sigma_N + 4`` the interval is widened to hold the *box* too: all
T / N with T within its own error bar and N in the interval of a count seen only from 5 sigma_N on.
Let A be publication, and ``N* = 7.5 sigma_N + 2``:

* if N >= N*, not A needs ``e2 < -2.5 sigma_N - 2``, so P[A] >= 1 - 0.00622, and a miss given A has
  probability at most 2 P[g > 1.963] / P[A] = 0.04965 / 0.99378 < 0.05;
* if N < N*, ``C >= 11 sigma_N + 4`` given A has probability at most 0.00024 (monotone likelihood
  ratio; e2 > 3.5 sigma_N + 2 at N*), and else a miss is a miss of the box: at most
  0.01 (N, exact given A) + 0.0397 (T, independent of A); together 0.04994 < 0.05.

Only released values and public sigmas enter. Integers throughout; ends are rounded outwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from privseg.protect.stage import Estimate
from privseg.protect.tail import DiscreteGaussian
from privseg.protect.threshold import truncated_interval

DECIMALS = 2  # an average is given in hundredths of its unit
STEPS = 50  # phi moves in 1/50, so that half of it moves in hundredths
Z_NUMERATOR, Z_DENOMINATOR = 1963, 1000
BOX_COUNT_ALPHA = Fraction(1, 100)
BOX_SUM_COVERAGE = 1 - Fraction(397, 10_000)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two noisy draws and the public numbers they came from."""

    centred_sum: int
    events: int
    sum_sigma2: Fraction
    events_sigma2: Fraction
    lower: int
    upper: int

    @property
    def is_printable(self) -> bool:
        """Return whether the noisy count is at least five standard deviations (and two)."""
        return self.events >= printable_from(self.events_sigma2)

    def estimate(self) -> Estimate:
        """Return the average with its interval, in hundredths of the unit.

        Raises:
            ValueError: the noisy count is under five standard deviations.
        """
        if not self.is_printable:
            raise ValueError("an average over so small a count is not printed")
        ends = [self._fieller()] + ([self._box()] if self._is_near() else [])
        low, high = min(e[0] for e in ends), max(e[1] for e in ends)
        value = min(max(_nearest(STEPS * self.centred_sum, self.events), low), high)
        middle = STEPS * (self.lower + self.upper)
        return Estimate(middle + value, middle + low, middle + high, DECIMALS)

    @property
    def _limit(self) -> int:
        return STEPS * (self.upper - self.lower)

    def _is_near(self) -> bool:
        """Return whether C < 11 sigma_N + 4, where publication bends the count's law."""
        beyond = max(0, self.events - 4)
        return beyond**2 < 121 * self.events_sigma2

    def _fieller(self) -> tuple[int, int]:
        """Return the ends of the region in steps of phi, rounded outwards and cut at [-w, w]."""
        scaled, limit = STEPS * self.centred_sum, self._limit
        high = _first_outside(-(-scaled // self.events), limit, self._is_outside)
        low = _first_outside(-(scaled // self.events), limit, lambda g: self._is_outside(-g))
        return -low, high

    def _is_outside(self, g: int) -> bool:
        """Return whether phi = g / STEPS violates the inequality; all of it times STEPS."""
        distance = abs(STEPS * self.centred_sum - g * self.events) - STEPS - abs(g)
        fixed, slope, denominator = self._variances
        spread = Z_NUMERATOR**2 * (STEPS**2 * fixed + g**2 * slope)
        return distance > 0 and Z_DENOMINATOR**2 * denominator * distance**2 > spread

    @property
    def _variances(self) -> tuple[int, int, int]:
        """Return both sigma2 over one denominator."""
        a, b = self.sum_sigma2, self.events_sigma2
        return (
            a.numerator * b.denominator,
            b.numerator * a.denominator,
            a.denominator * b.denominator,
        )

    def _box(self) -> tuple[int, int]:
        """Return the ends of T / N over the box, in steps, rounded outwards and cut."""
        half = DiscreteGaussian.of(self.sum_sigma2).half_width(BOX_SUM_COVERAGE)
        counts = truncated_interval(
            DiscreteGaussian.of(self.events_sigma2),
            self.events,
            floor=1,
            shown_from=printable_from(self.events_sigma2),
            alpha=BOX_COUNT_ALPHA,
        )
        sums = (self.centred_sum - half, self.centred_sum + half)
        low = min(STEPS * sums[0] // n for n in counts)
        high = max(-(-STEPS * sums[1] // n) for n in counts)
        return max(-self._limit, min(low, self._limit)), min(self._limit, max(high, -self._limit))


def printable_from(events_sigma2: Fraction) -> int:
    """Return the smallest noisy count of events whose average is printed.

    >>> printable_from(Fraction(160))
    64
    """
    least = 25 * events_sigma2
    root = isqrt(least.numerator // least.denominator)
    return max(2, root if root * root >= least else root + 1)


def _first_outside(start: int, limit: int, is_outside: Callable[[int], bool]) -> int:
    """Return the smallest g >= start that is outside (monotone), no further than ``limit``."""
    start = max(start, -limit)
    if start >= limit:
        return limit
    low, high = start, limit
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_outside(middle) else (middle + 1, high)
    return low


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)

# SPDX-License-Identifier: Apache-2.0
"""The interval of an average: noisy centred sum over noisy count of events.

Write T for the sum of ``2 v - low - high`` over the events taken, N for their number, and phi for
``T / N``, which lies in [-w, w], ``w = high - low``. The average is ``(low + high + phi) / 2``. Sum
and count are two draws, so phi's interval is that of a quotient without shared draws (``quotient``
has the theorem: Fieller, widened where the noisy count is near the bar, 95 % given publication).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from privseg.protect.quotient import QuotientLaw, Shared, printable_from
from privseg.protect.stage import Estimate

__all__ = ["Ratio", "decimals_of", "printable_from"]

FINE, COARSE = 4, 2  # digits more than the amount's unit
NARROW = 1000  # units between the bounds from which hundredths are fine enough


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
        """Return the average with its interval.

        Raises:
            ValueError: the noisy count is under five standard deviations.
        """
        law = QuotientLaw(
            (
                Shared(1, 0, self.centred_sum, self.sum_sigma2),
                Shared(0, 1, self.events, self.events_sigma2),
            )
        )
        decimals = decimals_of(self.lower, self.upper)
        steps = 10**decimals // 2  # half of phi moves in units of 10**-decimals
        limit, middle = steps * (self.upper - self.lower), steps * (self.upper + self.lower)
        value, low, high = law.interval(steps, -limit, limit)
        return Estimate(middle + value, middle + low, middle + high, decimals)


def decimals_of(lower: int, upper: int) -> int:
    """Return with how many digits more than its unit an average is given.

    >>> decimals_of(0, 1), decimals_of(0, 100_000)
    (4, 2)
    """
    return FINE if upper - lower < NARROW else COARSE

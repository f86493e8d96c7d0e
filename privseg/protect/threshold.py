# SPDX-License-Identifier: Apache-2.0
"""The exit gate of a cell: a minimum of people and differential privacy in one rule.

Let n be the people of a cell after bounding, k the minimum and N the noise. The cell is published
only if ``n >= k`` and ``x = n - (k - 1) + N > tau``; the value is then ``(k - 1) + x``, the same
draw. (Google's pre-threshold; the integer tail is exact.)

Why it is delta-approximately rho-zCDP. Take neighbours D and D' = D less one person, who enters
at most m cells of the table. Where both counts are at least k, or both below it, the rule is the
Gaussian mechanism of sensitivity 1 with a step that looks at x alone, or says nothing on both
sides. What is left are cells with n = k in D and k - 1 in D': published in D if ``1 + N > tau``,
never in D'. With ``p = P[1 + N > tau]`` none of at most m such cells is published in D with
probability at least ``(1 - p)**m``; given that, they are withheld on both sides, so all Renyi
divergences are those of the other cells. Hence ``delta_sel = 1 - (1 - p)**m``, and whatever else a
published cell tells (totals, averages) is covered by the same event: it is published only where
the count is. (Bun & Steinke 2016, Definition 8.1. Deltas of several tables add.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from privseg.protect.tail import BITS, ONE, DiscreteGaussian, first_holding

ALPHA = Fraction(1, 20)  # error bars hold 19 times in 20


def is_shown(x: int, threshold: int) -> bool:
    """Return whether a noisy count passes: strictly above, here and in every delta computed."""
    return x > threshold


def first_shown(threshold: int) -> int:
    """Return the smallest count that passes ``threshold``.

    >>> first_shown(34)
    35
    """
    return next(x for x in (threshold, threshold + 1) if is_shown(x, threshold))


def selection_delta(passes: Fraction, groups: int) -> Fraction:
    """Return an upper bound of ``1 - (1 - passes)**groups``; ``passes`` is an upper bound of p.

    >>> selection_delta(Fraction(1, 2), 2)
    Fraction(3, 4)
    """
    kept = ONE - min(ONE, -(-passes.numerator * ONE // passes.denominator))
    all_kept = ONE
    for bit in f"{groups:b}":  # binary powers; every product is rounded down
        all_kept = all_kept * all_kept >> BITS
        if bit == "1":
            all_kept = all_kept * kept >> BITS
    return Fraction(ONE - all_kept, ONE)


@dataclass(frozen=True, slots=True)
class Gate:
    """The rule for every cell of one table.

    ``groups`` is m: how many of the table's cells one person can enter. ``delta`` is what the
    table declares and is charged; ``threshold`` (tau) is the smallest that keeps to it.

    >>> gate = Gate(min_people=20, groups=1, sigma2=Fraction(40), delta=Fraction(1, 10**7))
    >>> gate.threshold, gate.smallest_value, gate.interval(54)
    (34, 54, (20, 62))
    >>> gate.people_needed(Fraction(1, 2)), gate.people_needed(Fraction(99, 100))
    (54, 69)
    """

    min_people: int
    groups: int
    sigma2: Fraction
    delta: Fraction
    law: DiscreteGaussian = field(init=False, repr=False, compare=False)
    threshold: int = field(init=False)

    def __post_init__(self) -> None:
        """Find tau. INVARIANT: the chance that a count of one passes is within ``delta``."""
        if self.min_people < 1 or self.groups < 1 or not 0 < self.delta < 1:
            raise ValueError("a gate needs a minimum, groups and a delta between 0 and 1")
        law = DiscreteGaussian.of(self.sigma2)
        object.__setattr__(self, "law", law)
        object.__setattr__(self, "threshold", law.smallest(self._keeps_delta))

    def publish(self, people: int, noise: int) -> int | None:
        """Return the value to publish for ``people`` people, or None if the cell is withheld."""
        x = people - (self.min_people - 1) + noise
        if people < self.min_people or not is_shown(x, self.threshold):
            return None
        return self.min_people - 1 + x

    @property
    def smallest_value(self) -> int:
        """Return the smallest value that is ever published."""
        return self.min_people - 1 + first_shown(self.threshold)

    @property
    def spent_delta(self) -> Fraction:
        """Return what publishing really costs: at most ``delta``, and a bound from above."""
        return self._delta_at(self.threshold)

    def interval(self, value: int) -> tuple[int, int]:
        """Return the people that ``value`` is compatible with, 95 % given that it was published.

        Inverts the law of the value among published ones: n stays while both
        ``P_n[V >= value | published]`` and ``P_n[V <= value | published]`` exceed 2.5 %, each by
        its upper bound. Both are monotone in n (a truncated exponential family has a monotone
        likelihood ratio). A published cell has n >= k, so the low end is cut there, and the value
        itself always belongs to its interval.

        Raises:
            ValueError: ``value`` is never published.
        """
        if value < self.smallest_value:
            raise ValueError("such a value is never published")
        return truncated_interval(
            self.law, value, floor=self.min_people, shown_from=self.smallest_value, alpha=ALPHA
        )

    def people_needed(self, chance: Fraction) -> int:
        """Return how many people a cell needs to be shown with at least this chance."""
        shown = self.smallest_value
        missing = self.law.smallest(lambda d: self.law.at_least(-d).low >= chance)
        return max(self.min_people, shown + missing)

    def _keeps_delta(self, threshold: int) -> bool:
        return threshold >= 1 and self._delta_at(threshold) <= self.delta

    def _delta_at(self, threshold: int) -> Fraction:
        passes = self.law.at_least(first_shown(threshold) - 1).high
        return selection_delta(passes, self.groups)


def truncated_interval(
    law: DiscreteGaussian, value: int, *, floor: int, shown_from: int, alpha: Fraction
) -> tuple[int, int]:
    """Return every n >= ``floor`` that equal tails do not reject, seen only if >= ``shown_from``.

    The result is a superset of the exact region: in doubt n stays. It contains ``value``.
    """
    rejects, of = alpha.numerator, 2 * alpha.denominator  # alpha / 2 = rejects / of

    def not_too_low(n: int) -> bool:
        """Return whether P_n[V >= value | V >= shown_from] may exceed alpha / 2."""
        return of * law.weights(value - n)[1] > rejects * law.weights(shown_from - n)[0]

    def too_high(n: int) -> bool:
        """Return whether P_n[V <= value | V >= shown_from] surely does not exceed alpha / 2."""
        beyond, seen = law.weights(value + 1 - n)[0], law.weights(shown_from - n)[1]
        return of * (seen - beyond) <= rejects * seen

    low = first_holding(floor, max(floor, value), not_too_low)
    high = max(floor, value) + law.smallest(lambda d: too_high(max(floor, value) + d))
    return low, max(value, high - 1)

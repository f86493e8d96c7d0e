# SPDX-License-Identifier: Apache-2.0
"""Of so many printed intervals, how many held the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from privseg.protect import Estimate
from tests.redteam.chance import FALSE_ALARM, bounds

RUNS = 250
TOGETHER = 50  # segments of one run with formulas
AGGREGATES = 40  # at most so many are looked at: what a false alarm is shared among


@dataclass(frozen=True)
class Covered:
    """Of so many printed intervals, how many held the truth."""

    hits: int
    printed: int

    @property
    def share(self) -> float:
        """Return how many did."""
        return self.hits / self.printed

    @property
    def is_honest(self) -> bool:
        """Return whether 95 % is compatible with it."""
        alpha = 2 * FALSE_ALARM / AGGREGATES
        return bounds(self.hits, self.printed, alpha=alpha)[1] >= 0.95

    @classmethod
    def of(cls, held: Iterator[bool | None]) -> Covered:
        """Count; None is not printed."""
        printed = [h for h in held if h is not None]
        return cls(sum(printed), len(printed))


def holds(found: Estimate | None, truth: Fraction | float) -> bool | None:
    """Return whether an interval holds the truth; None where nothing is printed."""
    if found is None:
        return None
    return found.low <= truth * 10**found.decimals <= found.high

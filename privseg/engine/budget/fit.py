# SPDX-License-Identifier: Apache-2.0
"""How a plan that does not fit could: at a smaller precision that does, or with entries left out.

A precision is proposed as a unit fraction, rounded down, and counts only once the plan made with
it has been found to fit: costs are never scaled on paper alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from privseg.engine.budget.history import Spent
from privseg.loaders.budget_plan import PlannedReport
from privseg.protect import PrivacyLoss
from privseg.release import ExpectedError, ReportPlan, expected_error

TRIES = 8
STEP = Fraction(9, 10)  # how much smaller the next try is, where rounding passed the limit


@dataclass(frozen=True, slots=True)
class Line:
    """What the year, or a quota of it, has room for; ``covers`` says which entries it counts."""

    name: str
    limit: Spent
    spent: Spent
    planned: Spent
    covers: tuple[bool, ...]

    @property
    def left(self) -> Spent:
        """Return what is left before the plan; nothing where more was spent than there is now."""
        return Spent(
            max(Fraction(0), self.limit.rho - self.spent.rho),
            max(Fraction(0), self.limit.delta - self.spent.delta),
        )

    @property
    def has_room(self) -> bool:
        """Return whether what is planned fits into what is left."""
        return self.planned.rho <= self.left.rho and self.planned.delta <= self.left.delta


@dataclass(frozen=True, slots=True)
class Fitted:
    """An entry at a precision at which the whole plan fits, and the error bars it then buys."""

    entry: PlannedReport
    rho: Fraction
    selection_delta: Fraction
    releases: int
    each: PrivacyLoss
    expected: tuple[ExpectedError, ...]

    @classmethod
    def of(
        cls, entry: PlannedReport, rho: Fraction, delta: Fraction, releases: int,
        make: Callable[[Fraction, Fraction], ReportPlan],
    ) -> Fitted:  # fmt: skip
        """Make an entry's plan at about ``rho`` and ``delta``, both rounded down."""
        rho, delta = unit_below(rho), unit_below(delta)
        plan = make(rho, delta)
        return cls(entry, rho, delta, releases, plan.loss, expected_error(plan))

    @property
    def total(self) -> Spent:
        """Return what all of it costs."""
        return Spent(self.each.rho * self.releases, self.each.delta * self.releases)


Make = Callable[[int, Fraction, Fraction], Fitted | None]
"""Makes the plan of an entry (by its number) at a share of its rho and of its selection delta."""


def unit_below(number: Fraction) -> Fraction:
    """Return the largest unit fraction that is at most ``number``; from 1 on, ``number`` itself.

    >>> unit_below(Fraction(3, 100)), unit_below(Fraction(1, 80)), unit_below(Fraction(2))
    (Fraction(1, 34), Fraction(1, 80), Fraction(2, 1))
    """
    return number if number >= 1 else Fraction(1, ceil(1 / number))


def fitted(count: int, lines: Sequence[Line], make: Make) -> tuple[Fitted, ...]:
    """Return every entry at a precision at which all lines have room; empty where none has."""
    rho, delta = (min((_share(line, part) for line in lines), default=Fraction(1))
                  for part in ("rho", "delta"))  # fmt: skip
    for _ in range(TRIES):
        if rho <= 0 or delta <= 0:
            return ()
        found = [made for n in range(count) if (made := make(n, rho, delta)) is not None]
        if len(found) < count:
            return ()
        over_rho, over_delta = _over(found, lines)
        if not (over_rho or over_delta):
            return tuple(found)
        rho, delta = rho * STEP if over_rho else rho, delta * STEP if over_delta else delta
    return ()


def dropped(costs: Sequence[Spent], lines: Sequence[Line]) -> tuple[int, ...]:
    """Return which entries to leave out: the cheapest one that is enough, else the dearest first.

    Empty where even a year without any of them is over its limit.
    """
    if not all(line.spent.rho <= line.limit.rho and line.spent.delta <= line.limit.delta
               for line in lines):  # fmt: skip
        return ()
    order = sorted(range(len(costs)), key=lambda n: (costs[n].rho, costs[n].delta))
    for number in order:
        if _fits_without({number}, costs, lines):
            return (number,)
    out: set[int] = set()
    for number in reversed(order):
        out.add(number)
        if _fits_without(out, costs, lines):
            break
    return tuple(sorted(out))


def _fits_without(out: set[int], costs: Sequence[Spent], lines: Sequence[Line]) -> bool:
    """Return whether all lines have room once entries are left out."""
    return all(
        sum(c.rho for c in kept) <= line.left.rho and sum(c.delta for c in kept) <= line.left.delta
        for line in lines
        for kept in [[c for n, c in enumerate(costs) if line.covers[n] and n not in out]]
    )


def _share(line: Line, part: str) -> Fraction:
    """Return the share of what is planned that a line has room for, at most all of it."""
    left, planned = getattr(line.left, part), getattr(line.planned, part)
    share: Fraction = min(Fraction(1), left / planned) if planned else Fraction(1)
    return share


def _over(found: Sequence[Fitted], lines: Sequence[Line]) -> tuple[bool, bool]:
    """Return whether some line's rho, and some line's delta, would be passed."""
    sums = [
        (line, [f.total for f, is_in in zip(found, line.covers, strict=True) if is_in])
        for line in lines
    ]
    return (
        any(sum(s.rho for s in its) > line.left.rho for line, its in sums),
        any(sum(s.delta for s in its) > line.left.delta for line, its in sums),
    )

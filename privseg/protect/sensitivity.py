# SPDX-License-Identifier: Apache-2.0
"""How far one person can move a vector of numbers: a small algebra that shows its working.

A derivation starts from the neighbour relation, bounds how many cells a person enters and how far
they move each, and ends in the l2 norm. Each step names what makes it true; the release prints
them and ``privseg verify`` derives them again.
"""

from __future__ import annotations

from dataclasses import dataclass

from privseg.protect.running import SCALE, Factor

NEIGHBOURS = "add or remove all data of one person: every row, table, period and consent"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: what is claimed and what makes it true."""

    claim: str
    because: str

    def __str__(self) -> str:
        """Return the line as it is printed."""
        return f"{self.claim} [{self.because}]"


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """At most ``groups`` numbers change, each by at most ``per_group``.

    ``norm``: the squared length of the largest change in the vector that is measured, in units of
    ``per_group``. It is ``groups``, but where running sums are measured (``running``).

    >>> people(3).squared, clamped_sum(4, 200).squared
    (3, 160000)
    """

    groups: int
    per_group: int
    steps: tuple[Step, ...]
    norm: int = 0

    def __post_init__(self) -> None:
        """Refuse what bounds nothing; several numbers, each by itself, are the usual norm."""
        if self.groups < 1 or self.per_group < 1 or self.norm < 0:
            raise ValueError("a sensitivity needs a positive bound and at least one group")
        object.__setattr__(self, "norm", self.norm or self.groups)

    @property
    def squared(self) -> int:
        """Return Delta_2 squared, an integer: norm * per_group**2."""
        return self.norm * self.per_group**2

    @property
    def derivation(self) -> tuple[str, ...]:
        """Return the steps, and the norm that follows from them."""
        norm = Step(
            f"Delta_2^2 <= {self.norm} * {self.per_group}^2 = {self.squared}",
            "l2 norm of a vector with so many entries, each so large"
            if self.norm == self.groups
            else "the norm of a change of 1 each, times the largest change",
        )
        return tuple(str(step) for step in (*self.steps, norm))


def people(groups: int, *, levels: int = 1) -> Sensitivity:
    """Return that of a count of people per cell."""
    moves = Step("each changes by at most 1", "a person counts once in a cell")
    return Sensitivity(groups, 1, (*_entered(groups, levels), moves))


def people_at_limit(groups: int, *, levels: int = 1) -> Sensitivity:
    """Return that of a count of the people whose total is at the limit."""
    moves = Step("each changes by at most 1", "a person is at the limit of a cell once or not")
    return Sensitivity(groups, 1, (*_entered(groups, levels), moves))


def people_left_out() -> Sensitivity:
    """Return that of the one count of people who are not included."""
    moves = Step("it changes by at most 1", "a person is left out once or not")
    return Sensitivity(1, 1, (_START, moves))


def clamped_sum(groups: int, upper: int, *, levels: int = 1) -> Sensitivity:
    """Return that of a sum in which a person's part of a cell is clamped to [0, upper]."""
    moves = Step(f"each changes by at most {upper}", f"a person's part is clamped to [0, {upper}]")
    return Sensitivity(groups, upper, (*_entered(groups, levels), moves))


def centred_sum(
    groups: int, *, lower: int, upper: int, events: int, levels: int = 1
) -> Sensitivity:
    """Return that of the sum of 2 v - lower - upper over at most ``events`` amounts a person.

    Twice the distance from the middle is an integer, and at most ``upper - lower``.
    """
    one = Step(
        f"an amount adds at most {upper - lower}",
        f"|2 v - {lower + upper}|, v in [{lower}, {upper}]",
    )
    moves = Step(f"each changes by at most {events * (upper - lower)}", _taken(events))
    entered = _entered(groups, levels)
    return Sensitivity(groups, events * (upper - lower), (*entered, one, moves))


def events_taken(groups: int, *, events: int, levels: int = 1) -> Sensitivity:
    """Return that of the number of amounts taken, at most ``events`` a person and cell."""
    moves = Step(f"each changes by at most {events}", _taken(events))
    return Sensitivity(groups, events, (*_entered(groups, levels), moves))


def running(single: Sensitivity, factor: Factor, *, series: int) -> Sensitivity:
    """Return that of running sums over periods, of what has ``single`` sensitivity in one period.

    The vector that is measured is R x for each of ``series`` vectors of periods (``running``).
    """
    norm = factor.most_squared(cells=single.groups, series=series)
    periods = Step(
        f"at most {min(factor.most, factor.length)} of them are periods of one series, "
        "all up or all down",
        "a person counts in so many periods, and is added or removed as a whole",
    )
    return Sensitivity(
        single.groups, single.per_group, (*single.steps, periods, _columns(factor, norm)), norm
    )


def cumulative(groups: int, factor: Factor, *, levels: int = 1) -> Sensitivity:
    """Return that of running counts over the bins of a grid, in each cell of ``groups``."""
    norm = groups * factor.squared(1)
    moves = Step("in each one bin changes by 1", "a person has one amount in a cell, or none")
    steps = (*_entered(groups, levels), moves, _columns(factor, norm))
    return Sensitivity(groups, 1, steps, norm)


def _columns(factor: Factor, norm: int) -> Step:
    return Step(
        f"measured as R x, R Toeplitz from {SCALE} C(2k, k)/4^k, k < {factor.length}: "
        f"changes of 1 each are at most {norm} in squared length",
        "the first columns of a series, side by side, are the worst case: their entries are not "
        "negative and fall",
    )


def _taken(events: int) -> str:
    return f"at most {events} amounts of a person are taken in a cell"


_START = Step(f"neighbours: {NEIGHBOURS}", "the unit of the guarantee is a person")


def _entered(groups: int, levels: int) -> tuple[Step, ...]:
    finest = Step(
        f"at most {groups // levels} cells change",
        "bounding is the last step: a keyed hash of person and cell keeps so many, "
        "whoever else is there",
    )
    if levels == 1:
        return _START, finest
    margins = Step(
        f"with margins at most {groups} change",
        f"each is part of one cell of each of {levels} levels",
    )
    return _START, finest, margins

# SPDX-License-Identifier: Apache-2.0
"""How far one person can move a vector of numbers: a small algebra that shows its working.

A derivation starts from the neighbour relation, bounds how many cells a person enters and how far
they move each, and ends in the l2 norm. Each step names what makes it true; the release prints
them and ``privseg verify`` derives them again.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """At most ``groups`` numbers move, each by at most ``per_group``.

    >>> people(3).squared, clamped_sum(4, 200).squared
    (3, 160000)
    """

    groups: int
    per_group: int
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Refuse what bounds nothing."""
        if self.groups < 1 or self.per_group < 1:
            raise ValueError("a sensitivity needs a positive bound and at least one group")

    @property
    def squared(self) -> int:
        """Return Delta_2 squared, an integer: groups * per_group**2."""
        return self.groups * self.per_group**2

    @property
    def derivation(self) -> tuple[str, ...]:
        """Return the steps, and the norm that follows from them."""
        norm = Step(
            f"Delta_2^2 <= {self.groups} * {self.per_group}^2 = {self.squared}",
            "l2 norm of a vector with so many entries, each so large",
        )
        return tuple(str(step) for step in (*self.steps, norm))


def people(groups: int) -> Sensitivity:
    """Return that of a count of people per cell."""
    moves = Step("each changes by at most 1", "a person counts once in a cell")
    return Sensitivity(groups, 1, (*_entered(groups), moves))


def people_at_limit(groups: int) -> Sensitivity:
    """Return that of a count of the people whose total is at the limit."""
    moves = Step("each changes by at most 1", "a person is at the limit of a cell once or not")
    return Sensitivity(groups, 1, (*_entered(groups), moves))


def people_left_out() -> Sensitivity:
    """Return that of the one count of people who are not included."""
    moves = Step("it changes by at most 1", "a person is left out once or not")
    start = Step(f"neighbours: {NEIGHBOURS}", "the unit of the guarantee is a person")
    return Sensitivity(1, 1, (start, moves))


def clamped_sum(groups: int, upper: int) -> Sensitivity:
    """Return that of a sum in which a person's part of a cell is clamped to [0, upper]."""
    moves = Step(f"each changes by at most {upper}", f"a person's part is clamped to [0, {upper}]")
    return Sensitivity(groups, upper, (*_entered(groups), moves))


def centred_sum(groups: int, *, lower: int, upper: int, events: int) -> Sensitivity:
    """Return that of the sum of 2 v - lower - upper over at most ``events`` events a person.

    Twice the distance from the middle is an integer, and at most ``upper - lower``.
    """
    one = Step(
        f"an event adds at most {upper - lower}",
        f"|2 v - {lower + upper}|, v in [{lower}, {upper}]",
    )
    moves = Step(f"each changes by at most {events * (upper - lower)}", _taken(events))
    return Sensitivity(groups, events * (upper - lower), (*_entered(groups), one, moves))


def events_taken(groups: int, *, events: int) -> Sensitivity:
    """Return that of the number of events taken, at most ``events`` a person and cell."""
    moves = Step(f"each changes by at most {events}", _taken(events))
    return Sensitivity(groups, events, (*_entered(groups), moves))


def _taken(events: int) -> str:
    return f"at most {events} events of a person are taken in a cell"


def _entered(groups: int) -> tuple[Step, Step]:
    return (
        Step(f"neighbours: {NEIGHBOURS}", "the unit of the guarantee is a person"),
        Step(
            f"at most {groups} cells change",
            "bounding is the last step: a keyed hash of person and cell keeps so many, "
            "whoever else is there",
        ),
    )

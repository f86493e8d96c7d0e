# SPDX-License-Identifier: Apache-2.0
"""A dimension: what cells of a table are told apart by. Its keys are public, whatever the data are.

Each dimension puts a person under one key (a set under several, periods under at most ``most``),
by that person's own rows alone. ``ByFound`` is the one whose keys are found in the data: they
appear only where the gate publishes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from privseg.frames.amount import (
    Amount,
    Where,
    Window,
    event_reads,
    may_be_missing,
    reads_of,
)
from privseg.terms import Attribute

MISSING_KEY = "(missing)"
"""The declared key of people whose value is missing."""

TOTAL_KEY = "(all)"
"""The key of a margin: whatever the dimension says."""

IN_KEY, OUT_KEY = "in", "out"


@dataclass(frozen=True, slots=True)
class ByCategory:
    """The declared values of a person's category, set or boolean, ``MISSING_KEY`` among them."""

    attribute: Attribute
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByFound:
    """The values of a person's text that enough people share; who has none is in no cell."""

    attribute: Attribute

    @property
    def keys(self) -> tuple[str, ...]:
        """Return nothing: no key is known beforehand."""
        return ()


@dataclass(frozen=True, slots=True)
class ByCut:
    """Public cut points of an amount: below the first, between two, from the last on; missing.

    >>> from privseg.frames.amount import OfPerson
    >>> ByCut(OfPerson(Attribute("age")), (30, 60)).keys
    ('[,30)', '[30,60)', '[60,)', '(missing)')
    """

    amount: Amount
    cuts: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse cut points that do not rise."""
        if not self.cuts or any(b <= a for a, b in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ValueError("cut points rise, and there is at least one")

    @property
    def keys(self) -> tuple[str, ...]:
        """Return one key a bin, in order, and that of a missing amount where one may be missing."""
        inner = (f"[{a},{b})" for a, b in zip(self.cuts, self.cuts[1:], strict=False))
        missing = (MISSING_KEY,) if may_be_missing(self.amount) else ()
        return (f"[,{self.cuts[0]})", *inner, f"[{self.cuts[-1]},)", *missing)


@dataclass(frozen=True, slots=True)
class ByPeriod:
    """Weeks or months in which a person has an event; at most ``most`` (C) of them count.

    ``keys`` name the windows, oldest first. What a measure takes of a person in such a cell is
    taken from the events of that period (its own window is the whole span).
    """

    event: Attribute
    keys: tuple[str, ...]  # "2026-W47", "2026-11"
    windows: tuple[Window, ...]
    most: int
    where: Where = ()

    def __post_init__(self) -> None:
        """Refuse periods that are not named each, or a bound that bounds nothing."""
        if not self.keys or len(self.keys) != len(self.windows) or self.most < 1:
            raise ValueError("each period has a name, and a person is in at least one")


@dataclass(frozen=True, slots=True)
class ByFirst:
    """The category of a person's first event in the window; who has none is in no cell.

    Of events at the same moment the one with the smallest id counts. (A campaign's arm.)
    """

    attribute: Attribute  # "exposure.arm"
    keys: tuple[str, ...]
    window: Window
    where: Where = ()

    @property
    def event(self) -> Attribute:
        """Return the event that the category belongs to."""
        return Attribute(self.attribute.partition(".")[0])


@dataclass(frozen=True, slots=True)
class ByMember:
    """Whether a person is in a set of the report: a segment, or one as it was."""

    member: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Return that somebody is in it, or out of it."""
        return (IN_KEY, OUT_KEY)


Dimension = ByCategory | ByFound | ByCut | ByPeriod | ByFirst | ByMember


def reads_of_dimension(dimension: Dimension) -> frozenset[Attribute]:
    """Return every attribute that a dimension reads; what a set reads, its segment says."""
    match dimension:
        case ByCategory() | ByFound():
            return frozenset({dimension.attribute})
        case ByCut():
            return reads_of(dimension.amount)
        case ByPeriod():
            return event_reads(dimension.event, dimension.where)
        case ByFirst():
            return event_reads(dimension.event, dimension.where) | {dimension.attribute}
        case ByMember():
            return frozenset()

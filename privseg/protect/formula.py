# SPDX-License-Identifier: Apache-2.0
"""Formulas over what a table released: more numbers at no cost, each with an honest error bar.

A formula refers to draws by cell, measure and part. It uses only draws that no gate selected
(COUNT, SUM, AT_LIMIT, CENTRED_SUM, EVENTS): a draw that decided whether it is shown has another
law once it is. (``Top`` is the exception: it compares intervals that hold given publication.)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from privseg.frames import Cell


class Part(StrEnum):
    """One noisy number of a measure: what is drawn, released and checked."""

    PEOPLE = "people"  # the gate's draw
    COUNT = "count"  # people, apart from the gate
    SUM = "sum"
    AT_LIMIT = "people_at_limit"
    CENTRED_SUM = "centred_sum"
    EVENTS = "events"
    RUNNING = "running"  # the sum up to a period, rounded to a whole number
    CUMULATIVE = "cumulative"  # how many people lie below each edge of a grid, and all of them
    NOT_INCLUDED = "not_included"


SELECTED = frozenset({Part.PEOPLE, Part.NOT_INCLUDED})
"""Parts whose draw decided whether they are shown."""


@dataclass(frozen=True, slots=True)
class Term:
    """A whole multiple of one released draw."""

    coefficient: int
    cell: Cell
    measure: str
    part: Part

    def __post_init__(self) -> None:
        """Refuse a draw that a gate selected, and a multiple of nothing."""
        if self.part in SELECTED or self.coefficient == 0:
            raise ValueError("a formula reckons with draws that no gate selected")


Terms = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Combined:
    """A sum of draws: joined less left, everybody in A. ``is_signed``: it may be below zero."""

    name: str
    terms: Terms
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """``scale`` times one sum over another: a share, a Jaccard index, a net promoter score.

    Ends are cut at ``lowest`` and ``highest`` (already scaled), where there are any: a share lies
    between 0 and 1, a score between -100 and 100.
    """

    name: str
    top: Terms
    bottom: Terms
    scale: int = 1
    lowest: int | None = 0
    highest: int | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference of an AVERAGE between two cells with nobody in common: treated - control.

    ``relative``: that over control's. Its interval holds the effect on people like these (people
    taken at random and noise), and how much of it is noise is told beside it.
    """

    name: str
    measure: str
    treated: Cell
    control: Cell
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """Which of a segment's cells are the ``count`` largest: surely, and possibly."""

    name: str
    segment: str
    measure: str  # of kind SIZE
    count: int


Derived = Combined | Quotient | Lift | Top

# SPDX-License-Identifier: Apache-2.0
"""A block: one table's cells and what is measured of each; and tallies, the exact secret answers.

A cell is a set of people (a segment, mostly) under one key of each dimension. Cells, measures and
bounds are public; a tally is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import product

from privseg.frames.amount import Amount, reads_of
from privseg.frames.dimension import (
    TOTAL_KEY,
    ByFound,
    Dimension,
    reads_of_dimension,
)
from privseg.terms import Attribute

EVERYBODY = "(everybody)"
"""The set of all who are eligible, where a table is not about a segment."""

Cell = tuple[str, tuple[str, ...]]
"""(set, one key a dimension); in a margin the key of a dimension left out is ``TOTAL_KEY``."""


class MeasureKind(StrEnum):
    """What is asked of every cell."""

    SIZE = "size"  # people; the draw that the cell's gate looks at
    COUNT = "count"  # people once more, measured apart from the gate: what is reckoned with
    TOTAL = "total"  # the sum of an amount, each person clamped to [0, U] per cell
    AVERAGE = "average"  # the mean of clamped amounts: over events (EachOf), or over people
    QUANTILES = "quantiles"  # of an amount over people, read off noisy running counts on a grid


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity of a block. Bounds are integers of the amount's unit (minor units, ...).

    SIZE and COUNT need neither amount nor bounds. TOTAL needs ``upper``; AVERAGE needs low, upper
    and ``events_per_person`` (1 for an amount that is a person's); QUANTILES needs a ``grid`` of
    rising integers and ``ranks`` between 0 and 1.

    ``running`` (COUNT and TOTAL of a block by periods) asks for sums up to each period, by a
    mechanism of their own; tallies hold the single periods all the same.
    """

    name: str
    kind: MeasureKind
    amount: Amount | None = None
    lower: int = 0
    upper: int = 0
    events_per_person: int = 0
    grid: tuple[int, ...] = ()
    ranks: tuple[Fraction, ...] = ()
    running: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One table of cells.

    ``segments`` name sets of people. One person counts in at most ``groups_per_person`` cells of
    the finest level, chosen by a keyed hash: the last step before aggregation. ``levels`` say which
    dimensions each level keeps, the finest (all of them) first; the others are its margins, sums of
    the finest level's cells. Only dimensions with one key a person may have margins.

    >>> Block("t", ("a",), groups_per_person=1, measures=()).cells
    (('a', ()),)
    """

    name: str
    segments: tuple[str, ...]
    groups_per_person: int
    measures: tuple[Measure, ...]
    dimensions: tuple[Dimension, ...] = ()
    margins: tuple[tuple[int, ...], ...] = ()  # dimensions kept by each margin: ((0,), (1,), ())

    @property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Return which dimensions each level keeps, the finest first."""
        return (tuple(range(len(self.dimensions))), *self.margins)

    @property
    def entries(self) -> int:
        """Return how many cells of all levels one person may count in: m of the whole block."""
        return self.groups_per_person * len(self.levels)

    @property
    def finest(self) -> tuple[Cell, ...]:
        """Return the cells of the finest level, in order; none where keys are found in the data."""
        return self._cells_of(self.levels[0])

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return every cell of every level, in the order of the plan: none depends on data."""
        return tuple(cell for level in self.levels for cell in self._cells_of(level))

    @property
    def is_open(self) -> bool:
        """Return whether the keys are found in the data: such a block has one dimension."""
        return any(isinstance(d, ByFound) for d in self.dimensions)

    @property
    def reads(self) -> frozenset[Attribute]:
        """Return every attribute that dimensions and measures read, beside the sets'."""
        dimensions = (reads_of_dimension(d) for d in self.dimensions)
        amounts = (reads_of(m.amount) for m in self.measures if m.amount is not None)
        return frozenset().union(*dimensions, *amounts)

    def _cells_of(self, level: tuple[int, ...]) -> tuple[Cell, ...]:
        keys = (d.keys if i in level else (TOTAL_KEY,) for i, d in enumerate(self.dimensions))
        return tuple((s, k) for s, k in product(self.segments, tuple(product(*keys))))


@dataclass(frozen=True, slots=True)
class Tally:
    """Exact, person-bounded integers of one cell: secret, input to noise and nothing else.

    ``people`` counts distinct people after bounding. ``sums`` holds, by measure name: TOTAL the
    clamped sum; AVERAGE the sum of (clamped value - low). ``counts`` holds, by measure name: TOTAL
    the number of people at the clamp; AVERAGE the number of events taken (people, of a person's
    amount). ``bins`` holds, by measure name, how many people have an amount below the first edge of
    the QUANTILES' grid, between two edges, and from the last on: len(grid) + 1 numbers.
    """

    people: int
    sums: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    bins: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say that it is one, and nothing of what it holds."""
        return "Tally(secret)"

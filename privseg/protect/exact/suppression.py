# SPDX-License-Identifier: Apache-2.0
"""Which counts of a period's tables are withheld so that nobody is told apart; then an audit.

*Primary*: every count from 1 to k - 1; in a table by a sensitive attribute a 0, too.
*Complementary*: so many more that, for whoever has all printed counts of the period,

1. every withheld count may lie ``protection`` people apart, and may be k or more;
2. every atom with 1 to k - 1 people in it (a group that the attributes and segments of all tables
   describe together, printed or not) may have k or more.

Theorem: under 2, no union of atoms, tables' differences and trackers among them, can be shown to
have from 1 to k - 1 people. (If it has so few, each of its atoms has at most so many and one has
somebody; in the witness of that atom the union has k or more.)

What is withheld beside the primary counts follows from one rule: counts in the order of the plan,
then atoms; for each that is not protected, the cheapest change of printed counts that protects it,
where a total costs more than a finer count and a later one more than an earlier. A printed 0 is
never withheld for another's sake: it may be known to be impossible. The rule looks at no more than
it needs to decide, but it looks at the counts, so somebody who knows it can exclude true counts
under which it would have withheld others (a minimality attack: Wong et al. 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from privseg.frames.block import Cell
from privseg.protect.exact.errors import NothingLeftError
from privseg.protect.exact.reader import Mask, Reader
from privseg.protect.exact.settling import ExactRule, Suppression
from privseg.protect.exact.tables import Counts, Tables

__all__ = ["ExactCount", "ExactCounts", "ExactRule", "intervals", "protect_tables"]


@dataclass(frozen=True, slots=True)
class ExactCount:
    """One count: the number of people, or the least and the most that can be worked out."""

    cell: Cell
    people: int | None  # None: withheld
    low: int
    high: int | None  # None: no end


@dataclass(frozen=True, slots=True)
class ExactCounts:
    """Every count of every table of a period, in the order of ``Tables.cells``."""

    tables: Tables
    rule: ExactRule
    counts: tuple[ExactCount, ...]


def protect_tables(tables: Tables, people: Counts, rule: ExactRule) -> ExactCounts:
    """Return the period's counts, protected together; ``people`` are those of each atom.

    Raises:
        NothingLeftError: a table would have no number left.
        AuditUnfinishedError: the audit could not be finished.
    """
    found = Suppression(tables, people, rule)
    found.settle()
    found.certify()
    _require_numbers(tables, found.counts, ~found.withheld)
    printed = [None if w else int(n) for n, w in zip(found.counts, found.withheld, strict=True)]
    return ExactCounts(tables, rule, intervals(tables, tuple(printed)))


def intervals(tables: Tables, printed: tuple[int | None, ...]) -> tuple[ExactCount, ...]:
    """Return every count with what can be worked out of it from the printed ones alone.

    Raises:
        AuditUnfinishedError: the printed counts contradict each other, or it takes too long.
    """
    shown = np.array([p is not None for p in printed])
    counts = np.array([0 if p is None else p for p in printed], np.int64)
    ceiling = (1 + len(tables.segments)) * int(counts.max(initial=0)) * 2 + 1
    atoms = tables.members.shape[1]
    reader = Reader(tables.members, counts, shown, np.ones(atoms, np.bool_), ceiling)
    ends = _Ends(reader)
    return tuple(
        ExactCount(cell, n, n, n) if n is not None else ends.of(index, cell)
        for index, (cell, n) in enumerate(zip(tables.cells, printed, strict=True))
    )


class _Ends:
    """Finds the ends of withheld counts; a witness of one is often at the end of another, too."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._low = np.full(len(reader.counts), np.iinfo(np.int64).max)
        self._high = np.full(len(reader.counts), -1, np.int64)

    def of(self, index: int, cell: Cell) -> ExactCount:
        """Return a withheld count with the least and the most that it can be."""
        held, reader = self._reader.members, self._reader
        atoms = np.asarray(held.indices[held.indptr[index] : held.indptr[index + 1]], np.intp)
        if self._low[index] > reader.limit_of_least(atoms):
            self._see(reader.least(atoms))
        if self._high[index] < reader.limit_of_most(atoms):
            self._see(reader.most(atoms))
        low, high = int(self._low[index]), int(self._high[index])
        return ExactCount(cell, None, low, None if high >= reader.ceiling else high)

    def _see(self, witness: Counts) -> None:
        counted = np.asarray(self._reader.members @ witness, np.int64)
        self._low = np.minimum(self._low, counted)
        self._high = np.maximum(self._high, counted)


def _require_numbers(tables: Tables, counts: Counts, printed: Mask) -> None:
    """Refuse a table of which nothing is left: it would only say that people are few."""
    place = {cell: i for i, cell in enumerate(tables.cells)}
    for table in tables.tables:
        own = [place[cell] for cell in tables.cells_of(table)]
        if not (printed[own] & (counts[own] > 0)).any():
            raise NothingLeftError(table.name)

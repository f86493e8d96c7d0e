# SPDX-License-Identifier: Apache-2.0
"""The tables of a period as one linear system: atoms, and printed counts that are sums of atoms.

An *atom* is a finest group: one key of every axis that any table is by, and in or out of every
segment. Every count of every table, total or not, is the sum of the people in some atoms, and the
same group in two tables is one count. So all that a reader can work out of all tables together,
shared totals, differences of segments and trackers among it (Denning 1979; Schloerer 1980), is
what holds of every table of atoms that agrees with what is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from privseg.frames.block import EVERYBODY, Cell
from privseg.frames.dimension import TOTAL_KEY
from privseg.protect.exact.errors import MAX_ATOMS, TooManyCellsError

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Axis:
    """An attribute and its public keys. ``sensitive``: that nobody has a value is withheld, too."""

    attribute: str
    keys: tuple[str, ...]
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """People by the keys of axes, with every total; of segments, else of everybody."""

    name: str
    by: tuple[str, ...]
    segments: tuple[str, ...] = ()

    @property
    def sets(self) -> tuple[str, ...]:
        """Return the sets of people that it is of."""
        return self.segments or (EVERYBODY,)

    @property
    def levels(self) -> tuple[frozenset[str], ...]:
        """Return which axes each level keeps, the finest first, everybody last."""
        n = len(self.by)
        return tuple(frozenset(c) for r in range(n, -1, -1) for c in combinations(self.by, r))


@dataclass(frozen=True)
class Tables:
    """All tables of a period over the same axes.

    Segments' definitions are public. What they read of the axes (``defining``) may make groups
    impossible: nobody under 30 is in a segment of people over 60.
    """

    axes: tuple[Axis, ...]
    tables: tuple[Table, ...]
    defining: frozenset[str] = frozenset()  # axes that some segment's definition reads

    def __post_init__(self) -> None:
        """Refuse unknown axes, names given twice, and what is too large to be audited."""
        names = [a.attribute for a in self.axes]
        if len(set(names)) < len(names) or len({t.name for t in self.tables}) < len(self.tables):
            raise ValueError("axes and tables have names of their own")
        if any(set(t.by) - set(names) or len(set(t.by)) < len(t.by) for t in self.tables):
            raise ValueError("a table is by declared axes, each once")
        if not self.tables or any(not a.keys for a in self.axes):
            raise ValueError("there is a table, and every axis has a key")
        if prod(self.shape) > MAX_ATOMS:
            raise TooManyCellsError(prod(self.shape))

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Return every segment that some table is of."""
        return tuple(dict.fromkeys(s for t in self.tables for s in t.segments))

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the atoms' counts: keys of each axis, then out (0) or in (1)."""
        return (*(len(a.keys) for a in self.axes), *(2 for _ in self.segments))

    @cached_property
    def blocks(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Return (set, axes kept) of every level of every table, each once, the finest first."""
        every = dict.fromkeys((s, level) for t in self.tables for level in t.levels for s in t.sets)
        return tuple(sorted(every, key=lambda b: -len(b[1])))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Return every count of every table, each once: finest levels first, then as declared."""
        return tuple(cell for block in self.blocks for cell in self._cells_of(*block))

    def cells_of(self, table: Table) -> tuple[Cell, ...]:
        """Return the counts of one table in its own order."""
        blocks = ((s, level) for level in table.levels for s in table.sets)
        return tuple(cell for block in blocks for cell in self._cells_of(*block))

    @cached_property
    def members(self) -> csr_array:
        """Return which atoms each count adds up: a row of 0 and 1 a count."""
        rows, columns, offset = [], [], 0
        index = np.indices(self.shape).reshape(len(self.shape), -1)
        for set_, level in self.blocks:
            kept = [i for i, a in enumerate(self.axes) if a.attribute in level]
            row = np.zeros(index.shape[1], np.int64)
            for i in kept:
                row = row * len(self.axes[i].keys) + index[i]
            inside = self._inside(set_, index)
            rows.append(offset + row[inside])
            columns.append(np.flatnonzero(inside))
            offset += prod(len(self.axes[i].keys) for i in kept)
        row, column = np.concatenate(rows), np.concatenate(columns)
        ones = np.ones(len(row), np.int64)
        return csr_array((ones, (row, column)), shape=(offset, prod(self.shape)))

    @cached_property
    def tells(self) -> NDArray[np.bool_]:
        """Return of each count whether it is by a sensitive axis: then a zero tells, too."""
        sensitive = {a.attribute for a in self.axes if a.sensitive}
        marks = [
            np.full(len(self._cells_of(s, level)), bool(sensitive & level))
            for s, level in self.blocks
        ]
        return np.concatenate(marks)

    @cached_property
    def depths(self) -> NDArray[np.int64]:
        """Return of each count how many axes it is told apart by."""
        marks = [np.full(len(self._cells_of(s, level)), len(level)) for s, level in self.blocks]
        return np.concatenate(marks)

    def _inside(self, set_: str, index: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return which atoms are of a set."""
        if set_ == EVERYBODY:
            return np.ones(index.shape[1], np.bool_)
        return np.asarray(index[len(self.axes) + self.segments.index(set_)] == 1)

    def _cells_of(self, set_: str, level: frozenset[str]) -> list[Cell]:
        """Return the counts of one level of one set."""
        return [(set_, keys) for keys in self._keys_of(level)]

    def _keys_of(self, level: frozenset[str]) -> Iterator[tuple[str, ...]]:
        return product(*(a.keys if a.attribute in level else (TOTAL_KEY,) for a in self.axes))

# SPDX-License-Identifier: Apache-2.0
"""Which cells of a block each person falls in, and which of them count.

Bounding is the last step before adding up (release.md, "Units and bounds"). In a table by periods
it has three steps, each by a keyed hash of the person's own (period, row, cell) alone: at most
``most`` periods of a person; of the rows that are left (a segment under the keys of the other
dimensions) as many as can be held with all these periods, ``groups_per_person // most`` and at
least one; of the cells, ``groups_per_person``. So nobody is in more than ``groups_per_person``
cells of the finest level, and in no row under more than ``most`` periods: what the sensitivity of
single cells, and that of running sums along a row, rests on. Adding a person chooses nothing for
anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.reader import ordinals_of
from privseg.compute.slots import Integers, Ordinals
from privseg.frames import TOTAL_KEY, Block, ByFound, ByPeriod, Cell, Dimension
from privseg.protect.bounding import cell_tag, keep_cells


@dataclass(frozen=True, slots=True)
class Pairs:
    """(person, number) pairs as two arrays: the number of a key, or of a cell."""

    people: Ordinals = field(repr=False)
    numbers: Integers = field(repr=False)

    @classmethod
    def joined(cls, parts: Sequence[Pairs]) -> Pairs:
        """Return the pairs of all parts."""
        return cls(
            np.concatenate([np.zeros(0, np.uint32), *(p.people for p in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(p.numbers for p in parts)]),
        )

    def at(self, places: Integers) -> Pairs:
        """Return the pairs at some places, in that order."""
        return Pairs(self.people[places], self.numbers[places])


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells in order, and the tags that they are chosen by; of an open block, those found."""

    names: tuple[Cell, ...] = field(repr=False)
    tags: NDArray[np.uint64] = field(repr=False)

    @classmethod
    def of(cls, names: Iterable[Cell]) -> Cells:
        """Tag cells."""
        known = tuple(names)
        return cls(known, np.array([cell_tag(c) for c in known], np.uint64))


@dataclass(frozen=True, slots=True)
class Placed:
    """Who counts in which cell; ``slots`` say what is measured of the person there."""

    cells: Cells
    people: Ordinals = field(repr=False)
    numbers: Integers = field(repr=False)  # places among ``cells``
    slots: Integers | Ordinals = field(repr=False)

    @classmethod
    def joined(cls, parts: Sequence[Placed]) -> Placed:
        """Return what counts of all parts, which have the same cells; there is at least one."""
        if len(parts) == 1:
            return parts[0]
        people, numbers, slots = (
            np.concatenate(arrays)
            for arrays in zip(*((p.people, p.numbers, p.slots) for p in parts), strict=True)
        )
        return cls(parts[0].cells, people, numbers, slots)


@dataclass(frozen=True, slots=True)
class Grid:
    """How the cells of a block are numbered: by set, then by the key of each dimension."""

    segments: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...] = field(repr=False)

    @property
    def strides(self) -> tuple[int, ...]:
        """Return by how much a cell's number rises with the set, and with each key."""
        sizes = [len(k) for k in self.keys]
        return tuple(prod(sizes[i:]) for i in range(len(sizes) + 1))

    def cell(self, number: int) -> Cell:
        """Return the cell of a number."""
        segment, rest = divmod(number, self.strides[0])
        found = []
        for keys, stride in zip(self.keys, self.strides[1:], strict=True):
            place, rest = divmod(rest, stride)
            found.append(keys[place])
        return self.segments[segment], tuple(found)


class ByPerson:
    """Pairs, to be looked up by person; whoever is asked for has none, one or several."""

    def __init__(self, pairs: Pairs) -> None:
        """Index pairs in any order."""
        self.pairs = pairs
        self._size = int(pairs.people.max(initial=0)) + 2  # nobody is the last
        self._counts = np.bincount(pairs.people, minlength=self._size)
        self._order = _by_person(pairs.people)
        self._firsts = np.cumsum(self._counts) - self._counts
        self._is_single = int(self._counts.max(initial=0)) <= 1

    def of(self, people: Ordinals) -> tuple[Integers, Integers]:
        """Return each of ``people`` with each of their pairs, as places in both."""
        asked = np.minimum(people, self._size - 1)
        counts = self._counts[asked]
        firsts = self._firsts[asked]
        if self._is_single:
            rows = np.flatnonzero(counts)
            return rows, self._order[firsts[rows]]
        rows = np.repeat(np.arange(len(people)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self._order[firsts[rows] + within]


def rows_of(
    grid: Grid,
    members: Mapping[str, FrozenBitMap],
    keys: Mapping[int, ByPerson],
    people: FrozenBitMap,
) -> Pairs:
    """Return every (person, row) of ``people``; a row is a cell but for its period.

    Args:
        grid: How rows are numbered.
        members: Who is in each set.
        keys: Every (person, key), by the place of the dimension, but for periods.
        people: Some of those who are in any of the sets.
    """
    ordinals = ordinals_of(people)
    found = Pairs(ordinals, np.zeros(len(ordinals), np.int64))
    for i, known in keys.items():
        rows, places = known.of(found.people)
        numbers = found.numbers[rows] + known.pairs.numbers[places] * grid.strides[i + 1]
        found = Pairs(found.people[rows], numbers)
    by_person = ByPerson(found)
    parts = [by_person.of(ordinals_of(FrozenBitMap(members[s] & people))) for s in grid.segments]
    return Pairs.joined(
        [
            Pairs(found.people[places], found.numbers[places] + n * grid.strides[0])
            for n, (_, places) in enumerate(parts)
        ]
    )


def _by_person(people: Ordinals) -> Integers:
    """Return an order of pairs by person."""
    if (people[1:] >= people[:-1]).all():
        return np.arange(len(people))
    return np.argsort(people, kind="stable")


@dataclass(frozen=True, slots=True)
class Bounding:
    """Decides which cells of a block count of each person; ``rows`` are what is chosen first."""

    block: Block
    cells: Cells
    rows: Cells
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, block: Block, grid: Grid, *, key: bytes) -> Bounding:
        """Name the cells of a block that is not open, once for everybody."""
        cells = Cells.of(block.finest)
        rows = product(grid.segments, product(*grid.keys))
        has_periods = place_of_periods(block) is not None
        return cls(block, cells, Cells.of(rows) if has_periods else cells, key)

    def kept(self, pairs: Pairs, chosen: ByPerson | None) -> Placed:
        """Return which cells count of each person.

        Args:
            pairs: Every (person, row); a row is a cell, if there are no periods.
            chosen: The periods that count of each person, in the order of their slots, if any.
        """
        rows = Placed(self.rows, pairs.people, pairs.numbers, pairs.people)
        place = place_of_periods(self.block)
        if place is None or chosen is None:
            return kept(rows, self.block.groups_per_person, key=self.key)
        rows = kept(rows, most_rows(self.block), key=self.key)
        strides = Grid(self.block.segments, tuple(d.keys for d in self.block.dimensions)).strides
        places, slots = chosen.of(rows.people)
        above, below = np.divmod(rows.numbers[places], strides[place + 1])
        period = chosen.pairs.numbers[slots]
        numbers = above * strides[place] + period * strides[place + 1] + below
        cells = Placed(self.cells, rows.people[places], numbers, slots)
        return kept(cells, self.block.groups_per_person, key=self.key)


def kept_of_found(block: Block, grid: Grid, pairs: Pairs, *, key: bytes) -> Placed:
    """Return which cells count of each person in an open block: of the cells that were found."""
    numbers, places = np.unique(pairs.numbers, return_inverse=True)
    cells = Cells.of(grid.cell(n) for n in numbers.tolist())
    placed = Placed(cells, pairs.people, places, pairs.people)
    return kept(placed, block.groups_per_person, key=key)


def kept(placed: Placed, most: int, *, key: bytes) -> Placed:
    """Return the pairs that count: at most ``most`` of each person, by keyed hash."""
    tags = placed.cells.tags
    counts = keep_cells(placed.people, placed.numbers, tags=tags, most=most, key=key)
    if counts.all():
        return placed
    return Placed(placed.cells, placed.people[counts], placed.numbers[counts], placed.slots[counts])


def row_grid(block: Block, found: tuple[str, ...] = ()) -> Grid:
    """Return how rows are numbered: periods have one key, open dimensions the ``found`` ones."""
    return Grid(block.segments, tuple(_keys(d, found) for d in block.dimensions))


def _keys(dimension: Dimension, found: tuple[str, ...]) -> tuple[str, ...]:
    match dimension:
        case ByPeriod():
            return (TOTAL_KEY,)
        case ByFound():
            return found
        case _:
            return dimension.keys


def place_of_periods(block: Block) -> int | None:
    """Return which dimension the periods are; None without any."""
    return next((i for i, d in enumerate(block.dimensions) if isinstance(d, ByPeriod)), None)


def most_rows(block: Block) -> int:
    """Return in how many rows of a table by periods a person may count."""
    most = max((d.most for d in block.dimensions if isinstance(d, ByPeriod)), default=1)
    return max(block.groups_per_person // most, 1)

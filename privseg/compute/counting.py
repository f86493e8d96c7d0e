# SPDX-License-Identifier: Apache-2.0
"""One block over the permitted rows: who is in which cell, who counts there, and with how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pyroaring import FrozenBitMap

from privseg.compute.amounts import asked_of
from privseg.compute.cells import (
    Bounding,
    ByPerson,
    Placed,
    kept_of_found,
    place_of_periods,
    row_grid,
    rows_of,
)
from privseg.compute.contribution import Contributions
from privseg.compute.dimensions import Keys, Sorter, asked_by, chosen_periods
from privseg.compute.events import Asked, Events
from privseg.compute.people import People, attributes_of
from privseg.compute.reader import mask_of
from privseg.compute.shards import portions
from privseg.compute.slots import PeriodSlots, PersonSlots, Slots
from privseg.compute.stand import Stand
from privseg.compute.tally import tallies
from privseg.frames import Block, ByPeriod, Cell, Tally

AT_ONCE = 1 << 18  # people who are bounded together


@dataclass(frozen=True, slots=True)
class Counting:
    """Counts blocks one after the other; ``events`` remember what was read for the last ones."""

    stand: Stand = field(repr=False)
    events: Events = field(repr=False)

    def tally(
        self, block: Block, members: Mapping[str, FrozenBitMap], *, key: bytes
    ) -> Mapping[Cell, Tally]:
        """Return the tally of every cell of a block that was checked.

        Raises:
            NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        people = _counted(block, members)
        attributes = People(self.stand, people, attributes_of(block))
        persons = PersonSlots(mask_of(people))
        self.events.expect(_asked(block))
        sorter = Sorter(people, persons, members, attributes, self.events)
        keys = [sorter.keys(d) for d in block.dimensions]
        chosen, slots = _chosen(block, keys, persons, key=key)
        kept = _kept(block, members, keys, chosen, key=key)
        adding = Contributions(slots, attributes, self.events, key)
        added = {m.name: adding.of(m) for m in block.measures}
        return tallies(block, kept, {n: c for n, c in added.items() if c is not None})


def _asked(block: Block) -> Iterator[Asked]:
    """Yield each read of events that a block needs."""
    for dimension in block.dimensions:
        if (asked := asked_by(dimension)) is not None:
            yield asked
    for amount in {m.amount for m in block.measures if m.amount is not None}:
        if (asked := asked_of(amount)) is not None:
            yield asked


def _chosen(
    block: Block, keys: Sequence[Keys], persons: PersonSlots, *, key: bytes
) -> tuple[ByPerson | None, Slots]:
    """Return the periods that count, if there are any, and what measures are taken of."""
    for dimension, known in zip(block.dimensions, keys, strict=True):
        if isinstance(dimension, ByPeriod):
            chosen = chosen_periods(dimension, known.pairs, key=key)
            codes = chosen.people.astype(np.int64) * len(dimension.keys) + chosen.numbers
            return ByPerson(chosen), PeriodSlots.of(codes, dimension, persons.size)
    return None, persons


def _kept(
    block: Block,
    members: Mapping[str, FrozenBitMap],
    keys: Sequence[Keys],
    chosen: ByPerson | None,
    *,
    key: bytes,
) -> Placed:
    """Return which cells count of each person: range by range of people, in arrays that stay small.

    What counts of a person hangs on nobody else, so that it is the same however people are cut up;
    only cells whose names are found in the data are numbered for all at once.
    """
    grid = row_grid(block, tuple(k for known in keys for k in known.found))
    place, people = place_of_periods(block), _counted(block, members)
    known = {i: ByPerson(k.pairs) for i, k in enumerate(keys) if i != place}
    if block.is_open:
        return kept_of_found(block, grid, rows_of(grid, members, known, people), key=key)
    bounding = Bounding.of(block, grid, key=key)
    ranges = portions(people, len(people) // AT_ONCE + 1)
    rows = (rows_of(grid, members, known, some) for some in ranges)
    return Placed.joined([bounding.kept(some, chosen) for some in rows])


def _counted(block: Block, members: Mapping[str, FrozenBitMap]) -> FrozenBitMap:
    """Return everybody in any set of a block."""
    return FrozenBitMap.union(FrozenBitMap(), *(members[s] for s in block.segments))

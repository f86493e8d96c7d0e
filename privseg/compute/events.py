# SPDX-License-Identifier: Apache-2.0
"""Events as numbers: those that count for what is asked, batch by batch, from permitted rows."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.slots import Integers, Mask, Ordinals, Slots
from privseg.compute.tables import Need, Tables, withheld
from privseg.frames import Where, Window
from privseg.gate.columns import EVENT_ID, ORDINAL, TIME
from privseg.terms import Attribute, to_micros

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events count: of a kind, in a window, with all the values that a filter names.

    ``column`` is a property that is read of each; with ``only_known``, an event without it does
    not count.
    """

    event: Attribute
    window: Window
    where: Where = ()
    column: str | None = None
    only_known: bool = False

    def need(self, people: FrozenBitMap) -> Need:
        """Return what must be readable of the event's table."""
        own = {self.column} if self.column is not None else set()
        return Need(frozenset({TIME, *own, *(c for c, _ in self.where)}), people, self.window[0])

    def counts(self, batch: pa.RecordBatch) -> Mask:
        """Return which events of a batch count."""
        start, stop = (to_micros(m) for m in self.window)
        times = batch.column(TIME).to_numpy()
        found: Mask = (times >= start) & (times < stop)
        for column, value in self.where:
            found &= _equal(batch.column(column), value)
        if self.only_known and self.column is not None:
            found &= known_in(batch.column(self.column))
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """Events that count: the slot of each, its time, and its property as the store holds it."""

    slots: Integers = field(repr=False)
    people: Ordinals = field(repr=False)
    times: Integers = field(repr=False)
    cells: Any = field(default=None, repr=False)  # an Arrow array, if a column was asked for
    ids: Words | None = field(default=None, repr=False)  # two little-endian words a row

    @property
    def numbers(self) -> Integers:
        """Return the property as whole numbers, 0 where it is missing."""
        return numbers_of(self.cells)


class Events:
    """The events of one run; a table that several need is read once for all of them."""

    def __init__(self, tables: Tables, eligible: FrozenBitMap) -> None:
        """Take what may be read; read nothing yet."""
        self._tables = tables
        self._eligible = eligible
        self._needs: dict[Attribute, Need] = {}
        self._uses: dict[Attribute, int] = {}

    def expect(self, asked: Iterable[Asked]) -> None:
        """Take in what is about to be read, so that one read serves all of it."""
        self._uses = {}
        for one in asked:
            need, event = one.need(self._eligible), one.event
            self._needs[event] = self._needs[event] | need if event in self._needs else need
            self._uses[event] = self._uses.get(event, 0) + 1

    def found(self, asked: Asked, slots: Slots) -> Iterator[Found]:
        """Yield the events that count and have a slot.

        Raises:
            NotImportedError: the event or a column of it has no data yet.
            ScanFailedError: the read failed.
        """
        need = self._needs.get(asked.event, asked.need(self._eligible))
        with withheld():
            source = self._tables.ensure(asked.event, need, uses=self._uses.get(asked.event, 1))
            for batch in source.batches():
                yield _found(batch, asked, slots)

    def identified(self, asked: Asked, slots: Slots, people: FrozenBitMap) -> Found:
        """Return the events of a few people with their ids, in one piece.

        Raises:
            NotImportedError, ScanFailedError: as in ``found``.
        """
        need = asked.need(people)
        need = Need(need.columns | {EVENT_ID}, people, need.since)
        with withheld():
            reader = self._tables.permitted(asked.event, need, until=asked.window[1])
            whole = pa.Table.from_batches(reader.batches(), reader.schema)
            columns = [column.combine_chunks() for column in whole.columns]
            return _found(pa.RecordBatch.from_arrays(columns, schema=whole.schema), asked, slots)


def _found(batch: pa.RecordBatch, asked: Asked, slots: Slots) -> Found:
    """Return what counts of a batch."""
    counted = asked.counts(batch)
    people = batch.column(ORDINAL).to_numpy()[counted]
    times = batch.column(TIME).to_numpy()[counted]
    known, numbers = slots.find(people, times)
    counted[counted] = known
    kept = pa.array(counted)
    cells = None if asked.column is None else batch.column(asked.column).filter(kept)
    has_ids = EVENT_ID in batch.schema.names
    ids = words(batch.column(EVENT_ID).filter(kept)) if has_ids else None
    return Found(numbers, people[known], times[known], cells, ids)


def numbers_of(cells: Any) -> Integers:
    """Return whole numbers, 0 for what is missing; false is 0 and true is 1."""
    found: Integers = pc.fill_null(cells.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return found


def known_in(cells: Any) -> Mask:
    """Return which cells are not missing."""
    found: Mask = cells.is_valid().to_numpy(zero_copy_only=False)
    return found


def words(ids: Any) -> Words:
    """Return 16-byte ids as two little-endian words a row."""
    held = memoryview(ids.buffers()[1])
    found: Words = np.frombuffer(held, np.uint64).reshape(-1, 2)
    if sys.byteorder == "big":
        found = found.byteswap()
    return found[ids.offset : ids.offset + len(ids)]


def _equal(cells: Any, value: str) -> Mask:
    """Return which cells hold a value; a missing one holds none."""
    wanted: Any = value == "true" if pa.types.is_boolean(cells.type) else value
    same = pc.fill_null(pc.equal(cells, wanted), False)
    found: Mask = same.to_numpy(zero_copy_only=False)
    return found

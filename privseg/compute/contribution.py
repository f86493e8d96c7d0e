# SPDX-License-Identifier: Apache-2.0
"""What one person adds to a measure: the same in each of the person's cells, so found once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.errors import BoundTooWideError, NotSummableError
from privseg.compute.reader import bitmap_of
from privseg.compute.tables import Need, Tables, withheld
from privseg.frames import Measure, MeasureKind
from privseg.gate.columns import EVENT_ID, ORDINAL, TIME
from privseg.policy.catalogue import Catalogue, ColumnType, SourceKind
from privseg.protect.bounding import MAX_SUM, keep_events
from privseg.terms import to_micros

_LOW = (1 << 32) - 1  # the lower half of a value
Integers = NDArray[np.int64]
Ordinals = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Contribution:
    """By ordinal, what each person adds to a measure's sum and to its count."""

    sums: Integers = field(repr=False)
    counts: Integers = field(repr=False)


def check_measure(measure: Measure, catalogue: Catalogue) -> None:
    """Return if a measure can be added up; it depends on the plan alone, never on data.

    Raises:
        NotSummableError: it names no number of an event.
        BoundTooWideError: its bounds are empty, or let one person add more than is summed exactly.
    """
    if measure.kind is MeasureKind.SIZE:
        return
    known = catalogue.readables.get(measure.attribute) if measure.attribute else None
    if known is None or known.source.kind is not SourceKind.EVENTS or known.column is None:
        raise NotSummableError(measure.name)
    if known.column.type not in {ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY}:
        raise NotSummableError(measure.name)
    most, lower = 1, 0  # of a total
    if measure.kind is MeasureKind.AVERAGE:
        most, lower = max(measure.events_per_person, 0), measure.lower
    width, end = (measure.upper - lower) * most, max(abs(measure.upper), abs(lower))
    if not (0 < width <= MAX_SUM and end <= MAX_SUM):
        raise BoundTooWideError(measure.name)


def contribution(
    tables: Tables, measure: Measure, people: FrozenBitMap, *, size: int, key: bytes
) -> Contribution:
    """Return what each of ``people`` adds to a TOTAL or an AVERAGE of an event's property.

    TOTAL: the property's sum over the window, clamped to [0, upper]; the count is 1 for whom the
    clamp cut down. AVERAGE: of at most ``events_per_person`` events, those of the smallest keyed
    hash, each clamped to [lower, upper]: the sum of (value - lower), and how many they are.
    An event whose property is missing is none of them. (Arrays may tell of other eligible people,
    too; only those who are placed in a cell are ever added up.)

    Args:
        tables: What may be read.
        measure: The quantity; ``check_measure`` passed it.
        people: Whose contribution is asked for.
        size: More than the ordinal of anybody eligible.
        key: The secret of the choice among events.

    Raises:
        NotImportedError: the event or the property has no data yet.
        ScanFailedError: the read failed.
    """
    assert measure.attribute is not None  # the scan refuses a measure without one
    table, _, column = measure.attribute.partition(".")
    since = measure.window[0] if measure.window else None
    need = Need(frozenset({TIME, column}), people, since)
    reading = _Reading(tables, measure, table, column, need, size)
    with withheld():
        return reading.total() if measure.kind is MeasureKind.TOTAL else reading.average(key)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One measure over one event's property."""

    tables: Tables
    measure: Measure
    table: str
    column: str
    need: Need
    size: int

    def total(self) -> Contribution:
        """Sum by person, in two halves that cannot overflow below 2**31 events; then clamp."""
        low, high = np.zeros(self.size, np.int64), np.zeros(self.size, np.int64)
        for people, values in self._values():
            np.add.at(low, people, values & _LOW)
            if (upper := values >> 32).any():
                np.add.at(high, people, upper)
        high += low >> 32
        low &= _LOW
        top, rest = divmod(self.measure.upper, 1 << 32)
        over = (high > top) | ((high == top) & (low > rest))
        sums = np.where(high < 0, 0, (np.minimum(high, top) << 32) | low)
        return Contribution(np.where(over, self.measure.upper, sums), over.astype(np.int64))

    def average(self, key: bytes) -> Contribution:
        """Add up everybody's events, and anew for whom not all of them may count."""
        added = Contribution(np.zeros(self.size, np.int64), np.zeros(self.size, np.int64))
        for people, values in self._values():
            np.add.at(added.sums, people, self._above_lower(values))  # may wrap round for the
            np.add.at(added.counts, people, 1)  # heavy, who are added up again
        heavy = np.flatnonzero(added.counts > self.measure.events_per_person)
        chosen = bitmap_of(heavy.astype(np.uint32)) & self.need.people
        if chosen:
            added.sums[heavy] = added.counts[heavy] = 0
            people, ids, values = self._events(chosen)
            most = self.measure.events_per_person
            kept = keep_events(people, ids, most=most, key=key)
            np.add.at(added.sums, people[kept], self._above_lower(values[kept]))
            np.add.at(added.counts, people[kept], 1)
        return added

    def _above_lower(self, values: Integers) -> Integers:
        clamped = np.clip(values, self.measure.lower, self.measure.upper)
        return clamped - self.measure.lower

    def _values(self) -> Iterator[tuple[Ordinals, Integers]]:
        """Yield person and value of every event in the window that has a value."""
        for batch in self.tables.ensure(self.table, self.need).batches():
            known = batch.filter(self._counts(batch))
            yield known.column(ORDINAL).to_numpy(), known.column(self.column).to_numpy()

    def _counts(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Return which events are in the window and have a value."""
        known = batch.column(self.column).is_valid()
        if self.measure.window is None:
            return known
        since, until = (to_micros(m) for m in self.measure.window)
        micros = batch.column(TIME).to_numpy()
        inside: pa.BooleanArray = pc.and_(known, pa.array((micros >= since) & (micros < until)))
        return inside

    def _events(self, people: FrozenBitMap) -> tuple[Ordinals, NDArray[np.uint64], Integers]:
        """Return person, id (two words) and value of every such event of ``people``."""
        need = Need(self.need.columns | {EVENT_ID}, people, self.need.since)
        until = self.measure.window[1] if self.measure.window else None
        reader = self.tables.permitted(self.table, need, until=until)
        batches = [b.filter(self._counts(b)) for b in reader.batches()]
        return (
            np.concatenate([b.column(ORDINAL).to_numpy() for b in batches]),
            np.concatenate([_words(b.column(EVENT_ID)) for b in batches]),
            np.concatenate([b.column(self.column).to_numpy() for b in batches]),
        )


def _words(ids: Any) -> NDArray[np.uint64]:
    """Return 16-byte ids as two little-endian words a row."""
    held = memoryview(ids.buffers()[1])
    words: NDArray[np.uint64] = np.frombuffer(held, np.uint64).reshape(-1, 2)
    if sys.byteorder == "big":
        words = words.byteswap()
    return words[ids.offset : ids.offset + len(ids)]

# SPDX-License-Identifier: Apache-2.0
"""What one person adds to a measure: the same in each of the person's cells, so found once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.errors import BoundTooWideError, NotSummableError
from privseg.compute.reader import bitmap_of, ordinals_of
from privseg.compute.tables import Need, Tables, quoted
from privseg.frames import Measure, MeasureKind
from privseg.gate.columns import ORDINAL, TIME
from privseg.policy.catalogue import Catalogue, ColumnType, SourceKind
from privseg.protect.bounding import MAX_SUM, keep_events

EVENT_ID = "event_id"
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
    tables: Tables, measure: Measure, people: FrozenBitMap, *, key: bytes
) -> Contribution:
    """Return what each of ``people`` adds to a TOTAL or an AVERAGE of an event's property.

    TOTAL: the property's sum over the window, clamped to [0, upper]; the count is 1 for whom the
    clamp cut down. AVERAGE: of at most ``events_per_person`` events, those of the smallest keyed
    hash, each clamped to [lower, upper]: the sum of (value - lower), and how many they are.
    An event whose property is missing is none of them.

    Raises:
        NotImportedError: the event or the property has no data yet.
        ScanFailedError: the engine failed.
    """
    assert measure.attribute is not None  # the scan refuses a measure without one
    table, _, column = measure.attribute.partition(".")
    since = measure.window[0] if measure.window else None
    need = Need(frozenset({TIME, column}), people, since)
    tables.ensure(table, need)
    reading = _Reading(tables, measure, table, column, need)
    return reading.total() if measure.kind is MeasureKind.TOTAL else reading.average(key)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One measure over one event's property."""

    tables: Tables
    measure: Measure
    table: str
    column: str
    need: Need

    def total(self) -> Contribution:
        """Sum by person, in 128 bits; then clamp."""
        total = f"COALESCE(SUM({quoted(self.column)}), 0)"
        return self._spread(
            *self._by_person(
                f"CAST(LEAST(GREATEST({total}, 0), $upper) AS BIGINT)",
                f"CAST({total} > $upper AS BIGINT)",
                {"upper": self.measure.upper},
            )
        )

    def average(self, key: bytes) -> Contribution:
        """Add up whoever has few events in the engine; choose among the events of the others."""
        measure, column = self.measure, quoted(self.column)
        clamped = f"LEAST(GREATEST({column}, $lower), $upper) - $lower"
        sums = f"CASE WHEN COUNT({column}) <= $most THEN SUM({clamped}) ELSE 0 END"
        bounds = {"lower": measure.lower, "upper": measure.upper, "most": measure.events_per_person}
        people, added, counts = self._by_person(
            f"CAST(COALESCE({sums}, 0) AS BIGINT)", f"COUNT({column})", bounds
        )
        heavy = bitmap_of(people[counts > measure.events_per_person]) & self.need.people
        spread = self._spread(people, added, counts)
        if heavy:
            self._choose(spread, FrozenBitMap(heavy), key)
        return spread

    def _by_person(
        self, sums: str, counts: str, parameters: Mapping[str, object]
    ) -> tuple[Ordinals, Integers, Integers]:
        """Return each person with two aggregates over the window."""
        where = ""
        if self.measure.window is not None:
            where = f"WHERE {quoted(TIME)} >= $since AND {quoted(TIME)} < $until"
            since, until = self.measure.window
            parameters = {**parameters, "since": since, "until": until}
        found = self.tables.arrays(
            f"SELECT {quoted(ORDINAL)} AS o, {sums} AS s, {counts} AS c "  # noqa: S608 - names
            f"FROM {quoted(self.table)} {where} GROUP BY {quoted(ORDINAL)}",  # are quoted
            parameters,
        )
        return (
            np.asarray(found["o"], np.uint32),
            np.asarray(found["s"], np.int64),
            np.asarray(found["c"], np.int64),
        )

    def _spread(self, people: Ordinals, sums: Integers, counts: Integers) -> Contribution:
        """Return two columns over all ordinals; who has no row adds nothing."""
        top = max(self.need.people.max() if self.need.people else 0, people.max(initial=0))
        spread = Contribution(np.zeros(top + 1, np.int64), np.zeros(top + 1, np.int64))
        spread.sums[people] = sums
        spread.counts[people] = counts
        return spread

    def _choose(self, spread: Contribution, heavy: FrozenBitMap, key: bytes) -> None:
        """Fill in whoever has more events than may count, from the chosen ones."""
        people, ids, values = self._events(heavy)
        kept = keep_events(people, ids, most=self.measure.events_per_person, key=key)
        chosen = np.clip(values[kept], self.measure.lower, self.measure.upper)
        spread.counts[ordinals_of(heavy)] = 0
        np.add.at(spread.sums, people[kept], chosen - self.measure.lower)
        np.add.at(spread.counts, people[kept], 1)

    def _events(self, people: FrozenBitMap) -> tuple[Ordinals, NDArray[np.uint64], Integers]:
        """Return person, id (two words) and value of every event in the window that has one."""
        need = Need(self.need.columns | {EVENT_ID}, people, self.need.since)
        until = self.measure.window[1] if self.measure.window else None
        reader = self.tables.permitted(self.table, need, until=until)
        batches = [b.filter(b.column(self.column).is_valid()) for b in reader.batches()]
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

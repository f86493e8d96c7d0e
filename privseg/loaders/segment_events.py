# SPDX-License-Identifier: Apache-2.0
"""Tests of a person's events: how often, how much, the first, the last, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.loaders.segment_event_file import (
    EventEntry,
    NumberOfEntry,
    SequenceEntry,
    StepEntry,
    ValueOfEntry,
)
from privseg.loaders.segment_filters import event_source, property_of, read_filter
from privseg.loaders.segment_names import properties
from privseg.loaders.segment_reading import Reading
from privseg.loaders.segment_tests import HOW_OFTEN, Asked, read_tests
from privseg.loaders.segment_windows import length, window
from privseg.policy.catalogue import Column, ColumnType, Source
from privseg.segment.tree_events import (
    AGGREGATED,
    MAX_STEPS,
    MIN_STEPS,
    Aggregate,
    AggregateKind,
    EventTest,
    Sequence,
    Step,
    operators_of,
)
from privseg.terms import Attribute, Place

OVER_A_PROPERTY = (
    AggregateKind.SUM,
    AggregateKind.AVERAGE,
    AggregateKind.MIN,
    AggregateKind.MAX,
    AggregateKind.FIRST,
    AggregateKind.LAST,
    AggregateKind.DISTINCT,
)
"""In the order in which they stand in the tree, however a file orders them."""


def event(entry: EventEntry, depth: int, reading: Reading) -> EventTest | None:
    """Return a test of the events of a kind."""
    source = event_source(entry.event, entry.place("event"), reading)
    before = len(reading.mistakes.findings)
    span = window(entry.within, entry.place("within"), reading.mistakes)
    if source is None:
        return None
    where = None
    if entry.where is not None:
        where = read_filter(entry.where, source, depth + 1, reading)
    aggregates = tuple(_aggregates(entry, source, reading))
    if len(reading.mistakes.findings) > before:
        return None
    return EventTest(entry.event, aggregates, span, where)


def sequence(entry: SequenceEntry, depth: int, reading: Reading) -> Sequence | None:
    """Return events one after the other."""
    before = len(reading.mistakes.findings)
    place = entry.place("sequence")
    if not MIN_STEPS <= len(entry.sequence) <= MAX_STEPS:
        reading.note(f"a sequence has {MIN_STEPS} to {MAX_STEPS} steps; see `event` for one", place)
    read = [
        _step(step, entry.place("sequence", i), depth + 1, reading)
        for i, step in enumerate(entry.sequence)
    ]
    at = entry.place("without")
    without = None if entry.without is None else _step(entry.without, at, depth + 1, reading)
    at = entry.place("span")
    span = None if entry.span is None else length(entry.span, "hd", at, reading.mistakes)
    bounds = window(entry.within, entry.place("within"), reading.mistakes)
    steps = tuple(s for s in read if s is not None)
    if len(reading.mistakes.findings) > before or len(steps) < len(read):
        return None
    return Sequence(steps, span, without, bounds)


def _step(entry: str | StepEntry, place: Place, depth: int, reading: Reading) -> Step | None:
    """Return one event of a sequence."""
    if not reading.enter(place, depth):
        return None
    if isinstance(entry, str):
        return None if event_source(entry, place, reading) is None else Step(entry)
    source = event_source(entry.event, entry.place("event"), reading)
    if source is None:
        return None
    if entry.where is None:
        return Step(entry.event)
    where = read_filter(entry.where, source, depth + 1, reading)
    return None if where is None else Step(entry.event, where)


def _aggregates(entry: EventEntry, source: Source, reading: Reading) -> Iterator[Aggregate]:
    """Yield what is asked of the events, as far as it can be read."""
    if entry.count is not None:
        tests = read_tests(entry.count, HOW_OFTEN, reading.mistakes)
        if tests is not None:
            yield Aggregate(AggregateKind.COUNT, tests)
    for kind in OVER_A_PROPERTY:
        asked: NumberOfEntry | ValueOfEntry | None = getattr(entry, kind.value)
        made = None if asked is None else _of_property(kind, asked, source, reading)
        if made is not None:
            yield made


def _of_property(
    kind: AggregateKind, entry: NumberOfEntry | ValueOfEntry, source: Source, reading: Reading
) -> Aggregate | None:
    """Return an aggregate over a property of the event, or over when it happened."""
    place = entry.place("of")
    column = property_of(source, entry.of, place, reading)
    if column is None:
        return None
    if column.type not in AGGREGATED[kind]:
        reading.note(_cannot(kind, column, source, reading), place)
        return None
    tests = read_tests(entry, _asked(kind, column), reading.mistakes)
    of = Attribute(f"{source.event}.{column.attribute}")
    return None if tests is None else Aggregate(kind, tests, of, column.type)


def _asked(kind: AggregateKind, column: Column) -> Asked:
    """Return how an aggregate of a column is compared."""
    if kind is AggregateKind.DISTINCT:
        return HOW_OFTEN
    return Asked(f"{kind} of {column.type}", operators_of(kind, column.type), column)


def _cannot(kind: AggregateKind, column: Column, source: Source, reading: Reading) -> str:
    """Return why an aggregate cannot be asked of a column, and of which it can."""
    types = ", ".join(t for t in ColumnType if t in AGGREGATED[kind])
    known = properties(source, reading.catalogue)
    can = ", ".join(sorted(n for n, c in known.items() if c.type in AGGREGATED[kind]))
    has = f"; of {source.event}: {can}" if can else ""
    return f"{kind} cannot be asked of {column.type}, only of {types}{has}"

# SPDX-License-Identifier: Apache-2.0
"""The conditions of a segment file, read over one catalogue into the typed tree."""

from __future__ import annotations

from privseg.loaders import segment_events, segment_people
from privseg.loaders.segment_event_file import EventEntry, SequenceEntry
from privseg.loaders.segment_file import (
    AccountEntry,
    AllEntry,
    AnyEntry,
    AttributeEntry,
    CohortEntry,
    ConditionEntry,
    NotEntry,
    SampleEntry,
    ScoreEntry,
    SegmentEntry,
)
from privseg.loaders.segment_reading import Reading
from privseg.segment.tree import All, Any_, Condition, Not, SegmentRef


def read_condition(entry: ConditionEntry, depth: int, reading: Reading) -> Condition | None:
    """Return a condition; every mistake in it is noted, and what cannot be read is None.

    Law: without a mistake there is a condition.
    """
    if not reading.enter(entry.place(), depth):
        return None
    match entry:
        case AllEntry() | AnyEntry():
            return _several(entry, depth, reading)
        case NotEntry(not_=part):
            inner = read_condition(part, depth + 1, reading)
            return None if inner is None else Not(inner)
        case SegmentEntry(segment=name):
            reading.references.append((name, entry.place("segment")))
            return SegmentRef(name)
        case EventEntry() | SequenceEntry():
            return _of_events(entry, depth, reading)
        case _:
            return _of_person(entry, reading)


def _of_events(entry: EventEntry | SequenceEntry, depth: int, reading: Reading) -> Condition | None:
    """Return a test of a person's events."""
    if isinstance(entry, EventEntry):
        return segment_events.event(entry, depth, reading)
    return segment_events.sequence(entry, depth, reading)


def _of_person(
    entry: AttributeEntry | AccountEntry | ScoreEntry | CohortEntry | SampleEntry, reading: Reading
) -> Condition | None:
    """Return a test of one value of a person."""
    match entry:
        case AttributeEntry():
            return segment_people.attribute(entry, reading)
        case AccountEntry():
            return segment_people.account(entry, reading)
        case ScoreEntry():
            return segment_people.score(entry, reading)
        case CohortEntry():
            return segment_people.cohort(entry, reading)
        case SampleEntry():
            return segment_people.sample(entry, reading)


def _several(entry: AllEntry | AnyEntry, depth: int, reading: Reading) -> Condition | None:
    """Return a conjunction or disjunction, which must have parts."""
    is_all = isinstance(entry, AllEntry)
    parts = entry.all if isinstance(entry, AllEntry) else entry.any
    if not parts:
        reading.note("name at least one condition", entry.place("all" if is_all else "any"))
    read = [read_condition(p, depth + 1, reading) for p in parts]
    known = tuple(p for p in read if p is not None)
    if not known or len(known) < len(read):
        return None
    return All(known) if is_all else Any_(known)

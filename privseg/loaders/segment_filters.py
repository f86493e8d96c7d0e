# SPDX-License-Identifier: Apache-2.0
"""Which events count: filters on their properties, and on those of another event."""

from __future__ import annotations

from privseg.loaders.segment_event_file import (
    FilterAllEntry,
    FilterAnyEntry,
    FilterEntry,
    FilterNotEntry,
    PropertyEntry,
    SameAsEntry,
)
from privseg.loaders.segment_names import SHOWN, named, properties, unknown
from privseg.loaders.segment_reading import Reading
from privseg.loaders.segment_tests import is_tested, of_column, read_tests
from privseg.loaders.segment_windows import window
from privseg.policy.catalogue import Column, ColumnType, Source, SourceKind
from privseg.segment.tree_events import (
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
)
from privseg.terms import Attribute, Place

_UNCOMPARED = {ColumnType.SET, ColumnType.ACCOUNT}


def event_source(name: str, place: Place, reading: Reading) -> Source | None:
    """Return the source of an event; note what the name is instead."""
    events = named(SourceKind.EVENTS, reading.catalogue)
    if name in events:
        return events[name].source
    unknown("event", name, events, place, reading)
    return None


def property_of(source: Source, name: str, place: Place, reading: Reading) -> Column | None:
    """Return a property of an event; note one that it does not have."""
    known = properties(source, reading.catalogue)
    if (found := known.get(name)) is not None:
        return found
    event, _, short = name.rpartition(".")
    if event == source.event and short in known:
        reading.note(f"write the property without its event: {short}", place)
    else:
        unknown(f"property of {source.event}", name[:SHOWN], known, place, reading)
    return None


def read_filter(entry: FilterEntry, source: Source, depth: int, reading: Reading) -> Filter | None:
    """Return a filter on the events of a source."""
    if not reading.enter(entry.place(), depth):
        return None
    match entry:
        case FilterAllEntry() | FilterAnyEntry():
            return _several(entry, source, depth, reading)
        case FilterNotEntry(not_=part):
            inner = read_filter(part, source, depth + 1, reading)
            return None if inner is None else FilterNot(inner)
        case PropertyEntry():
            return _property(entry, source, reading)


def _several(
    entry: FilterAllEntry | FilterAnyEntry, source: Source, depth: int, reading: Reading
) -> Filter | None:
    """Return a conjunction or disjunction, which must have parts."""
    is_all = isinstance(entry, FilterAllEntry)
    parts = entry.all if isinstance(entry, FilterAllEntry) else entry.any
    if not parts:
        reading.note("name at least one filter", entry.place("all" if is_all else "any"))
    read = [read_filter(p, source, depth + 1, reading) for p in parts]
    known = tuple(p for p in read if p is not None)
    if not known or len(known) < len(read):
        return None
    return FilterAll(known) if is_all else FilterAny(known)


def _property(entry: PropertyEntry, source: Source, reading: Reading) -> Filter | None:
    """Return a test of a property, or its comparison with another event's."""
    column = property_of(source, entry.property, entry.place("property"), reading)
    if entry.same_as is not None and is_tested(entry):
        nest = "write {all: [{property: ..., same_as: ...}, {property: ..., ...}]}"
        reading.note(f"'same_as' stands alone in its filter: {nest}", entry.place("same_as"))
        return None
    if column is None:
        return None
    name = Attribute(f"{source.event}.{column.attribute}")
    if entry.same_as is not None:
        return _same_as(name, column, entry.same_as, reading)
    tests = read_tests(entry, of_column(column), reading.mistakes)
    return None if tests is None else PropertyTest(name, column.type, tests)


def _same_as(
    name: Attribute, column: Column, entry: SameAsEntry, reading: Reading
) -> SameAs | None:
    """Return a comparison with a property of another event, which must be of the same kind."""
    source = event_source(entry.event, entry.place("event"), reading)
    span = window(entry.within, entry.place("within"), reading.mistakes)
    if source is None:
        return None
    place = entry.place("property")
    other = property_of(source, entry.property, place, reading)
    if other is None or (entry.within is not None and span is None):
        return None
    if (why := _differ(column, other)) is not None:
        reading.note(why, place)
        return None
    return SameAs(name, Attribute(f"{source.event}.{other.attribute}"), column.type, span)


def _differ(one: Column, other: Column) -> str | None:
    """Return why no value of one can be compared with a value of the other."""
    if one.type in _UNCOMPARED:
        return f"a {one.type} is not compared with another event's"
    if one.type is not other.type:
        return f"{one.type} is not compared with {other.type}: name a property of type {one.type}"
    if one.currency is not None and other.currency is not None and one.currency != other.currency:
        return f"{one.currency.code} is not compared with {other.currency.code}"
    if one.decimals != other.decimals:
        return f"{one.decimals} decimals are not compared with {other.decimals}"
    if one.type is ColumnType.CATEGORY and not set(one.values) & set(other.values):
        return "the two have no value in common, so they are never the same"
    return None

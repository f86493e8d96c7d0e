# SPDX-License-Identifier: Apache-2.0
"""Names in a segment: what each is in the catalogue, and how it is written where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from privseg.loaders.segment_reading import Reading
from privseg.policy.catalogue import (
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Readable,
    Source,
    SourceKind,
)
from privseg.policy.findings import nearest, suggestion
from privseg.segment.errors import NoValuesError
from privseg.segment.tree_events import TIME_PROPERTY
from privseg.terms import Attribute, Place

MISSPELT = 0.8  # how alike a name of another kind must be to be suggested
SHOWN = 60  # characters of a name that a refusal repeats


def named(kind: SourceKind, catalogue: Catalogue) -> Mapping[str, Readable]:
    """Return what a segment may name of the sources of one kind; of events, the events."""
    return {
        str(name): readable
        for name, readable in catalogue.readables.items()
        if readable.source.kind is kind and (readable.column is None or kind is not _EVENTS)
    }


def properties(source: Source, catalogue: Catalogue) -> Mapping[str, Column]:
    """Return the properties of an event by their short names, and when it happened."""
    time = Column(
        source.time or TIME_PROPERTY,
        TIME_PROPERTY,
        ColumnType.TIME,
        ColumnRole.ORDINARY,
        source.place,
        source.category,
    )
    columns = (r.column for r in catalogue.readables.values() if r.source is source)
    return {**{c.attribute: c for c in columns if c is not None}, TIME_PROPERTY: time}


def unknown(what: str, name: str, known: Iterable[str], place: Place, reading: Reading) -> None:
    """Note that ``name`` is not ``what`` (an attribute, an event, ...): what it is instead, if any.

    Else the closest name there is.
    """
    catalogue = reading.catalogue
    if (instead := _instead(name, catalogue)) is not None:
        reading.note(f"{name[:SHOWN]!r} {instead}", place)
        return
    names = sorted(known)
    every = [*catalogue.readables, *catalogue.derived]
    meant = get_close_matches(name, every, n=1, cutoff=MISSPELT)
    close = nearest(name, [*names, *meant]) or suggestion(name, names)
    reading.note(f"unknown {what} {name[:SHOWN]!r}{close}", place)


def _instead(name: str, catalogue: Catalogue) -> str | None:
    """Return what ``name`` is and how to write it; None when nothing is called so."""
    readable = catalogue.readables.get(Attribute(name))
    if readable is not None:
        return _written(name, readable)
    return _scored(name, catalogue) or _derived(name, catalogue) or _of_a_source(name, catalogue)


def _written(name: str, readable: Readable) -> str:
    """Return how something that segments read is written."""
    match readable.source.kind:
        case SourceKind.PEOPLE:
            return f"is an attribute of a person: write {{attribute: {name}, ...}}"
        case SourceKind.ACCOUNTS:
            return f"is an attribute of a company: write {{account: {name}, ...}}"
        case SourceKind.LIST:
            return f"is a list: write {{cohort: {name}}}"
        case SourceKind.EVENTS if readable.column is None:
            return f"is an event: write {{event: {name}, ...}}"
        case SourceKind.EVENTS:
            return _property(readable.source, readable.column.attribute)


def _property(source: Source, name: str) -> str:
    where = f"where: {{property: {name}, ...}}"
    return f"is a property of an event: write {{event: {source.event}, {where}}}"


def _scored(name: str, catalogue: Catalogue) -> str | None:
    """Return how a score is written, or one of its results."""
    if catalogue.score_of(Attribute(name)) is not None:
        return f"is a score: write {{score: {name}, ...}}"
    if (score := catalogue.scores.get(name)) is None:
        return None
    return f"is a score: write {{score: ...}} with one of its results: {', '.join(score.outputs)}"


def _derived(name: str, catalogue: Catalogue) -> str | None:
    """Return why something derived cannot be tested."""
    if name not in catalogue.derived:
        return None
    return str(NoValuesError(Attribute(name))).partition(" ")[2]


def _of_a_source(name: str, catalogue: Catalogue) -> str | None:
    """Return what a column is called so that no segment reads, or not by that name."""
    event, _, last = name.rpartition(".")
    for source in catalogue.sources.values():
        if source.event is not None and event in {"", source.event} and last == TIME_PROPERTY:
            return _property(source, last)
        if (event or source.event) == source.event:
            found = next((c for c in source.columns if c.attribute == last), None)
            if found is not None:
                return _column(found, source)
    return None


def _column(column: Column, source: Source) -> str | None:
    if column.role is ColumnRole.DIRECT_IDENTIFIER:
        return "is a direct identifier: it lies in the vault, where no segment can read it"
    if source.kind is SourceKind.ACCOUNTS and column.type is ColumnType.ACCOUNT:
        return "is the name of a company, which no segment can read: ask for its other attributes"
    return None if source.event is None else _property(source, column.attribute)


_EVENTS = SourceKind.EVENTS

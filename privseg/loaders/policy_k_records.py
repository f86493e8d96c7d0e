# SPDX-License-Identifier: Apache-2.0
"""From a declaration of records to rules: hierarchies that hold together, levels, l and t."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import stored
from privseg.loaders.policy_k_file import MicrodataEntry, QuasiEntry
from privseg.policy.catalogue import Catalogue, Column, ColumnType, SourceKind
from privseg.policy.findings import suggestion
from privseg.policy.k_rules import (
    DateLevels,
    Distance,
    GroupLevels,
    IntervalLevels,
    Levels,
    Method,
    Microdata,
    QuasiIdentifier,
    Sensitive,
)
from privseg.policy.rules import Segmenter
from privseg.protect.exact.hierarchy import height, nested
from privseg.terms import Attribute, Place

LEAST_L = 2  # with one value a class is homogeneous
NUMBERS = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})
WAY = {
    "intervals": NUMBERS,
    "groups": frozenset({ColumnType.CATEGORY}),
    "dates": frozenset({ColumnType.DATE}),
}
"""Which way to coarsen fits which types."""

TOLD = NUMBERS | {ColumnType.CATEGORY, ColumnType.BOOLEAN}  # what can stand in a record as it is


def read_microdata(
    name: str,
    entry: MicrodataEntry,
    segmenter: Segmenter,
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> Microdata:
    """Return one declaration of records."""
    column = partial(people_column, segmenter=segmenter, catalogue=catalogue, mistakes=mistakes)
    _check_asked(entry, mistakes)
    return Microdata(
        name=name,
        segmenter=segmenter.name,
        period=entry.period,
        k=entry.k,
        quasi_identifiers=_quasi(entry, column, mistakes),
        place=entry.place(),
        segment=entry.segment,
        sensitive=_sensitive(entry, column, mistakes),
        diversity=(entry.l or LEAST_L) if entry.sensitive else None,
        diversity_kind=entry.l_kind,
        closeness=entry.t,
        suppression=entry.suppression,
        method=entry.method,
        search=entry.search,
    )


Lookup = Callable[[str, Place], Column | None]


def people_column(
    name: str, place: Place, *, segmenter: Segmenter, catalogue: Catalogue, mistakes: Mistakes
) -> Column | None:
    """Return the column of a person's attribute that a segmenter reads; note what is none."""
    readable = catalogue.readables.get(Attribute(name))
    column = None if readable is None else readable.column
    if Attribute(name) not in segmenter.reads:
        near = suggestion(name, segmenter.reads)
        mistakes.note(f"the segmenter does not read {name[:60]!r}{near}", place)
        return None
    if readable is None or column is None or readable.source.kind is not SourceKind.PEOPLE:
        mistakes.note(f"{name!r} is no attribute of people", place)
        return None
    return column


def _check_asked(entry: MicrodataEntry, mistakes: Mistakes) -> None:
    """Note what protects nothing, and a choice that nobody made."""
    if entry.l is not None and entry.l < LEAST_L:
        message = f"at least {LEAST_L}: with one value, a group's value is everybody's in it"
        mistakes.note(message, entry.place("l"))
    for key in ("l", "t") if not entry.sensitive else ():
        if getattr(entry, key) is not None:
            mistakes.note("name the sensitive attributes that it is about", entry.place(key))
    if entry.t is not None and not 0 <= entry.t <= 1:
        mistakes.note("between 0 and 1", entry.place("t"))
    if not 0 <= entry.suppression < 1:
        mistakes.note("at least 0 and less than 1", entry.place("suppression"))
    if not entry.quasi_identifiers:
        mistakes.note("name what people could be told apart by", entry.place("quasi_identifiers"))
    if entry.method is Method.MONDRIAN and not entry.search:
        message = "its cuts depend on the data: say search: true, or fix levels (full_domain)"
        mistakes.note(message, entry.place("method"))
    if entry.method is Method.MONDRIAN and entry.suppression:
        mistakes.note("mondrian leaves nobody out", entry.place("suppression"))


def _quasi(
    entry: MicrodataEntry, column_of: Lookup, mistakes: Mistakes
) -> tuple[QuasiIdentifier, ...]:
    """Return the quasi-identifiers with their hierarchies."""
    found = []
    for name, quasi in entry.quasi_identifiers.items():
        place = entry.place("quasi_identifiers", name)
        if (column := column_of(name, place)) is None:
            continue
        levels = _levels(name, quasi, column, place, mistakes)
        _check_level(entry, quasi, levels, place, mistakes)
        found.append(QuasiIdentifier(Attribute(name), levels, place, quasi.level))
    return tuple(found)


def _check_level(
    entry: MicrodataEntry, quasi: QuasiEntry, levels: Levels, place: Place, mistakes: Mistakes
) -> None:
    """Note a level that is missing, not there, or given to a search."""
    if entry.search:
        if quasi.level is not None:
            mistakes.note("with search: true the levels are looked for", quasi.place("level"))
    elif quasi.level is None:
        message = "fix its level (level: 1), or say search: true: levels then depend on the data"
        mistakes.note(message, place)
    elif not 0 <= quasi.level <= height(levels):
        mistakes.note(f"from 0 to {height(levels)}, which is *", quasi.place("level"))


def _levels(
    name: str, quasi: QuasiEntry, column: Column, place: Place, mistakes: Mistakes
) -> Levels:
    """Return the hierarchy of one attribute."""
    given = [key for key in WAY if getattr(quasi, key) is not None]
    if len(given) > 1:
        mistakes.note(f"{' and '.join(given)} cannot stand together", quasi.place(given[1]))
    for key in given:
        if column.type not in WAY[key]:
            mistakes.note(f"{name} is {column.type}: {key} do not fit", quasi.place(key))
            return GroupLevels()
    levels = _declared(quasi, column, mistakes)
    if column.type not in {*TOLD, ColumnType.DATE}:
        message = f"{name} is {column.type}: records have numbers, days and declared values"
        mistakes.note(message, place)
    if why := nested(levels, column.values):
        mistakes.note(why, quasi.place(given[0]) if given else place)
    return levels


def _declared(quasi: QuasiEntry, column: Column, mistakes: Mistakes) -> Levels:
    """Return what is declared; nothing is: as it is, or ``*``."""
    if quasi.groups is not None or column.type in {ColumnType.CATEGORY, ColumnType.BOOLEAN}:
        levels = enumerate(quasi.groups or (), start=1)
        return GroupLevels({str(n): dict(groups) for n, groups in levels})
    if quasi.dates is not None or column.type is ColumnType.DATE:
        return DateLevels(quasi.dates or ())
    steps = []
    for step in quasi.intervals or ():
        several = step if isinstance(step, tuple) else (step,)
        numbers = tuple(stored(literal, column, mistakes) or 0 for literal in several)
        steps.append(numbers if isinstance(step, tuple) else numbers[0])
    return IntervalLevels(tuple(steps))


def _sensitive(
    entry: MicrodataEntry, column_of: Lookup, mistakes: Mistakes
) -> tuple[Sensitive, ...]:
    """Return the sensitive attributes; each stands in the records as it is."""
    found = []
    for name, sensitive in entry.sensitive.items():
        place = entry.place("sensitive", name)
        if name in entry.quasi_identifiers:
            mistakes.note("it is a quasi-identifier already", place)
        if (column := column_of(name, place)) is None:
            continue
        if column.type not in TOLD:
            message = f"{name} is {column.type}: records have numbers and declared values"
            mistakes.note(message, place)
        if sensitive.distance is Distance.ORDERED and column.type is ColumnType.BOOLEAN:
            mistakes.note("true and false have no order", place)
        found.append(Sensitive(Attribute(name), sensitive.distance, place))
    return tuple(found)

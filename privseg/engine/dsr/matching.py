# SPDX-License-Identifier: Apache-2.0
"""Comparing data points with what is held: identifiers in the vault, values in the column store.

A point is named by the kind of an identifier, by an attribute, or as ``EVENT.time``: the day of the
last one. Every point is compared, whatever the others gave, and somebody unknown matches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from privseg.dsr import Case
from privseg.dsr.clock import local_day
from privseg.dsr.points import Point, same
from privseg.engine.answers.held import Hidden, Row, shown_value, sources_about_people, stored_rows
from privseg.engine.dsr.clocks import told_place
from privseg.engine.dsr.errors_case import PointNotUsableError
from privseg.engine.house import House
from privseg.errors import InputError
from privseg.policy import Column, ColumnType, Source
from privseg.terms import Ordinal, SubjectId

TIME = "time"
FEW = frozenset({ColumnType.CATEGORY, ColumnType.BOOLEAN, ColumnType.SET})
"""Columns of few possible values: a stranger guesses one soon."""


def require_usable(house: House, case: Case, points: Sequence[Point]) -> None:
    """Refuse points that prove nothing, by the policy and the request alone: nobody is looked at.

    Raises:
        PointNotUsableError: nothing of the kind is held of anybody; it is what the request disputes
            (11 CCR § 7060(h)); it may not be asked for (§ 7060(c)); or a second one has few values.
    """
    hidden = Hidden(house.request_law(told_place(house, case)).never_disclosed)
    disputed = {c.attribute for c in house.cases.asked(case.number).corrections}
    columns, kinds, times = _columns(house), _identifiers(house), _times(house)
    for place, point in enumerate(points, start=1):
        named = f"data point {place}"
        column = columns.get(point.kind)
        names = {point.kind, kinds.get(point.kind, ""), column.attribute if column else ""}
        if names & disputed:
            raise PointNotUsableError(f"{named} is what the request says is wrong")
        if column is not None and hidden.of(column) is not None:
            raise PointNotUsableError(f"{named} is nothing that may be asked for")
        if column is None and point.kind not in kinds and point.kind not in times:
            usable = sorted(kinds) + sorted(n for n, c in columns.items() if hidden.of(c) is None)
            raise PointNotUsableError(
                f"{named} is of a kind that no source holds; there are {', '.join(usable)}"
            )
    few = [n for n, p in enumerate(points, start=1) if p.kind in columns and _few(columns[p.kind])]
    if len(few) > 1:
        raise PointNotUsableError(
            f"data points {few[0]} and {few[1]} have few possible values each"
        )


def _few(column: Column) -> bool:
    """Return whether a value of a column is soon guessed."""
    return column.type in FEW


def all_match(house: House, person: Ordinal | None, points: Sequence[Point]) -> bool:
    """Return whether every point is what is held of a person; of somebody unknown none is."""
    stored = stored_rows(house, person)
    found = [_matches(house, person, point, stored) for point in points]
    return bool(found) and all(found) and person is not None


def _matches(
    house: House, person: Ordinal | None, point: Point, stored: Mapping[str, Sequence[Row]]
) -> bool:
    """Return whether one point is what is held."""
    held = [s.value for s in _identity(house, person) if s.kind == point.kind]
    held += [
        text
        for name, source in sources_about_people(house)
        for text in _held(house, source, point.kind, stored.get(name, ()))
    ]
    equal = [same(point.value, text) for text in held]
    return any(equal) or _resolves(house, person, point)


def _identity(house: House, person: Ordinal | None) -> list[SubjectId]:
    """Return a person's identifiers; none of nobody."""
    return [] if person is None else house.vault.identity(person)


def _resolves(house: House, person: Ordinal | None, point: Point) -> bool:
    """Return whether the vault, which knows how identifiers are spelled, leads to the person."""
    if point.kind not in _identifiers(house):
        return False
    with suppress(InputError):
        return (
            person is not None and house.vault.resolve(SubjectId(point.kind, point.value)) == person
        )
    return False


def _held(house: House, source: Source, kind: str, rows: Sequence[Row]) -> list[str]:
    """Return what a source holds of a kind of point: of events the last one's."""
    if source.event:
        rows = _last(rows)
        if kind == f"{source.event}.{TIME}":
            return [_day(house, row.get(TIME)) for row in rows]
    columns = [c for c in source.columns if _name(source, c) == kind]
    return [_text(row.get(c.attribute), c) for c in columns for row in rows]


def _last(rows: Sequence[Row]) -> list[Row]:
    """Return the row of the last event, if there is any."""
    dated = [(row[TIME], row) for row in rows if isinstance(row.get(TIME), datetime)]
    return [max(dated, key=lambda pair: str(pair[0]))[1]] if dated else []


def _day(house: House, value: object) -> str:
    """Return the day of a moment where the controller is."""
    return local_day(value, house.zone).isoformat() if isinstance(value, datetime) else ""


def _text(value: object, column: Column) -> str:
    """Return a stored value as people write it."""
    shown = shown_value(value, column)
    return "" if shown is None else str(shown)


def _name(source: Source, column: Column) -> str:
    """Return what a point of a column is called: events' properties have the event before them."""
    return f"{source.event}.{column.attribute}" if source.event else column.attribute


def _columns(house: House) -> Mapping[str, Column]:
    """Return the column of every kind of point that is a value."""
    sources = [source for _, source in sources_about_people(house)]
    return {_name(s, c): c for s in sources for c in s.columns if c.identifier is None}


def _times(house: House) -> frozenset[str]:
    """Return the kinds of point that are the day of the last event."""
    return frozenset(f"{s.event}.{TIME}" for _, s in sources_about_people(house) if s.event)


def _identifiers(house: House) -> dict[str, str]:
    """Return every kind of identifier that sources hold, with the attribute it stands in."""
    sources = house.policy.catalogue.sources.values()
    return {c.identifier: c.attribute for s in sources for c in s.columns if c.identifier}

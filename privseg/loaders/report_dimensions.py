# SPDX-License-Identifier: Apache-2.0
"""From what a table of a report file is broken down by to requests; every mistake is noted."""

from __future__ import annotations

import re
from decimal import Decimal

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.nodes import Scalar
from privseg.loaders.report_file import (
    ByCutEntry,
    ByFoundEntry,
    CountEntry,
    DaysSinceEntry,
    SumEntry,
    TableEntry,
)
from privseg.loaders.report_measures import read_name
from privseg.loaders.values import VALUES, UnreadableError
from privseg.release.request import (
    AmountKind,
    AmountRequest,
    ByCutPoints,
    ByFoundValues,
    ByGrid,
    ByRequest,
    ByValues,
    Point,
)
from privseg.terms import Place

MOST_POINTS = 200

_POINT = re.compile(r"(?P<number>\S+)( (?P<code>[A-Z]{3}))?")


def read_by(table: TableEntry, mistakes: Mistakes) -> tuple[ByRequest, ...]:
    """Return what a table is broken down by."""
    if table.grid is not None:
        place = table.place("grid")
        return (ByGrid(codes.spelt(table.grid, codes.WORD, place, mistakes), place),)
    if table.by is None:
        return ()
    if isinstance(table.by, tuple):
        if not table.by:
            mistakes.note("name what to break it down by, or leave the key out", table.place("by"))
        places = [table.place("by", i) for i in range(len(table.by))]
        return tuple(
            _by(entry, place, mistakes) for entry, place in zip(table.by, places, strict=True)
        )
    return (_by(table.by, table.place("by"), mistakes),)


def _by(entry: str | ByFoundEntry | ByCutEntry, place: Place, mistakes: Mistakes) -> ByRequest:
    """Return one breakdown."""
    match entry:
        case ByFoundEntry():
            attribute = read_name(entry.found, entry.place("found"), mistakes)
            return ByFoundValues(attribute, place, entry.label)
        case ByCutEntry():
            points = tuple(point(literal, mistakes) for literal in entry.at)
            if not 1 <= len(points) <= MOST_POINTS:
                mistakes.note(f"1 to {MOST_POINTS} points, such as [18, 30]", entry.place("at"))
            return ByCutPoints(_amount(entry, mistakes), points, place, entry.label)
        case name:
            return ByValues(read_name(name, place, mistakes), place)


def _amount(entry: ByCutEntry, mistakes: Mistakes) -> AmountRequest:
    """Return the number that is cut."""
    place, cut = entry.place("cut"), entry.cut
    if isinstance(cut, str):
        return AmountRequest(AmountKind.VALUE, read_name(cut, place, mistakes), place)
    kind, name, only_with = _taken(cut)
    attribute = read_name(name, cut.place(kind.value), mistakes)
    days = days_of(cut, "within", mistakes)
    return AmountRequest(kind, attribute, place, days, only_with)


def _taken(cut: DaysSinceEntry | CountEntry | SumEntry) -> tuple[AmountKind, str, bool]:
    """Return what is taken of a person's events."""
    match cut:
        case DaysSinceEntry():
            return AmountKind.DAYS_SINCE, cut.days_since, False
        case CountEntry():
            return AmountKind.COUNT, cut.count, cut.only_with
        case SumEntry():
            return AmountKind.SUM, cut.sum, cut.only_with


def point(literal: Scalar, mistakes: Mistakes) -> Point:
    """Return a number with its currency, as written; note what is none."""
    match = _POINT.fullmatch(literal.text)
    try:
        number: Decimal = VALUES[Decimal].convert(match["number"] if match else "")
    except UnreadableError:
        mistakes.note("expected a number, such as 18 or 100 EUR", literal.place)
        return Point(Decimal(0), literal.place)
    return Point(number, literal.place, match["code"] if match else None)

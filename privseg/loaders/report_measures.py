# SPDX-License-Identifier: Apache-2.0
"""From the measures of a table in a report file to questions; every mistake is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.report_file import (
    AverageEntry,
    EventsEntry,
    LiftEntry,
    MeanEntry,
    MeasureEntry,
    MedianEntry,
    QuantilesEntry,
    SizeEntry,
    TableEntry,
    TotalEntry,
)
from privseg.release.request import MEDIAN_RANK, Asked, MeasureRequest
from privseg.terms import Attribute, Place


def read_measures(table: TableEntry, mistakes: Mistakes) -> tuple[MeasureRequest, ...]:
    """Return a table's measures; each has a name of its own. Size, if it names none."""
    if table.measures is None:
        return (MeasureRequest(Asked.SIZE, table.place()),)
    return tuple(_distinct(table, mistakes))


def _distinct(table: TableEntry, mistakes: Mistakes) -> Iterator[MeasureRequest]:
    """Yield the measures; one without a name whose kind is taken is named after what it is of."""
    taken: set[str] = set()
    for i, entry in enumerate(table.measures or ()):
        place = table.place("measures", i)
        measure = _measure(entry, place, mistakes)
        is_named = not isinstance(entry, str) and entry.name is not None
        if measure.name in taken and measure.attribute is not None and not is_named:
            words = re.sub(r"[._]", "-", measure.attribute)
            measure = replace(measure, name=f"{measure.kind.value}-{words}")
        if measure.name in taken:
            message = f"a second measure called {measure.name!r}; give it another name: NAME"
            mistakes.note(message, place)
        taken.add(measure.name)
        yield measure


def _measure(entry: str | MeasureEntry, place: Place, mistakes: Mistakes) -> MeasureRequest:
    """Return one measure."""
    if isinstance(entry, str):
        kind = Asked(entry)
        of = Asked.CONVERSION if kind is Asked.LIFT else None
        return MeasureRequest(kind, place, of=of)
    asked = _asked(entry, mistakes)
    name = "" if entry.name is None else _spelt(entry.name, entry, mistakes)
    return MeasureRequest(place=place, label=entry.label, name=name, **asked)


def _asked(entry: MeasureEntry, mistakes: Mistakes) -> dict[str, Any]:
    """Return what an entry asks, as a request has it."""
    match entry:
        case SizeEntry():
            return {"kind": Asked.SIZE}
        case LiftEntry():
            return {"kind": Asked.LIFT, "of": Asked(entry.lift), "relative": entry.relative}
        case EventsEntry():
            return _of(Asked.EVENTS, entry.events, entry, mistakes)
        case TotalEntry():
            return _of_event(Asked.TOTAL, entry.total, entry, mistakes)
        case AverageEntry():
            return _of_event(Asked.AVERAGE, entry.average, entry, mistakes)
        case MeanEntry():
            asked = _of(Asked.MEAN, entry.mean, entry, mistakes)
        case MedianEntry():
            asked = _of(Asked.MEDIAN, entry.median, entry, mistakes) | {"ranks": (MEDIAN_RANK,)}
        case QuantilesEntry():
            asked = _of(Asked.QUANTILES, entry.of, entry, mistakes, key="of")
            asked |= {"ranks": _ranks(entry, mistakes)}
    return asked | {"only_with": entry.only_with}


def _of(
    kind: Asked, name: str, entry: Document, mistakes: Mistakes, *, key: str = ""
) -> dict[str, Any]:
    """Return a question about something that has a name: an attribute, event or property."""
    attribute = read_name(name, entry.place(key or kind.value), mistakes)
    return {"kind": kind, "attribute": attribute, "days": days_of(entry, "within", mistakes)}


def _of_event(kind: Asked, name: str, entry: Document, mistakes: Mistakes) -> dict[str, Any]:
    """Return a total or an average of an event's property."""
    event, _, word = name.partition(".")
    if not (codes.WORD.fullmatch(event) and codes.WORD.fullmatch(word)):
        message = "expected an event's property, such as purchase.amount"
        mistakes.note(message, entry.place(kind.value))
    days = days_of(entry, "within", mistakes)
    return {"kind": kind, "attribute": Attribute(name), "days": days}


def _ranks(entry: QuantilesEntry, mistakes: Mistakes) -> tuple[Fraction, ...]:
    """Return the ranks of quantiles: shares of the people, each once."""
    places = [entry.place("quantiles", i) for i in range(len(entry.quantiles))]
    codes.once(map(str, entry.quantiles), places, mistakes)
    for rank, place in zip(entry.quantiles, places, strict=True):
        if not 0 < rank < 1:
            mistakes.note("a share of the people, between 0 and 1", place)
    if not entry.quantiles:
        mistakes.note("name at least one, such as [0.25, 0.9]", entry.place("quantiles"))
    kept = tuple(dict.fromkeys(r for r in entry.quantiles if 0 < r < 1))
    return kept or (MEDIAN_RANK,)


def read_name(name: str, place: Place, mistakes: Mistakes) -> Attribute:
    """Return the name of an attribute, an event, a property or a result; note what is none."""
    words = name.split(".")
    if not 1 <= len(words) <= 2 or not all(codes.WORD.fullmatch(w) for w in words):  # noqa: PLR2004
        mistakes.note("expected a name such as age, purchase or purchase.amount", place)
    return Attribute(name)


def _spelt(name: str, entry: Document, mistakes: Mistakes) -> str:
    """Return a measure's own name."""
    return codes.spelt(name, codes.NAME, entry.place("name"), mistakes)

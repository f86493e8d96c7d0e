# SPDX-License-Identifier: Apache-2.0
"""A report file (``privseg: report/1``) as a request: what is asked, never how precisely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.frames import MeasureKind
from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import read_document
from privseg.loaders.literals import days
from privseg.policy.findings import suggestion
from privseg.release.request import MeasureRequest, ReportRequest, TableRequest
from privseg.terms import Attribute, Place


class SizeEntry(Document):
    """How many people, under a label of its own; ``size`` alone says the same without one."""

    size: Literal["people"]
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: size.")


class TotalEntry(Document):
    """The sum of an event's property."""

    total: str = Field(description="An event's property, such as purchase.amount.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: total.")


class AverageEntry(Document):
    """The mean of an event's property over events."""

    average: str = Field(description="An event's property, such as purchase.amount.")
    within: str | None = Field(None, description="Days before the report's moment: 365d.")
    label: str | None = None
    name: str | None = Field(None, description="To weigh it by; default: average.")


class TableEntry(Document):
    """One table: every segment, or every segment by the values of an attribute."""

    name: str
    title: str | None = None
    by: str | None = Field(None, description="A person's attribute with declared values.")
    measures: tuple[Literal["size"] | SizeEntry | TotalEntry | AverageEntry, ...]


class ReportFile(Document):
    """A whole report."""

    privseg: Literal["report/1"] = Field(description="Kind and version of the file; first key.")
    report: str = Field(description="Its name, as the command line calls it.")
    title: str = Field(description="What readers see.")
    segmenter: str
    segments: tuple[str, ...]
    tables: tuple[TableEntry, ...]
    not_included: bool = Field(True, description="Count, with noise, who has not consented.")
    weights: Mapping[str, int] = Field(
        {}, description="Shares of the budget, by TABLE.MEASURE or not_included; default 1."
    )


def load_report(path: Path | Traversable, *, name: str | None = None) -> ReportRequest:
    """Return the request in a report file; ``name`` is how places call it (default: the path).

    Raises:
        DocumentError: it is not a report; ``findings`` tells every mistake.
    """
    entry = read_document(path, ReportFile, file=name)
    mistakes = Mistakes()
    _check_names(entry, mistakes)
    tables = [(t, tuple(_measures(t, mistakes))) for t in entry.tables]
    mistakes.refuse()
    asked = ReportRequest(
        name=entry.report,
        title=entry.title,
        segmenter=entry.segmenter,
        segments=entry.segments,
        tables=tuple(_table(t, measures) for t, measures in tables),
        place=entry.place(),
        not_included=entry.not_included,
    )
    return _weighed(asked, entry, mistakes)


def _check_names(entry: ReportFile, mistakes: Mistakes) -> None:
    """Note names that are not names, stand twice, or are not there at all."""
    codes.spelt(entry.report, codes.NAME, entry.place("report"), mistakes)
    places = [entry.place("segments", i) for i in range(len(entry.segments))]
    for segment, place in zip(entry.segments, places, strict=True):
        codes.spelt(segment, codes.NAME, place, mistakes)
    codes.once(entry.segments, places, mistakes)
    codes.once((t.name for t in entry.tables), (t.place("name") for t in entry.tables), mistakes)
    for table in entry.tables:
        codes.spelt(table.name, codes.NAME, table.place("name"), mistakes)
        if not table.measures:
            mistakes.note("ask for a measure, such as size", table.place("measures"))
    for key in ("segments", "tables"):
        if not getattr(entry, key):
            mistakes.note("name at least one", entry.place(key))


def _table(entry: TableEntry, measures: tuple[MeasureRequest, ...]) -> TableRequest:
    """Return one table."""
    by = None if entry.by is None else Attribute(entry.by)
    return TableRequest(entry.name, measures, entry.place(), by=by, title=entry.title)


def _measures(table: TableEntry, mistakes: Mistakes) -> Iterator[MeasureRequest]:
    """Yield a table's measures; each has a name of its own."""
    taken: set[str] = set()
    for i, entry in enumerate(table.measures):
        place = table.place("measures", i)
        measure = _measure(entry, place, mistakes)
        if measure.name in taken:
            message = f"a second measure called {measure.name!r}; give it another name: NAME"
            mistakes.note(message, place)
        taken.add(measure.name)
        yield measure


def _measure(
    entry: Literal["size"] | SizeEntry | TotalEntry | AverageEntry,
    place: Place,
    mistakes: Mistakes,
) -> MeasureRequest:
    """Return one measure."""
    match entry:
        case "size":
            return MeasureRequest(MeasureKind.SIZE, place)
        case SizeEntry():
            name = _name(entry.name, entry, mistakes)
            return MeasureRequest(MeasureKind.SIZE, place, label=entry.label, name=name)
        case TotalEntry():
            return _amount(MeasureKind.TOTAL, entry.total, entry, mistakes)
        case AverageEntry():
            return _amount(MeasureKind.AVERAGE, entry.average, entry, mistakes)


def _amount(
    kind: MeasureKind, attribute: str, entry: TotalEntry | AverageEntry, mistakes: Mistakes
) -> MeasureRequest:
    """Return a total or an average of an event's property."""
    event, _, word = attribute.partition(".")
    if not (codes.WORD.fullmatch(event) and codes.WORD.fullmatch(word)):
        message = "expected an event's property, such as purchase.amount"
        mistakes.note(message, entry.place(kind.value))
    within = entry.within
    return MeasureRequest(
        kind=kind,
        place=entry.place(),
        attribute=Attribute(attribute),
        days=None if within is None else days(within, entry.place("within"), mistakes),
        label=entry.label,
        name=_name(entry.name, entry, mistakes),
    )


def _name(name: str | None, entry: Document, mistakes: Mistakes) -> str:
    """Return a measure's own name; the request names it after its kind if it has none."""
    if name is None:
        return ""
    return codes.spelt(name, codes.NAME, entry.place("name"), mistakes)


def _weighed(asked: ReportRequest, entry: ReportFile, mistakes: Mistakes) -> ReportRequest:
    """Return the request with its weights, which name what it asks for."""
    for quantity, weight in entry.weights.items():
        place = entry.place("weights", quantity)
        if quantity not in asked.quantities:
            near = suggestion(quantity, asked.quantities)
            mistakes.note(f"nothing asked is called {quantity[:60]!r}{near}", place)
        if weight < 1:
            mistakes.note("a positive whole number", place)
    mistakes.refuse()
    return replace(asked, weights=dict(entry.weights))

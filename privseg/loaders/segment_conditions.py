# SPDX-License-Identifier: Apache-2.0
"""The conditions of a segment file, read over one catalogue into the typed tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from privseg.loaders.errors import Mistakes
from privseg.loaders.nodes import Scalar
from privseg.loaders.segment_file import (
    AllEntry,
    AnyEntry,
    AttributeEntry,
    ConditionEntry,
    EventEntry,
    NotEntry,
    SegmentEntry,
)
from privseg.loaders.segment_values import comparisons, literal, operator_of, window
from privseg.policy.catalogue import Catalogue, Column, ColumnRole, Source, SourceKind
from privseg.policy.findings import suggestion
from privseg.segment import (
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Not,
    NoValuesError,
    Operator,
    SegmentRef,
    SumTest,
)
from privseg.segment.library import MAX_DEPTH, MAX_NODES
from privseg.segment.tree import MAX_VALUES, OPERATORS, SUMMABLE
from privseg.terms import Attribute, Place


@dataclass(slots=True)
class ConditionReader:
    """Reads conditions over one catalogue, noting every mistake; what it cannot read is None."""

    catalogue: Catalogue
    mistakes: Mistakes = field(default_factory=Mistakes)
    references: list[tuple[str, Place]] = field(default_factory=list)
    nodes: int = 0

    def condition(self, entry: ConditionEntry, depth: int) -> Condition | None:
        """Return a condition; too deep or too many are noted once."""
        self.nodes += 1
        if depth == MAX_DEPTH + 1 or self.nodes == MAX_NODES + 1:
            limits = f"at most {MAX_DEPTH} levels and {MAX_NODES} conditions"
            self.mistakes.note(f"too deep or too large: {limits}; split it", entry.place())
        match entry:
            case AllEntry(all=parts):
                return self._several(All, parts, entry, depth)
            case AnyEntry(any=parts):
                return self._several(Any_, parts, entry, depth)
            case NotEntry(not_=part):
                inner = self.condition(part, depth + 1)
                return None if inner is None else Not(inner)
            case AttributeEntry():
                return self._attribute(entry)
            case EventEntry():
                return self._event(entry)
            case SegmentEntry(segment=name):
                self.references.append((name, entry.place("segment")))
                return SegmentRef(name)

    def _several(
        self,
        kind: type[All | Any_],
        parts: tuple[ConditionEntry, ...],
        entry: AllEntry | AnyEntry,
        depth: int,
    ) -> Condition | None:
        """Return a conjunction or disjunction, which must have parts."""
        if not parts:
            self.mistakes.note("name at least one condition", entry.place())
        read = [self.condition(p, depth + 1) for p in parts]
        known = tuple(p for p in read if p is not None)
        return kind(known) if known and len(known) == len(read) else None

    def _attribute(self, entry: AttributeEntry) -> Condition | None:
        """Return a test of a person's attribute."""
        column = self._column(entry)
        if column is None:
            return None
        tests = tuple(c for c in self._tests(entry, column) if c is not None)
        asked = [f for f in AttributeEntry.model_fields if getattr(entry, f) is not None]
        if len(asked) == 1:  # the attribute's name alone
            operators = ", ".join(sorted(OPERATORS[column.type]))
            self.mistakes.note(f"say what it must be: {operators}", entry.place())
        attribute = Attribute(entry.attribute)
        complete = 0 < len(tests) == len(asked) - 1
        return AttributeTest(attribute, column.type, tests) if complete else None

    def _column(self, entry: AttributeEntry) -> Column | None:
        """Return the column of a person's attribute; say what it is if it is something else."""
        name, place = entry.attribute, entry.place("attribute")
        readable = self.catalogue.readables.get(Attribute(name))
        if readable is None:
            self._unknown(name, place)
        elif readable.source.kind is SourceKind.EVENTS:
            event = readable.source.event
            hint = f"write {{event: {event}, ...}}"
            self.mistakes.note(f"{name!r} is of an event: {hint}", place)
        else:
            return readable.column
        return None

    def _unknown(self, name: str, place: Place) -> None:
        """Note an attribute that is not there, has no values, or that nobody may read."""
        if name in self.catalogue.derived:
            self.mistakes.note(str(NoValuesError(Attribute(name))), place)
            return
        columns = (c for s in self.catalogue.sources.values() for c in s.columns)
        if any(c.attribute == name and c.role is ColumnRole.DIRECT_IDENTIFIER for c in columns):
            why = "is a direct identifier: it lies in the vault, where no segment can read it"
            self.mistakes.note(f"{name!r} {why}", place)
            return
        known = [
            a for a, r in self.catalogue.readables.items() if r.source.kind is SourceKind.PEOPLE
        ]
        self.mistakes.note(f"unknown attribute {name[:60]!r}{suggestion(name, known)}", place)

    def _tests(self, entry: AttributeEntry, column: Column) -> Iterator[Comparison | None]:
        """Yield each comparison, or None for one that could not be read."""
        for key in AttributeEntry.model_fields:
            written = getattr(entry, key)
            if key == "attribute" or written is None:
                continue
            operator = operator_of(key)
            if operator not in OPERATORS[column.type]:
                has = ", ".join(sorted(OPERATORS[column.type]))
                why = f"{column.type} has no {operator.value!r}; it has: {has}"
                self.mistakes.note(why, entry.place(operator.value))
                yield None
            else:
                yield self._comparison(operator, written, column, entry.place(operator.value))

    def _comparison(
        self, operator: Operator, written: Any, column: Column, place: Place
    ) -> Comparison | None:
        """Return one comparison."""
        if operator is Operator.IS_KNOWN:
            return Comparison(operator, (written,))
        literals = (written,) if isinstance(written, Scalar) else tuple(written)
        if not 1 <= len(literals) <= MAX_VALUES:
            self.mistakes.note(f"name one value or more, at most {MAX_VALUES}", place)
            return None
        read = [literal(w, column, self.mistakes) for w in literals]
        values = tuple(v for v in read if v is not None)
        if len(values) < len(read):
            return None
        comparison = Comparison(operator, values)
        if operator is Operator.BETWEEN and _is_backwards(comparison):
            self.mistakes.note("nothing lies between these: the lower end comes first", place)
            return None
        return comparison

    def _event(self, entry: EventEntry) -> Condition | None:
        """Return a test of an event."""
        source = self._source(entry)
        if source is None:
            return None
        before = len(self.mistakes.findings)
        within, place = entry.within, entry.place("within")
        span = None if within is None else window(within, place, self.mistakes)
        count = () if entry.count is None else comparisons(entry.count, None, self.mistakes)
        total = self._sum(entry, source)
        if len(self.mistakes.findings) > before:
            return None
        return EventTest(entry.event, count, total, span)

    def _source(self, entry: EventEntry) -> Source | None:
        """Return the source of an event."""
        known: Mapping[str, Source] = self.catalogue.events()
        if entry.event in known and Attribute(entry.event) in self.catalogue.readables:
            return known[entry.event]
        if entry.event in self.catalogue.derived:
            self.mistakes.note(str(NoValuesError(Attribute(entry.event))), entry.place("event"))
            return None
        close = suggestion(entry.event, known)
        self.mistakes.note(f"unknown event {entry.event[:60]!r}{close}", entry.place("event"))
        return None

    def _sum(self, entry: EventEntry, source: Source) -> SumTest | None:
        """Return the test of a sum over a property of the event."""
        if entry.sum is None:
            return None
        names = {
            c.attribute: c for c in source.columns if c.role is not ColumnRole.DIRECT_IDENTIFIER
        }
        column = names.get(entry.sum.of)
        if column is None or column.type not in SUMMABLE:
            numbers = [n for n, c in names.items() if c.type in SUMMABLE]
            what = "cannot be added up" if column else "is no property of this event"
            close = suggestion(entry.sum.of, numbers)
            self.mistakes.note(f"{entry.sum.of[:60]!r} {what}{close}", entry.sum.place("of"))
            return None
        tests = comparisons(entry.sum, column, self.mistakes)
        of = Attribute(f"{entry.event}.{column.attribute}")
        return SumTest(of, column.type, tests) if tests else None


def _is_backwards(between: Comparison) -> bool:
    low, high = between.cells
    return bool(low > high)  # type: ignore[operator]

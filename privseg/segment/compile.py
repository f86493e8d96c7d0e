# SPDX-License-Identifier: Apache-2.0
"""A condition as SQL, rendered from a sqlglot tree: one column, the ordinal.

INVARIANT: every name is quoted, every literal but 0 and FALSE is a parameter, every bound is an
absolute moment in UTC. Nothing a person wrote is ever part of the text but the catalogue's names.

The people are those of the registered table ``eligible``; ``Compute`` gives the other tables with
only eligible people in them, so that no event of anybody else is aggregated. Tests of one event
share one scan. A comparison that a ``not`` can see is COALESCEd to FALSE; elsewhere NULL already
counts as false (``all`` and ``any`` are monotone), and the planner may turn outer joins to inner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from privseg.frames import Query
from privseg.policy.catalogue import Catalogue, ColumnType
from privseg.segment.errors import SegmentError
from privseg.segment.library import Library
from privseg.segment.reads import leaves, read_set
from privseg.segment.sql import (
    DIALECT,
    PEOPLE,
    PERSON,
    alias_of,
    column_of,
    compare,
    join_with,
    same_person,
    table_as,
    two_valued,
)
from privseg.segment.text import fold_text, folded_name
from privseg.segment.tree import (
    All,
    Any_,
    AttributeTest,
    Cell,
    Comparison,
    Condition,
    EventTest,
    Not,
    Operator,
    SegmentRef,
)
from privseg.segment.window import Span, resolve


class ReservedNameError(SegmentError):
    """A source or event has the name of the table of eligible people."""

    def __init__(self) -> None:
        super().__init__(f"a source or event is called {PEOPLE!r}, which is reserved; rename it")


def compile_condition(
    condition: Condition,
    *,
    catalogue: Catalogue,
    at: datetime,
    zone: ZoneInfo,
    library: Library | None = None,
) -> Query:
    """Return SQL that finds exactly the eligible people for whom ``condition`` holds at ``at``.

    Raises:
        SegmentError: what ``read_set`` refuses, or a source has a reserved name.
    """
    if any(source.table == PEOPLE for source in catalogue.sources.values()):
        raise ReservedNameError
    library = library or Library()
    read_set(condition, catalogue, library)
    written_out = library.expand(condition)
    compiler = _Compiler(catalogue, at, zone)
    compiler.declare(leaves(written_out))
    where = compiler.condition(written_out, negated=False)
    return Query(
        compiler.select(where).sql(DIALECT),
        compiler.parameters,
        compiler.read_columns(),
        compiler.since(),
    )


@dataclass(frozen=True, slots=True)
class _Aggregate:
    """COUNT(*) over a span, or SUM of a property over it."""

    span: Span
    of: str | None = None


@dataclass(slots=True)
class _Events:
    """Everything asked of one event: one scan, one row a person."""

    alias: str
    aggregates: list[_Aggregate] = field(default_factory=list)

    def name(self, aggregate: _Aggregate) -> str:
        """Return the column of an aggregate, asking for it if nobody has."""
        if aggregate not in self.aggregates:
            self.aggregates.append(aggregate)
        return f"a{self.aggregates.index(aggregate)}"

    @property
    def span(self) -> Span:
        """Return the smallest span around all of them."""
        starts = [a.span.start for a in self.aggregates]
        known = [s for s in starts if s is not None]
        start = min(known) if len(known) == len(starts) else None
        return Span(start, max(a.span.end for a in self.aggregates))


@dataclass(slots=True)
class _Compiler:
    """Collects tables and parameters while a condition is translated."""

    catalogue: Catalogue
    at: datetime
    zone: ZoneInfo
    parameters: dict[str, Cell] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)  # table -> alias
    events: dict[str, _Events] = field(default_factory=dict)  # event -> its scan
    columns: set[tuple[str, str]] = field(default_factory=set)

    def declare(self, tests: Iterable[AttributeTest | EventTest]) -> None:
        """Name the tables in the order in which the condition meets them."""
        for test in tests:
            if isinstance(test, AttributeTest):
                table = self.catalogue.readables[test.attribute].source.table
                self.people.setdefault(table, f"p{len(self.people)}")
            else:
                self.events.setdefault(test.event, _Events(f"g{len(self.events)}"))

    def condition(self, node: Condition, *, negated: bool) -> exp.Expr:
        """Translate ``node``; ``negated`` is whether some ``not`` above can see a NULL."""
        match node:
            case All(parts):
                return join_with(exp.And, [self.condition(p, negated=negated) for p in parts])
            case Any_(parts):
                return join_with(exp.Or, [self.condition(p, negated=negated) for p in parts])
            case Not(part):
                return exp.Not(this=exp.Paren(this=self.condition(part, negated=True)))
            case AttributeTest():
                return self.attribute(node, negated=negated)
            case EventTest():
                return self.event(node, negated=negated)
            case SegmentRef():
                raise AssertionError("references were written out")

    def attribute(self, test: AttributeTest, *, negated: bool) -> exp.Expr:
        """Translate a test of an attribute; nobody's row missing is an attribute missing."""
        source = self.catalogue.readables[test.attribute].source
        text = test.type is ColumnType.TEXT
        name = folded_name(test.attribute) if text else str(test.attribute)
        self.columns.add((source.table, name))
        column = column_of(self.people[source.table], name)
        tests = [self.comparison(column.copy(), c, test.type) for c in test.comparisons]
        return join_with(exp.And, [two_valued(t) if negated else t for t in tests])

    def event(self, test: EventTest, *, negated: bool) -> exp.Expr:
        """Translate a test of an event; no row in the scan is a count and a sum of 0."""
        scan = self.events[test.event]
        span = resolve(test.window, at=self.at, zone=self.zone)
        asked = [(scan.name(_Aggregate(span)), c) for c in test.count]
        if test.sum is not None:
            prop = test.sum.of.removeprefix(f"{test.event}.")
            total = scan.name(_Aggregate(span, prop))
            asked += [(total, c) for c in test.sum.comparisons]
        return join_with(exp.And, [self.aggregate(scan, n, c, negated=negated) for n, c in asked])

    def aggregate(
        self, scan: _Events, name: str, comparison: Comparison, *, negated: bool
    ) -> exp.Expr:
        """Compare an aggregate; the 0 is written only where NULL would not do as well."""
        column: exp.Expr = column_of(scan.alias, name)
        if negated or _true_of_zero(comparison):
            column = exp.Coalesce(this=column, expressions=[exp.Literal.number(0)])
        return self.comparison(column, comparison, ColumnType.INTEGER)

    def comparison(self, left: exp.Expr, comparison: Comparison, kind: ColumnType) -> exp.Expr:
        """Translate one comparison; it may be NULL."""
        if comparison.operator is Operator.IS_KNOWN:
            missing = exp.Is(this=left, expression=exp.Null())
            return exp.Not(this=missing) if comparison.values[0] else missing
        fold = kind is ColumnType.TEXT
        cells = [fold_text(str(c)) if fold else c for c in comparison.cells]
        return compare(comparison.operator, left, [self.parameter(c) for c in cells], kind)

    def parameter(self, cell: Cell) -> exp.Expr:
        """Return a new parameter for ``cell``."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = cell
        return exp.Placeholder(this=name)

    def select(self, where: exp.Expr) -> exp.Select:
        """Return the statement around a translated condition."""
        ordinal = exp.alias_(column_of(PERSON, "ordinal"), "ordinal", quoted=True)
        query = exp.Select(expressions=[ordinal]).from_(table_as(PEOPLE, PERSON))
        for table, alias in self.people.items():
            query = query.join(table_as(table, alias), on=same_person(alias), join_type="LEFT")
        for event, scan in self.events.items():
            inner = exp.Subquery(this=self.scan(event, scan), alias=alias_of(scan.alias))
            query = query.join(inner, on=same_person(scan.alias), join_type="LEFT")
        return query.where(where)

    def scan(self, event: str, scan: _Events) -> exp.Select:
        """Return the aggregation of one event, a row for each person it happened to."""
        whole = scan.span
        ordinal = exp.alias_(column_of("t", "ordinal"), "ordinal", quoted=True)
        columns = [self.aggregated(a, n, whole) for n, a in enumerate(scan.aggregates)]
        query = exp.Select(expressions=[ordinal, *columns]).from_(table_as(event, "t"))
        bounds = [*self.bounds(whole, Span(None, whole.end)), self.upper(whole.end)]
        return query.where(join_with(exp.And, bounds)).group_by(column_of("t", "ordinal"))

    def aggregated(self, aggregate: _Aggregate, number: int, whole: Span) -> exp.Expr:
        """Return one aggregate, filtered to its own span where the scan's is wider."""
        made: exp.Expr = (
            exp.Count(this=exp.Star(), big_int=True)
            if aggregate.of is None
            else exp.Sum(this=column_of("t", aggregate.of))
        )
        bounds = self.bounds(aggregate.span, whole)
        if bounds:
            made = exp.Filter(this=made, expression=exp.Where(this=join_with(exp.And, bounds)))
        return exp.alias_(made, f"a{number}", quoted=True)

    def bounds(self, span: Span, whole: Span) -> list[exp.Expr]:
        """Return what ``span`` asks of the time beyond what ``whole`` does."""
        found: list[exp.Expr] = []
        if span.start is not None and span.start != whole.start:
            found.append(
                exp.GTE(this=column_of("t", "time"), expression=self.parameter(span.start))
            )
        if span.end != whole.end:
            found.append(self.upper(span.end))
        return found

    def upper(self, end: datetime) -> exp.Expr:
        """Return that an event lies before ``end``."""
        return exp.LT(this=column_of("t", "time"), expression=self.parameter(end))

    def since(self) -> dict[str, datetime]:
        """Return the earliest moment that can matter, by event, where there is one."""
        starts = {event: scan.span.start for event, scan in self.events.items()}
        return {event: start for event, start in starts.items() if start is not None}

    def read_columns(self) -> frozenset[tuple[str, str]]:
        """Return every (table, column) of the statement, structural ones included."""
        tables = [PEOPLE, *self.people, *self.events]
        structural = {(t, "ordinal") for t in tables} | {(e, "time") for e in self.events}
        sums = {(e, a.of) for e, s in self.events.items() for a in s.aggregates if a.of}
        return frozenset(self.columns | structural | sums)


def _true_of_zero(comparison: Comparison) -> bool:
    """Return whether a person without any event passes."""
    literal = comparison.cells[0]
    assert isinstance(literal, int)  # counts and sums are compared with integers
    match comparison.operator:
        case Operator.EQUALS:
            return literal == 0
        case Operator.AT_LEAST:
            return literal <= 0
        case Operator.OVER:
            return literal < 0
        case Operator.AT_MOST:
            return literal >= 0
        case _:
            return literal > 0

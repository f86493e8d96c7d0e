# SPDX-License-Identifier: Apache-2.0
"""The tests of one event as SQL: one scan gives each person a row with every aggregate asked for.

However many tests and segments ask about an event, it is read once. What all of them ask of its
rows stands in the WHERE; what only some do is a CASE around what they aggregate (measured: two
thirds of the time of a FILTER), and rows that nobody asks for are left out before any is grouped.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from privseg.policy.catalogue import ColumnType
from privseg.segment.compile_rows import EVENT, Rows
from privseg.segment.compile_scope import Scope, all_of, any_of
from privseg.segment.compile_values import true_of_zero, value_test, value_tests
from privseg.segment.sql import (
    Dialect,
    column_of,
    compare,
    named,
    two_valued,
    zero_if_missing,
)
from privseg.segment.tree_events import TIME_PROPERTY, Aggregate, AggregateKind, EventTest, Filter
from privseg.segment.values import Comparison, Test
from privseg.segment.walk import is_time
from privseg.segment.window import Span, resolve
from privseg.terms import Attribute

ORDER = (TIME_PROPERTY, "event_id")  # in which the events of a person stand
_K = AggregateKind
_NUMBERS = frozenset({_K.COUNT, _K.DISTINCT, _K.SUM})  # 0 over nothing
_BY_TIME = {_K.FIRST: _K.MIN, _K.LAST: _K.MAX}  # of the time itself


@dataclass(frozen=True, slots=True)
class Events:
    """Which events of a kind: those in a span that pass a filter."""

    span: Span
    where: Filter | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One aggregate; a COUNT of a property counts where it is known."""

    kind: AggregateKind
    of: Attribute | None
    type: ColumnType
    events: Events


@dataclass(slots=True)
class EventScan:
    """Everything that is asked of one event: one pass over it, one row a person."""

    event: str
    alias: str
    scope: Scope
    asked: dict[_Asked, str] = field(default_factory=dict)

    def holds(self, test: EventTest, *, negated: bool) -> exp.Expr:
        """Translate a test; ``negated`` is whether a ``not`` can see a NULL."""
        span = resolve(test.window, at=self.scope.at, zone=self.scope.zone)
        self.scope.matters(self.event, span.start)
        events = Events(span, test.where)
        return all_of([self._holds(a, events, negated=negated) for a in test.aggregates])

    def select(self) -> exp.Select:
        """Return the scan, a row for each person to whom one of the events happened."""
        rows = Rows(self.event, self.scope)
        common = _common([a.events for a in self.asked])
        kept = {e: self._kept(e, rows, common) for e in {a.events: None for a in self.asked}}
        outputs = [named(self._output(a, kept[a.events]), n) for a, n in self.asked.items()]
        tests = self.scope.happened(self.event, EVENT, common.span)
        if common.where is not None:
            tests.append(rows.passes(common.where))
        if all(kept.values()):
            tests.append(any_of([all_of([t.copy() for t in some]) for some in kept.values()]))
        query = rows.select(outputs, tests)
        return query.group_by(self.scope.ordinal(self.event, EVENT), copy=False)

    def _holds(self, aggregate: Aggregate, events: Events, *, negated: bool) -> exp.Expr:
        kind, of = aggregate.kind, aggregate.of
        if kind is _K.AVERAGE:
            total, number = (self._column(k, aggregate, events) for k in (_K.SUM, _K.COUNT))
            found = [self._average(total, number, t) for t in aggregate.tests]
            return all_of([two_valued(t) if negated else t for t in found])
        if of is not None and is_time(of):
            kind = _BY_TIME.get(kind, kind)
        value = self._column(kind, aggregate, events)
        if kind in _NUMBERS:
            return all_of([self._number(value, t, negated=negated) for t in aggregate.tests])
        return value_tests(value, aggregate.tests, aggregate.result, self.scope, negated=negated)

    def _column(self, kind: AggregateKind, aggregate: Aggregate, events: Events) -> exp.Column:
        """Return the column of an aggregate, asking for it if nobody has."""
        asked = _Asked(kind, aggregate.of, aggregate.type, events)
        return column_of(self.alias, self.asked.setdefault(asked, f"a{len(self.asked)}"))

    def _number(self, value: exp.Expr, test: Test, *, negated: bool) -> exp.Expr:
        """Test what is 0 over nothing; the 0 is written only where NULL would not do as well."""
        if negated or true_of_zero(test):
            value = zero_if_missing(value.copy())
        return value_test(value, test, ColumnType.INTEGER, self.scope)

    def _average(self, total: exp.Expr, number: exp.Expr, test: Test) -> exp.Expr:
        """Compare an average exactly: a sum with so many times the literal."""
        assert isinstance(test, Comparison)  # an average is a number, which lies nowhere in time
        wide = self.scope.dialect.widened
        bounds = [
            exp.Mul(this=wide(number.copy()), expression=self.scope.parameter(c))
            for c in test.cells
        ]
        return compare(test.operator, total.copy(), list(bounds), ColumnType.INTEGER)

    def _kept(self, events: Events, rows: Rows, common: Events) -> list[exp.Expr]:
        """Return what is asked of the rows of some aggregates beyond what is asked of all."""
        kept = self.scope.happened(self.event, EVENT, events.span, within=common.span)
        if events.where is not None and events.where != common.where:
            kept.append(rows.passes(events.where))
        return kept

    def _output(self, asked: _Asked, kept: list[exp.Expr]) -> exp.Expr:
        """Return one aggregate of the rows that are ``kept``."""
        some = all_of([t.copy() for t in kept]) if kept else None
        if asked.of is None:
            return exp.Count(this=_only(some, exp.Star()), big_int=True)
        column = self.scope.property(self.event, EVENT, asked.of, asked.type)
        if asked.kind in {_K.FIRST, _K.LAST}:
            return self._at_end(column, some, last=asked.kind is _K.LAST)
        return _folded(asked.kind, _only(some, column), self.scope.dialect)

    def _at_end(self, column: exp.Expr, some: exp.Expr | None, *, last: bool) -> exp.Expr:
        """Return the first or last value; a row that is not kept must not be the end."""
        order = [self.scope.column(self.event, EVENT, n) for n in ORDER]
        made = self.scope.dialect.at_end(column, list(order), last=last)
        if some is None:
            return made
        return exp.Filter(this=made, expression=exp.Where(this=some))


def _only(some: exp.Expr | None, value: exp.Expr) -> exp.Expr:
    """Return ``value`` where ``some`` is so, NULL elsewhere; for a star, something."""
    if some is None:
        return value
    there = exp.Literal.number(0) if isinstance(value, exp.Star) else value
    return exp.Case(ifs=[exp.If(this=some, true=there)])


def _folded(kind: AggregateKind, value: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Return an aggregate that keeps one number a person, or of different values how many."""
    match kind:
        case _K.DISTINCT:
            return exp.Count(this=exp.Distinct(expressions=[value]), big_int=True)
        case _K.SUM:
            return dialect.total(value)
        case _K.MIN:
            return exp.Min(this=value)
        case _K.MAX:
            return exp.Max(this=value)
        case _:
            return exp.Count(this=value, big_int=True)


def _common(asked: list[Events]) -> Events:
    """Return the smallest span around all, and the filter if it is everybody's."""
    starts = [e.span.start for e in asked]
    known = [s for s in starts if s is not None]
    start = min(known) if len(known) == len(starts) else None
    filters = {e.where for e in asked}
    shared = next(iter(filters)) if len(filters) == 1 else None
    return Events(Span(start, max(e.span.end for e in asked)), shared)

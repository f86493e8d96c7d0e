# SPDX-License-Identifier: Apache-2.0
"""The rows of one event as SQL: which of them pass a filter, another event's values beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from privseg.segment.compile_scope import Scope, all_of, any_of
from privseg.segment.compile_values import value_tests
from privseg.segment.sql import (
    ORDINAL,
    column_of,
    join_left,
    named,
    same_person,
    select_from,
    subquery_as,
    table_as,
    there,
)
from privseg.segment.tree_events import (
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
)
from privseg.segment.walk import event_of
from privseg.segment.window import Span, resolve

EVENT, OTHER = "t", "u"  # the aliases of an event's rows, and of those that they are compared with
_VALUE = "value"


@dataclass(slots=True)
class Rows:
    """The rows of one event, and what they are compared with: one join for each other property."""

    event: str
    scope: Scope
    matches: dict[tuple[SameAs, Span], str] = field(default_factory=dict)

    def passes(self, where: Filter, *, negated: bool = False) -> exp.Expr:
        """Translate a filter of the rows; ``negated`` is whether a ``not`` can see a NULL."""
        match where:
            case FilterAll(parts):
                return all_of([self.passes(p, negated=negated) for p in parts])
            case FilterAny(parts):
                return any_of([self.passes(p, negated=negated) for p in parts])
            case FilterNot(part):
                return exp.Not(this=exp.Paren(this=self.passes(part, negated=True)))
            case PropertyTest(of, kind, tests):
                column = self.scope.property(self.event, EVENT, of, kind)
                return value_tests(column, tests, kind, self.scope, negated=negated)
            case SameAs():
                return self._matched(where)

    def select(self, outputs: list[exp.Expr], tests: list[exp.Expr]) -> exp.Select:
        """Return the rows that pass ``tests``, the person first."""
        person = named(self.scope.ordinal(self.event, EVENT), ORDINAL)
        query = select_from(table_as(self.event, EVENT), [person, *outputs])
        for (same, span), alias in self.matches.items():
            values = subquery_as(self._values(same, span), alias)
            join_left(query, values, self._equal(same, alias))
        return query.where(all_of(tests), copy=False)

    def _matched(self, same: SameAs) -> exp.Expr:
        """Return whether the property is one of the other event's; of a missing one it is not."""
        span = resolve(same.window, at=self.scope.at, zone=self.scope.zone)
        self.scope.matters(event_of(same.other), span.start)
        key = (SameAs(same.property, same.other, same.type), span)
        alias = self.matches.setdefault(key, f"m{len(self.matches)}")
        return there(column_of(alias, ORDINAL))

    def _equal(self, same: SameAs, alias: str) -> exp.Expr:
        own = self.scope.property(self.event, EVENT, same.property, same.type)
        value = exp.EQ(this=column_of(alias, _VALUE), expression=own)
        return all_of([same_person(alias, EVENT), value])

    def _values(self, same: SameAs, span: Span) -> exp.Select:
        """Return the different values of another event's property by person: they double no row."""
        event, scope = event_of(same.other), self.scope
        person = scope.ordinal(event, OTHER)
        value = scope.property(event, OTHER, same.other, same.type)
        outputs = [named(person, ORDINAL), named(value, _VALUE)]
        query = select_from(table_as(event, OTHER), outputs)
        query = query.where(all_of(scope.happened(event, OTHER, span)), copy=False)
        return query.group_by(person.copy(), value.copy(), copy=False)

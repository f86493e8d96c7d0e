# SPDX-License-Identifier: Apache-2.0
"""A sequence without a span as SQL: for each person the earliest way through it, step by step.

Whatever follows a later step follows an earlier one, too, so each step need only be known at its
earliest after the one before. Nothing is sorted, and no number of events multiplies with another.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from privseg.segment.compile_rows import EVENT, Rows
from privseg.segment.compile_scope import Scope, any_of
from privseg.segment.sql import (
    column_of,
    join_left,
    missing,
    named,
    same_person,
    subquery_as,
    there,
)
from privseg.segment.tree_events import TIME_PROPERTY, Sequence, Step
from privseg.segment.window import Span, resolve

_BEFORE = "c0"  # the alias of when the step before was reached, or the forbidden one last seen
_WHEN = "a0"


@dataclass(slots=True)
class ChainScan:
    """One sequence without a span: a row for each person who completed it."""

    sequence: Sequence
    alias: str
    scope: Scope

    def holds(self) -> exp.Expr:
        """Return whether the person completed it; never NULL."""
        return there(column_of(self.alias, _WHEN))

    def select(self) -> exp.Select:
        """Return when the person could have completed it first."""
        sequence, scope = self.sequence, self.scope
        span = resolve(sequence.window, at=scope.at, zone=scope.zone)
        reached = None
        if sequence.without is not None:
            # What comes before the window comes before every first step.
            later = Span(span.start, resolve(None, at=scope.at, zone=scope.zone).end)
            reached = self._step(sequence.without, later, None, exp.Max)
        first, *more = sequence.steps
        reached = self._step(first, span, reached, exp.Min, unless=True)
        for step in more:
            reached = self._step(step, span, reached, exp.Min)
        return reached

    def _step(
        self,
        step: Step,
        span: Span,
        before: exp.Select | None,
        which: type[exp.Min | exp.Max],
        *,
        unless: bool = False,
    ) -> exp.Select:
        """Return the first or last time of a step after ``before``, by person.

        ``unless`` is whether whoever has nothing before is in it, too.
        """
        scope = self.scope
        scope.matters(step.event, span.start)
        rows = Rows(step.event, scope)
        tests = scope.happened(step.event, EVENT, span)
        if step.where is not None:
            tests.append(rows.passes(step.where))
        time = scope.column(step.event, EVENT, TIME_PROPERTY)
        if before is not None:
            after = exp.GT(this=time.copy(), expression=_before())
            tests.append(any_of([missing(_before()), after]) if unless else after)
        query = rows.select([named(which(this=time), _WHEN)], tests)
        if before is not None:
            join_left(query, subquery_as(before, _BEFORE), same_person(_BEFORE, EVENT))
        return query.group_by(scope.ordinal(step.event, EVENT), copy=False)


def _before() -> exp.Column:
    return column_of(_BEFORE, _WHEN)

# SPDX-License-Identifier: Apache-2.0
"""A sequence with a span as SQL: its steps laid beside each other, windows that look ahead in time.

From the last step backwards, each row is given the earliest moment at which what is still to come
can be complete (``reach``); a first step counts if that is within the span, and nothing forbidden
(``barrier``) comes before the span is over. Steps are numbered from the last, 1, to the first, and
beyond it what is forbidden: in the order of time and number, what lies ahead of a step is strictly
later steps, and what is forbidden from the same moment on. One pass over each step, a person's rows
sorted: no number of events multiplies with another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

from sqlglot import exp

from privseg.segment.compile_rows import EVENT, Rows
from privseg.segment.compile_scope import Scope, all_of, any_of
from privseg.segment.sql import ORDINAL, column_of, missing, named, select_from, subquery_as, there
from privseg.segment.tree_events import TIME_PROPERTY, Sequence, Step
from privseg.segment.window import Span, resolve
from privseg.terms import MICROSECOND

_STEPS = "w"  # the alias of the rows of all steps
_STEP, _REACH, _BARRIER = "step", "reach", "barrier"


@dataclass(slots=True)
class SequenceScan:
    """One sequence with a span: a row for each person who completed it."""

    sequence: Sequence
    span: timedelta
    alias: str
    scope: Scope

    def holds(self) -> exp.Expr:
        """Return whether the person completed it; never NULL."""
        return there(column_of(self.alias, "a0"))

    def select(self) -> exp.Select:
        """Return how many first steps of the person led to the last."""
        levels: exp.Query = self._rows()
        for number in range(1, self._first):
            levels = self._level(levels, number)
        person, count = _of(ORDINAL), exp.Count(this=exp.Star(), big_int=True)
        outputs = [named(person, ORDINAL), named(count, "a0")]
        query = select_from(subquery_as(levels, _STEPS), outputs)
        query = query.where(all_of(self._complete()), copy=False)
        return query.group_by(_of(ORDINAL), copy=False)

    def _rows(self) -> exp.Query:
        """Return a row for each event that may be a step: whose, when, and which step."""
        sequence = self.sequence
        span = resolve(sequence.window, at=self.scope.at, zone=self.scope.zone)
        found = [self._step(s, self._first - n, span) for n, s in enumerate(sequence.steps)]
        if sequence.without is not None:
            # What comes before the window comes before every first step.
            later = Span(span.start, resolve(None, at=self.scope.at, zone=self.scope.zone).end)
            found.append(self._step(sequence.without, self._forbidden, later))
        return reduce(_beside, found)

    def _step(self, step: Step, number: int, span: Span) -> exp.Query:
        scope = self.scope
        scope.matters(step.event, span.start)
        rows = Rows(step.event, scope)
        tests = scope.happened(step.event, EVENT, span)
        if step.where is not None:
            tests.append(rows.passes(step.where))
        time = scope.column(step.event, EVENT, TIME_PROPERTY)
        tag = scope.parameter(number)
        return rows.select([named(time, TIME_PROPERTY), named(tag, _STEP)], tests)

    def _level(self, inner: exp.Query, number: int) -> exp.Query:
        """Return rows that know the earliest complete end over a later row of step ``number``."""
        outputs = [named(_of(n), n) for n in (ORDINAL, TIME_PROPERTY, _STEP)]
        ahead = self._earliest(number, TIME_PROPERTY if number == 1 else _REACH)
        outputs.append(named(ahead, _REACH))
        if number == self._first - 1 and self.sequence.without is not None:
            barrier = self._earliest(self._forbidden, TIME_PROPERTY)
            outputs.append(named(barrier, _BARRIER))
        query = select_from(subquery_as(inner, _STEPS), outputs)
        return query if number == 1 else query.where(self._matters(number), copy=False)

    def _matters(self, number: int) -> exp.Expr:
        """Return whether a row can still be part of a sequence whose steps below ``number`` are."""
        later = exp.GT(this=_of(_STEP), expression=self.scope.parameter(number - 1))
        earlier = exp.GT(this=_of(_STEP), expression=self.scope.parameter(number))
        return all_of([later, any_of([earlier, self._near()])])

    def _earliest(self, number: int, of: str) -> exp.Expr:
        """Return the least ``of`` among the rows of one step ahead."""
        branch = exp.If(this=self._is_step(number), true=_of(of))
        return exp.Window(
            this=exp.Min(this=exp.Case(ifs=[branch])),
            partition_by=[_of(ORDINAL)],
            order=exp.Order(expressions=[exp.Ordered(this=_of(n)) for n in (TIME_PROPERTY, _STEP)]),
            spec=exp.WindowSpec(
                kind="ROWS",
                start=exp.Literal.number(1),
                start_side="FOLLOWING",
                end="UNBOUNDED",
                end_side="FOLLOWING",
            ),
            over="OVER",
        )

    def _complete(self) -> list[exp.Expr]:
        """Return that a row is a first step that leads to the last, with nothing forbidden."""
        found = [self._is_step(self._first), self._near()]
        if self.sequence.without is not None:
            after = exp.GTE(this=_since_here(_BARRIER), expression=self._length())
            found.append(any_of([missing(_of(_BARRIER)), after]))
        return found

    def _near(self) -> exp.Expr:
        return exp.LT(this=_since_here(_REACH), expression=self._length())

    def _length(self) -> exp.Expr:
        return self.scope.parameter(self.span // MICROSECOND)

    def _is_step(self, number: int) -> exp.Expr:
        return exp.EQ(this=_of(_STEP), expression=self.scope.parameter(number))

    @property
    def _first(self) -> int:
        """Return the number of the first step."""
        return len(self.sequence.steps)

    @property
    def _forbidden(self) -> int:
        return self._first + 1


def _of(name: str) -> exp.Column:
    return column_of(_STEPS, name)


def _since_here(name: str) -> exp.Expr:
    return exp.Sub(this=_of(name), expression=_of(TIME_PROPERTY))


def _beside(one: exp.Query, other: exp.Query) -> exp.Query:
    return exp.Union(this=one, expression=other, distinct=False)

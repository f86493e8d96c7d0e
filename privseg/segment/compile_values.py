# SPDX-License-Identifier: Apache-2.0
"""The tests of one value as SQL: comparisons, and where a day or a moment lies.

A test of a missing value is NULL, which an ``all``, an ``any`` and a WHERE take for false; only
where a ``not`` can see it is it written as FALSE.
"""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from privseg.policy.catalogue import ColumnType
from privseg.segment.compile_scope import Scope, all_of, any_of
from privseg.segment.sql import compare, missing, there, two_valued
from privseg.segment.values import Cell, Comparison, Operator, Relation, Relative, Test
from privseg.segment.window import MonthDay, YearDays, anniversaries, days_of, moments_of


def value_tests(
    value: exp.Expr, tests: tuple[Test, ...], kind: ColumnType, scope: Scope, *, negated: bool
) -> exp.Expr:
    """Return that ``value`` satisfies every test; ``negated`` is whether a ``not`` can see it."""
    found = [value_test(value, t, kind, scope) for t in tests]
    return all_of([two_valued(t) if negated else t for t in found])


def value_test(value: exp.Expr, test: Test, kind: ColumnType, scope: Scope) -> exp.Expr:
    """Return one test; NULL if ``value`` is, unless it asks for that."""
    if isinstance(test, Relative):
        return _lies(value, test, kind, scope)
    if test.operator is Operator.IS_KNOWN:
        return there(value.copy()) if test.values[0] else missing(value.copy())
    literals = [scope.parameter(c, kind) for c in test.cells]
    return compare(test.operator, value.copy(), literals, kind)


def true_of_zero(test: Test) -> bool:
    """Return whether 0 passes a test of a whole number."""
    assert isinstance(test, Comparison)  # counts and sums are numbers, which lie nowhere in time
    low, *more = test.cells
    assert isinstance(low, int)
    match test.operator:
        case Operator.EQUALS:
            return low == 0
        case Operator.AT_LEAST:
            return low <= 0
        case Operator.OVER:
            return low < 0
        case Operator.AT_MOST:
            return low >= 0
        case Operator.UNDER:
            return low > 0
        case Operator.BETWEEN:
            return isinstance(more[0], int) and low <= 0 <= more[0]
        case _:
            raise AssertionError(test.operator)


def _lies(value: exp.Expr, test: Relative, kind: ColumnType, scope: Scope) -> exp.Expr:
    """Return that a day or a moment lies where a relative test says."""
    at, zone = scope.at, scope.zone
    if test.relation is Relation.ANNIVERSARY_WITHIN_NEXT:
        years = anniversaries(test.span, at=at, zone=zone)
        return any_of([_anniversary(value, days, scope) for days in years])
    if kind is ColumnType.DATE:
        days = days_of(test, at=at, zone=zone)
        return _between(value, days.first, days.end, scope)
    span = moments_of(test, at=at, zone=zone)
    return _between(value, span.start, span.end, scope)


def _between(value: exp.Expr, start: Cell | None, end: Cell | None, scope: Scope) -> exp.Expr:
    """Return that a value is not before ``start``, and before ``end``."""
    found: list[exp.Expr] = []
    if start is not None:
        found.append(exp.GTE(this=value.copy(), expression=scope.parameter(start)))
    if end is not None:
        found.append(exp.LT(this=value.copy(), expression=scope.parameter(end)))
    return all_of(found or [there(value.copy())])


def _anniversary(value: exp.Expr, days: YearDays, scope: Scope) -> exp.Expr:
    """Return that an anniversary falls on days of one year; the day itself is none."""
    earlier = exp.LT(this=value.copy(), expression=scope.parameter(date(days.year, 1, 1)))
    if days.first[0] == days.last[0]:
        return all_of([earlier, *_in_month(value, days, scope)])
    from_first = _beside(value, days.first, exp.GT, exp.GTE, scope)
    to_last = _beside(value, days.last, exp.LT, exp.LTE, scope)
    return all_of([earlier, from_first, to_last])


def _in_month(value: exp.Expr, days: YearDays, scope: Scope) -> list[exp.Expr]:
    """Return that a month and a day are among days of one month."""
    low, high = scope.parameter(days.first[1]), scope.parameter(days.last[1])
    return [
        exp.EQ(this=exp.Month(this=value.copy()), expression=scope.parameter(days.first[0])),
        exp.Between(this=exp.Day(this=value.copy()), low=low, high=high),
    ]


def _beside(
    value: exp.Expr,
    bound: MonthDay,
    month: type[exp.Binary],
    day: type[exp.Binary],
    scope: Scope,
) -> exp.Expr:
    """Return that a month and a day are on one side of a bound, or on it."""
    beyond = month(this=exp.Month(this=value.copy()), expression=scope.parameter(bound[0]))
    same = exp.EQ(this=exp.Month(this=value.copy()), expression=scope.parameter(bound[0]))
    on = day(this=exp.Day(this=value.copy()), expression=scope.parameter(bound[1]))
    return any_of([beyond, all_of([same, on])])

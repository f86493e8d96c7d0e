# SPDX-License-Identifier: Apache-2.0
"""The tests that a statement of the grammar may make of the columns of one SELECT.

A test is total: both sides are of one type, so that it is true, false or NULL for every cell and
never an error. An ordinal is only asked whether it is there, a draw only whether it is below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sqlglot import exp

from privseg.gate.columns import ORDINAL, SAMPLES, TIME
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.grammar_scope import ORDINALS, Scope, refuse_unless

TEXT = "VARCHAR"
TEXTS = "VARCHAR[]"
DAY = "DATE"
WHOLE = "BIGINT"
WIDE = "HUGEINT"
_INT64 = 1 << 63

_LITERALS: Mapping[str, type] = {
    TEXT: str,
    WHOLE: int,
    WIDE: int,
    "BOOLEAN": bool,
    DAY: date,
    ORDINALS: int,
}
"""The type of the values that a column is compared with; what is absent is not compared."""
_EQUAL_ONLY = frozenset({TEXT, "BOOLEAN"})
MIXED = "AND and OR are mixed without brackets"


def check_test(node: exp.Expr, scope: Scope) -> None:
    """Return if ``node`` is a test of the columns of ``scope``.

    Raises:
        QueryRefusedError: it is something else, or compares what is not of one type.
    """
    check = _TESTS.get(type(node))
    if check is None:
        raise QueryRefusedError(f"{type(node).__name__} stands where a test must")
    check(node, scope)


def _connector(node: exp.Expr, scope: Scope) -> None:
    """Check every part; no precedence is left to a parser."""
    assert isinstance(node, exp.Connector)
    for part in node.flatten(unnest=False):
        refuse_unless(not isinstance(part, exp.Connector), MIXED)
        check_test(part, scope)


def _inside(node: exp.Expr, scope: Scope) -> None:
    check_test(node.this, scope)


def _coalesce(node: exp.Expr, scope: Scope) -> None:
    """Check COALESCE(test, FALSE)."""
    others = node.expressions
    refuse_unless(
        len(others) == 1 and type(others[0]) is exp.Boolean, "a missing test is something else"
    )
    check_test(node.this, scope)


def _compare(node: exp.Expr, scope: Scope) -> None:
    """Check column = value and the like."""
    left = _elapsed(node.this, scope) if type(node.this) is exp.Sub else _value(node.this, scope)
    if left in _EQUAL_ONLY:
        refuse_unless(type(node) is exp.EQ, "what has no order is compared by it")
    if left == ORDINALS:
        drawn = type(node) is exp.LT and _is_draw(node.this, scope)
        refuse_unless(drawn, "people are asked for by number")
    _operand(node.expression, left, scope)


def _is_draw(node: exp.Expr, scope: Scope) -> bool:
    """Return whether it is a sample's draw, which is as wide as an ordinal."""
    return type(node) is exp.Column and node.name != ORDINAL and scope.table_of(node) == SAMPLES


def _between(node: exp.Expr, scope: Scope) -> None:
    left = _value(node.this, scope)
    refuse_unless(left not in _EQUAL_ONLY | {ORDINALS}, "what has no order is compared by it")
    for bound in (node.args["low"], node.args["high"]):
        _operand(bound, left, scope)


def _among(node: exp.Expr, scope: Scope) -> None:
    left = _value(node.this, scope)
    refuse_unless(left != ORDINALS, "people are asked for by number")
    refuse_unless(bool(node.expressions), "IN has no list")
    for each in node.expressions:
        _literal(each, left, scope)


def _missing(node: exp.Expr, scope: Scope) -> None:
    refuse_unless(type(node.expression) is exp.Null, "IS stands before something else than NULL")
    scope.type_of(node.this)


def _text(node: exp.Expr, scope: Scope) -> None:
    refuse_unless(scope.type_of(node.this) == TEXT, "a part of what is no text is asked for")
    _literal(node.expression, TEXT, scope)


def _member(node: exp.Expr, scope: Scope) -> None:
    refuse_unless(scope.type_of(node.this) == TEXTS, "a member of what is no set is asked for")
    _literal(node.expression, TEXT, scope)


_TESTS: Mapping[type[exp.Expr], Callable[[exp.Expr, Scope], None]] = {
    exp.And: _connector,
    exp.Or: _connector,
    exp.Not: _inside,
    exp.Paren: _inside,
    exp.Coalesce: _coalesce,
    exp.EQ: _compare,
    exp.GT: _compare,
    exp.GTE: _compare,
    exp.LT: _compare,
    exp.LTE: _compare,
    exp.Between: _between,
    exp.In: _among,
    exp.Is: _missing,
    exp.StartsWith: _text,
    exp.Contains: _text,
    exp.ArrayContains: _member,
}


def _value(node: exp.Expr, scope: Scope) -> str:
    """Return the type of a column, of COALESCE(number, 0), or of a date's MONTH or DAY."""
    if type(node) is exp.Coalesce:
        found = scope.type_of(node.this)
        others = node.expressions
        zero = len(others) == 1 and type(others[0]) is exp.Literal
        refuse_unless(zero and found in {WHOLE, WIDE}, "a missing value is something else than 0")
        return found
    if type(node) in {exp.Month, exp.Day}:
        refuse_unless(scope.type_of(node.this) == DAY, "the month or day of what is no date")
        return WHOLE
    return scope.type_of(node)


def _elapsed(node: exp.Expr, scope: Scope) -> str:
    """Return the type of a sequence's ``reach`` or ``barrier`` less the ``time`` of its start."""
    late, early = node.this, node.expression
    types = {scope.type_of(late), scope.type_of(early)}
    known = late.name in {"reach", "barrier"} and early.name == TIME and late.table == early.table
    made = scope.table_of(late) is None
    refuse_unless(known and made and types == {WHOLE}, "a difference is of no sequence")
    return WHOLE


def _operand(node: exp.Expr, kind: str, scope: Scope) -> None:
    """Check a parameter, or CAST(count AS INT128) * parameter beside a sum."""
    if type(node) is not exp.Mul:
        _literal(node, kind, scope)
        return
    cast = node.this
    refuse_unless(kind == WIDE and type(cast) is exp.Cast, "a product is of no average")
    counted = scope.type_of(cast.this) == WHOLE and scope.sources[cast.this.table].aggregated
    refuse_unless(counted, "a product is of no average")
    _literal(node.expression, WHOLE, scope)


def _literal(node: exp.Expr, kind: str, scope: Scope) -> None:
    """Check that a parameter's value is of the type of what it is compared with."""
    wanted = _LITERALS.get(kind)
    refuse_unless(
        wanted is not None and scope.reading.kind_of(node) is wanted,
        "a value of another type is compared with",
    )
    if wanted is int:
        value = scope.reading.parameters[str(node.this)]
        assert isinstance(value, int)
        refuse_unless(-_INT64 <= value < _INT64, "a number is beyond 64 bits")

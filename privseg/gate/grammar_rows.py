# SPDX-License-Identifier: Apache-2.0
"""The rows of one event in the grammar, and the values of another that some of them share.

Rows of two people never meet here: what is joined is joined on the person, and has one row for each
person and value, so that it doubles none.
"""

from __future__ import annotations

from sqlglot import exp

from privseg.gate.columns import ORDINAL
from privseg.gate.grammar_scope import (
    ORDINALS,
    Reading,
    Scope,
    Source,
    alias_like,
    check_clauses,
    is_column,
    is_event,
    outputs_of,
    refuse_unless,
    same_person,
    table_of,
)
from privseg.gate.grammar_tests import MIXED, TEXTS, check_test

EVENT, _OTHER = "t", "u"  # the aliases of the places
_STRUCTURAL = frozenset({ORDINALS, "BLOB"})  # whose row, which row: no values
_NOT_VALUE = "another event's values are not joined on the value"


def rows(select: exp.Select, reading: Reading) -> Scope:
    """Return the scope over an event's rows: its own columns and those of the matches joined."""
    scope = beside_matches(select, joins_of(select), reading)
    if (where := select.args.get("where")) is not None:
        check_test(where.this, scope)
    return scope


def joins_of(select: exp.Select) -> list[exp.Join]:
    """Return what a SELECT joins, in order."""
    return list(select.args.get("joins") or ())


def beside_matches(select: exp.Select, joins: list[exp.Join], reading: Reading) -> Scope:
    """Return the scope over an event's rows; its WHERE is still to be checked."""
    event = table_of(select, EVENT, reading)
    refuse_unless(is_event(event.columns), "the rows of what is no event are counted")
    scope = Scope(reading, {EVENT: event})
    for join in joins:
        _join_matches(join, scope)
    return scope


def check_rows(tests: list[exp.Expr], scope: Scope) -> None:
    """Refuse what is no test of an event's rows; the tests are parts of an AND."""
    for test in tests:
        refuse_unless(not isinstance(test, exp.Connector), MIXED)
        check_test(test, scope)


def with_person(select: exp.Select, alias: str, scope: Scope) -> dict[str, exp.Expr]:
    """Return the outputs after the first, which must be the ordinal of what it starts from."""
    outputs = outputs_of(select)
    first = next(iter(outputs), None)
    person = first == ORDINAL and is_column(outputs[ORDINAL], alias, ORDINAL)
    refuse_unless(person, "a subquery does not give the person first")
    scope.type_of(outputs.pop(ORDINAL))
    return outputs


def check_group(select: exp.Select, keys: list[tuple[str, str]]) -> None:
    """Refuse another GROUP BY than the one that belongs here: the person, and what goes with it."""
    group = select.args.get("group")
    found = group.expressions if group is not None else []
    same = len(found) == len(keys) and all(
        is_column(node, *key) for node, key in zip(found, keys, strict=True)
    )
    refuse_unless(same, "a subquery is not grouped by the person")


def data(node: exp.Expr, scope: Scope) -> str:
    """Return the type of a column of the event itself that holds a value."""
    kind = scope.type_of(node)
    refuse_unless(
        scope.table_of(node) is not None and kind not in _STRUCTURAL,
        "what is no value is given out",
    )
    return kind


def _join_matches(join: exp.Join, scope: Scope) -> None:
    """Take in LEFT JOIN (matches) ON the person and the value, so that no row is doubled."""
    joined, on = join.this, join.args.get("on")
    subquery = type(joined) is exp.Subquery and join.args.get("side") == "LEFT"
    refuse_unless(subquery, "another event's values are not joined LEFT")
    alias_like(joined, "m")
    alias = joined.alias
    scope.add(alias, _matches(joined.this, scope.reading))
    refuse_unless(
        type(on) is exp.And and same_person(on.this, alias, EVENT, scope),
        "another event's values are not joined on the person's ordinal",
    )
    assert on is not None
    value = on.expression
    equal = type(value) is exp.EQ and is_column(value.this, alias, "value")
    refuse_unless(equal and is_column(value.expression, EVENT, value.expression.name), _NOT_VALUE)
    types = {scope.type_of(value.this), scope.type_of(value.expression)}
    refuse_unless(len(types) == 1, _NOT_VALUE)
    scope.sources[alias] = Source({ORDINAL: ORDINALS})  # from here on: whether there is one


def _matches(select: exp.Expr, reading: Reading) -> Source:
    """Return the different values of one property of an event, by person."""
    check_clauses(select, {"expressions", "from_", "where", "group"})
    assert isinstance(select, exp.Select)
    event = table_of(select, _OTHER, reading)
    refuse_unless(is_event(event.columns), "the rows of what is no event are counted")
    scope = Scope(reading, {_OTHER: event})
    if (where := select.args.get("where")) is not None:
        check_test(where.this, scope)
    outputs = with_person(select, _OTHER, scope)
    refuse_unless(list(outputs) == ["value"], "matches are not of one value")
    kind = data(outputs["value"], scope)
    refuse_unless(kind != TEXTS, "sets are compared as a whole")
    check_group(select, [(_OTHER, ORDINAL), (_OTHER, outputs["value"].name)])
    return Source({ORDINAL: ORDINALS, "value": kind})

# SPDX-License-Identifier: Apache-2.0
"""The subqueries that a statement of the grammar may join: one person's events alone decide each.

There are three: aggregates of one event, a chain of events one after another, and who completed a
sequence. Each gives a row a person.
"""

from __future__ import annotations

from sqlglot import exp

from privseg.gate.columns import EVENT_ID, ORDINAL, TIME
from privseg.gate.grammar_chain import chained, is_chained
from privseg.gate.grammar_nodes import QueryRefusedError
from privseg.gate.grammar_rows import EVENT, check_group, data, rows, with_person
from privseg.gate.grammar_scope import (
    ORDINALS,
    Reading,
    Scope,
    Source,
    check_clauses,
    is_column,
    numbered,
    refuse_unless,
    start_of,
)
from privseg.gate.grammar_sequence import completed
from privseg.gate.grammar_tests import DAY, WHOLE, WIDE, check_test

_NOT_BY_TIME = "the first or last is not by time and event"


def by_person(select: exp.Expr, reading: Reading) -> Source:
    """Return what a joined subquery gives: a row a person, the ordinal and aggregates.

    Raises:
        QueryRefusedError: it is neither the aggregates of an event, nor a chain, nor the end of a
            sequence.
    """
    check_clauses(select, {"expressions", "from_", "joins", "where", "group"})
    assert isinstance(select, exp.Select)
    if type(start_of(select)) is exp.Subquery:
        return completed(select, reading)
    if is_chained(select):
        return chained(select, reading)
    return aggregates(select, reading)


def aggregates(select: exp.Select, reading: Reading) -> Source:
    """Return the aggregates by person of one event's rows."""
    scope = rows(select, reading)
    outputs = with_person(select, EVENT, scope)
    check_group(select, [(EVENT, ORDINAL)])
    refuse_unless(bool(outputs), "a subquery gives no aggregate")
    refuse_unless(all(numbered(n, "a") for n in outputs), "an aggregate has another name")
    types = {name: _aggregate(node, scope) for name, node in outputs.items()}
    return Source({ORDINAL: ORDINALS, **types}, aggregated=True)


def _aggregate(node: exp.Expr, scope: Scope) -> str:
    """Return the type of an aggregate."""
    asked = node.this
    if type(node) is exp.Filter or type(node) is exp.Anonymous:
        return _end(node, scope)
    if type(node) is exp.Count:
        return _count(asked, scope)
    if type(node) is exp.Sum:
        refuse_unless(data(_chosen(asked, scope), scope) == WHOLE, "what is no number is added up")
        return WIDE
    if type(node) in {exp.Min, exp.Max}:
        kind = data(_chosen(asked, scope), scope)
        refuse_unless(kind in {WHOLE, DAY}, "what has no order is compared by it")
        return kind
    raise QueryRefusedError("a subquery gives out more than ordinals and aggregates")


def _end(node: exp.Expr, scope: Scope) -> str:
    """Return the type of a first or last value, alone or with a FILTER."""
    if type(node) is exp.Filter:
        kept = node.expression
        refuse_unless(type(kept) is exp.Where, "a FILTER has no WHERE")
        check_test(kept.this, scope)
        node = node.this
    named = type(node) is exp.Anonymous and node.this != "ROW"
    refuse_unless(named, "an aggregate with a FILTER is of no first or last")
    return _first_or_last(node, scope)


def _count(asked: exp.Expr, scope: Scope) -> str:
    """Return the type of COUNT(*), COUNT(column) or COUNT(DISTINCT column), or of some events."""
    if type(asked) is exp.Star:
        return WHOLE
    if type(asked) is exp.Distinct:
        refuse_unless(len(asked.expressions) == 1, "several columns are counted at once")
        data(_chosen(asked.expressions[0], scope), scope)
        return WHOLE
    chosen = _chosen(asked, scope)
    if type(chosen) is not exp.Literal or chosen is asked:
        data(chosen, scope)
    return WHOLE


def _chosen(node: exp.Expr, scope: Scope) -> exp.Expr:
    """Return what CASE WHEN test THEN it END gives for some events; else ``node`` itself."""
    if type(node) is not exp.Case:
        return node
    branches = node.args["ifs"]
    refuse_unless(len(branches) == 1, "an aggregate has several choices")
    check_test(branches[0].this, scope)
    chosen: exp.Expr = branches[0].args["true"]
    return chosen


def _first_or_last(node: exp.Expr, scope: Scope) -> str:
    """Return the type of ARG_MIN_NULL(column, ROW(time, event_id)), or the MAX of it."""
    places = node.expressions
    refuse_unless(len(places) == 2 and type(places[1]) is exp.Anonymous, _NOT_BY_TIME)  # noqa: PLR2004
    order = places[1].expressions
    by_time = (
        places[1].this == "ROW"
        and len(order) == 2  # noqa: PLR2004
        and is_column(order[0], EVENT, TIME)
        and is_column(order[1], EVENT, EVENT_ID)
    )
    refuse_unless(by_time, _NOT_BY_TIME)
    for column in order:
        scope.type_of(column)
    return data(places[0], scope)

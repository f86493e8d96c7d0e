# SPDX-License-Identifier: Apache-2.0
"""The small grammar of SQL that the second gate lets through, written out; the rest is refused.

A statement starts from the eligible people and gives out their ordinals, or beside them what each
of several tests says of them. What it joins is a table with a row a person, or a subquery that one
person's events alone decide (``grammar_sources.py``), always on the person's ordinal. So whatever
passes is a function of each person's own rows: the rows of others cannot move anybody in or out.

Every name is resolved on the way. Each column says of which alias it is, each alias is of its own
SELECT, and each table is of the schema, so that what is mentioned is known without a planner.
Every comparison is of one type, so that no cell can make a statement fail and tell by that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from privseg.gate.columns import ORDINAL, PEOPLE_TABLE, SAMPLES, Schema, TableColumn
from privseg.gate.grammar_nodes import DIALECT, QueryRefusedError, check_nodes
from privseg.gate.grammar_scope import (
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
from privseg.gate.grammar_sources import by_person
from privseg.gate.grammar_tests import check_test

__all__ = ["DIALECT", "MAX_TEXT", "QueryRefusedError", "parse_plain", "reads_of"]

MAX_TEXT = 1_000_000  # characters; a segment of 500 nodes prints under a tenth of it
_PERSON = "e"  # the alias of the eligible people


def parse_plain(sql: str) -> exp.Select:
    """Return the one statement that ``sql`` is, when all of its nodes are of the grammar.

    Raises:
        QueryRefusedError: they are not, or it has another spelling than its own printing.
    """
    statement = _only_statement(sql)
    try:
        check_nodes(statement)
        printed = statement.sql(DIALECT)
    except (SqlglotError, RecursionError):
        raise QueryRefusedError("it does not print") from None
    refuse_unless(printed == sql, "the text is not the one spelling of what it says")
    return statement


def reads_of(
    statement: exp.Select,
    *,
    schema: Schema,
    parameters: Mapping[str, object],
    finds: Sequence[str],
) -> frozenset[TableColumn]:
    """Return every (table, column) that a statement of the grammar's shapes mentions.

    Args:
        statement: What ``parse_plain`` returned.
        schema: Every table with all of its columns.
        parameters: The values: of each the type is looked at, of a number whether it has 64 bits,
            and of a sequence's steps which are which.
        finds: The names of what is found, one for each output after the ordinal; or a single one.

    Raises:
        QueryRefusedError: it has another shape, or a name in it does not resolve.
    """
    try:
        return _reads_of(statement, Reading(schema, parameters), finds)
    except RecursionError:
        raise QueryRefusedError("it is too deep") from None


def _only_statement(sql: str) -> exp.Select:
    refuse_unless(len(sql) <= MAX_TEXT, "it is too long")
    try:
        statements = sqlglot.parse(sql, dialect=DIALECT)
    except (SqlglotError, RecursionError):
        raise QueryRefusedError("it does not parse") from None
    if len(statements) != 1:
        raise QueryRefusedError("it is not one statement")
    if type(statements[0]) is not exp.Select:
        raise QueryRefusedError("it is not a plain SELECT")
    return statements[0]


def _reads_of(
    statement: exp.Select, reading: Reading, finds: Sequence[str]
) -> frozenset[TableColumn]:
    check_clauses(statement, {"expressions", "from_", "joins", "where"})
    person = table_of(statement, _PERSON, reading)
    refuse_unless(person.table == PEOPLE_TABLE, "it does not start from the eligible people")
    scope = Scope(reading, {_PERSON: person})
    for join in statement.args.get("joins") or ():
        _check_join(join, scope)
    for test in _answers(statement, scope, finds):
        check_test(test, scope)
        _check_reads_somebody(test, scope)
    return frozenset(reading.reads)


def _answers(statement: exp.Select, scope: Scope, finds: Sequence[str]) -> list[exp.Expr]:
    """Return the tests that say who is found: the WHERE, or every output after the ordinal."""
    outputs = outputs_of(statement)
    first = next(iter(outputs), None)
    found = first == ORDINAL and is_column(outputs[ORDINAL], _PERSON, ORDINAL)
    refuse_unless(found, "its ordinals are not those of the eligible people")
    scope.type_of(outputs.pop(ORDINAL))
    where = statement.args.get("where")
    refuse_unless(
        len(finds) > 0 and len(set(finds)) == len(finds), "it does not say once what it finds"
    )
    if len(finds) == 1:
        refuse_unless(not outputs, "it gives out something else than ordinals")
        if where is None:
            raise QueryRefusedError("it asks nothing")
        return [where.this]
    asked = [f"s{n}" for n in range(len(finds))]
    refuse_unless(list(outputs) == asked, "its outputs are not those that it says it finds")
    refuse_unless(where is None, "it leaves people out whom it is to tell of")
    return list(outputs.values())


def _check_join(join: exp.Join, scope: Scope) -> None:
    """Refuse what is not LEFT JOIN x ON x.ordinal = e.ordinal; take x's columns into the scope."""
    joined, on = join.this, join.args.get("on")
    alias = joined.alias
    if type(joined) is exp.Table:
        alias_like(joined, "p")
        source = _row_a_person(joined, scope)
    else:
        refuse_unless(type(joined) is exp.Subquery, "a join is of no table")
        alias_like(joined, "g")
        source = by_person(joined.this, scope.reading)
    scope.add(alias, source)
    left = join.args.get("side") == "LEFT"
    refuse_unless(
        left and same_person(on, alias, _PERSON, scope),
        "a join is not LEFT, on the person's ordinal",
    )


def _row_a_person(node: exp.Table, scope: Scope) -> Source:
    """Return a table that has at most one row a person: no event's, not the eligible again."""
    source = scope.reading.table(node)
    columns = source.columns
    plain = node.name != PEOPLE_TABLE and not is_event(columns)
    refuse_unless(plain, "a joined table may have several rows a person")
    return source


def _check_reads_somebody(test: exp.Expr, scope: Scope) -> None:
    """Refuse a test of nobody's data: who is eligible and what is drawn tells of no consent."""
    tables = {scope.sources[c.table].table for c in test.find_all(exp.Column)}
    refuse_unless(bool(tables - {PEOPLE_TABLE, SAMPLES}), "it reads nothing but who is eligible")

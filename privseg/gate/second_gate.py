# SPDX-License-Identifier: Apache-2.0
"""The second gate: the final SQL text, parsed afresh and trusted in nothing.

It knows nothing of the compiler. The text must keep to a small grammar (``grammar.py``) and be its
own printing, so that no comment, spelling or second reading goes unparsed. Then every name is
resolved against the whole schema, and what the text reads must lie inside what the plan allows and
inside what the query declares.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from privseg.frames import Query
from privseg.gate.columns import PEOPLE_TABLE, Schema, TableColumn
from privseg.gate.grammar import DIALECT, QueryRefusedError, parse_plain


def recheck(query: Query, *, allowed: frozenset[TableColumn], schema: Schema) -> None:
    """Return if ``query`` finds people by nothing but what is allowed; else refuse.

    Args:
        query: The final text, its parameters and its declared reads.
        allowed: The (table, column) pairs of the plan (``columns_of``).
        schema: Every table with all of its columns, forbidden ones too (``schema_of``).

    Raises:
        QueryRefusedError: it is outside the grammar; it reads, or declares to read, what is not
            allowed; it reads what it did not declare, or nothing; its parameters are not those
            given.
    """
    statement = parse_plain(query.sql)
    _check_parameters(statement, query)
    _check_names(statement, schema)
    reads = _reads(statement, schema)
    _check_within(query.reads, allowed, "which the plan does not allow")
    _check_within(reads, allowed, "which the plan does not allow")
    _check_within(reads, query.reads, "which it did not declare")
    if not {table for table, _ in reads} - {PEOPLE_TABLE}:
        raise QueryRefusedError("it reads nothing but who is eligible")


def _check_parameters(statement: exp.Select, query: Query) -> None:
    """Refuse a parameter without a value, and a value that no parameter asks for."""
    asked = {str(p.this) for p in statement.find_all(exp.Placeholder)}
    if asked != set(query.parameters):
        raise QueryRefusedError("its parameters are not those that were given")


def _check_names(statement: exp.Select, schema: Schema) -> None:
    """Refuse unknown tables, and an alias that stands for two things (SQL ignores case)."""
    for table in statement.find_all(exp.Table):
        if table.name not in schema:
            raise QueryRefusedError(f"there is no table {table.name!r}")
    joined = [statement.args["from_"].this, *(j.this for j in statement.args.get("joins") or ())]
    inner = {s.this.args["from_"].this.alias.casefold() for s in statement.find_all(exp.Subquery)}
    outer = [j.alias.casefold() for j in joined]
    tables = {name.casefold() for name in schema}
    if len(set(outer)) < len(outer) or (inner | tables) & set(outer) or inner & tables:
        raise QueryRefusedError("an alias hides another name")


def _reads(statement: exp.Select, schema: Schema) -> frozenset[TableColumn]:
    """Return every (table, column) that the text mentions, names resolved.

    They are resolved as written, and again after unused outputs are pushed down. The second can
    only be smaller; both are counted, since what is mentioned may be read.
    """
    tables: dict[str, object] = {name: dict(columns) for name, columns in schema.items()}
    try:
        resolved = qualify(statement.copy(), dialect=DIALECT, schema=tables)
        mentioned = frozenset(_columns(resolved))
        return mentioned | frozenset(_columns(pushdown_projections(resolved)))
    except (SqlglotError, RecursionError):
        raise QueryRefusedError("a name in it does not resolve") from None


def _columns(resolved: exp.Expr) -> Iterator[TableColumn]:
    for scope in traverse_scope(resolved):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                yield source.name, column.name
            elif not isinstance(source, Scope):
                raise QueryRefusedError("a column is of no table")


def _check_within(reads: frozenset[TableColumn], limit: frozenset[TableColumn], why: str) -> None:
    if excess := sorted(reads - limit):
        names = ", ".join(f"{table}.{column}" for table, column in excess)
        raise QueryRefusedError(f"it reads {names}, {why}")

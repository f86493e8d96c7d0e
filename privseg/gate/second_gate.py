# SPDX-License-Identifier: Apache-2.0
"""The second gate: the final SQL text, parsed afresh and trusted in nothing.

It knows nothing of the compiler. The text must keep to a small grammar (``grammar.py``) and be its
own printing, so that no comment, spelling or second reading goes unparsed. Then every name is
resolved against the whole schema, and what the text reads must lie inside what the plan allows and
inside what the query declares.
"""

from __future__ import annotations

from sqlglot import exp

from privseg.frames import Query
from privseg.gate.columns import ORDINAL, SAMPLES, Schema, TableColumn
from privseg.gate.grammar import parse_plain, reads_of
from privseg.gate.grammar_nodes import QueryRefusedError

__all__ = ["QueryRefusedError", "recheck"]

_DRAW = "UINTEGER"


def recheck(query: Query, *, allowed: frozenset[TableColumn], schema: Schema) -> None:
    """Return if ``query`` finds people by nothing but what is allowed; else refuse.

    Args:
        query: The final text, its parameters, its declared reads, and what it finds.
        allowed: The (table, column) pairs of the plan (``columns_of``).
        schema: Every table with all of its columns, forbidden ones too (``schema_of``).

    Raises:
        QueryRefusedError: it is outside the grammar; it reads, or declares to read, what is not
            allowed; it reads what it did not declare, or nothing; its parameters are not those
            given; its outputs are not what it says it finds.
    """
    draws = _draws(query)
    statement = parse_plain(query.sql)
    _check_parameters(statement, query)
    reads = reads_of(
        statement,
        schema={**schema, **({SAMPLES: draws} if draws else {})},
        parameters=query.parameters,
        finds=query.finds,
    )
    drawn = {(SAMPLES, name) for name in draws}  # nobody's data: no plan needs to allow them
    _check_within(query.reads, allowed | drawn, "which the plan does not allow")
    _check_within(reads, allowed | drawn, "which the plan does not allow")
    _check_within(reads, query.reads | drawn, "which it did not declare")


def _draws(query: Query) -> dict[str, str]:
    """Return the columns of the table of samples, which is there if there is a sample."""
    names = [ORDINAL, *sorted(query.samples)]
    if len({name.casefold() for name in names}) < len(names):
        raise QueryRefusedError("two samples have one name")
    return dict.fromkeys(names, _DRAW) if query.samples else {}


def _check_parameters(statement: exp.Select, query: Query) -> None:
    """Refuse a parameter without a value, and a value that no parameter asks for."""
    asked = {str(p.this) for p in statement.find_all(exp.Placeholder)}
    if asked != set(query.parameters):
        raise QueryRefusedError("its parameters are not those that were given")


def _check_within(reads: frozenset[TableColumn], limit: frozenset[TableColumn], why: str) -> None:
    if excess := sorted(reads - limit):
        names = ", ".join(f"{table}.{column}" for table, column in excess)
        raise QueryRefusedError(f"it reads {names}, {why}")

# SPDX-License-Identifier: Apache-2.0
"""The few pieces of SQL that a compiled segment is made of, as sqlglot nodes; all names quoted."""

from __future__ import annotations

from functools import reduce

from sqlglot import exp

from privseg.policy.catalogue import ColumnType
from privseg.segment.tree import Operator

DIALECT = "duckdb"
PEOPLE = "eligible"  # the table of everybody who may be found
PERSON = "e"  # its alias


def compare(
    operator: Operator, left: exp.Expr, right: list[exp.Expr], kind: ColumnType
) -> exp.Expr:
    """Return ``left operator right``; NULL if ``left`` is."""
    match operator:
        case Operator.IN:
            return exp.In(this=left, expressions=right)
        case Operator.BETWEEN:
            return exp.Between(this=left, low=right[0], high=right[1])
        case Operator.STARTS_WITH:
            return exp.StartsWith(this=left, expression=right[0])
        case Operator.CONTAINS if kind is ColumnType.SET:
            return exp.ArrayContains(this=left, expression=right[0])
        case Operator.CONTAINS:
            return exp.Contains(this=left, expression=right[0])
        case _:
            return _BINARY[operator](this=left, expression=right[0])


_BINARY: dict[Operator, type[exp.Binary]] = {
    Operator.EQUALS: exp.EQ,
    Operator.AT_LEAST: exp.GTE,
    Operator.OVER: exp.GT,
    Operator.AT_MOST: exp.LTE,
    Operator.UNDER: exp.LT,
}


def two_valued(test: exp.Expr) -> exp.Expr:
    """Return ``test`` with NULL as false; IS NULL and its negation never are NULL."""
    if isinstance(test, exp.Is | exp.Not):
        return test
    return exp.Coalesce(this=test, expressions=[exp.false()])


def join_with(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """Join with brackets, so that no precedence is left to a parser."""
    if len(parts) == 1:
        return parts[0]
    closed = [exp.Paren(this=p) if isinstance(p, exp.Connector) else p for p in parts]
    return reduce(lambda a, b: kind(this=a, expression=b), closed)


def quoted(name: str) -> exp.Identifier:
    """Return a quoted name: ``at`` and others are reserved words."""
    return exp.to_identifier(name, quoted=True)


def alias_of(name: str) -> exp.TableAlias:
    """Return the alias of a table."""
    return exp.TableAlias(this=quoted(name))


def table_as(name: str, alias: str) -> exp.Table:
    """Return a table under an alias."""
    return exp.Table(this=quoted(name), alias=alias_of(alias))


def column_of(table: str, name: str) -> exp.Column:
    """Return a column of an aliased table."""
    return exp.Column(this=quoted(name), table=quoted(table))


def same_person(alias: str) -> exp.Expr:
    """Return that a row is about the person in question."""
    return exp.EQ(this=column_of(alias, "ordinal"), expression=column_of(PERSON, "ordinal"))

# SPDX-License-Identifier: Apache-2.0
"""The few pieces of SQL that a compiled segment is made of, as sqlglot nodes; all names quoted.

What differs between engines stands in a ``Dialect``: another engine is another one of these, and
nothing of the language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from privseg.policy.catalogue import ColumnType
from privseg.segment.values import Operator

PEOPLE = "eligible"  # the table of everybody who may be found
PERSON = "e"  # its alias
ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an engine writes in its own way.

    Whole numbers are 64-bit in every engine; sums and products of them are computed in ``wide``,
    which must hold 2**126, and exactly. ``first`` and ``last`` name the functions that give the
    value of the row whose order is the least or the greatest, a missing value included; ``row``
    the one that orders by several columns, bytes as unsigned ones.
    """

    name: str  # sqlglot's
    wide: str  # a type, as this engine writes it
    sums_widen: bool  # whether SUM of 64 bits is wide by itself
    first: str
    last: str
    row: str

    def render(self, statement: exp.Expr) -> str:
        """Return the one spelling of a statement."""
        return statement.sql(self.name, copy=False)

    def widened(self, number: exp.Expr) -> exp.Expr:
        """Return a whole number in the wide type."""
        return exp.Cast(this=number, to=exp.DataType.build(self.wide, dialect=self.name))

    def total(self, column: exp.Expr) -> exp.Expr:
        """Return the sum of a column, which cannot overflow."""
        return exp.Sum(this=column if self.sums_widen else self.widened(column))

    def at_end(self, column: exp.Expr, order: list[exp.Expr], *, last: bool) -> exp.Expr:
        """Return the value of the first or last row, in the order of several columns."""
        row = exp.Anonymous(this=self.row, expressions=order)
        return exp.Anonymous(this=self.last if last else self.first, expressions=[column, row])


DUCKDB = Dialect(
    name="duckdb",
    wide="INT128",
    sums_widen=True,
    first="ARG_MIN_NULL",
    last="ARG_MAX_NULL",
    row="ROW",
)
SPARK = Dialect(
    name="spark",
    wide="DECIMAL(38, 0)",
    sums_widen=False,
    first="MIN_BY",
    last="MAX_BY",
    row="STRUCT",
)


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


def missing(value: exp.Expr) -> exp.Expr:
    """Return whether there is no value; never NULL itself."""
    return exp.Is(this=value, expression=exp.Null())


def there(value: exp.Expr) -> exp.Expr:
    """Return whether there is a value; never NULL itself."""
    return exp.Not(this=missing(value))


def two_valued(test: exp.Expr) -> exp.Expr:
    """Return ``test`` with NULL as false; IS NULL and its negation never are NULL."""
    if isinstance(test, exp.Is | exp.Not):
        return test
    return exp.Coalesce(this=test, expressions=[exp.false()])


def zero_if_missing(number: exp.Expr) -> exp.Expr:
    """Return a number with NULL as 0."""
    return exp.Coalesce(this=number, expressions=[exp.Literal.number(0)])


def join_with(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """Join with brackets, so that no precedence is left to a parser."""
    if len(parts) == 1:
        return parts[0]
    closed = [exp.Paren(this=p) if isinstance(p, exp.Connector) else p for p in parts]
    return reduce(lambda a, b: kind(this=a, expression=b), closed)


def quoted(name: str) -> exp.Identifier:
    """Return a quoted name: ``at`` and others are reserved words."""
    return exp.to_identifier(name, quoted=True)


def named(value: exp.Expr, name: str) -> exp.Expr:
    """Return an output under a name."""
    return exp.alias_(value, name, quoted=True)


def table_as(name: str, alias: str) -> exp.Table:
    """Return a table under an alias."""
    return exp.Table(this=quoted(name), alias=_alias(alias))


def subquery_as(inner: exp.Query, alias: str) -> exp.Subquery:
    """Return a subquery under an alias."""
    return exp.Subquery(this=inner, alias=_alias(alias))


def select_from(source: exp.Table | exp.Subquery, outputs: Sequence[exp.Expr]) -> exp.Select:
    """Return a SELECT of ``outputs``; it is built in place (sqlglot would copy it at each step)."""
    return exp.Select(expressions=list(outputs)).from_(source, copy=False)


def join_left(query: exp.Select, joined: exp.Table | exp.Subquery, on: exp.Expr) -> None:
    """Add a LEFT JOIN in place."""
    query.join(joined, on=on, join_type="LEFT", copy=False)


def column_of(table: str, name: str) -> exp.Column:
    """Return a column of an aliased table."""
    return exp.Column(this=quoted(name), table=quoted(table))


def same_person(alias: str, other: str = PERSON) -> exp.Expr:
    """Return that a row is about the person in question."""
    return exp.EQ(this=column_of(alias, ORDINAL), expression=column_of(other, ORDINAL))


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=quoted(name))

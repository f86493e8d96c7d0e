# SPDX-License-Identifier: Apache-2.0
"""The names of one SELECT: what its aliases stand for, of which type its columns are, what is read.

A name means what it says in its own SELECT and nowhere else; case and spelling count, although SQL
would overlook the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlglot import exp

from privseg.gate.columns import EVENT_ID, ORDINAL, TIME, Schema, TableColumn
from privseg.gate.grammar_nodes import QueryRefusedError

ORDINALS = "UINTEGER"
MOMENTS = "BIGINT"
IDS = "BLOB"


def refuse_unless(true: bool, why: str) -> None:  # noqa: FBT001 - what was found, not a mode
    """Return if it is so.

    Raises:
        QueryRefusedError: it is not.
    """
    if not true:
        raise QueryRefusedError(why)


@dataclass(frozen=True, slots=True)
class Source:
    """What an alias stands for: columns with their types, and the table, if it is one.

    ``aggregated`` is whether each row is one person's aggregates.
    """

    columns: Mapping[str, str]
    table: str | None = None
    aggregated: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One statement: what there is to read, the values given, and what was mentioned so far."""

    schema: Schema
    parameters: Mapping[str, object] = field(repr=False)
    reads: set[TableColumn] = field(default_factory=set)

    def table(self, node: exp.Table) -> Source:
        """Return the table that ``node`` names.

        Raises:
            QueryRefusedError: the schema has none of this very name.
        """
        refuse_unless(node.name in self.schema, f"there is no table {node.name!r}")
        return Source(self.schema[node.name], node.name)

    def kind_of(self, node: exp.Expr) -> type:
        """Return the type of the value that a parameter stands for.

        Raises:
            QueryRefusedError: it is no parameter, or none that was given.
        """
        given = type(node) is exp.Placeholder and str(node.this) in self.parameters
        refuse_unless(given, "something else than a parameter is compared with")
        return type(self.parameters[str(node.this)])


@dataclass(frozen=True, slots=True)
class Scope:
    """The aliases of one SELECT."""

    reading: Reading
    sources: dict[str, Source]

    def add(self, alias: str, source: Source) -> None:
        """Take in what another alias stands for.

        Raises:
            QueryRefusedError: it is there already.
        """
        refuse_unless(alias not in self.sources, "an alias hides another name")
        self.sources[alias] = source

    def type_of(self, node: exp.Expr) -> str:
        """Return the SQL type of a column, and note that it is read.

        Raises:
            QueryRefusedError: it is no column, or of nothing in this SELECT.
        """
        refuse_unless(type(node) is exp.Column, "something else than a column is asked for")
        assert isinstance(node, exp.Column)
        source = self.sources.get(node.table)
        if source is None or node.name not in source.columns:
            raise QueryRefusedError("a name in it does not resolve")
        if source.table is not None:
            self.reading.reads.add((source.table, node.name))
        return source.columns[node.name]

    def table_of(self, column: exp.Expr) -> str | None:
        """Return of which table a column is; None of what is made in the statement."""
        assert isinstance(column, exp.Column)
        return self.sources[column.table].table


def is_event(columns: Mapping[str, str]) -> bool:
    """Return whether these are the columns of an event's table: several rows a person."""
    return columns.get(TIME) == MOMENTS and columns.get(EVENT_ID) == IDS


def is_column(node: object, alias: str, name: str) -> bool:
    """Return whether ``node`` is the column ``name`` of ``alias``."""
    return type(node) is exp.Column and node.name == name and node.table == alias


def conjuncts(test: exp.Expr) -> list[exp.Expr]:
    """Return the parts of an AND, or what is none as its own only part."""
    return list(test.flatten(unnest=False)) if type(test) is exp.And else [test]


def mentions(node: exp.Expr, alias: str) -> bool:
    """Return whether a column of ``alias`` is mentioned."""
    return any(column.table == alias for column in node.find_all(exp.Column))


def check_clauses(select: object, allowed: AbstractSet[str]) -> None:
    """Refuse what is no SELECT, and one with other clauses.

    Raises:
        QueryRefusedError: as it says.
    """
    refuse_unless(type(select) is exp.Select, "a SELECT does not stand where one must")
    assert isinstance(select, exp.Select)
    filled = {name for name, value in select.args.items() if value not in (None, False, [])}
    if excess := filled - allowed:
        raise QueryRefusedError(f"a SELECT of its kind may not have {', '.join(sorted(excess))}")


def start_of(select: exp.Select) -> exp.Expr:
    """Return what a SELECT starts from.

    Raises:
        QueryRefusedError: nothing.
    """
    start = select.args.get("from_")
    if start is None:
        raise QueryRefusedError("a SELECT starts from nothing")
    found: exp.Expr = start.this
    return found


def table_of(select: exp.Select, alias: str, reading: Reading) -> Source:
    """Return the table that a SELECT starts from, which must go by ``alias``.

    Raises:
        QueryRefusedError: it starts from something else.
    """
    start = start_of(select)
    refuse_unless(type(start) is exp.Table, "a SELECT does not start from a table")
    assert isinstance(start, exp.Table)
    refuse_unless(start.alias == alias, "an alias is not the one of its place")
    return reading.table(start)


def alias_like(node: exp.Expr, letter: str) -> None:
    """Refuse an alias that is not ``letter`` and a number.

    Raises:
        QueryRefusedError: as it says.
    """
    refuse_unless(numbered(node.alias, letter), "an alias is not the one of its place")


def numbered(name: str, letter: str) -> bool:
    """Return whether a name is ``letter`` and a number.

    >>> numbered("p10", "p"), numbered("p01", "p")
    (True, False)
    """
    return re.fullmatch(rf"{letter}(0|[1-9][0-9]*)", name) is not None


def outputs_of(select: exp.Select) -> dict[str, exp.Expr]:
    """Return the outputs by their names, in order.

    Raises:
        QueryRefusedError: one has no name, or two have one (SQL ignores case).
    """
    refuse_unless(all(type(o) is exp.Alias for o in select.expressions), "an output has no name")
    names = [o.alias for o in select.expressions]
    refuse_unless(len({n.casefold() for n in names}) == len(names), "two outputs have one name")
    return {o.alias: o.this for o in select.expressions}


def same_person(on: object, left: str, right: str, scope: Scope) -> bool:
    """Return whether ``on`` is ``left.ordinal = right.ordinal``, which is read by that."""
    if type(on) is not exp.EQ:
        return False
    found = is_column(on.this, left, ORDINAL) and is_column(on.expression, right, ORDINAL)
    return found and {scope.type_of(on.this), scope.type_of(on.expression)} == {ORDINALS}

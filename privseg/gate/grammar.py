# SPDX-License-Identifier: Apache-2.0
"""The small grammar of SQL that the second gate lets through, written out; the rest is refused.

A statement is ``SELECT e.ordinal AS ordinal FROM eligible AS e LEFT JOIN ... WHERE ...``. What is
joined is a table, or one table's counts and sums grouped by person; always on the person's ordinal.
So whatever passes is a function of each person's own rows, and gives out nothing but ordinals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from privseg.errors import PolicyError
from privseg.gate.columns import ORDINAL, PEOPLE_TABLE

DIALECT = "duckdb"
MAX_TEXT = 1_000_000  # characters; a segment of 500 nodes prints under a tenth of it


class QueryRefusedError(PolicyError):
    """A compiled query is not what was allowed. ``why`` names constructs and columns, no values."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the second gate refuses the query: {why}; nothing was read. "
            "Report it: the compiler and the gate disagree"
        )
        self.why = why


_BINARY = frozenset({"this", "expression"})
GRAMMAR: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({"expressions", "from_", "joins", "where", "group"}),
    exp.From: frozenset({"this"}),
    exp.Join: frozenset({"this", "on", "side"}),
    exp.Subquery: frozenset({"this", "alias"}),
    exp.Where: frozenset({"this"}),
    exp.Group: frozenset({"expressions"}),
    exp.Table: frozenset({"this", "alias"}),
    exp.TableAlias: frozenset({"this"}),
    exp.Alias: frozenset({"this", "alias"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Placeholder: frozenset({"this"}),
    exp.Literal: frozenset({"this"}),
    exp.Boolean: frozenset(),
    exp.Null: frozenset(),
    exp.Star: frozenset(),
    exp.Paren: frozenset({"this"}),
    exp.And: _BINARY,
    exp.Or: _BINARY,
    exp.Not: frozenset({"this"}),
    exp.EQ: _BINARY,
    exp.GT: _BINARY,
    exp.GTE: _BINARY,
    exp.LT: _BINARY,
    exp.LTE: _BINARY,
    exp.Is: _BINARY,
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    exp.StartsWith: _BINARY,
    exp.Contains: _BINARY,
    exp.ArrayContains: _BINARY,
    exp.Count: frozenset({"this", "big_int"}),
    exp.Sum: frozenset({"this"}),
    exp.Filter: _BINARY,
}
"""For each kind of node, the arguments that may be filled. A kind that is absent is refused."""


def parse_plain(sql: str) -> exp.Select:
    """Return the one statement that ``sql`` is, when it keeps to the grammar.

    Raises:
        QueryRefusedError: it does not, or it has another spelling than its own printing.
    """
    statement = _only_statement(sql)
    for node in statement.walk():
        _check_node(node)
    _check_people(statement)
    if statement.sql(DIALECT) != sql:
        raise QueryRefusedError("the text is not the one spelling of what it says")
    return statement


def _only_statement(sql: str) -> exp.Select:
    if len(sql) > MAX_TEXT:
        raise QueryRefusedError("it is too long")
    try:
        statements = sqlglot.parse(sql, dialect=DIALECT)
    except (SqlglotError, RecursionError):
        raise QueryRefusedError("it does not parse") from None
    if len(statements) != 1:
        raise QueryRefusedError("it is not one statement")
    if type(statements[0]) is not exp.Select:
        raise QueryRefusedError("it is not a plain SELECT")
    return statements[0]


def _check_node(node: exp.Expr) -> None:
    """Refuse a kind or an argument that the grammar lacks, and what a kind's own rule refuses."""
    kind = type(node)
    if kind not in GRAMMAR:
        raise QueryRefusedError(f"{kind.__name__} is not in the grammar")
    filled = {name for name, value in node.args.items() if value not in (None, False, [])}
    if excess := filled - GRAMMAR[kind]:
        raise QueryRefusedError(f"{kind.__name__} may not have {', '.join(sorted(excess))}")
    if node.comments:
        raise QueryRefusedError("it has a comment")
    accepts, why = _RULES.get(kind, (_always, ""))
    if not accepts(node):
        raise QueryRefusedError(why)


def _always(_: exp.Expr) -> bool:
    return True


def _is_inside(node: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    return type(node.parent) in kinds


def _is_aggregate(node: exp.Expr) -> bool:
    """Return whether it is COUNT(*) or SUM(column), alone or under a FILTER, as an output."""
    holder = node.parent.parent if _is_inside(node, exp.Filter) and node.parent else node.parent
    counted = exp.Star if type(node) is exp.Count else exp.Column
    return type(holder) is exp.Alias and type(node.this) is counted


def _joins_person(join: exp.Expr) -> bool:
    """Return whether it is LEFT JOIN x ON x.ordinal = e.ordinal, e being the eligible people."""
    on = join.args.get("on")
    statement = join.parent
    if join.args.get("side") != "LEFT" or type(on) is not exp.EQ or statement is None:
        return False
    left, right = on.this, on.expression
    return (
        type(join.this) in {exp.Table, exp.Subquery}
        and _is_ordinal_of(left, join.this.alias)
        and _is_ordinal_of(right, _first_table(statement).alias)
    )


def _is_ordinal_of(node: exp.Expr, alias: str) -> bool:
    return type(node) is exp.Column and node.name == ORDINAL and node.table == alias


_RULES: Mapping[type[exp.Expr], tuple[Callable[[exp.Expr], bool], str]] = {
    exp.Identifier: (lambda n: bool(n.args.get("quoted")), "a name is not quoted"),
    exp.Literal: (lambda n: n.this == "0" and not n.is_string, "a value is written into the text"),
    exp.Star: (lambda n: _is_inside(n, exp.Count), "a star stands for unnamed columns"),
    exp.Placeholder: (
        lambda n: re.fullmatch(r"v[0-9]+", str(n.this)) is not None,
        "a parameter is not named",
    ),
    exp.Column: (
        lambda n: bool(n.args.get("table")) and type(n.this) is exp.Identifier,
        "a column does not say of which table",
    ),
    exp.Table: (
        lambda n: type(n.this) is exp.Identifier and bool(n.alias),
        "a table is not a named one with an alias",
    ),
    exp.Subquery: (
        lambda n: _is_inside(n, exp.Join) and bool(n.alias) and type(n.this) is exp.Select,
        "a subquery is not a joined one with a name",
    ),
    exp.Select: (
        lambda n: n.parent is None or _is_inside(n, exp.Subquery),
        "a SELECT stands where none may",
    ),
    exp.Join: (_joins_person, "a join is not LEFT, on the person's ordinal"),
    exp.Count: (_is_aggregate, "a COUNT is not an output's COUNT(*)"),
    exp.Sum: (_is_aggregate, "a SUM is not an output's sum of a column"),
    exp.Filter: (
        lambda n: type(n.this) in {exp.Count, exp.Sum} and type(n.expression) is exp.Where,
        "a FILTER is not of a COUNT or SUM",
    ),
}
"""What must be true of a node besides, and the refusal if it is not."""


def _first_table(select: exp.Expr) -> exp.Table:
    """Return the table that a SELECT starts from."""
    start = select.args.get("from_")
    if start is None or type(start.this) is not exp.Table:
        raise QueryRefusedError("a SELECT does not start from a table")
    return start.this


def _check_people(statement: exp.Select) -> None:
    """Refuse outputs that are not ordinals of eligible people, and sums across people."""
    start = _first_table(statement)
    if start.name != PEOPLE_TABLE:
        raise QueryRefusedError("it does not start from the eligible people")
    if statement.args.get("group") or _outputs(statement) != [ORDINAL]:
        raise QueryRefusedError("it gives out something else than ordinals")
    if not _is_ordinal_of(statement.expressions[0].this, start.alias):
        raise QueryRefusedError("its ordinals are not those of the eligible people")
    for subquery in statement.find_all(exp.Subquery):
        _check_by_person(subquery.this)


def _check_by_person(select: exp.Select) -> None:
    """Refuse a subquery that is not one table's aggregates by person."""
    alias = _first_table(select).alias
    group = select.args.get("group")
    keys = group.expressions if group is not None else []
    if select.args.get("joins") or len(keys) != 1 or not _is_ordinal_of(keys[0], alias):
        raise QueryRefusedError("a subquery is not grouped by person alone")
    names = _outputs(select)
    if names[:1] != [ORDINAL] or not _is_ordinal_of(select.expressions[0].this, alias):
        raise QueryRefusedError("a subquery does not give the person first")
    if not all(type(o.this) in {exp.Count, exp.Sum, exp.Filter} for o in select.expressions[1:]):
        raise QueryRefusedError("a subquery gives out more than ordinals, counts and sums")


def _outputs(select: exp.Select) -> list[str]:
    """Return the names of the outputs, which must be distinct."""
    if not all(type(o) is exp.Alias for o in select.expressions):
        raise QueryRefusedError("an output has no name")
    names = [o.alias for o in select.expressions]
    if len({n.casefold() for n in names}) < len(names):
        raise QueryRefusedError("two outputs have one name")
    return names

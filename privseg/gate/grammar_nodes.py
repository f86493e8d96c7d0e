# SPDX-License-Identifier: Apache-2.0
"""Which nodes of a parsed statement there may be at all, and which of their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from privseg.errors import PolicyError

DIALECT = "duckdb"


class QueryRefusedError(PolicyError):
    """A compiled query is not what was allowed. ``why`` names constructs and columns, no values."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the second gate refuses the query: {why}; nothing was read. "
            "Report it: the compiler and the gate disagree"
        )
        self.why = why


_ONE = frozenset({"this"})
_TWO = frozenset({"this", "expression"})
GRAMMAR: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset({"expressions", "from_", "joins", "where", "group"}),
    exp.Union: _TWO,  # without DISTINCT, which is filled if asked for
    exp.From: _ONE,
    exp.Join: frozenset({"this", "on", "side"}),
    exp.Subquery: frozenset({"this", "alias"}),
    exp.Where: _ONE,
    exp.Group: frozenset({"expressions"}),
    exp.Table: frozenset({"this", "alias"}),
    exp.TableAlias: _ONE,
    exp.Alias: frozenset({"this", "alias"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Placeholder: _ONE,
    exp.Literal: _ONE,
    exp.Boolean: frozenset(),
    exp.Null: frozenset(),
    exp.Star: frozenset(),
    exp.Paren: _ONE,
    exp.And: _TWO,
    exp.Or: _TWO,
    exp.Not: _ONE,
    exp.EQ: _TWO,
    exp.GT: _TWO,
    exp.GTE: _TWO,
    exp.LT: _TWO,
    exp.LTE: _TWO,
    exp.Is: _TWO,
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Coalesce: frozenset({"this", "expressions"}),
    exp.StartsWith: _TWO,
    exp.Contains: _TWO,
    exp.ArrayContains: _TWO,
    exp.Month: _ONE,
    exp.Day: _ONE,
    exp.Sub: _TWO,
    exp.Mul: _TWO,
    exp.Cast: frozenset({"this", "to"}),
    exp.DataType: _ONE,
    exp.Count: frozenset({"this", "big_int"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Sum: _ONE,
    exp.Min: _ONE,
    exp.Max: _ONE,
    exp.Anonymous: frozenset({"this", "expressions"}),  # ARG_MIN_NULL, ARG_MAX_NULL and ROW
    exp.Filter: _TWO,
    exp.Case: frozenset({"ifs"}),
    exp.If: frozenset({"this", "true"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.Order: frozenset({"expressions"}),
    exp.Ordered: _ONE,  # neither DESC nor NULLS FIRST, which are filled if asked for
}
"""For each kind of node, the arguments that may be filled. A kind that is absent is refused."""

FUNCTIONS = frozenset({"ARG_MIN_NULL", "ARG_MAX_NULL", "ROW"})
"""The functions by name that sqlglot has no node for; where they may stand is for the shapes."""


def check_nodes(statement: exp.Expr) -> None:
    """Refuse a kind or an argument that the grammar lacks, and what a kind's own rule refuses.

    Raises:
        QueryRefusedError: as it says.
    """
    for node in statement.walk():
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


def _is_number(node: exp.Expr) -> bool:
    """Return whether it is 0, or the 1 of a window's frame: no value is written into the text."""
    framed = type(node.parent) is exp.WindowSpec
    return not node.args.get("is_string") and node.this == ("1" if framed else "0")


_RULES: Mapping[type[exp.Expr], tuple[Callable[[exp.Expr], bool], str]] = {
    exp.Identifier: (lambda n: n.args.get("quoted") is True, "a name is not quoted"),
    exp.Literal: (_is_number, "a value is written into the text"),
    exp.Star: (lambda n: type(n.parent) is exp.Count, "a star stands for unnamed columns"),
    exp.Placeholder: (
        lambda n: re.fullmatch(r"v(0|[1-9][0-9]*)", str(n.this)) is not None,
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
        lambda n: bool(n.alias) and type(n.this) in {exp.Select, exp.Union},
        "a subquery has no name",
    ),
    exp.Anonymous: (
        lambda n: type(n.this) is str and n.this in FUNCTIONS,
        "a function is not in the grammar",
    ),
    exp.DataType: (lambda n: n.this is exp.DType.INT128, "a cast is not to INT128"),
}
"""What must be true of a node besides, wherever it stands, and the refusal if it is not."""

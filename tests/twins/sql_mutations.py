# SPDX-License-Identifier: Apache-2.0
"""Statements that pass the second gate, changed at random: names, operators, clauses, grafts.

Most changes break a statement. Some make another one that is as good, and some would be a leak.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from random import Random

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from privseg.frames import Query
from privseg.gate.columns import SAMPLES
from tests.twins.sql_shape_parts import Shape
from tests.twins.sql_shapes import SHAPES
from tests.twins.sql_shop import ALLOWED, SCHEMA

_DIALECT = "duckdb"
_SHAPES = tuple(SHAPES.values())
_PARSED = tuple(sqlglot.parse_one(s.sql, dialect=_DIALECT) for s in _SHAPES)
_DONORS = tuple(node for statement in _PARSED for node in statement.walk())
_COLUMNS = sorted({c for columns in SCHEMA.values() for c in columns} | {"a0", "a1", "a2", "value"})
_MADE = ["reach", "barrier", "step", "time", "ordinal", "holdout", "s0", "s1"]
_ALIASES = ["e", "t", "u", "w", "p0", "p1", "g0", "g1", "m0", "m1", "c0"]
_TABLES = [*SCHEMA, SAMPLES]
_KINDS: Sequence[tuple[type[exp.Expr], ...]] = (
    (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Sub, exp.Mul, exp.Is),
    (exp.And, exp.Or),
    (exp.Sum, exp.Min, exp.Max, exp.Count, exp.Month, exp.Day, exp.Not, exp.Paren),
    (exp.StartsWith, exp.Contains, exp.ArrayContains),
    (exp.Union, exp.Except, exp.Intersect),
    (exp.Case, exp.Coalesce, exp.Filter),
)
_LISTS = (exp.Select, exp.Group, exp.In, exp.Window, exp.Order, exp.Case)
_FRAMES: Mapping[str, Sequence[object]] = {
    "kind": ("ROWS", "RANGE", "GROUPS"),
    "start": (exp.Literal.number(1), exp.Literal.number(2), "CURRENT ROW", "UNBOUNDED"),
    "start_side": ("FOLLOWING", "PRECEDING", None),
    "end": ("UNBOUNDED", "CURRENT ROW"),
}
_INT64 = (0, 1, 2, 3, 4, 6, 2**31)


def changed(rng: Random) -> Query:
    """Return a shape's query after one to three changes, with values of any types."""
    place = rng.randrange(len(_SHAPES))
    shape, statement = _SHAPES[place], _PARSED[place].copy()
    if rng.random() < 0.8:
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            rng.choice(_CHANGES)(statement, rng)
        text = _printed(statement)
    else:
        text = _words(shape.sql, rng)
    return _query(shape, text, rng)


def _printed(statement: exp.Expr) -> str:
    """Return the text of a tree; nothing, where a change left none that can be printed."""
    try:
        return statement.sql(_DIALECT)
    except (KeyError, AttributeError, TypeError, SqlglotError):
        return ""


def _query(shape: Shape, text: str, rng: Random) -> Query:
    """Return a text as a query that declares whatever may be read."""
    given = shape.query().parameters
    asked = sorted(set(re.findall(r"\$(v[0-9]+)\b", text)))
    values = {n: given.get(n) if n in given and rng.random() < 0.9 else _value(rng) for n in asked}
    answers = len(set(re.findall(r'AS "(s[0-9]+)"', text)))
    finds = shape.finds if answers == 0 else tuple(f"segment {n}" for n in range(answers))
    return replace(
        shape.query(), sql=text, parameters=values, reads=ALLOWED, finds=finds[: answers or 1],
        samples=frozenset({"holdout"}),
    )  # fmt: skip


def _value(rng: Random) -> object:
    return rng.choice((rng.choice(_INT64), "DE", "x", True, date(1996, 2, 29), 2**70, 1.5, None))


def _pick(statement: exp.Expr, rng: Random, *kinds: type[exp.Expr]) -> exp.Expr | None:
    found = [n for n in statement.walk() if not kinds or type(n) in kinds]
    return rng.choice(found) if found else None


def _rename_column(statement: exp.Expr, rng: Random) -> None:
    column = _pick(statement, rng, exp.Column)
    if column is not None:
        column.set("this", exp.to_identifier(rng.choice(_COLUMNS + _MADE), quoted=True))


def _rename_alike(statement: exp.Expr, rng: Random) -> None:
    """Read another column of the same type, if a table has one."""
    column = _pick(statement, rng, exp.Column)
    if column is not None:
        kinds = {c.get(column.name) for c in SCHEMA.values()}
        alike = sorted({n for c in SCHEMA.values() for n, kind in c.items() if kind in kinds})
        if alike:
            column.set("this", exp.to_identifier(rng.choice(alike), quoted=True))


def _rename_of(statement: exp.Expr, rng: Random) -> None:
    column = _pick(statement, rng, exp.Column)
    if column is not None:
        column.set("table", exp.to_identifier(rng.choice(_ALIASES), quoted=True))


def _rename_table(statement: exp.Expr, rng: Random) -> None:
    table = _pick(statement, rng, exp.Table)
    if table is not None:
        table.set("this", exp.to_identifier(rng.choice(_TABLES), quoted=True))


def _rename_alias(statement: exp.Expr, rng: Random) -> None:
    alias = _pick(statement, rng, exp.TableAlias, exp.Alias)
    if alias is not None:
        name = exp.to_identifier(rng.choice(_ALIASES + _MADE + _COLUMNS), quoted=True)
        alias.set("this" if type(alias) is exp.TableAlias else "alias", name)


def _rename_event(statement: exp.Expr, rng: Random) -> None:
    """Read another event wherever one is read."""
    events = [t for t, columns in SCHEMA.items() if "event_id" in columns]
    old, new = rng.choice(events), rng.choice(events)
    for table in statement.find_all(exp.Table):
        if table.name == old:
            table.set("this", exp.to_identifier(new, quoted=True))


def _other_kind(statement: exp.Expr, rng: Random) -> None:
    kinds = rng.choice(_KINDS)
    node = _pick(statement, rng, *kinds)
    if node is not None and node.parent is not None:
        node.replace(rng.choice(kinds)(**node.args))


def _graft(statement: exp.Expr, rng: Random) -> None:
    """Put a piece of any shape in the place of a piece of the same kind."""
    node = _pick(statement, rng)
    donors = [d for d in _DONORS if type(d) is type(node) or type(d.parent) is type(node)]
    if node is not None and node.parent is not None and donors:
        node.replace(rng.choice(donors).copy())


def _drop(statement: exp.Expr, rng: Random) -> None:
    """Leave an argument out, or one of a list."""
    node = _pick(statement, rng)
    filled = [name for name, value in (node.args if node else {}).items() if value]
    if node is None or not filled:
        return
    name = rng.choice(filled)
    value = node.args[name]
    if isinstance(value, list) and len(value) > 1:
        node.set(name, [v for n, v in enumerate(value) if n != rng.randrange(len(value))])
    else:
        node.set(name, None)


def _lift(statement: exp.Expr, rng: Random) -> None:
    """Put a part of something in its place."""
    node = _pick(statement, rng, exp.Not, exp.Paren, exp.And, exp.Or, exp.Coalesce, exp.Filter)
    if node is not None and node.parent is not None:
        node.replace(node.this)


def _swap(statement: exp.Expr, rng: Random) -> None:
    """Exchange the sides of something, or two members of a list."""
    node = _pick(statement, rng)
    if node is None:
        return
    left, right = node.args.get("this"), node.args.get("expression")
    if isinstance(left, exp.Expr) and isinstance(right, exp.Expr):
        node.set("this", right)
        node.set("expression", left)
    for name, value in node.args.items():
        if isinstance(value, list) and len(value) > 1:
            node.set(name, rng.sample(value, len(value)))


def _more(statement: exp.Expr, rng: Random) -> None:
    """Add a member of another list of the same name: a join, a key, an output."""
    node = _pick(statement, rng, *_LISTS)
    if node is None:
        return
    name = rng.choice([n for n, v in node.args.items() if isinstance(v, list)] or ["expressions"])
    donors = [d for d in _DONORS if type(d) is type(node) and d.args.get(name)]
    if donors:
        given = rng.choice(rng.choice(donors).args[name]).copy()
        node.append(name, given)


def _choose(statement: exp.Expr, rng: Random) -> None:
    """Aggregate over some rows only: what is chosen, and by what, is any shape's."""
    node = _pick(statement, rng, exp.Count, exp.Sum, exp.Min, exp.Max)
    tests = [d for d in _DONORS if isinstance(d, exp.Predicate | exp.Connector | exp.Not)]
    if node is not None:
        chosen = exp.Literal.number(0) if type(node.this) is exp.Star else node.this
        branch = exp.If(this=rng.choice(tests).copy(), true=chosen.copy())
        node.set("this", exp.Case(ifs=[branch]))


def _frame(statement: exp.Expr, rng: Random) -> None:
    spec = _pick(statement, rng, exp.WindowSpec)
    if spec is not None:
        name = rng.choice(sorted(_FRAMES))
        spec.set(name, rng.choice(_FRAMES[name]))


def _parameter(statement: exp.Expr, rng: Random) -> None:
    node = _pick(statement, rng, exp.Placeholder, exp.Literal)
    if node is not None and node.parent is not None:
        node.replace(exp.Placeholder(this=f"v{rng.randrange(14)}"))


_CHANGES: Sequence[Callable[[exp.Expr, Random], None]] = (
    _rename_column,
    _rename_alike,
    _rename_alike,
    _rename_alike,
    _rename_of,
    _rename_table,
    _rename_alias,
    _rename_event,
    _other_kind,
    _other_kind,
    _other_kind,
    _graft,
    _graft,
    _drop,
    _lift,
    _swap,
    _more,
    _choose,
    _frame,
    _parameter,
)


def _words(sql: str, rng: Random) -> str:
    """Return a text with a word left out, doubled, or put in from another shape."""
    words = sql.split(" ")
    place = rng.randrange(len(words))
    given = rng.choice(rng.choice(_SHAPES).sql.split(" "))
    replacement = rng.choice(([], [given], [words[place], given], [words[place]] * 2))
    return " ".join(words[:place] + replacement + words[place + 1 :])

# SPDX-License-Identifier: Apache-2.0
"""Whether a statement is one about each person alone: found out by running it, not by reading it.

Worlds are drawn in which people have rows of every table, ties and missing values included. Then
everything that must not matter is changed, and the answer must stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random

import duckdb
import pyarrow as pa

from privseg.frames import Query
from privseg.gate.columns import Schema, TableColumn

Row = Mapping[str, object]
World = Mapping[str, list[Row]]
Answer = Mapping[str, frozenset[int]]

PEOPLE = frozenset(range(5))
_ARROW = {
    "UINTEGER": pa.uint32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "DATE": pa.date32(),
    "BLOB": pa.binary(),
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "country": ("DE", "FR"),
    "religion": ("a", "b"),
    "city": ("X", "ab"),
    "city__folded": ("x", "ab"),
    "industry": ("software", "retail"),
    "channel": ("web", "app"),
    "article": ("x", "y"),
}
_DAYS = (date(1985, 2, 28), date(1996, 2, 29), date(1996, 2, 11), date(2001, 6, 1))
_DRAWS = (0, 2**30, 2**31 - 1, 2**31, 2**32 - 1)


_KINDS = {int: "BIGINT", str: "VARCHAR", date: "DATE"}


def _near(value: object, rng: Random) -> object:
    """Return a value of a statement, or one beside it."""
    if type(value) is int:
        return max(-(2**62), min(value + rng.choice((-1, 0, 0, 1)), 2**62))
    return value


class Engine:
    """A DuckDB that reaches nothing, and the answers of statements over worlds."""

    def __init__(self, schema: Schema) -> None:
        config = {"threads": 1, "enable_external_access": "false"}
        self._connection = duckdb.connect(":memory:", config=config)  # type: ignore[arg-type]
        self._schema = schema

    def close(self) -> None:
        self._connection.close()

    def answer(
        self,
        query: Query,
        world: World,
        *,
        eligible: frozenset[int] = PEOPLE,
        only: frozenset[TableColumn] | None = None,
    ) -> Answer:
        """Return whom a query finds; ``only`` are the columns that there are.

        Raises:
            duckdb.Error: it does not run.
        """
        rows = {**world, "eligible": [{"ordinal": o} for o in sorted(eligible)]}
        for table, columns in self._schema.items():
            kept = {c: t for c, t in columns.items() if only is None or (table, c) in only}
            self._connection.unregister(table)
            if kept and f'"{table}"' in query.sql:
                self._connection.register(table, _arrow(rows[table], kept))
        found = self._connection.execute(query.sql, dict(query.parameters)).fetchall()
        if len(query.finds) == 1:
            return {query.finds[0]: frozenset(row[0] for row in found)}
        return {
            name: frozenset(row[0] for row in found if row[n] is True)
            for n, name in enumerate(query.finds, start=1)
        }


def _arrow(rows: list[Row], columns: Mapping[str, str]) -> pa.Table:
    return pa.table(
        {c: pa.array([row[c] for row in rows], _ARROW[kind]) for c, kind in columns.items()}
    )


def draw_world(schema: Schema, rng: Random, asked: Sequence[object] = ()) -> World:
    """Return rows of everybody, eligible or not: some have none, some many.

    ``asked`` are values that cells are to be near.
    """
    return {
        table: [row for o in sorted(PEOPLE) for row in _rows_of(o, columns, rng, asked)]
        for table, columns in schema.items()
    }


def _rows_of(
    ordinal: int, columns: Mapping[str, str], rng: Random, asked: Sequence[object]
) -> Iterator[Row]:
    several = {"time", "event_id"} <= set(columns)
    for _ in range(rng.choice((0, 1, 2, 4, 6)) if several else int(rng.random() < 0.8)):
        cells = {c: _cell(c, kind, rng, asked) for c, kind in columns.items()}
        yield cells | {"ordinal": ordinal}


def _cell(column: str, kind: str, rng: Random, asked: Sequence[object]) -> object:
    if column == "event_id":  # ids never tie
        return rng.randbytes(16)
    near = [_near(v, rng) for v in asked if _KINDS.get(type(v)) == kind]
    if near and rng.random() < 0.6:
        return rng.choice(near)
    if column == "time":  # never missing, and often the same
        return rng.randrange(7)
    return None if rng.random() < 0.15 else _known(column, kind, rng)


def _known(column: str, kind: str, rng: Random) -> object:
    if kind == "VARCHAR[]":
        return [w for w in ("tea", "chess") if rng.random() < 0.5]
    if kind == "BLOB":
        return rng.randbytes(16)
    pools: Mapping[str, Sequence[object]] = {
        "UINTEGER": _DRAWS,
        "BIGINT": (-1, 0, 1, 2, 3, 4, 2**63 - 1),
        "BOOLEAN": (True, False),
        "DATE": _DAYS,
        "VARCHAR": _WORDS.get(column, ("x", "1")),
    }
    return rng.choice(pools[kind])


@dataclass(frozen=True, slots=True)
class Trial:
    """One statement over one pair of worlds that share nothing."""

    engine: Engine
    query: Query
    schema: Schema
    allowed: frozenset[TableColumn]

    def interference(self, rng: Random) -> str | None:
        """Return in a few words what changed the answer although it must not; None if nothing."""
        asked = list(self.query.parameters.values())
        world, other = (draw_world(self.schema, rng, asked) for _ in range(2))
        try:
            return self._interference(world, other, rng)
        except duckdb.Error as failure:
            return f"it fails: {type(failure).__name__}"

    def _interference(self, world: World, other: World, rng: Random) -> str | None:
        base = self.engine.answer(self.query, world)
        if self.engine.answer(self.query, self._without_forbidden(world, rng)) != base:
            return "a forbidden cell"
        if self.engine.answer(self.query, _shuffled(world, rng)) != base:
            return "the order of rows"
        eligible = frozenset(o for o in PEOPLE if rng.random() < 0.6)
        kept = {name: found & eligible for name, found in base.items()}
        if self.engine.answer(self.query, world, eligible=eligible) != kept:
            return "who else is eligible"
        nobody: World = {table: [] for table in world}
        alone, among = rng.sample(sorted(PEOPLE), 2)
        if self._moved(alone, base, world, nobody) or self._moved(among, base, world, other):
            return "another person's rows"
        return None

    def _moved(self, ordinal: int, base: Answer, world: World, other: World) -> bool:
        """Return whether somebody moves in or out once everybody else's rows are others."""
        mixed = {
            table: [r for r in rows if r["ordinal"] == ordinal]
            + [r for r in other[table] if r["ordinal"] != ordinal]
            for table, rows in world.items()
        }
        found = self.engine.answer(self.query, mixed)
        return any((ordinal in found[name]) != (ordinal in base[name]) for name in base)

    def _without_forbidden(self, world: World, rng: Random) -> World:
        return {
            table: [self._changed(table, row, rng) for row in rows] for table, rows in world.items()
        }

    def _changed(self, table: str, row: Row, rng: Random) -> Row:
        types = self.schema[table]
        return {
            c: v if (table, c) in self.allowed else _cell(c, types[c], rng, ())
            for c, v in row.items()
        }


def _shuffled(world: World, rng: Random) -> World:
    return {table: rng.sample(rows, len(rows)) for table, rows in world.items()}


def with_parameters(query: Query, rng: Random) -> Query:
    """Return the query with other values of the same types."""
    values = {name: _other(value, rng) for name, value in query.parameters.items()}
    return replace(query, parameters=values)


def _other(value: object, rng: Random) -> object:
    match value:
        case bool():
            return rng.random() < 0.5
        case int():
            return rng.choice((value, value, rng.randrange(7), rng.choice(_DRAWS)))
        case date():
            return rng.choice(_DAYS)
        case _:
            words = {w for several in _WORDS.values() for w in several} | {"tea", "chess"}
            return rng.choice((value, rng.choice(sorted(words))))

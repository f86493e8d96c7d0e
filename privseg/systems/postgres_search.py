# SPDX-License-Identifier: Apache-2.0
"""Which rows of a PostgreSQL table are a person's: told by the texts of its column, as stored.

The server looks with a rough spelling, or between two numbers; what it cannot tell for certain is
judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql

from privseg.dsr.system_rules import TableRules
from privseg.systems.person import Match
from privseg.systems.postgres_catalogue import Kind, name_of

Driver = psycopg.Connection[tuple[Any, ...]]

_ROUGH = {
    "phone": "regexp_replace({0}, '[^0-9]', '', 'g')",
    "email": "lower(btrim({0}, ' ') COLLATE \"C\")",
}  # as ``person.rough``; the collation lowers plain ASCII alone
_SPELT = "{rough} = ANY(%s::text[]) OR {text} = ANY(%s::text[]) OR {text} COLLATE \"C\" ~ '[^ -~]'"
_BETWEEN = "{person}::{kind} BETWEEN %s::{kind} AND %s::{kind}"


def theirs(db: Driver, table: TableRules, match: Match, kind: Kind) -> list[str]:
    """Return the texts, as they are stored, that say a row is the person's.

    Raises:
        SystemShapeError: a number may be the person's or another's.
    """
    where, parameters = _may_be_theirs(table, match, kind)
    text = _text(table)
    said = sql.SQL("SELECT DISTINCT {} FROM {} WHERE {}").format(text, name_of(table), where)
    found = db.execute(said, parameters)
    return [value for (value,) in found if value is not None and match.told(value, kind.bits)]


def counts_of(db: Driver, found: Iterable[tuple[TableRules, list[str]]]) -> Mapping[str, int]:
    """Return how many rows of a person each table has."""
    counts = {}
    for table, texts in found:
        count = sql.SQL("SELECT count(*) FROM {} WHERE {}")
        row = db.execute(count.format(name_of(table), is_theirs(table)), [texts]).fetchone()
        assert row is not None
        counts[table.name] = int(row[0])
    return counts


def is_theirs(table: TableRules) -> sql.Composed:
    """Return the condition that a row is the person's, with one parameter: the texts."""
    return sql.SQL("{} = ANY(%s::text[])").format(_text(table))


def _may_be_theirs(
    table: TableRules, match: Match, kind: Kind
) -> tuple[sql.Composable, list[list[str]] | list[str]]:
    """Return a wider condition with its parameters; numbers are looked for as numbers."""
    if kind.bits is None:
        text = _text(table)
        rough = sql.SQL(_ROUGH.get(table.identifier, "btrim({0}, ' ')")).format(text)
        said = sql.SQL(_SPELT).format(text=text, rough=rough)
        return said, [match.probes, sorted(match.given)]
    ends = [f"{end:f}" for window in match.windows(kind.bits) for end in window]
    between = sql.SQL(_BETWEEN).format(
        person=sql.Identifier(table.person), kind=sql.SQL("float8" if kind.bits else "numeric")
    )
    said = sql.SQL(" OR ").join([between] * (len(ends) // 2))
    return said if ends else sql.SQL("FALSE"), ends


def _text(table: TableRules) -> sql.Composed:
    """Return the person's column as text."""
    return sql.SQL("{}::text").format(sql.Identifier(table.person))

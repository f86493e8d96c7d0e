# SPDX-License-Identifier: Apache-2.0
"""Which rows of a SQLite table are a person's: told by a function of our own.

A column has a type in name only: each value may be a text, a number or bytes, and a text may be
none (sqlite.org/datatype3.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from privseg.dsr.system_rules import TableRules
from privseg.systems.person import DOUBLE, Match

IS_PERSON = "privseg_is_person_"  # the name of our own function in SQL, with a table's number


def functions(
    db: sqlite3.Connection, searched: Iterable[tuple[TableRules, Match]]
) -> Iterator[tuple[TableRules, str]]:
    """Yield each table with the condition that a row is the person's: a function of our own."""
    for number, (table, match) in enumerate(searched):
        _require_clear(db, table, match)
        yield table, _condition(db, f"{IS_PERSON}{number}", table, match)


def _require_clear(db: sqlite3.Connection, table: TableRules, match: Match) -> None:
    """Judge numbers that a column of any type may have, where a refusal keeps its words.

    Raises:
        SystemShapeError: one may be the person's or another's.
    """
    person = quoted(table.person)
    numbers = db.execute(
        f"SELECT DISTINCT {person} FROM {quoted(table.name)} WHERE typeof({person}) = 'real' "  # noqa: S608
        f"AND ({person} NOT BETWEEN {1 - 2**DOUBLE} AND {2**DOUBLE - 1} "
        f"OR {person} <> CAST({person} AS INTEGER))"
    )
    for (value,) in numbers:
        match(value)


def _condition(db: sqlite3.Connection, name: str, table: TableRules, match: Match) -> str:
    """Return the condition; text goes as its bytes, as what is no UTF-8 would stop the search."""
    db.create_function(name, 1, match, deterministic=True)
    person = quoted(table.person)
    if db.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
        return f"{name}({person})"  # SQLite makes UTF-8 of it, whatever it is
    return (
        f"{name}(CASE typeof({person}) WHEN 'text' THEN CAST({person} AS BLOB) ELSE {person} END)"
    )


def counts_of(
    db: sqlite3.Connection, searched: Iterable[tuple[TableRules, Match]]
) -> Mapping[str, int]:
    """Return how many rows of a person each table has."""
    found = {}
    for table, is_theirs in functions(db, searched):
        count = f"SELECT count(*) FROM {quoted(table.name)} WHERE {is_theirs}"  # noqa: S608
        (found[table.name],) = db.execute(count).fetchone()
    return found


def stored_text(data: bytes) -> str | bytes:
    """Return a stored text; what is no UTF-8 stays as it is stored."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'

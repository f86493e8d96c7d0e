# SPDX-License-Identifier: Apache-2.0
"""The parts of statements to DuckDB: names are quoted, values are parameters."""

from __future__ import annotations

from pathlib import Path

import duckdb

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import OnErasure
from privseg.systems.duck_catalogue import Catalogue, qualified, quoted
from privseg.systems.in_place import taken
from privseg.systems.person import Match

DECIMALS = 48  # bits that a decimal keeps for certain when DuckDB makes a double of it


def copied(
    table: TableRules, here: Catalogue, texts: list[str] | None
) -> tuple[str, str, list[list[str]]]:
    """Return what is selected of a table, which rows, and the parameters of both."""
    names = here.stored(table)
    if texts is None:
        return ", ".join(map(quoted, names)), "", []
    if is_deleted(table):
        where = f"WHERE ({is_theirs(table)}) IS NOT TRUE"
        return ", ".join(map(quoted, names)), where, [texts]
    blank = taken(table, names)
    told = ", ".join(
        f"CASE WHEN {is_theirs(table)} THEN NULL ELSE {quoted(n)} END" if n in blank
        else quoted(n)
        for n in names
    )  # fmt: skip
    return told, "", [texts for n in names if n in blank]


def is_deleted(table: TableRules) -> bool:
    """Return whether an erasure deletes its rows."""
    return table.on_erasure is OnErasure.DELETE


def is_theirs(table: TableRules) -> str:
    """Return the condition that a row is the person's, with one parameter: the texts."""
    return f"list_contains(?::VARCHAR[], {text_of_person(table)})"


def may_be_theirs(
    table: TableRules, match: Match, bits: int | None
) -> tuple[str, list[list[str]] | list[str]]:
    """Return a wider condition with its parameters; numbers are looked for as numbers."""
    if bits is None:
        return _may_be_spelt(table), [match.probes, sorted(match.given)]
    ends = [str(end) for window in match.windows(bits or DECIMALS) for end in window]
    between = f"CAST({quoted(table.person)} AS DOUBLE) BETWEEN ?::DOUBLE AND ?::DOUBLE"
    return " OR ".join([between] * (len(ends) // 2)) or "FALSE", ends


def _may_be_spelt(table: TableRules) -> str:
    """Return a wider condition: what differs by printable ASCII alone is another's.

    Parameters: the rough spellings, and the identifiers as they were given.
    """
    text = text_of_person(table)
    rough = {
        "phone": f"regexp_replace({text}, '[^0-9]', '', 'g')",
        "email": f"lower(trim({text}))",
    }.get(table.identifier, f"trim({text})")
    return (
        f"list_contains(?::VARCHAR[], {rough}) OR list_contains(?::VARCHAR[], {text}) "
        f"OR regexp_matches({text}, '[^ -~]')"
    )


def text_of_person(table: TableRules) -> str:
    """Return the person's column as text."""
    return f"CAST({quoted(table.person)} AS VARCHAR)"


def text_literal(path: Path) -> str:
    """Return a path as a text of SQL: it is no parameter of ATTACH."""
    return "'" + str(path).replace("'", "''") + "'"


def number(db: duckdb.DuckDBPyConnection, sql: str, parameters: list[list[str]]) -> int:
    """Return the one number that a question gives."""
    row = db.execute(sql, parameters).fetchone()
    assert row is not None
    return int(row[0])


def bystander(key: tuple[str, str]) -> TableRules:
    """Return a table that is copied as it is."""
    return TableRules(name=qualified(key), person="", identifier="", on_erasure=OnErasure.KEEP)

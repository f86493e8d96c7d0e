# SPDX-License-Identifier: Apache-2.0
"""What a DuckDB database holds: its tables, columns and foreign keys, by their full names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from privseg.dsr.system_rules import TableRules
from privseg.systems.person import DOUBLE, EXACT, SINGLE
from privseg.systems.relations import Relation

MAIN = "main"
Key = tuple[str, str]
"""The schema and name of a table."""

_COLUMNS = (
    "SELECT c.table_schema, c.table_name, c.column_name, c.is_nullable = 'YES', "
    "c.is_generated = 'ALWAYS', c.data_type FROM information_schema.columns c "
    "JOIN duckdb_tables() t ON t.database_name = c.table_catalog "
    "AND t.schema_name = c.table_schema AND t.table_name = c.table_name "
    "WHERE c.table_catalog = ? AND NOT t.internal ORDER BY 1, 2, c.ordinal_position"
)
_KEYS = (
    "SELECT schema_name, table_name, referenced_table FROM duckdb_constraints() "
    "WHERE database_name = ? AND constraint_type = 'FOREIGN KEY'"
)
_MADE = (
    "SELECT s.block_size, d.tags['storage_version'] FROM pragma_database_size() s "
    "JOIN duckdb_databases() d USING (database_name) WHERE d.database_name = ?"
)

_BITS = {"FLOAT": SINGLE, "DOUBLE": DOUBLE}
_TEXTS = {
    "VARCHAR", "UUID", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT",
    "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "BIGNUM",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    is_nullable: bool
    is_generated: bool
    kind: str

    @property
    def bits(self) -> int | None:
        """Return how many bits of a number it holds; None where text is compared."""
        return EXACT if self.kind.startswith("DECIMAL(") else _BITS.get(self.kind)

    @property
    def is_comparable(self) -> bool:
        """Return whether identifiers are found in it: whether its text is what it holds."""
        return self.bits is not None or self.kind in _TEXTS or self.kind.startswith("ENUM(")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every table of a database. ``options`` make a new file like the old one."""

    tables: Mapping[Key, tuple[Column, ...]]
    keys: tuple[tuple[Key, Key], ...]  # child, parent
    options: str

    def key(self, table: TableRules) -> Key:
        """Return a declared table's schema and name."""
        return key_of(table.name)

    def of(self, table: TableRules, database: str) -> str:
        """Return a table's full name in one of the two files."""
        return ".".join(quoted(part) for part in (database, *key_of(table.name)))

    def names(self, tables: Sequence[TableRules]) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of each table that is there."""
        return {
            t.name: tuple(c.name for c in self.tables[key_of(t.name)])
            for t in tables
            if key_of(t.name) in self.tables
        }

    def person(self, table: TableRules) -> Column:
        """Return the column that says whose a row is."""
        return next(c for c in self.tables[key_of(table.name)] if c.name == table.person)

    def stored(self, table: TableRules) -> tuple[str, ...]:
        """Return the columns that are written, and not made from others."""
        return tuple(c.name for c in self.tables[key_of(table.name)] if not c.is_generated)

    def fixed(self, table: TableRules) -> set[str]:
        """Return the columns that cannot be emptied."""
        columns = self.tables[key_of(table.name)]
        return {c.name for c in columns if c.is_generated or not c.is_nullable}

    def relations(self, tables: Sequence[TableRules]) -> list[Relation]:
        """Return the foreign keys between tables, by the names that they have here."""
        name = {key_of(t.name): t.name for t in tables}
        return [Relation(name[child], name[parent], takes=False) for child, parent in self.keys]


def catalogue(db: duckdb.DuckDBPyConnection, database: str) -> Catalogue:
    """Return what an attached database holds."""
    tables: dict[Key, list[Column]] = {}
    for schema, table, *column in db.execute(_COLUMNS, [database]).fetchall():
        tables.setdefault((schema, table), []).append(Column(*column))
    found = db.execute(_KEYS, [database]).fetchall()
    keys = tuple(((schema, child), (schema, parent)) for schema, child, parent in found)
    (made,) = db.execute(_MADE, [database]).fetchall()
    version = str(made[1]).rstrip("+")
    options = f"BLOCK_SIZE {int(made[0])}, STORAGE_VERSION '{version}'"
    return Catalogue({k: tuple(c) for k, c in tables.items()}, keys, options)


def key_of(name: str) -> Key:
    """Return the schema and name that a declared name means.

    >>> key_of("people"), key_of("crm.people")
    (('main', 'people'), ('crm', 'people'))
    """
    schema, dot, table = name.partition(".")
    return (schema, table) if dot else (MAIN, name)


def qualified(key: Key) -> str:
    """Return a name that means a table, however it is spelt."""
    return ".".join(key)


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'

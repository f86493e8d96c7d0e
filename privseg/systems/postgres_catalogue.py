# SPDX-License-Identifier: Apache-2.0
"""What a PostgreSQL database says of the declared tables: columns, keys, triggers, our rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from privseg.dsr.system_rules import TableRules
from privseg.dsr.systems import OnErasure
from privseg.systems.person import DOUBLE, EXACT, SINGLE
from privseg.systems.relations import Relation, reached

PUBLIC = "public"
TABLES = ("r", "p")  # pg_class.relkind: a table, a table in partitions
_MAINTAIN = 170000  # the version of the server that knows the right to VACUUM (PostgreSQL 17)

_FOUND = (
    "SELECT c.oid, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = %s AND c.relname = %s"
)
_COLUMNS = (
    "SELECT attname, attnotnull OR attgenerated <> '' OR attidentity = 'a', "
    "coalesce(b.typname, t.typname), t.typcategory FROM pg_attribute "
    "JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype "
    "WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)
_BITS = {"float4": SINGLE, "float8": DOUBLE, "numeric": EXACT}
_TEXTS = {"uuid", "int2", "int4", "int8", "oid"}
_SPELT = {"S", "E"}  # pg_type.typcategory: texts (citext, too), and enumerations
_KEYS = (
    "SELECT k.conrelid, k.confrelid, k.confdeltype IN ('c', 'n', 'd'), n.nspname, c.relname "
    "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE k.contype = 'f' AND k.conparentid = 0"
)
_TRIGGERS = (
    "SELECT tgname FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal AND tgenabled <> 'D' "
    "AND tgtype & 24 <> 0 ORDER BY 1"  # catalog/pg_trigger.h: 8 on delete, 16 on update
)
_RIGHT = "SELECT has_table_privilege(%s::oid, %s)"
_ON_COLUMN = "SELECT has_column_privilege(%s::oid, %s, 'UPDATE')"
_OWNS = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s"
_SEES = "SELECT pg_has_role('pg_read_all_stats', 'USAGE')"
_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a column; a domain's is the type that it is made of."""

    name: str
    category: str

    @property
    def bits(self) -> int | None:
        """Return how many bits of a number it holds; None where text is compared."""
        return _BITS.get(self.name)

    @property
    def is_comparable(self) -> bool:
        """Return whether identifiers are found in it: whether its text is what it holds."""
        return self.bits is not None or self.name in _TEXTS or self.category in _SPELT


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The declared tables by name. Rights are names of what is lacking, by table."""

    columns: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, frozenset[str]]  # columns that cannot be emptied
    not_tables: frozenset[str]
    relations: Sequence[Relation]
    triggers: tuple[tuple[str, str], ...]
    lacking: Mapping[str, tuple[str, ...]]
    lacking_for_vacuum: Mapping[str, tuple[str, ...]]
    is_superuser: bool
    taken_along: tuple[TableRules, ...]  # what a DELETE takes rows of, beside the declared ones
    kinds: Mapping[str, Mapping[str, Kind]]  # by table, then by column

    def kind(self, table: TableRules) -> Kind:
        """Return the type of the column that says whose a row is."""
        return self.kinds[table.name][table.person]

    def missing(self, tables: Sequence[TableRules]) -> Iterator[str]:
        """Yield the rights that an erasure lacks."""
        for table in tables:
            yield from self.lacking[table.name]

    def missing_for_vacuum(self, tables: Sequence[TableRules]) -> list[str]:
        """Return the rights that writing tables anew lacks."""
        return sorted({right for t in tables for right in self.lacking_for_vacuum[t.name]})


def catalogue(db: psycopg.Connection[tuple[Any, ...]], tables: Sequence[TableRules]) -> Catalogue:
    """Return what the server says of tables; one that is not there has no columns."""
    found = {t.name: row for t in tables if (row := db.execute(_FOUND, key_of(t.name)).fetchone())}
    oids = {name: row[0] for name, row in found.items() if row[1] in TABLES}
    here = [t for t in tables if t.name in oids]
    columns = {name: db.execute(_COLUMNS, (oid,)).fetchall() for name, oid in oids.items()}
    relations = _relations(db, oids)
    return Catalogue(
        columns={name: tuple(c[0] for c in each) for name, each in columns.items()},
        fixed={name: frozenset(c[0] for c in each if c[1]) for name, each in columns.items()},
        not_tables=frozenset(found) - frozenset(oids),
        relations=relations,
        triggers=tuple(
            (name, str(row[0]))
            for name, oid in oids.items()
            for row in db.execute(_TRIGGERS, (oid,))
        ),
        lacking={t.name: tuple(_lacking(db, t, oids[t.name])) for t in here},
        lacking_for_vacuum={t.name: tuple(_for_vacuum(db, t.name, oids[t.name])) for t in here},
        is_superuser=_is_true(db, _SUPERUSER),
        taken_along=_along(here, relations),
        kinds={name: {c[0]: Kind(c[2], c[3]) for c in each} for name, each in columns.items()},
    )


def key_of(name: str) -> tuple[str, str]:
    """Return the schema and name that a declared name means.

    >>> key_of("people"), key_of("crm.people")
    (('public', 'people'), ('crm', 'people'))
    """
    schema, dot, table = name.partition(".")
    return (schema, table) if dot else (PUBLIC, name)


def name_of(table: TableRules) -> sql.Identifier:
    """Return a table's full name, quoted."""
    return sql.Identifier(*key_of(table.name))


def _relations(db: psycopg.Connection[tuple[Any, ...]], oids: Mapping[str, int]) -> list[Relation]:
    """Return every foreign key; tables that are declared are called as they are there."""
    declared = {oid: name for name, oid in oids.items()}
    keys = db.execute(_KEYS).fetchall()
    named = declared | {k[0]: _bare(k[3], k[4]) for k in keys if k[0] not in declared}
    return [
        Relation(named[child], named.get(parent, ""), takes=takes)
        for child, parent, takes, _, _ in keys
    ]


def _bare(schema: str, table: str) -> str:
    """Return a table's name as it would be declared."""
    return table if schema == PUBLIC else f"{schema}.{table}"


def _along(tables: Sequence[TableRules], relations: Sequence[Relation]) -> tuple[TableRules, ...]:
    deleted = [t for t in tables if t.on_erasure is OnErasure.DELETE]
    names = {n for t in deleted for n in reached(t.name, relations)} - {t.name for t in tables}
    return tuple(TableRules(name=n, person="", identifier="") for n in sorted(names))


def _lacking(db: psycopg.Connection[tuple[Any, ...]], table: TableRules, oid: int) -> Iterator[str]:
    """Yield the rights on one table that an erasure needs and the role has not."""
    needed = ["SELECT"]
    if table.on_erasure is OnErasure.DELETE:
        needed.append("DELETE")
    for right in needed:
        if not _is_true(db, _RIGHT, oid, right):
            yield f"{right} on {table.name}"
    if table.on_erasure is OnErasure.BLANK:
        for column in dict.fromkeys((table.person, *table.columns)):
            if not _may_update(db, oid, column):
                yield f"UPDATE ({column}) on {table.name}"


def _may_update(db: psycopg.Connection[tuple[Any, ...]], oid: int, column: str) -> bool:
    """Return whether a column may be emptied; one that is not there is told elsewhere."""
    there = {row[0] for row in db.execute(_COLUMNS, (oid,))}
    return column not in there or _is_true(db, _ON_COLUMN, oid, column)


def _for_vacuum(db: psycopg.Connection[tuple[Any, ...]], name: str, oid: int) -> Iterator[str]:
    """Yield the rights that VACUUM FULL needs, and to know when nobody sees deleted rows."""
    knows = db.info.server_version >= _MAINTAIN
    if not (_is_true(db, _OWNS, oid) or (knows and _is_true(db, _RIGHT, oid, "MAINTAIN"))):
        yield f"{'MAINTAIN on' if knows else 'ownership of'} {name}"
    if not _is_true(db, _SEES):
        yield "membership in pg_read_all_stats"


def _is_true(db: psycopg.Connection[tuple[Any, ...]], said: str, *parameters: object) -> bool:
    return db.execute(said, parameters).fetchone() == (True,)

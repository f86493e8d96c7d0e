# SPDX-License-Identifier: Apache-2.0
"""The vault's storage in SQL: wrapped keys, who is enrolled, and the column store's manifest.

It meets ``vault.ports.VaultStorage`` without importing it: neither room knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlmodel import SQLModel, col

from privseg.store.database import Database
from privseg.store.tables_vault import (
    THE_ONE,
    ColumnFileRow,
    ColumnTableRow,
    KeyPageRow,
    PopulationRow,
    SnapshotRow,
    SuppressionRow,
    VaultStateRow,
    WrappedKeyRow,
)

CHUNK = 10_000  # values in one IN list; SQLite's limit is 32,766 variables (sqlite.org/limits.html)
_Value = TypeVar("_Value")


class VaultTables:
    """Keys, people and files of one database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def transaction(self) -> AbstractContextManager[None]:
        """Return a block that happens wholly or not at all."""
        return self._db.transaction()

    def reading(self) -> AbstractContextManager[None]:
        """Return a block that sees one state."""
        return self._db.reading()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run ``action`` after the open transaction became durable."""
        self._db.after_commit(action)

    def vault_root(self) -> tuple[str, str] | None:
        """Return (workspace id, root id), or None without a vault."""
        rows = self._tuples("SELECT workspace, root_id FROM vault_state")
        return rows[0] if rows else None

    def set_vault_root(self, workspace: str, root_id: str) -> None:
        """Name the root key in force; the first time this makes the vault."""
        if self.vault_root() is not None:
            self._set_state(workspace=workspace, root_id=root_id)
            return
        first = {"next_ordinal": 0, "snapshot": 0, "erased": b""}
        self._put(VaultStateRow, id=THE_ONE, workspace=workspace, root_id=root_id, **first)

    def wrapped(self, kind: str, name: str) -> tuple[str, bytes] | None:
        """Return (root id, wrapped key), or None."""
        sql = "SELECT root_id, blob FROM wrapped_key WHERE kind = ? AND name = ?"
        rows = self._tuples(sql, (kind, name))
        return rows[0] if rows else None

    def all_wrapped(self) -> list[tuple[str, str, str, bytes]]:
        """Return every wrapped key."""
        return self._tuples("SELECT kind, name, root_id, blob FROM wrapped_key")

    def put_wrapped(self, rows: Sequence[tuple[str, str, str, bytes]]) -> None:
        """Store wrapped keys, each in place of an older one."""
        self._db.bulk(
            "INSERT INTO wrapped_key (kind, name, root_id, blob) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (kind, name) DO UPDATE SET root_id = excluded.root_id, "
            "blob = excluded.blob",
            rows,
        )

    def drop_wrapped(self, kind: str, name: str) -> None:
        """Delete a wrapped key."""
        self._db.execute(
            delete(WrappedKeyRow).where(
                col(WrappedKeyRow.kind) == kind, col(WrappedKeyRow.name) == name
            )
        )

    def key_page(self, bucket: int) -> tuple[str, bytes] | None:
        """Return (name of its page key, sealed page), or None."""
        rows = self._tuples("SELECT key_name, page FROM key_page WHERE bucket = ?", (bucket,))
        return rows[0] if rows else None

    def put_key_page(self, bucket: int, key_name: str, page: bytes) -> None:
        """Store a page in place of the older one."""
        self._put(KeyPageRow, bucket=bucket, key_name=key_name, page=page)

    def next_ordinal(self) -> int:
        """Return the first ordinal never given to anybody."""
        return int(self._state("next_ordinal", 0))

    def set_next_ordinal(self, ordinal: int) -> None:
        """Raise it."""
        self._set_state(next_ordinal=ordinal)

    def erased(self) -> bytes:
        """Return the bitmap of people erased."""
        return bytes(self._state("erased", b""))

    def set_erased(self, people: bytes) -> None:
        """Replace it."""
        self._set_state(erased=people)

    def population(self) -> list[tuple[int, bytes]]:
        """Return (snapshot, bitmap of people first known with it), by snapshot."""
        return self._tuples("SELECT snapshot, people FROM population ORDER BY snapshot")

    def set_population(self, snapshot: int, people: bytes) -> None:
        """Replace the bitmap of one snapshot."""
        self._put(PopulationRow, snapshot=snapshot, people=people)

    def find(self, tags: Sequence[bytes]) -> dict[bytes, tuple[int, str, bytes]]:
        """Return who is behind each look-up key that is known, and the bond of the two."""
        sql = "SELECT tag, ordinal, kind, bond FROM identity_cell WHERE tag IN"
        return {tag: (whose, kind, bond) for tag, whose, kind, bond in self._among(sql, tags)}

    def bonded(self) -> Iterator[list[tuple[Any, ...]]]:
        """Yield (look-up key, ordinal, kind, bond) of every identifier, in batches."""
        return self._db.batches("SELECT tag, ordinal, kind, bond FROM identity_cell")

    def owners_of_kind(self, kind: str, ordinals: Sequence[int]) -> set[int]:
        """Return which of these people have an identifier of ``kind``."""
        sql = "SELECT DISTINCT ordinal FROM identity_cell WHERE kind = ? AND ordinal IN"
        return {row[0] for row in self._among(sql, ordinals, kind)}

    def add_cells(self, rows: Sequence[tuple[int, str, bytes, bytes, bytes]]) -> None:
        """Store sealed identifiers."""
        self._db.bulk(
            "INSERT INTO identity_cell (ordinal, kind, tag, cell, bond) VALUES (?, ?, ?, ?, ?)",
            rows,
        )

    def cells(self, ordinal: int) -> list[tuple[int, str, bytes, bytes, bytes]]:
        """Return a person's sealed identifiers, oldest first."""
        return self._tuples(
            "SELECT ordinal, kind, tag, cell, bond FROM identity_cell "
            "WHERE ordinal = ? ORDER BY id",
            (ordinal,),
        )

    def drop_cells(self, ordinal: int, tags: Sequence[bytes]) -> None:
        """Delete these sealed identifiers of a person."""
        self._db.bulk(
            "DELETE FROM identity_cell WHERE ordinal = ? AND tag = ?", [(ordinal, t) for t in tags]
        )

    def suppress(self, tags: Sequence[bytes]) -> None:
        """Remember keyed hashes of a person's identifiers that must not be enrolled again."""
        self._db.bulk(
            "INSERT INTO suppression (tag, whose) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(tag, min(tags)) for tag in tags],
        )

    def suppressed(self, tags: Sequence[bytes]) -> set[bytes]:
        """Return which of these are suppressed."""
        return {row[0] for row in self._among("SELECT tag FROM suppression WHERE tag IN", tags)}

    def lift(self, tags: Sequence[bytes]) -> None:
        """Forget that these are suppressed, and all that were suppressed together with them."""
        self._db.bulk(
            "DELETE FROM suppression WHERE whose IN (SELECT whose FROM suppression WHERE tag = ?)",
            [(t,) for t in tags],
        )

    def suppressions(self) -> list[tuple[bytes, bytes]]:
        """Return the whole list of what is suppressed, and with what."""
        return self._tuples("SELECT tag, whose FROM suppression")

    def suppresses_anybody(self) -> bool:
        """Return whether anything is suppressed at all."""
        return bool(self._db.rows(select(col(SuppressionRow.tag)).limit(1)))

    def snapshot(self) -> int:
        """Return the newest snapshot."""
        return int(self._state("snapshot", 0))

    def set_snapshot(self, snapshot: int) -> None:
        """Name the newest snapshot; from now on it is among ``snapshots``."""
        self._set_state(snapshot=snapshot)
        self._db.bulk(
            "INSERT INTO snapshot (number) VALUES (?) ON CONFLICT DO NOTHING", [(snapshot,)]
        )

    def snapshots(self) -> set[int]:
        """Return every snapshot that can be read."""
        return {row[0] for row in self._db.rows(select(col(SnapshotRow.number)))}

    def forget_snapshots(self, snapshots: Iterable[int]) -> None:
        """Take snapshots off."""
        self._db.bulk("DELETE FROM snapshot WHERE number = ?", [(s,) for s in snapshots])

    def column_tables(self) -> Mapping[str, tuple[str, bytes]]:
        """Return every table's (kind, serialised Arrow schema)."""
        rows = self._tuples("SELECT name, kind, arrow_schema FROM column_table ORDER BY name")
        return {name: (kind, schema) for name, kind, schema in rows}

    def put_column_table(self, table: str, kind: str, schema: bytes) -> None:
        """Store a table's kind and schema."""
        self._put(ColumnTableRow, name=table, kind=kind, arrow_schema=schema)

    def column_files(
        self, table: str | None = None
    ) -> list[tuple[str, str, int, int, int | None, int]]:
        """Return the files of one table, or of all, ordered by table, bucket and name."""
        which, of = ("", ()) if table is None else ('WHERE "table" = ? ', (table,))
        return self._tuples(
            'SELECT name, "table", bucket, since, until, rows FROM column_file '  # noqa: S608
            f'{which}ORDER BY "table", bucket, name',
            of,
        )

    def add_column_file(self, row: tuple[str, str, int, int, int | None, int]) -> None:
        """List a file."""
        names = ("name", "table", "bucket", "since", "until", "rows")
        self._db.execute(insert(ColumnFileRow).values(dict(zip(names, row, strict=True))))

    def end_column_file(self, name: str, until: int) -> None:
        """Say from which snapshot on it is not read."""
        self._db.execute(
            update(ColumnFileRow).where(col(ColumnFileRow.name) == name).values(until=until)
        )

    def drop_column_file(self, name: str) -> None:
        """Take it off the list."""
        self._db.execute(delete(ColumnFileRow).where(col(ColumnFileRow.name) == name))

    def _put(self, row: type[SQLModel], **values: Any) -> None:
        """Insert a row or change the one with its key, leaving columns not named as they are."""
        table = row.__table__  # type: ignore[attr-defined]
        keys = [column.name for column in table.primary_key]
        rest = ", ".join(f'"{n}" = excluded."{n}"' for n in values if n not in keys)
        names, of = (", ".join(f'"{n}"' for n in some) for some in (values, keys))
        marks = ", ".join("?" * len(values))
        self._db.bulk(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT ({of}) DO UPDATE SET {rest}",
            [tuple(values.values())],
        )

    def _state(self, column: str, default: Any) -> Any:
        """Return one value of the vault's row."""
        rows = self._tuples(f"SELECT {column} FROM vault_state")  # noqa: S608 - our own words
        return rows[0][0] if rows else default

    def _set_state(self, **values: Any) -> None:
        """Change values of the vault's row."""
        self._db.execute(update(VaultStateRow).values(**values))

    def _tuples(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """Return rows as plain tuples."""
        return self._db.raw(sql, values)

    def _among(self, sql: str, values: Sequence[_Value], *before: Any) -> Iterator[tuple[Any, ...]]:
        """Run ``sql`` with an IN list of ``values``, in chunks."""
        for chunk in _chunks(values):
            marks = ", ".join("?" * len(chunk))
            yield from self._tuples(f"{sql} ({marks})", (*before, *chunk))


def _chunks(values: Sequence[_Value]) -> Iterable[Sequence[_Value]]:
    """Return ``values`` in pieces that one statement can take."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))

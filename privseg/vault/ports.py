# SPDX-License-Identifier: Apache-2.0
"""What the vault needs of a database. Every law here is checked by ``tests/contract``.

All of it must be in *one* database with the ledger and the audit log, so that one transaction
covers a change and its entry. Nothing handed over is secret in clear: keys are wrapped, cells
sealed, look-up keys hashed under a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

WrappedRow = tuple[str, str, str, bytes]
"""(kind, name, id of the root key, wrapped key)."""

CellRow = tuple[int, str, bytes, bytes, bytes]
"""(ordinal, kind of identifier, look-up key, sealed identifier, bond)."""

Owner = tuple[int, str, bytes]
"""(ordinal, kind of identifier, bond): of nobody until the bond is found to hold (``bonds``)."""

FileRow = tuple[str, str, int, int, int | None, int]
"""(name, table, bucket, first snapshot, first snapshot without it or None, rows)."""


class ColumnFile(NamedTuple):
    """One file of the column store: it belongs to the snapshots ``[since, until)``."""

    name: str
    table: str
    bucket: int
    since: int
    until: int | None
    rows: int

    def is_in(self, snapshot: int) -> bool:
        """Return whether a reader of ``snapshot`` reads it."""
        return self.since <= snapshot and (self.until is None or snapshot < self.until)


class Transactions(Protocol):
    """Port: all or nothing, durable at the outermost exit; only one writer at a time."""

    def transaction(self) -> AbstractContextManager[None]:
        """Return a block that happens wholly or not at all; inner blocks join the outer one."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Return a block that sees one state."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run ``action`` outside, after the open transaction became durable; else never."""
        ...


class KeyShelf(Transactions, Protocol):
    """Port: wrapped keys and key pages."""

    def vault_root(self) -> tuple[str, str] | None:
        """Return (workspace id, id of the root key in force), or None without a vault."""
        ...

    def set_vault_root(self, workspace: str, root_id: str) -> None:
        """Name the root key in force; the first time this makes the vault."""
        ...

    def wrapped(self, kind: str, name: str) -> tuple[str, bytes] | None:
        """Return (root id, wrapped key), or None."""
        ...

    def all_wrapped(self) -> list[WrappedRow]:
        """Return every wrapped key."""
        ...

    def put_wrapped(self, rows: Sequence[WrappedRow]) -> None:
        """Store wrapped keys, each in place of an older one of its kind and name."""
        ...

    def drop_wrapped(self, kind: str, name: str) -> None:
        """Delete a wrapped key."""
        ...

    def key_page(self, bucket: int) -> tuple[str, bytes] | None:
        """Return (name of its page key, sealed page), or None."""
        ...

    def put_key_page(self, bucket: int, key_name: str, page: bytes) -> None:
        """Store a page in place of the older one."""
        ...


class PeopleRows(Transactions, Protocol):
    """Port: who is enrolled, under which look-up keys."""

    def next_ordinal(self) -> int:
        """Return the first ordinal never given to anybody."""
        ...

    def set_next_ordinal(self, ordinal: int) -> None:
        """Raise it; it never falls, so no ordinal is used twice."""
        ...

    def erased(self) -> bytes:
        """Return the bitmap of people erased (serialised; empty bytes at first)."""
        ...

    def set_erased(self, people: bytes) -> None:
        """Replace it."""
        ...

    def population(self) -> list[tuple[int, bytes]]:
        """Return (snapshot, bitmap of people first known with it), by snapshot."""
        ...

    def set_population(self, snapshot: int, people: bytes) -> None:
        """Replace the bitmap of one snapshot."""
        ...

    def find(self, tags: Sequence[bytes]) -> dict[bytes, Owner]:
        """Return who is behind each look-up key that is known, and the bond of the two."""
        ...

    def bonded(self) -> Iterator[list[tuple[bytes, int, str, bytes]]]:
        """Yield (look-up key, ordinal, kind, bond) of every identifier, in batches."""
        ...

    def owners_of_kind(self, kind: str, ordinals: Sequence[int]) -> set[int]:
        """Return which of these people have an identifier of ``kind``."""
        ...

    def add_cells(self, rows: Sequence[CellRow]) -> None:
        """Store sealed identifiers."""
        ...

    def cells(self, ordinal: int) -> list[CellRow]:
        """Return a person's sealed identifiers, oldest first."""
        ...

    def drop_cells(self, ordinal: int, tags: Sequence[bytes]) -> None:
        """Delete these sealed identifiers of a person."""
        ...

    def suppress(self, tags: Sequence[bytes]) -> None:
        """Remember one person's identifiers (keyed hashes), which must not be enrolled again."""
        ...

    def suppressed(self, tags: Sequence[bytes]) -> set[bytes]:
        """Return which of these are suppressed."""
        ...

    def lift(self, tags: Sequence[bytes]) -> None:
        """Forget that these are suppressed, and all that were suppressed together with them."""
        ...

    def suppressions(self) -> list[tuple[bytes, bytes]]:
        """Return every (keyed hash, least one of those suppressed with it), in any order."""
        ...

    def suppresses_anybody(self) -> bool:
        """Return whether anything is suppressed at all."""
        ...


class Manifest(Transactions, Protocol):
    """Port: which files of the column store belong to which snapshot."""

    def snapshot(self) -> int:
        """Return the newest snapshot; 0 before the first import."""
        ...

    def set_snapshot(self, snapshot: int) -> None:
        """Name the newest snapshot; from now on it is among ``snapshots``."""
        ...

    def snapshots(self) -> set[int]:
        """Return every snapshot that can be read."""
        ...

    def forget_snapshots(self, snapshots: Iterable[int]) -> None:
        """Take snapshots off; their numbers are not used again."""
        ...

    def column_tables(self) -> Mapping[str, tuple[str, bytes]]:
        """Return every table's (kind, serialised Arrow schema)."""
        ...

    def put_column_table(self, table: str, kind: str, schema: bytes) -> None:
        """Store a table's kind and schema."""
        ...

    def column_files(self, table: str | None = None) -> list[FileRow]:
        """Return the files of one table, or of all, ordered by table, bucket and name."""
        ...

    def add_column_file(self, row: FileRow) -> None:
        """List a file."""
        ...

    def end_column_file(self, name: str, until: int) -> None:
        """Say from which snapshot on it is not read."""
        ...

    def drop_column_file(self, name: str) -> None:
        """Take it off the list."""
        ...


class VaultStorage(KeyShelf, PeopleRows, Manifest, Protocol):
    """Port: all of it, in one database."""

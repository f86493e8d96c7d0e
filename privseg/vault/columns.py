# SPDX-License-Identifier: Apache-2.0
"""The column store: attributes and events by ordinal, in encrypted Parquet files per bucket.

Laws (tests/unit/vault/test_columns.py, tests/property/test_vault_columns.py):

- A *snapshot* is begun and written in one transaction; afterwards it reads the same for ever,
  but for people who are erased and values that are purged: they vanish from all snapshots.
- Of a people table there is at most one row per person: a row imported later replaces the
  earlier one as a whole (what it lacks is missing now); people who are not in a new file keep
  theirs. Of an events table there is at most one row per event id: a later row replaces the
  earlier one, its person included.
- A row about a person keeps the moment of its import (``rows.IMPORTED``) whatever file it is
  written to later: its retention runs from then.
- A file is on disk, synced, before the transaction that lists it commits, and is deleted after
  the one that drops it did. A file that no list names is nobody's and goes at the next opening;
  its key was never stored.

New rows go to a further file of their bucket. When a row in an older file is replaced, or a bucket
has more than ``merge.FILES_PER_BUCKET`` files, they are written together as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.dataset as ds

from privseg.terms import Ordinal
from privseg.vault import rows as rowwise
from privseg.vault.erasure import Expelled, StoreFacts
from privseg.vault.files import Files
from privseg.vault.merge import Merge
from privseg.vault.pages import bucket_of
from privseg.vault.ports import ColumnFile, Manifest
from privseg.vault.purging import Limits, Purged, left
from privseg.vault.refusals import (
    ColumnSchemaError,
    SnapshotClosedError,
    SnapshotGoneError,
    UnknownTableError,
)
from privseg.vault.rows import TableKind
from privseg.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did."""

    rows: int  # stored, one per key
    replaced: int  # rows of older snapshots that they took the place of
    people: int
    files: int


class ColumnStore:
    """The column store of one workspace. Make one with ``open``."""

    def __init__(self, files: Files, manifest: Manifest, vault: Vault) -> None:
        self._files = files
        self._manifest = manifest
        self._vault = vault
        self._open_snapshot: int | None = None

    @classmethod
    def open(cls, folder: Path, manifest: Manifest, vault: Vault) -> Self:
        """Open the store in ``folder``, made if need be; what a crash left is cleared away.

        Raises:
            ColumnStoreError: the folder cannot be used.
        """
        files = Files(folder, manifest, vault.keyring)
        files.prepare()
        return cls(files, manifest, vault)

    def snapshot(self) -> int:
        """Return the newest snapshot; 0 before the first import."""
        return self._manifest.snapshot()

    def begin_snapshot(self) -> int:
        """Return the number of a new snapshot, open for writing in this transaction only."""
        with self._manifest.transaction():
            self._open_snapshot = self._manifest.snapshot() + 1
            self._manifest.set_snapshot(self._open_snapshot)
            self._manifest.after_commit(self._close_snapshot)
            return self._open_snapshot

    def write_people(
        self, table: str, data: pa.Table, *, snapshot: int, at: datetime | None = None
    ) -> Written:
        """Store attributes: each row replaces what the table had about its person.

        ``at`` is when they came in. Rows without it have no known age: where their source has a
        retention, they are expired from the beginning.

        Raises:
            SnapshotClosedError: ``snapshot`` was not begun in this transaction.
            ColumnSchemaError: a column is not storable, or changed its type.
            UnknownPersonError: somebody is not enrolled, or was erased.
            ColumnStoreError: the disk is full or refuses. In every case nothing was changed.
        """
        rows = data if at is None else rowwise.stamped(data, at)
        return self._store(table, TableKind.PEOPLE, rows, snapshot)

    def upsert_events(self, table: str, data: pa.Table, *, snapshot: int) -> Written:
        """Store events: each row replaces the one with its event id, whoever that was about.

        Raises:
            SnapshotClosedError, ColumnSchemaError, UnknownPersonError, ColumnStoreError:
                as ``write_people``.
        """
        return self._store(table, TableKind.EVENTS, data, snapshot)

    def tables(self) -> tuple[str, ...]:
        """Return the names of all tables."""
        return tuple(self._manifest.column_tables())

    def schema(self, table: str) -> pa.Schema:
        """Return a table's columns, structural ones included.

        Raises:
            UnknownTableError: nothing was ever imported under that name.
        """
        known = self._manifest.column_tables()
        if table not in known:
            raise UnknownTableError(table)
        return _schema(known[table][1])

    def dataset(self, table: str, *, snapshot: int) -> ds.Dataset:
        """Return a table as it was in a snapshot. Make a new one for each run: it holds keys.

        Raises:
            UnknownTableError: nothing was ever imported under that name.
            SnapshotGoneError: there is no such snapshot, or not any more.
            ColumnFileMissingError: a file is gone.
        """
        with self._manifest.reading():
            files = self._files_in(table, snapshot)
            return self._files.dataset(files, self.schema(table))

    def rows_of(self, ordinal: Ordinal, table: str, *, snapshot: int) -> list[dict[str, object]]:
        """Return every row about one person, for an answer to themselves."""
        with self._manifest.reading():
            schema = self.schema(table)
            found = [
                rowwise.without_stamp(
                    rowwise.about(rowwise.widened(self._files.read(file), schema), ordinal)
                )
                for file in self._files_in(table, snapshot)
                if file.bucket == bucket_of(ordinal)
            ]
        if not found:
            return []
        mine: list[dict[str, object]] = rowwise.ordered(pa.concat_tables(found)).to_pylist()
        return mine

    def values(self) -> Iterator[tuple[str, str, object]]:
        """Return (table, column, value) for each value of each file of every snapshot, decrypted.

        A value repeated in a file comes once. For audits that search what is stored in clear.
        """
        for file in self._files.listed():
            data = self._files.read(file)
            for name in data.schema.names:
                yield from ((file.table, name, v) for v in rowwise.distinct(data.column(name)))

    def collect_garbage(self, keep: Iterable[int]) -> int:
        """Destroy what only snapshots outside ``keep`` read; the newest is always kept.

        Returns how many files went. A snapshot that is not kept cannot be read any more.
        """
        with self._manifest.transaction():
            kept = {self.snapshot(), *keep} & self._manifest.snapshots()
            self._manifest.forget_snapshots(self._manifest.snapshots() - kept)
            unread = [f for f in self._files.listed() if not any(f.is_in(s) for s in kept)]
            for file in unread:
                self._files.drop(file)
            return len(unread)

    def expel(self, ordinal: Ordinal) -> Expelled:
        """Remove a person's rows from every snapshot: their files are written anew without them.

        The keys of the old files are destroyed, so that old copies of them are dead once the root
        is changed (``Vault.erase`` does both).
        """
        with self._manifest.transaction():
            held = [
                (file, gone)
                for file in self._files.listed()
                if file.bucket == bucket_of(ordinal) and (gone := self._without(file, ordinal))
            ]
            return Expelled(
                stores=_facts(held), destroyed_keys=tuple(file.name for file, _ in held)
            )

    def purge(self, table: str, limits: Limits, *, dry_run: bool = False) -> Purged:
        """Remove what is too old from every snapshot: files that hold any are written anew.

        Whoever calls it makes sure that no snapshot's reader may read it any more.
        """
        rows = cells = files = 0
        with self._manifest.transaction():
            for file in self._files.listed(table):
                kept, gone, faded = left(self._files.read(file), limits)
                if not gone and not faded:
                    continue
                rows, cells, files = rows + gone, cells + faded, files + 1
                if not dry_run:
                    self._files.add(
                        file.table, file.bucket, kept, since=file.since, until=file.until
                    )
                    self._files.drop(file)
        return Purged(table, rows, cells, files)

    def _store(self, table: str, kind: TableKind, data: pa.Table, snapshot: int) -> Written:
        """Write rows into an open snapshot."""
        with self._manifest.transaction():
            if not snapshot == self._open_snapshot == self._manifest.snapshot():
                raise SnapshotClosedError(snapshot)
            checked = rowwise.checked(table, kind, data)
            schema = self._evolved(table, kind, checked.schema)
            new = rowwise.last_of_each(rowwise.widened(checked, schema), kind.key)
            people = rowwise.people_in(new)
            self._vault.population.mark_known(people, snapshot)
            merge = Merge(self._files, table, kind, schema, snapshot)
            replaced, files = merge.write(new)
            return Written(rows=len(new), replaced=replaced, people=len(people), files=files)

    def _evolved(self, table: str, kind: TableKind, new: pa.Schema) -> pa.Schema:
        """Return the table's schema with the new columns, and store it.

        Raises:
            ColumnSchemaError: a column, or the table itself, was something else before.
        """
        known = self._manifest.column_tables().get(table)
        if known is not None and known[0] != kind:
            raise ColumnSchemaError(table, kind.key, f"the table holds {known[0]}, not {kind}")
        schema = new if known is None else rowwise.merged(table, _schema(known[1]), new)
        if known is None or not schema.equals(_schema(known[1])):
            self._manifest.put_column_table(table, kind, schema.serialize().to_pybytes())
        return schema

    def _files_in(self, table: str, snapshot: int) -> list[ColumnFile]:
        """Return the files that a snapshot reads of a table.

        Raises:
            SnapshotGoneError: there is no such snapshot, or not any more.
        """
        if snapshot not in self._manifest.snapshots():
            raise SnapshotGoneError(snapshot)
        return [file for file in self._files.listed(table) if file.is_in(snapshot)]

    def _without(self, file: ColumnFile, ordinal: int) -> StoreFacts | None:
        """Write a file anew without a person; return what they had in it, None for nothing."""
        if ordinal not in rowwise.people_in(self._files.read(file, [rowwise.ORDINAL])):
            return None
        data = self._files.read(file)
        mine = rowwise.about(data, ordinal)
        others = rowwise.not_about(data, ordinal)
        self._files.add(file.table, file.bucket, others, since=file.since, until=file.until)
        self._files.drop(file)
        return StoreFacts(file.table, len(mine), rowwise.fields_held(mine))

    def _close_snapshot(self) -> None:
        """End the writing of the open snapshot."""
        self._open_snapshot = None


def _facts(held: Sequence[tuple[ColumnFile, StoreFacts]]) -> tuple[StoreFacts, ...]:
    """Return what was removed, by table."""
    tables = sorted({file.table for file, _ in held})
    return tuple(_of_table(t, [facts for _, facts in held if facts.store == t]) for t in tables)


def _of_table(table: str, facts: Sequence[StoreFacts]) -> StoreFacts:
    """Return the facts of one table's files as one."""
    fields = sorted({name for each in facts for name in each.fields})
    return StoreFacts(table, sum(each.rows for each in facts), tuple(fields))


def _schema(stored: bytes) -> pa.Schema:
    """Return a stored schema."""
    return pa.ipc.read_schema(pa.py_buffer(stored))

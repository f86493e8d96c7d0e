# SPDX-License-Identifier: Apache-2.0
"""The column store: attributes and events by ordinal, in encrypted Parquet files per bucket.

Laws (tests/unit/vault/test_columns.py, tests/property/test_vault_columns.py):

- A *snapshot* is begun and written in one transaction; afterwards it reads the same for ever,
  but for people who are erased and values that are purged: they vanish from all snapshots.
- Of a people table there is at most one row per person: a row imported later replaces the
  earlier one as a whole (what it lacks is missing now); people who are not in a new file keep
  theirs. Of an events table there is at most one row per event id: a later row replaces the
  earlier one, its person included. Of an accounts table there is at most one row per account, and
  none is about a person: erasing somebody leaves them alone.
- A row that is mended is mended in every snapshot: what was wrong can be read in none.
- A list is a people table that is written whole: who is not in the new file is off it.
- A row about a person keeps the moment of its import (``rows.IMPORTED``) whatever file it is
  written to later: its retention runs from then.
- A file is on disk, synced, before the transaction that lists it commits, and is deleted after
  the one that drops it did. A file that no list names is nobody's and goes at the next opening;
  its key was never stored.

New rows go to a further file of their bucket. When a row in an older file is replaced, or a bucket
has more than ``merge.FILES_PER_BUCKET`` files, they are written together as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from privseg.terms import Ordinal
from privseg.vault import rows as rowwise
from privseg.vault.column_reader import ColumnReader, stored_schema
from privseg.vault.correcting import Mend, is_meant, mended
from privseg.vault.erasure import Expelled, StoreFacts, together
from privseg.vault.files import Files
from privseg.vault.merge import Merge
from privseg.vault.pages import bucket_of
from privseg.vault.ports import ColumnFile, Manifest
from privseg.vault.purging import Limits, Purged, left
from privseg.vault.refusals import (
    ColumnSchemaError,
    SnapshotClosedError,
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


class ColumnStore(ColumnReader):
    """The column store of one workspace. Make one with ``open``."""

    def __init__(self, files: Files, manifest: Manifest, vault: Vault) -> None:
        super().__init__(files, manifest)
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

    def write_list(
        self, table: str, data: pa.Table, *, snapshot: int, at: datetime | None = None
    ) -> Written:
        """Store who is on a list: nobody else is on it any more.

        Raises:
            SnapshotClosedError, ColumnSchemaError, UnknownPersonError, ColumnStoreError:
                as ``write_people``.
        """
        rows = data if at is None else rowwise.stamped(data, at)
        return self._store(table, TableKind.PEOPLE, rows, snapshot, whole=True)

    def write_accounts(
        self, table: str, data: pa.Table, *, snapshot: int, at: datetime | None = None
    ) -> Written:
        """Store accounts: each row replaces what the table had about its account.

        Raises:
            SnapshotClosedError, ColumnSchemaError, ColumnStoreError: as ``write_people``.
        """
        rows = data if at is None else rowwise.stamped(data, at)
        return self._store(table, TableKind.ACCOUNTS, rows, snapshot)

    def upsert_events(self, table: str, data: pa.Table, *, snapshot: int) -> Written:
        """Store events: each row replaces the one with its event id, whoever that was about.

        Raises:
            SnapshotClosedError, ColumnSchemaError, UnknownPersonError, ColumnStoreError:
                as ``write_people``.
        """
        return self._store(table, TableKind.EVENTS, data, snapshot)

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
            accounts, bucket = self._of_accounts(), bucket_of(ordinal)
            held = [
                (file, gone)
                for file in self._files.listed()
                if file.bucket == bucket
                and file.table not in accounts
                and (gone := self._without(file, ordinal))
            ]
            return Expelled(
                stores=together((file.table, facts) for file, facts in held),
                destroyed_keys=tuple(file.name for file, _ in held),
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

    def mend(self, mend: Mend) -> int:
        """Put right values into one row, in every snapshot; return in how many files.

        The keys of the old files are destroyed, so that old copies of them are dead once the root
        is changed.

        Raises:
            UnknownTableError, ColumnSchemaError: there is no such table or column.
        """
        with self._manifest.transaction():
            schema, count = self.schema(mend.table), 0
            bucket = bucket_of(Ordinal(mend.ordinal))
            for file in (f for f in self._files.listed(mend.table) if f.bucket == bucket):
                rows = rowwise.widened(self._files.read(file), schema)
                if not pc.any(is_meant(rows, mend)).as_py():
                    continue
                right = mended(rows, mend)
                self._files.add(file.table, bucket, right, since=file.since, until=file.until)
                self._files.drop(file)
                count += 1
            return count

    def _store(
        self, table: str, kind: TableKind, data: pa.Table, snapshot: int, *, whole: bool = False
    ) -> Written:
        """Write rows into an open snapshot; ``whole`` ones in place of all there are."""
        with self._manifest.transaction():
            if not snapshot == self._open_snapshot == self._manifest.snapshot():
                raise SnapshotClosedError(snapshot)
            checked = rowwise.checked(table, kind, data)
            schema = self._evolved(table, kind, checked.schema)
            new = rowwise.last_of_each(rowwise.widened(checked, schema), kind.key)
            people = rowwise.people_in(new)
            self._vault.population.mark_known(people, snapshot)
            merge = Merge(self._files, table, kind, schema, snapshot)
            replaced, files = merge.replace(new) if whole else merge.write(new)
            return Written(rows=len(new), replaced=replaced, people=len(people), files=files)

    def _evolved(self, table: str, kind: TableKind, new: pa.Schema) -> pa.Schema:
        """Return the table's schema with the new columns, and store it.

        Raises:
            ColumnSchemaError: a column, or the table itself, was something else before.
        """
        known = self._manifest.column_tables().get(table)
        if known is not None and known[0] != kind:
            raise ColumnSchemaError(table, kind.key, f"the table holds {known[0]}, not {kind}")
        schema = new if known is None else rowwise.merged(table, stored_schema(known[1]), new)
        if known is None or not schema.equals(stored_schema(known[1])):
            self._manifest.put_column_table(table, kind, schema.serialize().to_pybytes())
        return schema

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

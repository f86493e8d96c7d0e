# SPDX-License-Identifier: Apache-2.0
"""Reading the column store: whole tables of a snapshot, accounts, and what is held on a person."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.dataset as ds

from privseg.terms import Ordinal
from privseg.vault import rows as rowwise
from privseg.vault.files import Files
from privseg.vault.pages import bucket_of
from privseg.vault.ports import ColumnFile, Manifest
from privseg.vault.purging import Limits
from privseg.vault.refusals import (
    SnapshotGoneError,
    UnknownTableError,
)
from privseg.vault.rows import TableKind


class ColumnReader:
    """What can be read of one workspace's column store."""

    def __init__(self, files: Files, manifest: Manifest) -> None:
        self._files = files
        self._manifest = manifest

    def snapshot(self) -> int:
        """Return the newest snapshot; 0 before the first import."""
        return self._manifest.snapshot()

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
        return stored_schema(known[table][1])

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

    def accounts(self, table: str, *, snapshot: int) -> pa.Table:
        """Return every account as it was in a snapshot, with when its row came in.

        Raises:
            UnknownTableError: no accounts were ever imported under that name.
            SnapshotGoneError: there is no such snapshot, or not any more.
            ColumnFileMissingError: a file is gone.
        """
        if table not in self._of_accounts():
            raise UnknownTableError(table)
        with self._manifest.reading():
            schema = self.schema(table)
            files = self._files_in(table, snapshot)
            found = [rowwise.widened(self._files.read(file), schema) for file in files]
        return pa.concat_tables(found) if found else schema.empty_table()

    def rows_of(self, ordinal: Ordinal, table: str, *, snapshot: int) -> list[dict[str, object]]:
        """Return every row about one person, for an answer to themselves; none is of accounts."""
        rows = self.stamped_rows_of(ordinal, table, snapshot=snapshot)
        return [{k: v for k, v in row.items() if k != rowwise.IMPORTED} for row in rows]

    def stamped_rows_of(
        self, ordinal: Ordinal, table: str, *, snapshot: int
    ) -> list[dict[str, object]]:
        """Return the same rows with the moment each came in, by which people's rows age."""
        if table in self._of_accounts():
            return []
        with self._manifest.reading():
            schema = self.schema(table)
            found = [
                rowwise.about(rowwise.widened(self._files.read(file), schema), ordinal)
                for file in self._files_in(table, snapshot)
                if file.bucket == bucket_of(ordinal)
            ]
        if not found:
            return []
        mine: list[dict[str, object]] = rowwise.ordered(pa.concat_tables(found)).to_pylist()
        return mine

    def is_over(self, table: str, limits: Limits) -> bool:
        """Return whether anything of a table is too old, in whatever snapshot.

        Law: it is whether ``ColumnStore.purge`` would take anything. It asks for no more: files
        whose own statistics say that they are young are not read, however many people they hold.
        """
        with self._manifest.reading():
            return any(self._files.is_over(file, limits) for file in self._files.listed(table))

    def values(self) -> Iterator[tuple[str, str, object]]:
        """Return (table, column, value) for each value of each file of every snapshot, decrypted.

        A value repeated in a file comes once. For audits that search what is stored in clear.
        """
        for file in self._files.listed():
            data = self._files.read(file)
            for name in data.schema.names:
                yield from ((file.table, name, v) for v in rowwise.distinct(data.column(name)))

    def texts_in(self, bucket: int | None) -> Iterator[tuple[str, str, str]]:
        """Return (table, column, text) for each text of one bucket's files, decrypted, once a file.

        For the search after an erasure: nobody's rows are in another bucket than theirs. None is
        every bucket, for somebody who has none: as slow as all that is held.
        """
        of_nobody = self._of_accounts()
        for file in self._files.listed():
            if bucket not in {None, file.bucket} or file.table in of_nobody:
                continue
            schema = stored_schema(self._manifest.column_tables()[file.table][1])
            names = [f.name for f in schema if f.type in {pa.string(), pa.list_(pa.string())}]
            data = self._files.read(file)
            for name in (n for n in names if n in data.schema.names):
                values = rowwise.distinct(data.column(name))
                yield from ((file.table, name, v) for v in values if isinstance(v, str))

    def _of_accounts(self) -> frozenset[str]:
        """Return the tables of which no row is about a person."""
        known = self._manifest.column_tables()
        return frozenset(t for t, (kind, _) in known.items() if kind == TableKind.ACCOUNTS)

    def _files_in(self, table: str, snapshot: int) -> list[ColumnFile]:
        """Return the files that a snapshot reads of a table.

        Raises:
            SnapshotGoneError: there is no such snapshot, or not any more.
        """
        if snapshot not in self._manifest.snapshots():
            raise SnapshotGoneError(snapshot)
        return [file for file in self._files.listed(table) if file.is_in(snapshot)]


def stored_schema(stored: bytes) -> pa.Schema:
    """Return a stored schema."""
    return pa.ipc.read_schema(pa.py_buffer(stored))

# SPDX-License-Identifier: Apache-2.0
"""The column store's folder: encrypted files, their keys and the list that says which are live."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from privseg.vault import parquet, wrap
from privseg.vault.keyring import Keyring
from privseg.vault.ports import ColumnFile, Manifest
from privseg.vault.purging import Limits, is_over
from privseg.vault.refusals import (
    ColumnFileMissingError,
    ColumnStoreError,
)

SUFFIX = ".parquet"
PRIVATE_FOLDER = 0o700
_FILE = "file"


class Files:
    """Writes, reads and retires column files. Their names are random and say nothing.

    INVARIANT: files are made only in a transaction, which holds the database's write lock; so
    whoever holds it may take a file that no list names for an orphan.
    """

    def __init__(self, folder: Path, manifest: Manifest, keyring: Keyring) -> None:
        self._folder = folder
        self._manifest = manifest
        self._keyring = keyring

    def prepare(self) -> None:
        """Make the folder, private, and remove files that an interrupted change left.

        Raises:
            ColumnStoreError: the folder cannot be made or used.
        """
        try:
            self._folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._folder.chmod(PRIVATE_FOLDER)
        except OSError as error:
            raise ColumnStoreError(os.strerror(error.errno or 0)) from None
        if self._strays():
            self.tidy()

    def listed(self, table: str | None = None) -> list[ColumnFile]:
        """Return the files of one table, or of all."""
        return [ColumnFile(*row) for row in self._manifest.column_files(table)]

    def add(
        self, table: str, bucket: int, rows: pa.Table, *, since: int, until: int | None = None
    ) -> None:
        """Write rows to a new file under a new key and list it; no file for no rows.

        Raises:
            ColumnStoreError: the disk is full or refuses; nothing is left of it.
        """
        if not len(rows):
            return
        name, key = secrets.token_hex(16) + SUFFIX, wrap.new_key()
        self._keyring.put(_FILE, name, key)
        parquet.write(self._folder / name, rows, key)
        parquet.sync_folder(self._folder)
        self._manifest.add_column_file((name, table, bucket, since, until, len(rows)))

    def read(self, file: ColumnFile, columns: list[str] | None = None) -> pa.Table:
        """Return a file's rows, or some columns of them.

        Raises:
            ColumnFileMissingError: it is gone.
            ColumnFileBrokenError: it is not what was written.
        """
        return parquet.read(self._path(file), self._keyring.get(_FILE, file.name), columns)

    def is_over(self, file: ColumnFile, limits: Limits) -> bool:
        """Return whether anything of a file is too old, reading as little of it as tells.

        Raises:
            ColumnFileMissingError: it is gone.
            ColumnFileBrokenError: it is not what was written.
        """
        with parquet.opened(self._path(file), self._keyring.get(_FILE, file.name)) as there:
            return is_over(there, limits)

    def retire(self, file: ColumnFile, at: int) -> None:
        """Let ``at`` and later snapshots do without a file; older ones keep it."""
        if file.since == at:
            self.drop(file)
        else:
            self._manifest.end_column_file(file.name, at)

    def drop(self, file: ColumnFile) -> None:
        """Destroy a file and its key, once the transaction is durable."""
        self._manifest.drop_column_file(file.name)
        self._keyring.drop(_FILE, file.name)
        self._manifest.after_commit(self.tidy)

    def dataset(self, files: Sequence[ColumnFile], schema: pa.Schema) -> ds.Dataset:
        """Return a data set over files; it holds their keys for as long as it lives.

        Raises:
            ColumnFileMissingError: one is gone.
        """
        keys = {file.name: self._keyring.get(_FILE, file.name) for file in files}
        return parquet.dataset([self._path(file) for file in files], keys, schema)

    def tidy(self) -> None:
        """Remove files that no list names.

        Raises:
            ColumnStoreError: one cannot be removed; the next opening tries again.
        """
        with self._manifest.transaction():
            try:
                for path in self._strays():
                    path.unlink()
            except OSError as error:
                raise ColumnStoreError(os.strerror(error.errno or 0)) from None

    def _strays(self) -> list[Path]:
        """Return the files in the folder that the list does not name."""
        present = list(self._folder.glob(f"*{SUFFIX}"))
        known = {file.name for file in self.listed()}
        return [path for path in present if path.name not in known]

    def _path(self, file: ColumnFile) -> Path:
        """Return where a listed file is.

        Raises:
            ColumnFileMissingError: it is gone.
        """
        path = self._folder / file.name
        if not path.is_file():
            raise ColumnFileMissingError(file.table, file.name)
        return path

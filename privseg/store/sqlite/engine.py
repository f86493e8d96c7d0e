# SPDX-License-Identifier: Apache-2.0
"""A SQLite file as an engine: its identity is the file's, and its turns are SQLite's own locks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from privseg.store.budget_claims import Claims, FolderClaims
from privseg.store.engine import BULK_ROWS
from privseg.store.private_files import keep_private, make_private_file, sync_folder
from privseg.store.refusals import (
    DatabaseBusyError,
    DatabaseExistsError,
    DatabaseMissingError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
)
from privseg.store.remembered import one_at_a_time
from privseg.store.sqlite import connect
from privseg.store.sqlite.codes import translated
from privseg.store.words import SqliteWords, Words


class SqliteEngine:
    """One connection to one file."""

    def __init__(self, path: Path, *, new: bool) -> None:
        """Open a file of ours, closed again to everybody but its owner.

        Raises:
            DatabaseMissingError, ForeignDatabaseError, DatabaseBusyError: see ``connect.connect``.
        """
        self._path = path
        with translated(path):
            self._connection = connect.connect(path, new=new)
            self._driver = _driver_of(self._connection)
        keep_private(path)
        self._file = _identity(path)
        self.claims: Claims = FolderClaims(self.private)
        self.words: Words = SqliteWords()

    @classmethod
    def create(cls, path: Path) -> SqliteEngine:
        """Make an empty private file and open it.

        Raises:
            DatabaseExistsError: something is there.
            DatabaseReadOnlyError: the folder cannot be written.
        """
        try:
            make_private_file(path)
        except FileExistsError:
            raise DatabaseExistsError(path) from None
        except OSError:
            raise DatabaseReadOnlyError(path) from None
        try:
            return cls(path, new=True)
        except BaseException:
            with suppress(OSError):  # what stopped us is told, not what stops the tidying
                path.unlink()
            raise

    @classmethod
    def open(cls, path: Path) -> SqliteEngine:
        """Open a file that is there.

        Raises:
            DatabaseMissingError: there is none.
        """
        if not path.is_file():
            raise DatabaseMissingError(path)
        return cls(path, new=False)

    @property
    def place(self) -> Path:
        """Return the file."""
        return self._path

    @property
    def private(self) -> Path:
        """Return the file's folder."""
        return self._path.parent

    @property
    def workspace(self) -> str:
        """Return nothing: a file lies in its workspace."""
        return ""

    @property
    def connection(self) -> Connection:
        """Return SQLAlchemy's connection."""
        return self._connection

    def translated(self) -> AbstractContextManager[None]:
        """Return a block in which SQLite's errors become ours."""
        return translated(self._path)

    def sign(self) -> None:
        """Mark a new file as ours, in the open transaction."""
        self._connection.exec_driver_sql(f"PRAGMA application_id = {connect.APPLICATION_ID}")

    def guards(self, table: str, change: str) -> tuple[str, ...]:
        """Return the trigger that refuses one kind of change to a history."""
        name = f"{table}_refuses_{change.lower()}"
        refuses = "SELECT RAISE(ABORT, 'a history is only added to')"
        return (f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN {refuses}; END",)

    def settle(self) -> None:
        """Make the name of a new file survive a power cut."""
        sync_folder(self._path.parent)

    def discard(self) -> None:
        """Remove a file whose making failed."""
        self.close()
        with suppress(OSError):  # what stopped the making is told, not what stops the tidying
            self._path.unlink(missing_ok=True)

    def begin(self, *, writing: bool) -> None:
        """Begin, if the file is still the one that was opened.

        Raises:
            DatabaseReplacedError: it was removed, or another stands in its place; SQLite would
                go on with a file that nobody can see.
        """
        if _identity(self._path) != self._file:
            raise DatabaseReplacedError(self._path)
        with self.translated():
            connect.begin(self._connection, writing=writing)

    def commit(self) -> None:
        """Make it durable; a commit that fails is undone, or undone when the file is next opened.

        Never unknown: the journal decides (sqlite.org/atomiccommit.html).
        """
        with self.translated():
            self._connection.commit()

    def undo(self) -> None:
        """Undo everything. What SQLite cannot undo now, it undoes when the file is opened next."""
        with suppress(SQLAlchemyError, sqlite3.Error):
            self._connection.rollback()
            self._driver.rollback()  # a commit that failed as busy is over for SQLAlchemy only

    def is_alive(self) -> bool:
        """Return whether SQLite still holds the transaction: a full disk may have ended it."""
        return self._driver.in_transaction

    def say(self, sql: str) -> None:
        """Run one statement of control, past SQLAlchemy, which has nothing to add to it."""
        self._driver.execute(sql)

    def bulk(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run ``sql`` once per row; return how many rows it changed."""
        return self._driver.executemany(sql, rows).rowcount

    def raw(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return rows as plain tuples."""
        return self._driver.execute(sql, values).fetchall()

    def batches(self, sql: str, values: tuple[Any, ...]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield rows in batches."""
        cursor = self._driver.execute(sql, values)
        while batch := cursor.fetchmany(BULK_ROWS):
            yield batch

    def empty_journal(self) -> None:
        """Write a write-ahead log back and cut it to nothing; the rest was overwritten at once.

        Raises:
            DatabaseBusyError: somebody still reads what the log holds.
        """
        with self.translated():
            found = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if found[0][0]:
            raise DatabaseBusyError(self._path)

    def alone(self, folder: Path) -> AbstractContextManager[None]:
        """Hold the folder itself; the operating system gives it back when a process dies."""
        return one_at_a_time(folder)

    def weaknesses(self) -> tuple[str, ...]:
        """Return nothing: every setting that matters is set for each connection."""
        return ()

    def describe(self) -> str:
        """Return SQLite's version."""
        return f"SQLite {sqlite3.sqlite_version}"

    def close(self) -> None:
        """Give the file back; an open transaction is undone."""
        self._connection.close()
        self._connection.engine.dispose()


def _driver_of(connection: Connection) -> sqlite3.Connection:
    """Return SQLite's own connection: what needs no SQLAlchemy is asked a dozen times faster."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file stands at ``path``; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

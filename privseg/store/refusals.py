# SPDX-License-Identifier: Apache-2.0
"""What the database refuses, as errors that carry facts and never a row's data.

A library's own message may quote a statement with its parameters, so it is dropped at this edge:
``translated`` turns SQLite's result code (https://sqlite.org/rescode.html) into one of ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, ResourceClosedError

from privseg.errors import StorageError

BUSY_SECONDS = 5.0  # "no hang over 5 s": how long a writer waits for its turn
_PRIMARY = 0xFF  # the low byte of an extended result code is its family


class DatabaseError(StorageError):
    """A database file refused; ``path`` says which one."""

    what = "the database refused"
    then = "run `privseg doctor`"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{self.what}: {path}; nothing was changed; {self.then}")
        self.path = path


class DatabaseMissingError(DatabaseError):
    """There is no database where one should be, or its folder is out of reach."""

    what = "no database can be opened here"
    then = "check the folder and its permissions, or create a workspace with `privseg init`"


class DatabaseReplacedError(DatabaseError):
    """The file was removed, or replaced by another, while it was open."""

    what = "the database file was removed or replaced while it was in use"
    then = "stop, find out who did it, and open the workspace again"


class DatabaseExistsError(DatabaseError):
    """A file already stands where a new database should be made."""

    what = "a file is already there, and is never overwritten"
    then = "choose another folder"


class ForeignDatabaseError(DatabaseError):
    """The file is not a database that this engine made."""

    what = "this file is not a privseg database"
    then = "open the right workspace"


class DatabaseFormatError(DatabaseError):
    """The file was made by a version whose format we do not know."""

    then = "open it with the version of privseg that wrote it, or a newer one"

    def __init__(self, path: Path, *, found: int, known: int) -> None:
        self.what = f"the database has format {found}, this version knows {known}"
        super().__init__(path)
        self.found = found
        self.known = known


class DatabaseBusyError(DatabaseError):
    """Somebody else held the database for longer than we wait."""

    what = f"the database stayed locked for {BUSY_SECONDS:g} s by another process or thread"
    then = "let the other command finish, then try again"


class DiskFullError(DatabaseError):
    """There is no room for the change."""

    what = "the disk is full"
    then = "free some space, then try again"


class DatabaseReadOnlyError(DatabaseError):
    """The file or its folder cannot be written."""

    what = "the database cannot be written"
    then = "check the permissions of the file and its folder"


class DatabaseCorruptError(DatabaseError):
    """The file is damaged."""

    what = "the database file is damaged"
    then = "restore it from a backup"


class DiskFailureError(DatabaseError):
    """The operating system failed to read or write."""

    what = "the disk failed to read or write"
    then = "check the disk, its quota and its limits, then try again"


class RowRefusedError(DatabaseError):
    """A row breaks a rule of its table (unique, not null, check, foreign key)."""

    what = "a row breaks a rule of its table"
    then = "this is a fault in privseg: please report it"


class StatementRefusedError(DatabaseError):
    """The database does not understand the statement: a table is gone, or the SQL is wrong."""

    what = "the database does not know a table or statement it should know"
    then = "restore the database from a backup"


class TransactionError(StorageError):
    """A transaction was used in a way that could lose or mix changes."""


_LEAVES: dict[int, type[DatabaseError]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusyError,
    sqlite3.SQLITE_LOCKED: DatabaseBusyError,
    sqlite3.SQLITE_PROTOCOL: DatabaseBusyError,
    sqlite3.SQLITE_FULL: DiskFullError,
    sqlite3.SQLITE_READONLY: DatabaseReadOnlyError,
    sqlite3.SQLITE_PERM: DatabaseReadOnlyError,
    sqlite3.SQLITE_CORRUPT: DatabaseCorruptError,
    sqlite3.SQLITE_NOTADB: ForeignDatabaseError,
    sqlite3.SQLITE_CANTOPEN: DatabaseMissingError,
    sqlite3.SQLITE_IOERR: DiskFailureError,
    sqlite3.SQLITE_CONSTRAINT: RowRefusedError,
    sqlite3.SQLITE_MISMATCH: RowRefusedError,
    sqlite3.SQLITE_TOOBIG: RowRefusedError,
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Re-raise what the driver raises as a leaf of ours, without its text.

    Raises:
        DatabaseError: one of its leaves, by SQLite's result code.
    """
    try:
        yield
    except DBAPIError as error:
        raise _leaf(error.orig, path) from None
    except (sqlite3.Error, ResourceClosedError) as error:
        raise _leaf(error, path) from None


def _leaf(error: BaseException | None, path: Path) -> DatabaseError:
    """Return our error for a driver's."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    return _LEAVES.get(code, StatementRefusedError)(path)

# SPDX-License-Identifier: Apache-2.0
"""SQLite's result codes (https://sqlite.org/rescode.html) as refusals of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, ResourceClosedError

from privseg.store.refusals import (
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseMissingError,
    DatabaseReadOnlyError,
    DiskFailureError,
    DiskFullError,
    ForeignDatabaseError,
    RowRefusedError,
    StatementRefusedError,
)

_PRIMARY = 0xFF  # the low byte of an extended result code is its family
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

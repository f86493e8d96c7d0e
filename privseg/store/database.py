# SPDX-License-Identifier: Apache-2.0
"""One database file: every change is in a transaction, and all of it or none of it happens.

Ledger, losses, audit entries and keys live in this one file, so that one transaction covers a
change and its entry in the log. Several processes may use it at once; a writer waits its turn for
a bounded time. A ``Database`` may be shared by threads (they take turns), never across a fork.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, CursorResult, Executable, Row

from privseg.store import connect, schema
from privseg.store.refusals import (
    DatabaseExistsError,
    DatabaseMissingError,
    DatabaseReadOnlyError,
    translated,
)
from privseg.store.transaction import Transactions

BULK_ROWS = 20_000  # rows handed to the driver at once: bounds memory, costs no speed

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Database:
    """A workspace's database. Make one with ``create`` or ``open``."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self._connection = connection
        self._transactions = Transactions(path, connection)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new, empty database (mode 0600) and open it.

        Raises:
            DatabaseExistsError: there is a file already; it is never overwritten.
            StorageError: the folder cannot be written, or is full.
        """
        _make(path)
        try:
            made = cls(path, _connected(path, new=True))
            with made.transaction(), translated(path):
                schema.lay(made._connection)
        except BaseException:
            path.unlink()
            raise
        connect.sync_folder(path.parent)
        return made

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a database that ``create`` made.

        Raises:
            DatabaseMissingError: there is none.
            ForeignDatabaseError: the file is not ours.
            DatabaseFormatError: its format is not known.
            DatabaseCorruptError: the file is damaged, or a table is gone.
        """
        if not path.is_file():
            raise DatabaseMissingError(path)
        opened = cls(path, _connected(path, new=False))
        try:
            with opened.reading(), translated(path):
                schema.check(opened._connection, path)
        except BaseException:
            opened.close()
            raise
        return opened

    def transaction(self) -> AbstractContextManager[None]:
        """Return a block that happens wholly or not at all.

        Re-entrant: an inner block joins the outer one, and if it fails only its own part is
        undone. The outermost exit commits durably, then runs what ``after_commit`` was given.

        Raises:
            DatabaseBusyError: others held the database too long.
            DiskFullError, DatabaseReadOnlyError, DiskFailureError: nothing was changed.
            TransactionError: begun inside ``reading``.
        """
        return self._transactions.writing()

    def reading(self) -> AbstractContextManager[None]:
        """Return a block that sees one state of the database; keep it short, writers wait."""
        return self._transactions.reading()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run ``action`` once the open transaction is durable; never, if it is undone."""
        self._transactions.after_commit(action)

    def if_undone(self, action: Callable[[BaseException], None]) -> None:
        """Give ``action`` the error if the open transaction is undone; it may raise another."""
        self._transactions.if_undone(action)

    def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Run a statement that changes something; read rows with ``rows``."""
        with self._transactions.statement(), translated(self.path):
            return self._connection.execute(statement, parameters)

    def rows(self, statement: Executable, parameters: Parameters | None = None) -> list[Row[Any]]:
        """Return every row of a query."""
        with self.reading(), translated(self.path):
            return list(self._connection.execute(statement, parameters).all())

    def bulk(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> int:
        """Run raw ``sql`` with ``?`` marks once per row; return how many rows it changed."""
        changed, waiting = 0, iter(rows)
        with self.transaction(), translated(self.path):
            while batch := list(islice(waiting, BULK_ROWS)):
                changed += self._connection.exec_driver_sql(sql, batch).rowcount
        return changed

    def raw(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of raw ``sql`` as plain tuples: the fast way to read millions."""
        with self.reading(), translated(self.path):
            cursor = self._connection.exec_driver_sql(sql, values).cursor
            return [] if cursor is None else cursor.fetchall()  # type: ignore[return-value]

    def batches(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of raw ``sql`` in batches: millions never stand in memory as tuples.

        One state of the database is read until the last batch; take them without delay.
        """
        with self.reading(), translated(self.path):
            cursor = self._connection.exec_driver_sql(sql, values).cursor
            while cursor is not None and (batch := cursor.fetchmany(BULK_ROWS)):
                yield list(batch)

    def empty_journal(self) -> None:
        """Make sure that no journal still holds what was deleted: the last step of an erasure.

        Raises:
            TransactionError: a transaction is open.
            DatabaseBusyError: somebody still reads what the journal holds.
        """
        self._transactions.empty_journal()

    def close(self) -> None:
        """Give the file back; an open transaction is undone."""
        self._connection.close()
        self._connection.engine.dispose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def _connected(path: Path, *, new: bool) -> Connection:
    """Return a connection to a file of ours, closed again to everybody but its owner."""
    with translated(path):
        connection = connect.connect(path, new=new)
    connect.keep_private(path)
    return connection


def _make(path: Path) -> None:
    """Make an empty private file.

    Raises:
        DatabaseExistsError: something is there.
        DatabaseReadOnlyError: the folder cannot be written.
    """
    try:
        connect.make_private_file(path)
    except FileExistsError:
        raise DatabaseExistsError(path) from None
    except OSError:
        raise DatabaseReadOnlyError(path) from None

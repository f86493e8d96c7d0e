# SPDX-License-Identifier: Apache-2.0
"""One connection's transactions: whose turn it is, how deep we are, what follows the commit."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from privseg.errors import StorageError
from privseg.store import connect
from privseg.store.refusals import (
    BUSY_SECONDS,
    DatabaseBusyError,
    DatabaseReplacedError,
    TransactionError,
    translated,
)

_LOST = "the database gave the transaction up; nothing was changed; begin again"

Action = Callable[[], None]
Undone = Callable[[BaseException], None]


@dataclass(slots=True)
class _Open:
    """The transaction that is open now."""

    writing: bool
    depth: int = 0  # of parts inside the whole
    lost: bool = False  # SQLite gave all of it up, though somebody inside went on
    after: list[Action] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)


class Transactions:
    """Nested transactions over one connection; threads take turns, a forked child is refused."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self._path = path
        self._connection = connection
        self._turn = threading.RLock()
        self._process = os.getpid()
        self._open: _Open | None = None
        self._file = _identity(path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Do all of the block or none of it; inside another one, a failure undoes this part only.

        Raises:
            TransactionError: inside a read, or SQLite gave up the whole of which this is a part.
        """
        with self._my_turn():
            if self._open is None:
                after = []
                with self._whole(writing=True) as opened:
                    yield
                    after = opened.after
                _run(after)
                return
            with self._part(self._change()):
                yield

    @contextmanager
    def statement(self) -> Iterator[None]:
        """Do one statement: SQLite itself makes it whole, so inside another block it is no part."""
        with self._my_turn():
            if self._open is None:
                with self.writing():
                    yield
                return
            opened = self._change()
            try:
                yield
            except BaseException:
                opened.lost = not self._is_alive()
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state for as long as the block lasts; inside another block, join it."""
        with self._my_turn():
            if self._open is not None:
                yield
                return
            with self._whole(writing=False):
                yield

    def empty_journal(self) -> None:
        """Write a write-ahead log back and cut it to nothing, so that it holds no deleted row.

        Raises:
            TransactionError: a transaction is open.
            DatabaseBusyError: somebody still reads what the log holds.
        """
        with self._my_turn():
            if self._open is not None:
                raise TransactionError("the journal is emptied after a transaction, not inside")
            with translated(self._path):
                found = self._driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            if found[0][0]:
                raise DatabaseBusyError(self._path)

    def after_commit(self, action: Action) -> None:
        """Run ``action`` when the whole is durable; never, if it or this part is undone.

        Raises:
            TransactionError: no transaction is open.
        """
        self._change().after.append(action)

    def if_undone(self, action: Undone) -> None:
        """Give ``action`` the error if the whole is undone; it may raise another in its place.

        Raises:
            TransactionError: no transaction is open.
        """
        self._change().undone.append(action)

    def _change(self) -> _Open:
        """Return the open transaction.

        Raises:
            TransactionError: none is open, it only reads, or SQLite has given it up: what came
                now would be kept although the rest is gone.
        """
        if self._open is None or not self._open.writing:
            raise TransactionError("a change needs a transaction of its own; a read is none")
        if self._open.lost:
            raise TransactionError(_LOST)
        return self._open

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Hold the connection, waiting a bounded time for other threads.

        Raises:
            TransactionError: the database was opened before a fork (SQLite's locks do not survive
                one: sqlite.org/howtocorrupt.html, section 2.6).
            DatabaseBusyError: another thread kept it.
        """
        if os.getpid() != self._process:
            raise TransactionError("a database does not survive a fork; open it in this process")
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise DatabaseBusyError(self._path)
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _whole(self, *, writing: bool) -> Iterator[_Open]:
        """Begin, and commit at the end or undo everything."""
        self._begin(writing=writing)
        self._open = opened = _Open(writing)
        try:
            yield opened
            self._commit(opened)
        except BaseException as error:
            self._undo()
            self._open = None
            for action in opened.undone:
                action(error)
            raise
        finally:
            self._open = None

    def _begin(self, *, writing: bool) -> None:
        """Begin, if the file is still the one that was opened.

        Raises:
            DatabaseReplacedError: it was removed, or another stands in its place; SQLite would
                go on with a file that nobody can see.
        """
        if _identity(self._path) != self._file:
            raise DatabaseReplacedError(self._path)
        with translated(self._path):
            connect.begin(self._connection, writing=writing)

    @contextmanager
    def _part(self, opened: _Open) -> Iterator[None]:
        """Mark a place to return to; on failure undo what came after it, its hooks included."""
        opened.depth += 1
        name, hooks = f"part_{opened.depth}", len(opened.after)
        self._say(f"SAVEPOINT {name}")
        try:
            yield
            self._say(f"RELEASE {name}")
        except BaseException:
            del opened.after[hooks:]
            self._undo_part(opened, name)
            raise
        finally:
            opened.depth -= 1

    def _commit(self, opened: _Open) -> None:
        """Make it durable.

        Raises:
            TransactionError: SQLite had given it up while somebody inside went on.
        """
        if opened.lost:
            raise TransactionError(_LOST)
        with translated(self._path):
            self._connection.commit()

    def _undo_part(self, opened: _Open, name: str) -> None:
        """Go back to a mark; if that is impossible the whole is lost, and says so at its end."""
        try:
            self._say(f"ROLLBACK TO {name}")
            self._say(f"RELEASE {name}")
        except StorageError:
            opened.lost = True
        opened.lost = opened.lost or not self._is_alive()

    def _undo(self) -> None:
        """Undo everything. What SQLite cannot undo now, it undoes when the file is opened next."""
        with suppress(SQLAlchemyError, sqlite3.Error):
            self._connection.rollback()
            self._driver.rollback()  # a commit that failed as busy is over for SQLAlchemy only

    def _is_alive(self) -> bool:
        """Return whether SQLite still holds the transaction: a full disk may have ended it."""
        return self._driver.in_transaction

    @property
    def _driver(self) -> sqlite3.Connection:
        """Return SQLite's own connection."""
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return driver

    def _say(self, sql: str) -> None:
        """Run one statement of control."""
        with translated(self._path):
            self._connection.exec_driver_sql(sql)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file stands at ``path``; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _run(actions: list[Action]) -> None:
    """Run every action in order, even after one failed; the change itself is durable already."""
    with ExitStack() as remaining:
        for action in reversed(actions):
            remaining.callback(action)

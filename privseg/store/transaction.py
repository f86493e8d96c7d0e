# SPDX-License-Identifier: Apache-2.0
"""One connection's transactions: whose turn it is, how deep we are, what follows the commit."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from privseg.errors import StorageError
from privseg.store.engine import Engine
from privseg.store.refusals import BUSY_SECONDS, DatabaseBusyError, TransactionError

_LOST = "the database gave the transaction up; nothing was changed; begin again"

Action = Callable[[], None]
Undone = Callable[[BaseException], None]


@dataclass(slots=True)
class _Open:
    """The transaction that is open now."""

    writing: bool
    depth: int = 0  # of parts inside the whole
    lost: bool = False  # the database gave it up, though somebody inside went on
    after: list[Action] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)


class Transactions:
    """Nested transactions over one connection; threads take turns, a forked child is refused."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.RLock()
        self._holder: int | None = None  # the thread whose turn it is
        self._process = os.getpid()
        self._open: _Open | None = None

    @property
    def mine(self) -> bool:
        """Return whether the calling thread has its turn now: in a block, or in a hook of one."""
        return self._holder == threading.get_ident()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Do all of the block or none of it; inside another one, a failure undoes this part only.

        Raises:
            TransactionError: inside a read, or the database gave up what this is a part of.
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
        """Do one statement: the database makes it whole, so inside another block it is no part.

        One that fails is undone alone on SQLite; on PostgreSQL it ends the part that it is in.
        """
        with self._my_turn():
            if self._open is None:
                with self.writing():
                    yield
                return
            opened = self._change()
            try:
                yield
            except BaseException:
                opened.lost = not self._engine.is_alive()
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
        """Take out of the database's files what was deleted.

        Raises:
            TransactionError: a transaction is open.
            DatabaseBusyError: somebody is in the way.
        """
        with self._my_turn():
            if self._open is not None:
                raise TransactionError("the journal is emptied after a transaction, not inside")
            self._engine.empty_journal()

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
            TransactionError: none is open, it only reads, or the database gave it up: what came
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
                one: sqlite.org/howtocorrupt.html, section 2.6; nor does a server's connection).
            DatabaseBusyError: another thread kept it.
        """
        if os.getpid() != self._process:
            raise TransactionError("a database does not survive a fork; open it in this process")
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise DatabaseBusyError(self._engine.place)
        outer, self._holder = self._holder, threading.get_ident()
        try:
            yield
        finally:
            self._holder = outer
            self._turn.release()

    @contextmanager
    def _whole(self, *, writing: bool) -> Iterator[_Open]:
        """Begin, and commit at the end or undo everything."""
        self._engine.begin(writing=writing)
        self._open = opened = _Open(writing)
        try:
            yield opened
            self._commit(opened)
        except BaseException as error:
            self._engine.undo()
            self._open = None
            for action in opened.undone:
                action(error)
            raise
        finally:
            self._open = None

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
            TransactionError: the database had given it up while somebody inside went on.
        """
        if opened.lost or not self._engine.is_alive():
            raise TransactionError(_LOST)
        self._engine.commit()

    def _undo_part(self, opened: _Open, name: str) -> None:
        """Go back to a mark; if that is impossible the whole is lost, and says so at its end."""
        try:
            self._say(f"ROLLBACK TO {name}")
            self._say(f"RELEASE {name}")
        except StorageError:
            opened.lost = True
            return
        opened.lost = not self._engine.is_alive()

    def _say(self, sql: str) -> None:
        """Run one statement of control."""
        with self._engine.translated():
            self._engine.say(sql)


def _run(actions: list[Action]) -> None:
    """Run every action in order, even after one failed; the change itself is durable already."""
    with ExitStack() as remaining:
        for action in reversed(actions):
            remaining.callback(action)

# SPDX-License-Identifier: Apache-2.0
"""One database: every change is in a transaction, and all of it or none of it happens.

Ledger, losses, audit entries and keys live in this one place, so that one transaction covers a
change and its entry in the log. It is a SQLite file, or a schema of its own on a PostgreSQL server;
who uses it cannot tell which. Several processes may use it at once; there is one writer at a time,
and the next waits its turn for a bounded time. A ``Database`` may be shared by threads (they take
turns), never across a fork.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import CursorResult, Executable, Row

from privseg.store import engines, schema
from privseg.store.budget_claims import Claims
from privseg.store.engine import BULK_ROWS, Engine, Shared
from privseg.store.transaction import Transactions
from privseg.store.words import Words

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Database:
    """A workspace's database. Make one with ``create`` or ``open``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine)

    @classmethod
    def create(cls, where: Path | Shared) -> Self:
        """Make a new, empty database and open it: a file (mode 0600), or a schema on a server.

        Raises:
            DatabaseExistsError: there is one already; it is never overwritten.
            StorageError: it cannot be written, or is full.
        """
        engine = engines.create(where)
        try:
            made = cls(engine)
            with made.transaction(), engine.translated():
                schema.lay(engine)
        except BaseException:
            engine.discard()
            raise
        engine.settle()
        return made

    @classmethod
    def open(cls, where: Path | Shared) -> Self:
        """Open a database that ``create`` made.

        Raises:
            DatabaseMissingError: there is none.
            DatabaseUnreachableError: no server answers there.
            ForeignDatabaseError: it is not ours, or another workspace's.
            DatabaseFormatError: its format is not known.
            DatabaseCorruptError: it is damaged, or a table is gone.
        """
        opened = cls(engines.open_(where))
        try:
            with opened.reading(), opened._engine.translated():
                current = schema.check(opened._engine)
            if not current:
                opened._upgrade()
        except BaseException:
            opened.close()
            raise
        return opened

    @property
    def place(self) -> Path | str:
        """Return what refusals name: the file, or the server's address."""
        return self._engine.place

    @property
    def private(self) -> Path:
        """Return the folder of what lies beside the database: heads, claims, locks, sets."""
        return self._engine.private

    @property
    def words(self) -> Words:
        """Return what this kind of database says in its own words."""
        return self._engine.words

    @property
    def claims(self) -> Claims:
        """Return the claims on charges, seen by everybody who shares the database."""
        return self._engine.claims

    @property
    def mine(self) -> bool:
        """Return whether the calling thread is inside a block of this database, or its hooks."""
        return self._transactions.mine

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """Return which settings of a server could lose an acknowledged change, in words."""
        return self._engine.weaknesses()

    def describe(self) -> str:
        """Return the kind and version of the database, in words."""
        return self._engine.describe()

    def alone(self, folder: Path) -> AbstractContextManager[None]:
        """Return a block in which nobody else who shares the database is in one of ``folder``.

        What lies beside the database is changed by one process at a time, on whichever machine.

        Raises:
            DatabaseBusyError: another process or thread stayed in theirs.
        """
        return self._engine.alone(folder)

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
        with self._transactions.statement(), self._engine.translated():
            return self._engine.connection.execute(statement, parameters)

    def rows(self, statement: Executable, parameters: Parameters | None = None) -> list[Row[Any]]:
        """Return every row of a query."""
        with self.reading(), self._engine.translated():
            return list(self._engine.connection.execute(statement, parameters).all())

    def bulk(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> int:
        """Run raw ``sql`` with ``?`` marks once per row; return how many rows it changed."""
        changed, waiting = 0, iter(rows)
        with self.transaction(), self._engine.translated():
            while batch := list(islice(waiting, BULK_ROWS)):
                changed += self._engine.bulk(sql, batch)
        return changed

    def raw(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of raw ``sql`` as plain tuples: the fast way to read millions."""
        with self.reading(), self._engine.translated():
            return self._engine.raw(sql, values)

    def batches(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of raw ``sql`` in batches: millions never stand in memory as tuples.

        One state of the database is read until the last batch; take them without delay.
        """
        with self.reading(), self._engine.translated():
            yield from self._engine.batches(sql, values)

    def empty_journal(self) -> None:
        """Take out of the files what was deleted from the tables: the last step of an erasure.

        Raises:
            TransactionError: a transaction is open.
            DatabaseBusyError: somebody still reads what is to go.
        """
        self._transactions.empty_journal()

    def _upgrade(self) -> None:
        """Bring the projections up to date, unless another process just did."""
        from privseg.store import migrations  # noqa: PLC0415  # saves a tenth of a second elsewhere

        with self.transaction(), self._engine.translated():
            if not schema.check(self._engine):
                migrations.upgrade(self._engine.connection)

    def close(self) -> None:
        """Give it back; an open transaction is undone."""
        self._engine.close()

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

# SPDX-License-Identifier: Apache-2.0
"""What ``Database`` asks of a kind of database: the seam between SQLite and PostgreSQL.

An engine is one open connection. It knows nothing of nesting, hooks or turns (``transaction``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection

from privseg.store.budget_claims import Claims
from privseg.store.words import Words

BULK_ROWS = 20_000  # rows handed to the driver at once: bounds memory, costs no speed


@dataclass(frozen=True, slots=True)
class Shared:
    """A database on a PostgreSQL server, and what of it is this workspace's.

    ``url`` holds no password. ``private`` is the folder of what lies beside the database.
    """

    url: str
    workspace: str
    private: Path


class Engine(Protocol):
    """Port: one open connection to one database."""

    @property
    def place(self) -> Path | str:
        """Return what refusals name: a file, or a server's address."""
        ...

    @property
    def private(self) -> Path:
        """Return the folder of what lies beside the database."""
        ...

    @property
    def workspace(self) -> str:
        """Return whose the database must be; empty for a file, which its folder says."""
        ...

    @property
    def connection(self) -> Connection:
        """Return SQLAlchemy's connection."""
        ...

    @property
    def words(self) -> Words:
        """Return what this kind says in its own words."""
        ...

    @property
    def claims(self) -> Claims:
        """Return the claims on charges, as everybody who shares the database sees them."""
        ...

    def translated(self) -> AbstractContextManager[None]:
        """Return a block in which the driver's errors become ours, without their text."""
        ...

    def sign(self) -> None:
        """Mark an empty database as ours, in the open transaction."""
        ...

    def guards(self, table: str, change: str) -> tuple[str, ...]:
        """Return the statements after which a history refuses ``UPDATE`` or ``DELETE``."""
        ...

    def settle(self) -> None:
        """Make a new database survive a power cut, after its first commit."""
        ...

    def discard(self) -> None:
        """Leave nothing of a database whose making failed."""
        ...

    def begin(self, *, writing: bool) -> None:
        """Begin a transaction of the database that was opened, not of one in its place.

        A writer waits its turn for a bounded time: there is never more than one.

        Raises:
            DatabaseReplacedError: it is gone, or another stands in its place.
            DatabaseBusyError: others wrote for too long.
        """
        ...

    def commit(self) -> None:
        """Make the transaction durable.

        Raises:
            DatabaseError: it was not, and is undone.
            CommitUnknownError: nobody can tell whether it was.
        """
        ...

    def undo(self) -> None:
        """Undo the transaction as far as that can be done now; never raises for the database."""
        ...

    def is_alive(self) -> bool:
        """Return whether the transaction can go on: a full disk or an error may have ended it."""
        ...

    def say(self, sql: str) -> None:
        """Run one statement that controls the open transaction: a mark to return to, a return."""
        ...

    def bulk(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run ``sql`` with ``?`` marks once per row; return how many rows it changed."""
        ...

    def raw(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return the rows of ``sql`` with ``?`` marks as plain tuples."""
        ...

    def batches(self, sql: str, values: tuple[Any, ...]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of ``sql`` with ``?`` marks, ``BULK_ROWS`` at a time."""
        ...

    def empty_journal(self) -> None:
        """Take out of the database's files what was deleted from its tables.

        Raises:
            DatabaseBusyError: somebody is in the way.
        """
        ...

    def alone(self, folder: Path) -> AbstractContextManager[None]:
        """Return a block in which nobody else who shares the database is in one of this folder.

        Raises:
            DatabaseBusyError: another process or thread stayed in theirs.
        """
        ...

    def weaknesses(self) -> tuple[str, ...]:
        """Return what could lose a change that was acknowledged, in words; nothing on SQLite."""
        ...

    def describe(self) -> str:
        """Return the kind and version of the database, in words."""
        ...

    def close(self) -> None:
        """Give everything back; an open transaction is undone."""
        ...

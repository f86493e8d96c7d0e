# SPDX-License-Identifier: Apache-2.0
"""A schema on a server as an engine: its identity is the schema's, and its turns an advisory lock.

A writer takes the workspace's lock before it looks at anything, so there is one at a time, as with
a file; it ends with the transaction (manual, section 13.3.5). A reader sees one state, REPEATABLE
READ, and keeps nobody waiting.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from privseg.store.budget_claims import Claims
from privseg.store.engine import BULK_ROWS, Shared
from privseg.store.postgres import connect
from privseg.store.postgres.address import key_of, schema_of
from privseg.store.postgres.claims import SharedClaims
from privseg.store.postgres.codes import refusal, translated
from privseg.store.postgres.marks import copied, marked
from privseg.store.postgres.unfinished import holds_nothing
from privseg.store.postgres.vacuum import rewrite
from privseg.store.private_files import PRIVATE_FOLDER
from privseg.store.refusals import (
    CommitUnknownError,
    ConnectionLostError,
    DatabaseExistsError,
    DatabaseMissingError,
    DatabaseReadOnlyError,
    DatabaseReplacedError,
)
from privseg.store.words import PostgresWords, Words

MANY = 32  # rows; from here on COPY beats INSERT
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({}); "
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
_WHICH = "SELECT oid::bigint FROM pg_catalog.pg_namespace WHERE nspname = {}"
_GUARD = (
    "CREATE OR REPLACE FUNCTION a_history_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', "
    "MESSAGE = 'a history is only added to'; END $$"
)
_DURABLE = {
    "fsync": "fsync is off: a power cut loses what was acknowledged",
    "full_page_writes": "full_page_writes is off: a power cut can tear pages",
}


class PostgresEngine:
    """One session on one server, in the schema of one workspace."""

    def __init__(self, where: Shared, driver: connect.Driver) -> None:
        self._where = where
        self._driver = driver
        self._schema = schema_of(where.workspace)
        turn = key_of(self._schema, "write")
        self._begin: dict[bool, sql.Composed] = {
            True: sql.SQL(_WRITE + _WHICH).format(turn, self._schema),
            False: sql.SQL(_READ + _WHICH).format(self._schema),
        }
        self._oid: int | None = None  # of the schema; None as long as there must be none
        self._names = itertools.count()
        self._connection = connect.connected(driver, self._say_begin)
        more = partial(connect.session, where.url, self._schema)
        self._claims = SharedClaims(more, self._schema, self.place)
        self.words: Words = PostgresWords()

    @classmethod
    def create(cls, where: Shared) -> PostgresEngine:
        """Return an engine over a schema that is yet to be made.

        Raises:
            DatabaseUnreachableError: no server answers.
            DatabaseReadOnlyError: the folder beside the database cannot be made.
        """
        try:
            where.private.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError:
            raise DatabaseReadOnlyError(where.private) from None
        return cls(where, connect.session(where.url, schema_of(where.workspace)))

    @classmethod
    def open(cls, where: Shared) -> PostgresEngine:
        """Return an engine over a workspace's schema.

        Raises:
            DatabaseUnreachableError: no server answers.
            DatabaseMissingError: there is no such schema.
        """
        engine = cls(where, connect.session(where.url, schema_of(where.workspace)))
        try:
            engine._know()
        except BaseException:
            engine.close()
            raise
        return engine

    @property
    def place(self) -> str:
        """Return the address and the schema."""
        return f"{self._where.url} (schema {self._schema})"

    @property
    def private(self) -> Path:
        """Return the folder of what lies beside the database."""
        return self._where.private

    @property
    def workspace(self) -> str:
        """Return whose the schema must be."""
        return self._where.workspace

    @property
    def connection(self) -> Connection:
        """Return SQLAlchemy's connection."""
        return self._connection

    @property
    def claims(self) -> Claims:
        """Return the claims of everybody who shares the database."""
        return self._claims

    def translated(self) -> AbstractContextManager[None]:
        """Return a block in which the server's errors become ours."""
        return translated(self.place)

    def sign(self) -> None:
        """Make the schema, in place of one that was cut short; nobody but its owner may use it."""
        name = sql.Identifier(self._schema)
        self._driver.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        self._driver.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        self._driver.execute(sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(name))
        self._driver.execute(_GUARD)
        self._oid = self._which()

    def guards(self, table: str, change: str) -> tuple[str, ...]:
        """Return the triggers that refuse one kind of change; to delete is to truncate, too."""
        said = "FOR EACH {} EXECUTE FUNCTION a_history_is_only_added_to()"
        one = f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
        all_ = f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} "
        rows = (one + said.format("ROW"),)
        return (*rows, all_ + said.format("STATEMENT")) if change == "DELETE" else rows

    def settle(self) -> None:
        """Do nothing: the commit made it durable."""

    def discard(self) -> None:
        """Go: what was not committed is nowhere."""
        self.close()

    def begin(self, *, writing: bool) -> None:
        """Begin in the schema that was opened; a writer waits its turn.

        Raises:
            ConnectionLostError: the session is gone, and with it all that we knew of the server.
            DatabaseReplacedError: the schema was removed, or another has its name.
            DatabaseExistsError: there is one already where a new one is to be made.
            DatabaseBusyError: others wrote for too long.
        """
        if self._driver.closed:
            raise ConnectionLostError(self.place)
        self._connection.info[connect.BEGIN] = writing
        try:
            with self.translated():
                self._connection.begin()
        except BaseException:
            self.undo()
            raise

    def commit(self) -> None:
        """Make it durable, or say that nobody knows.

        The server says no with an error of its own; where the connection ends instead, it may have
        done either.

        Raises:
            DatabaseError: it is undone.
            CommitUnknownError: the connection broke before the answer came.
        """
        try:
            self._connection.commit()
        except (SQLAlchemyError, psycopg.Error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            refused = refusal(cause, self.place)
            if self._driver.closed or isinstance(refused, ConnectionLostError):
                raise CommitUnknownError(self.place) from None
            raise refused from None

    def undo(self) -> None:
        """Undo everything. A session that is gone has been undone by the server."""
        with suppress(SQLAlchemyError):
            self._connection.rollback()
        with suppress(psycopg.Error):
            self._driver.rollback()  # a transaction that failed to begin is none for SQLAlchemy

    def is_alive(self) -> bool:
        """Return whether the transaction is open and no statement of it has failed."""
        return self._driver.info.transaction_status is TransactionStatus.INTRANS

    def say(self, sql: str) -> None:
        """Run one statement of control."""
        self._connection.exec_driver_sql(sql)

    def bulk(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run ``sql`` once per row: many plain ones as a COPY, others in psycopg's pipeline."""
        copy = copied(sql) if len(rows) >= MANY else None
        with self._driver.cursor() as cursor:
            if copy is not None:
                return _copy(cursor, copy, rows)
            cursor.executemany(marked(sql).encode(), rows)
            return cursor.rowcount

    def raw(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Return rows as plain tuples; bytes come as they are, not as text."""
        with self._driver.cursor(binary=True) as cursor:
            cursor.execute(marked(sql).encode(), values)
            return [] if cursor.description is None else cursor.fetchall()

    def batches(self, sql: str, values: tuple[Any, ...]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield rows in batches: the server keeps the rest until it is asked for."""
        name = f"batch_{next(self._names)}"
        with self._driver.cursor(name, binary=True) as cursor:
            cursor.execute(marked(sql).encode(), values)
            while batch := cursor.fetchmany(BULK_ROWS):
                yield batch

    def empty_journal(self) -> None:
        """Write the tables anew whose rows can be deleted, without what was deleted from them.

        What is left is the server's own: its write-ahead log, its copies and blocks that the file
        system has yet to use again (docs/how-to/postgresql.md).

        Raises:
            DatabaseBusyError: somebody still reads a state of before, or a table.
        """
        with self.translated():
            rewrite(self._driver, self._schema, self.place)

    def alone(self, folder: Path) -> AbstractContextManager[None]:
        """Hold the folder against everybody who shares the database, on whichever machine."""
        return self._claims.alone(folder)

    def weaknesses(self) -> tuple[str, ...]:
        """Return which settings of the server could lose a change that was acknowledged."""
        with self.translated():
            said = {name: self._driver.execute(f"SHOW {name}").fetchone() for name in _DURABLE}
        return tuple(_DURABLE[name] for name, value in said.items() if value == ("off",))

    def describe(self) -> str:
        """Return the server's version."""
        version = self._driver.info.server_version
        return f"PostgreSQL {version // 10_000}.{version % 10_000}"

    def close(self) -> None:
        """Give both sessions back; an open transaction is undone."""
        self._claims.close()
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._connection.engine.dispose()
        self._driver.close()

    def _say_begin(self, connection: Connection) -> None:
        """Begin, and see that the schema is the one that we know: one message to the server.

        Raises:
            DatabaseReplacedError, DatabaseExistsError: it is not.
        """
        said = self._begin[connection.info[connect.BEGIN]]
        cursor = self._driver.execute(said, prepare=False)
        while cursor.nextset():
            pass
        found = _one(cursor)
        if found == self._oid:
            return
        if self._oid is not None:
            raise DatabaseReplacedError(self.place)
        if not holds_nothing(self._driver, self._where.workspace):
            raise DatabaseExistsError(self.place)

    def _know(self) -> None:
        """Remember which schema is ours.

        Raises:
            DatabaseMissingError: there is none.
        """
        with self.translated():
            self._oid = self._which()
        if self._oid is None:
            raise DatabaseMissingError(self.place)

    def _which(self) -> int | None:
        """Return the number of our schema: another of the same name has another."""
        return _one(self._driver.execute(sql.SQL(_WHICH).format(self._schema)))


def _copy(
    cursor: psycopg.Cursor[tuple[Any, ...]], said: str, rows: Sequence[tuple[Any, ...]]
) -> int:
    """Add rows as a stream; return how many. Constraints and triggers hold as for an INSERT."""
    with cursor.copy(said.encode()) as stream:
        for row in rows:
            stream.write_row(row)
    return cursor.rowcount


def _one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> int | None:
    """Return the one number found, if any."""
    row = cursor.fetchone()
    return None if row is None else int(row[0])

# SPDX-License-Identifier: Apache-2.0
"""How a session on a server is opened, and what SQLAlchemy makes of it: integers of 64 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.dialects.postgresql import base

from privseg.store.postgres import address
from privseg.store.refusals import (
    BUSY_SECONDS,
    DatabaseError,
    DatabaseReadOnlyError,
    DatabaseUnreachableError,
)

Driver = psycopg.Connection[tuple[Any, ...]]
BEGIN = "privseg.begin"  # under this name a connection remembers how its transaction begins


def session(url: str, schema: str) -> Driver:
    """Open a session with our settings, and no transactions of its own.

    Raises:
        DatabaseUnreachableError: no server answers, or it does not let us in.
        DatabaseReadOnlyError: only a standby answers.
    """
    try:
        driver = psycopg.connect(
            **address.parameters(url),  # type: ignore[arg-type]  # libpq's names are any
            autocommit=True,
        )
    except psycopg.Error as error:
        raise _unreachable(error)(url) from None
    try:
        for name, value in address.settings(schema, BUSY_SECONDS).items():
            driver.execute(sql.SQL("SELECT set_config({}, {}, false)").format(name, value))
    except psycopg.Error:
        driver.close()
        raise DatabaseUnreachableError(url) from None
    return driver


def connected(driver: Driver, begin: Callable[[Connection], None]) -> Connection:
    """Return SQLAlchemy's connection over one session: once it is lost, there is no other."""
    waiting = [driver]
    engine = create_engine(
        "postgresql+psycopg://",
        creator=waiting.pop,
        poolclass=NullPool,
        pool_reset_on_return=None,  # it would tell a lost connection on the terminal
        hide_parameters=True,
        use_native_hstore=False,
    )
    _widen(engine)
    event.listen(engine, "begin", begin)
    return engine.connect()


class _Types(base.PGTypeCompiler):
    """An integer has 64 bits, as in SQLite, and texts are ordered by their bytes."""

    def visit_INTEGER(self, type_: Any, **_: Any) -> str:  # noqa: N802  # SQLAlchemy's name
        """Return the type of every integer."""
        del type_
        return "BIGINT"


class _Tables(base.PGDDLCompiler):
    """Columns as SQLite has them."""

    def get_column_specification(self, column: Any, **more: Any) -> str:
        """Return a column: numbers that the database gives have 64 bits, texts no language."""
        said: str = super().get_column_specification(column, **more)  # type: ignore[no-untyped-call]
        given = said.replace(" SERIAL", " BIGSERIAL", 1)
        return given.replace(" VARCHAR", ' VARCHAR COLLATE "C"', 1)


def _widen(engine: Engine) -> None:
    """Give this engine, and no other of the program, our types."""
    engine.dialect.type_compiler_instance = _Types(engine.dialect)
    engine.dialect.ddl_compiler = _Tables


def _unreachable(error: psycopg.Error) -> type[DatabaseError]:
    """Return why there is no session; libpq says in words alone that only a standby answered."""
    return DatabaseReadOnlyError if "read-only" in str(error) else DatabaseUnreachableError

# SPDX-License-Identifier: Apache-2.0
"""Which engine a database has: by where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from privseg.store.engine import Engine, Shared
from privseg.store.refusals import DriverMissingError
from privseg.store.sqlite.engine import SqliteEngine

if TYPE_CHECKING:
    from privseg.store.postgres.engine import PostgresEngine


def create(where: Path | Shared) -> Engine:
    """Return an engine over a new, empty database.

    Raises:
        DatabaseError: it cannot be made.
    """
    match where:
        case Shared():
            return _postgres(where).create(where)
        case _:
            return SqliteEngine.create(where)


def open_(where: Path | Shared) -> Engine:
    """Return an engine over a database that is there.

    Raises:
        DatabaseError: it is not.
    """
    match where:
        case Shared():
            return _postgres(where).open(where)
        case _:
            return SqliteEngine.open(where)


def _postgres(where: Shared) -> type[PostgresEngine]:
    """Return the engine for PostgreSQL; its package is loaded by those alone who use it.

    Raises:
        DriverMissingError: it is not installed.
    """
    try:
        from privseg.store.postgres.engine import PostgresEngine  # noqa: PLC0415  # optional
    except ImportError:
        raise DriverMissingError(where.url) from None
    return PostgresEngine

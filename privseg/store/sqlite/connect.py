# SPDX-License-Identifier: Apache-2.0
"""How a SQLite file is opened: which journal is safe, what is durable, what is overwritten."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, event

from privseg.store.refusals import BUSY_SECONDS, DatabaseBusyError, ForeignDatabaseError

APPLICATION_ID = 0x70736567  # "pseg" in ASCII, in the file's header (sqlite.org/fileformat2.html)
_BEGIN = "privseg.begin"  # under this name a connection remembers how its transaction begins


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Return whether this SQLite may use a write-ahead log with several connections.

    Before 3.51.3, and outside 3.50.7 and 3.44.6 onwards in their own lines, one connection that
    resets the log while another checkpoints it can corrupt the file (DESIGN, "Database").

    >>> [wal_is_safe(v) for v in ((3, 40, 1), (3, 44, 6), (3, 50, 6), (3, 51, 3))]
    [False, True, False, True]
    """
    line = version[:2]
    return (
        version >= (3, 51, 3)
        or (line == (3, 50) and version >= (3, 50, 7))
        or (line == (3, 44) and version >= (3, 44, 6))
    )


def journal(version: tuple[int, ...]) -> str:
    """Return the journal mode for this SQLite."""
    return "WAL" if wal_is_safe(version) else "DELETE"


def pragmas(version: tuple[int, ...]) -> tuple[str, ...]:
    """Return the settings of every connection, in order.

    EXTRA also syncs the folder once the journal is removed: a commit survives a power cut.
    ``secure_delete`` overwrites what is deleted; temporary data never touch the disk.
    """
    return (
        f"busy_timeout = {int(BUSY_SECONDS * 1000)}",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "temp_store = MEMORY",
        "secure_delete = ON",
        "foreign_keys = ON",
        "cache_size = -65536",  # KiB: 64 MiB keep the indexes of a bulk insert in memory
        f"journal_mode = {journal(version)}",
        "synchronous = EXTRA",
    )


def connect(path: Path, *, new: bool) -> Connection:
    """Open a file: ours, or a ``new`` and empty one.

    Raises:
        ForeignDatabaseError: no program of ours made it; not a byte of it was changed.
        DatabaseBusyError: somebody holds it in a journal mode that is not safe here.
        sqlalchemy.exc.DBAPIError: SQLite's refusal, which the caller translates.
    """
    engine = create_engine(
        "sqlite://",
        creator=partial(_driver, path, new=new),
        poolclass=NullPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine.connect()


def begin(connection: Connection, *, writing: bool) -> None:
    """Begin a transaction; a writer takes its place in the queue at once."""
    connection.info[_BEGIN] = "BEGIN IMMEDIATE" if writing else "BEGIN"
    connection.begin()


def _driver(path: Path, *, new: bool) -> sqlite3.Connection:
    """Return SQLite's own connection, with our settings and no transactions of its own.

    Raises:
        sqlite3.Error: SQLite refuses the file or a setting.
        ForeignDatabaseError, DatabaseBusyError: see ``connect``.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    driver = sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None
    )
    try:
        if not new:
            _require_ours(driver, path)
        _configure(driver, path)
    except BaseException:
        driver.close()
        raise
    return driver


def _require_ours(driver: sqlite3.Connection, path: Path) -> None:
    """Refuse another program's file before any setting could change it.

    Raises:
        ForeignDatabaseError: it is not ours.
    """
    if driver.execute("PRAGMA application_id").fetchall() != [(APPLICATION_ID,)]:
        raise ForeignDatabaseError(path)


def _configure(driver: sqlite3.Connection, path: Path) -> None:
    """Apply the settings to a fresh connection.

    Raises:
        DatabaseBusyError: somebody holds the file in a journal mode that is not safe here.
    """
    for pragma in pragmas(sqlite3.sqlite_version_info):
        driver.execute(f"PRAGMA {pragma}").fetchall()
    found = driver.execute("PRAGMA journal_mode").fetchone()[0]
    if found != journal(sqlite3.sqlite_version_info).lower():
        raise DatabaseBusyError(path)


def _begin(connection: Connection) -> None:
    """Tell SQLite how the transaction begins."""
    connection.exec_driver_sql(connection.info[_BEGIN])

# SPDX-License-Identifier: Apache-2.0
"""What our file is made of, and how we know that a file is ours.

Ledger and audit bytes never migrate: a file of another format is refused, not rewritten.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, inspect, select
from sqlmodel import Field, SQLModel, col

import privseg.store
from privseg.store.connect import APPLICATION_ID
from privseg.store.refusals import DatabaseCorruptError, DatabaseFormatError

FORMAT = 4  # 1: before laws and the bound ledger; 2: before segments; 3: before the chained budget
APPEND_ONLY: dict[str, Any] = {
    "sqlite_autoincrement": True,
    "info": {"refuses": ("UPDATE", "DELETE")},
}
"""The table arguments of a history: SQLite itself refuses to change or delete its rows, and a
number that it gave once never comes back."""
ERASABLE: dict[str, Any] = {"info": {"refuses": ("UPDATE",)}}
"""The table arguments of a history whose rows go with the person they are about."""


class FormatRow(SQLModel, table=True):
    """The one row that says which format the file has."""

    __tablename__ = "format"

    version: int = Field(primary_key=True)


def tables() -> list[Table]:
    """Return the tables of this room, whatever else the program declared with SQLModel.

    They are the classes of every module here that is named ``tables_…``.
    """
    for module in pkgutil.iter_modules(privseg.store.__path__):
        if module.name.startswith("tables_"):
            import_module(f"{privseg.store.__name__}.{module.name}")
    ours = f"{privseg.store.__name__}."
    return [
        SQLModel.metadata.tables[str(mapper.local_table)]
        for mapper in SQLModel._sa_registry.mappers  # noqa: SLF001 - its only list of classes
        if mapper.class_.__module__.startswith(ours)
    ]


def lay(connection: Connection) -> None:
    """Make every table in an empty file and sign it as ours, in the open transaction."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    made = tables()
    SQLModel.metadata.create_all(connection, tables=made)
    for table in made:
        for change in table.info.get("refuses", ()):
            connection.exec_driver_sql(_guard(table.name, change))
    connection.execute(insert(FormatRow).values(version=FORMAT))


def check(connection: Connection, path: Path) -> None:
    """Refuse a file of another format, or with a table gone.

    Raises:
        DatabaseFormatError: another version made it.
        DatabaseCorruptError: tables are missing.
    """
    there = set(inspect(connection).get_table_names())
    if FormatRow.__tablename__ not in there:
        raise DatabaseCorruptError(path)
    found = connection.execute(select(col(FormatRow.version))).scalar()
    if found != FORMAT:
        raise DatabaseFormatError(path, found=found or 0, known=FORMAT)
    if not {table.name for table in tables()} <= there:
        raise DatabaseCorruptError(path)


def _guard(table: str, change: str) -> str:
    """Return the trigger that refuses one kind of change to a history."""
    return (
        f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'a history is only added to'); END"
    )

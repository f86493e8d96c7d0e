# SPDX-License-Identifier: Apache-2.0
"""What our database is made of, and how we know that one is ours.

Ledger and audit bytes never migrate: a database of another format is refused, not rewritten.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from sqlalchemy import Table, insert, inspect, select
from sqlmodel import Field, SQLModel, col

import privseg.store
from privseg.store.engine import Engine
from privseg.store.refusals import (
    DatabaseCorruptError,
    DatabaseFormatError,
    ForeignDatabaseError,
)

FORMAT = 7
"""1: before laws; 2: segments; 3: the chained budget; 4: files only; 5: old requests; 6: whole
memberships."""
REVISIONS = ("0001",)  # of the projections, oldest first (``migrations``)
PROJECTIONS = REVISIONS[-1]
APPEND_ONLY: dict[str, Any] = {
    "sqlite_autoincrement": True,
    "info": {"refuses": ("UPDATE", "DELETE")},
}
"""The table arguments of a history: the database itself refuses to change or delete its rows, and a
number that it gave once never comes back."""
ERASABLE: dict[str, Any] = {"info": {"refuses": ("UPDATE",)}}
"""The table arguments of a history whose rows go with the person they are about."""
PROJECTION: dict[str, Any] = {"info": {"projection": True}}
"""The table arguments of a cache that is made anew from the histories: only these ever migrate."""


class FormatRow(SQLModel, table=True):
    """The one row that says which format the database has, and on a server whose it is."""

    __tablename__ = "format"

    version: int = Field(primary_key=True)
    workspace: str = ""


class ProjectionRow(SQLModel, table=True):
    """The one row that says which revision the projections have (``migrations``)."""

    __tablename__ = "projection_version"

    version_num: str = Field(primary_key=True)


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


def lay(engine: Engine) -> None:
    """Make every table in an empty database and sign it as ours, in the open transaction."""
    engine.sign()
    made = tables()
    SQLModel.metadata.create_all(engine.connection, tables=made, checkfirst=False)
    for table in made:
        for change in table.info.get("refuses", ()):
            for sql in engine.guards(table.name, change):
                engine.connection.exec_driver_sql(sql)
    ours = {"version": FORMAT, "workspace": engine.workspace}
    engine.connection.execute(insert(FormatRow).values(ours))
    engine.connection.execute(insert(ProjectionRow).values(version_num=PROJECTIONS))


def check(engine: Engine) -> bool:
    """Refuse a database of another format or workspace, or with a table gone.

    Return whether its projections are those of this version; if not, they wait to be upgraded.

    Raises:
        DatabaseFormatError: another version made it, or a newer one its projections.
        ForeignDatabaseError: it is another workspace's.
        DatabaseCorruptError: tables are missing.
    """
    there = set(inspect(engine.connection).get_table_names())
    if FormatRow.__tablename__ not in there:
        raise DatabaseCorruptError(engine.place)
    found = engine.connection.execute(select(col(FormatRow.version))).scalar()
    if found != FORMAT:
        raise DatabaseFormatError(engine.place, found=found or 0, known=FORMAT)
    if engine.connection.execute(select(col(FormatRow.workspace))).scalar() != engine.workspace:
        raise ForeignDatabaseError(engine.place)
    current = _projections(engine, there) == PROJECTIONS
    needed = {t.name for t in tables() if current or not t.info.get("projection")}
    if not needed <= there:
        raise DatabaseCorruptError(engine.place)
    return current


def _projections(engine: Engine, there: set[str]) -> str | None:
    """Return the revision of the projections; None before the first.

    Raises:
        DatabaseFormatError: this version does not know it: a newer one has been here.
    """
    if ProjectionRow.__tablename__ not in there:
        raise DatabaseCorruptError(engine.place)
    found = engine.connection.execute(select(col(ProjectionRow.version_num))).scalar()
    if found is not None and found not in REVISIONS:
        raise DatabaseFormatError(engine.place, found=str(found), known=PROJECTIONS)
    return found

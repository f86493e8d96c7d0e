# SPDX-License-Identifier: Apache-2.0
"""Projections migrate, histories never do: not a byte of them, up or down."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, inspect, text

from privseg.store import Database, DatabaseFormatError, Shared, SqlPolicies, migrations, schema
from privseg.store.tables_consent import EvidenceRow

NEXT = '''
"""A column more."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    op.add_column("touched_part", sa.Column("size", sa.Integer()))


def downgrade() -> None:
    op.drop_column("touched_part", "size")
'''


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        SqlPolicies(database).remember("ab", b"text", at=datetime(2026, 3, 2, tzinfo=UTC))
        database.execute(insert(EvidenceRow).values(position=1, sealed=b"sealed"))
        yield database


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The scripts of a version of privseg that is yet to come."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "versions" / "v0002_size.py").write_text(textwrap.dedent(NEXT), "utf-8")
    return folder


def histories(db: Database) -> dict[str, Any]:
    """Return every row of every table that is no projection, and how the table is made."""
    names = [t.name for t in schema.tables() if not t.info.get("projection")]
    look = inspect(db._engine.connection)
    with db.reading():
        made = {n: [str(c) for c in look.get_columns(n)] for n in names}
    rows = {n: db.raw(f'SELECT * FROM "{n}" ORDER BY 1') for n in names if n != VERSION}
    return {"made": made, "rows": rows}


VERSION = "projection_version"


def made(db: Database) -> dict[str, Any]:
    """Return how the projections are made, as the database itself says."""
    look = inspect(db._engine.connection)
    sql = "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()"
    if isinstance(db.place, Path):
        sql = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'"
    with db.reading():
        names = {n for n in look.get_table_names() if n.startswith("touched")}
        found = {n: [str(c) for c in look.get_columns(n)] for n in sorted(names)}
        indexes = sorted(row for row in db.raw(sql) if row[1].startswith("touched"))
    return {"columns": found, "indexes": indexes}


def columns(db: Database) -> set[str]:
    with db.reading():
        found = inspect(db._engine.connection).get_columns("touched_part")
    return {column["name"] for column in found}


def revision(db: Database) -> list[tuple[Any, ...]]:
    return db.raw("SELECT version_num FROM projection_version")


def test_the_program_knows_its_own_newest_revision() -> None:
    assert migrations.head() == schema.PROJECTIONS
    assert (
        tuple(
            reversed(
                [each.revision for each in migrations._scripts(migrations.FOLDER).walk_revisions()]
            )
        )
        == schema.REVISIONS
    )


def test_only_what_can_be_made_anew_is_a_projection() -> None:
    found = {table.name for table in schema.tables() if table.info.get("projection")}
    assert found == {"touched_head", "touched_entry", "touched_part"}


def test_migrating_from_nothing_makes_the_tables_that_a_new_database_has(db: Database) -> None:
    laid = made(db)
    assert len(laid["columns"]) == 3
    with db.transaction():
        migrations.downgrade(db._engine.connection)
    assert made(db) == {"columns": {}, "indexes": []}
    with db.transaction():
        migrations.upgrade(db._engine.connection)
    assert made(db) == laid


def test_a_database_of_before_is_brought_up_when_it_is_opened(
    db: Database, where: Path | Shared
) -> None:
    before = histories(db)
    with db.transaction():
        migrations.downgrade(db._engine.connection)
    assert revision(db) == []
    db.close()
    with Database.open(where) as again:
        assert revision(again) == [(schema.PROJECTIONS,)]
        assert again.raw("SELECT * FROM touched_entry") == []
        assert histories(again) == before


def test_up_and_down_leave_every_history_as_it_was(db: Database, newer: Path) -> None:
    before, usual = histories(db), columns(db)
    with db.transaction():
        migrations.upgrade(db._engine.connection, folder=newer)
    assert (revision(db), columns(db)) == ([("0002",)], usual | {"size"})
    assert histories(db) == before
    with db.transaction():
        migrations.downgrade(db._engine.connection, to="0001", folder=newer)
    assert (revision(db), columns(db)) == ([("0001",)], usual)
    assert histories(db) == before


def test_a_migration_that_fails_changes_nothing(db: Database, newer: Path) -> None:
    path = newer / "versions" / "v0002_size.py"
    path.write_text(
        path.read_text().replace("def downgrade", "    raise ZeroDivisionError\n\n\ndef downgrade")
    )
    usual = columns(db)
    with pytest.raises(ZeroDivisionError), db.transaction():
        migrations.upgrade(db._engine.connection, folder=newer)
    assert (revision(db), columns(db)) == ([("0001",)], usual)


def test_projections_of_a_newer_version_are_refused_and_left_alone(
    db: Database, where: Path | Shared
) -> None:
    db.execute(text("UPDATE projection_version SET version_num = '9999'"))
    with pytest.raises(DatabaseFormatError, match="format 9999") as refused:
        Database.open(where)
    assert (refused.value.found, refused.value.known) == ("9999", schema.PROJECTIONS)
    assert revision(db) == [("9999",)]

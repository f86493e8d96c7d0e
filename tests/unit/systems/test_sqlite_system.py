# SPDX-License-Identifier: Apache-2.0
"""SQLite: foreign keys, readers, triggers, the write-ahead log, free pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from privseg.systems import (
    SystemBusyError,
    SystemCascadeError,
    SystemLeftError,
    SystemNotOverwrittenError,
    SystemRefusesError,
)
from tests.twins.other_systems import ADA, Made, email, laid, make, rules


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Made, sqlite3.Connection]]:
    made = make("sqlite", tmp_path)
    made.place.parent.mkdir(parents=True)
    with closing(sqlite3.connect(made.place)) as db:
        db.executescript(
            "PRAGMA journal_mode = WAL;"
            "CREATE TABLE people (email TEXT PRIMARY KEY, note TEXT);"
            "CREATE INDEX by_note ON people (note);"
            "CREATE TABLE orders (email TEXT REFERENCES People ON DELETE CASCADE, what TEXT);"
            "CREATE TABLE visits (email TEXT REFERENCES people, what TEXT);"
            "INSERT INTO people VALUES ('ada@example.com', 'keeps bees'), ('g@example.com', 'x');"
            "INSERT INTO orders VALUES ('ada@example.com', '42 candles');"
        )
        yield made, db


def test_rows_that_a_foreign_key_would_take_must_be_declared(
    shop: tuple[Made, sqlite3.Connection],
) -> None:
    made, db = shop
    with pytest.raises(SystemCascadeError, match="orders"):
        made.system(rules("people")).erase(email(ADA))
    assert db.execute("SELECT count(*) FROM people").fetchone() == (2,)
    named = made.system(rules("people", cascades=frozenset({"orders"})))
    named.erase(email(ADA))
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    assert named.left(email(ADA)) == 0


def test_rows_that_refer_to_the_person_go_first_and_undeclared_ones_stop_it(
    shop: tuple[Made, sqlite3.Connection],
) -> None:
    made, db = shop
    db.execute("INSERT INTO visits VALUES ('ada@example.com', 'monday')")
    db.commit()
    with pytest.raises(SystemRefusesError):
        made.system(rules("people"), rules("orders")).erase(email(ADA))
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (1,)
    gone = made.system(rules("people"), rules("orders"), rules("visits")).erase(email(ADA))
    assert {t.name: t.rows for t in gone.tables} == {"people": 1, "orders": 1, "visits": 1}


def test_the_write_ahead_log_is_cut_so_that_no_file_has_the_bytes(
    shop: tuple[Made, sqlite3.Connection],
) -> None:
    made, _ = shop  # its connection is open: the log stays
    assert b"keeps bees" in made.raw()
    made.system(rules("people"), rules("orders")).erase(email(ADA))
    assert made.place.with_name("crm.db-wal").stat().st_size == 0
    left = made.raw()
    assert [t for t in (b"keeps bees", b"ada@", b"42 candles") if t in left] == []


def test_a_reader_of_an_older_state_keeps_the_bytes_and_that_is_told(
    shop: tuple[Made, sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, db = shop
    monkeypatch.setattr("privseg.systems.sqlite.BUSY_SECONDS", 0.1)
    reading = db.execute("SELECT * FROM people")
    reading.fetchone()
    system = made.system(rules("people"), rules("orders"))
    with pytest.raises(SystemNotOverwrittenError):
        system.erase(email(ADA))
    reading.close()
    assert system.left(email(ADA)) == 0
    assert system.erase(email(ADA)).overwritten
    assert b"keeps bees" not in made.raw()


def test_somebody_who_writes_is_waited_for_and_then_told(
    shop: tuple[Made, sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, db = shop
    monkeypatch.setattr("privseg.systems.sqlite.BUSY_SECONDS", 0.1)
    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(SystemBusyError):
        made.system(rules("people"), rules("orders")).erase(email(ADA))
    db.rollback()
    assert db.execute("SELECT count(*) FROM people").fetchone() == (2,)


def test_a_trigger_that_puts_a_row_back_undoes_the_erasure_and_is_told(
    shop: tuple[Made, sqlite3.Connection],
) -> None:
    made, db = shop
    db.execute(
        "CREATE TRIGGER undying AFTER DELETE ON people BEGIN "
        "INSERT INTO people VALUES (old.email, old.note); END"
    )
    system = made.system(rules("people"), rules("orders"))
    assert any("undying" in told for told in system.check())
    with pytest.raises(SystemLeftError, match="people"):
        system.erase(email(ADA))
    assert db.execute("SELECT count(*) FROM orders").fetchone() == (1,)


def test_what_was_deleted_long_before_goes_with_a_vacuum(tmp_path: Path) -> None:
    made = laid("sqlite", tmp_path)
    with closing(sqlite3.connect(made.place)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("INSERT INTO people VALUES (?, ?)", (ADA, "keeps bees behind the mill"))
        db.execute("DELETE FROM people WHERE note LIKE '%mill'")
        db.commit()
    system = made.system(rules("people"))
    assert any("vacuum" in told for told in system.check())
    system.erase(email(ADA))
    assert b"behind the mill" in made.raw()
    made.system(rules("people"), vacuum=True).erase(email(ADA))
    assert b"behind the mill" not in made.raw()


def test_samples_that_the_planner_keeps_of_indexed_values_go_too(tmp_path: Path) -> None:
    made = laid("sqlite", tmp_path)
    shape = "(tbl, idx, neq, nlt, ndlt, sample)"
    with closing(sqlite3.connect(made.place)) as db:  # a build with ENABLE_STAT4 makes it so
        db.execute(f"CREATE TABLE kept {shape}")
        db.execute("INSERT INTO kept VALUES ('people', 'i', 1, 1, 1, ?)", (ADA.encode(),))
        db.execute("INSERT INTO kept VALUES ('other', 'i', 1, 1, 1, 'x')")
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_schema SET name = 'sqlite_stat4', tbl_name = 'sqlite_stat4', "
            f"sql = 'CREATE TABLE sqlite_stat4 {shape}' WHERE name = 'kept'"
        )
        db.commit()
    made.system(rules("people")).erase(email(ADA))
    assert b"ada@" not in made.raw()
    with closing(sqlite3.connect(made.place)) as db:
        assert db.execute("SELECT tbl FROM sqlite_stat4").fetchall() == [("other",)]

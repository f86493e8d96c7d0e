# SPDX-License-Identifier: Apache-2.0
"""DuckDB: the file is written anew and keeps all that it knows."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from privseg.dsr.systems import OnErasure
from privseg.systems import (
    SystemBusyError,
    SystemRefusesError,
    SystemShapeError,
)
from tests.twins.other_systems import ADA, Made, email, laid, make, rules

SHOP = """
CREATE SEQUENCE numbers; CREATE TYPE mood AS ENUM ('calm', 'loud'); CREATE SCHEMA web;
CREATE TABLE people (id INTEGER PRIMARY KEY DEFAULT nextval('numbers'),
  email VARCHAR NOT NULL UNIQUE, mood mood,
  loud VARCHAR GENERATED ALWAYS AS (upper(email)) VIRTUAL);
CREATE TABLE orders (email VARCHAR REFERENCES people (email), sum DECIMAL(9, 2) CHECK (sum > 0));
CREATE TABLE web.visits (email VARCHAR, pages INTEGER[], more STRUCT(a INTEGER, b VARCHAR));
CREATE INDEX by_visitor ON web.visits (email); CREATE VIEW everybody AS SELECT email FROM people;
CREATE MACRO twice(a) AS a * 2; COMMENT ON TABLE people IS 'who buys';
INSERT INTO people (email, mood) VALUES ('ada@example.com', 'calm'), ('g@example.com', 'loud');
INSERT INTO orders VALUES ('ada@example.com', 9.5), ('g@example.com', 1);
INSERT INTO web.visits VALUES ('ada@example.com', [1, 2], {'a': 1, 'b': 'bees'}),
  ('g@example.com', [3], NULL);
"""
KNOWN = (
    "SELECT table_name, sql, comment FROM duckdb_tables() ORDER BY 1",
    "SELECT index_name, sql FROM duckdb_indexes() ORDER BY 1",
    "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY 1",
    "SELECT function_name FROM duckdb_functions() WHERE NOT internal ORDER BY 1",
    "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY 1, 2",
    "SELECT type_name FROM duckdb_types() WHERE NOT internal ORDER BY 1",
    "SELECT sequence_name, last_value FROM duckdb_sequences()",
    "SELECT tags, path FROM duckdb_databases() WHERE database_name = 'crm'",
    "SELECT block_size FROM pragma_database_size() WHERE database_name = 'crm'",
)


def test_a_duckdb_file_keeps_all_that_it_knows_but_the_person(tmp_path: Path) -> None:
    made = make("duckdb", tmp_path)
    made.place.parent.mkdir(parents=True)
    with closing(duckdb.connect()) as db:
        db.execute(f"ATTACH '{made.place}' AS crm (BLOCK_SIZE 16384, STORAGE_VERSION 'v1.2.0')")
        db.execute("USE crm")
        db.execute(SHOP)
    known = _known(made)
    system = made.system(rules("people"), rules("orders"), rules("web.visits"))
    system.erase(email("ADA@example.com"))
    assert _known(made) == known
    with closing(duckdb.connect(made.place)) as db:
        assert db.execute("SELECT * FROM people").fetchall() == [
            (2, "g@example.com", "loud", "G@EXAMPLE.COM")
        ]
        assert db.execute("SELECT * FROM web.visits").fetchall() == [("g@example.com", [3], None)]
        assert db.execute("SELECT nextval('numbers')").fetchone() == (3,)
    assert not any(t in made.raw() for t in (b"ada@", b"ADA@", b"bees"))


def _known(made: Made) -> list[object]:
    with closing(duckdb.connect(made.place)) as db:
        return [db.execute(question).fetchall() for question in KNOWN]


def test_a_duckdb_row_that_others_refer_to_stops_it(tmp_path: Path) -> None:
    made = make("duckdb", tmp_path)
    made.place.parent.mkdir(parents=True)
    with closing(duckdb.connect(made.place)) as db:
        db.execute(SHOP)
    before = made.raw()
    with pytest.raises(SystemRefusesError):
        made.system(rules("people")).erase(email(ADA))
    assert made.raw() == before
    blank = rules("people", on_erasure=OnErasure.BLANK, columns=("mood",))
    with pytest.raises(SystemShapeError, match="'email' cannot be empty"):
        made.system(blank).erase(email(ADA))


def test_a_duckdb_file_that_another_program_has_open_is_not_touched(tmp_path: Path) -> None:
    made = laid("duckdb", tmp_path)
    script = "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(made.place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        other.stdout.readline()
        before = made.place.stat()
        with pytest.raises(SystemBusyError):
            made.system(rules("people")).erase(email(ADA))
        other.communicate(b"\n")
    assert made.place.stat().st_ino == before.st_ino
    assert made.system(rules("people")).count(email(ADA))[0].rows == 1

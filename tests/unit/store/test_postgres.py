# SPDX-License-Identifier: Apache-2.0
"""What only a server can do to us: go away in the middle, be set badly, be shared with others."""

from __future__ import annotations

import builtins
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel, col

from privseg.errors import StorageError
from privseg.store import (
    CommitUnknownError,
    ConnectionLostError,
    Database,
    DatabaseBusyError,
    DatabaseExistsError,
    DatabaseMissingError,
    DatabaseReplacedError,
    DatabaseUnreachableError,
    DriverMissingError,
    ForeignDatabaseError,
    RowRefusedError,
    Shared,
    TransactionError,
    transaction,
)
from privseg.store.postgres import address, claims, connect, vacuum
from privseg.store.postgres.marks import marked
from privseg.store.refusals import UnencryptedError
from privseg.store.schema import FormatRow, tables
from privseg.store.tables_consent import EvidenceRow
from tests.twins.cut_off import Wire
from tests.twins.postgres import workspace


@pytest.fixture
def place(postgres: str, tmp_path: Path) -> Shared:
    return workspace(postgres, tmp_path / ".privseg")


@pytest.fixture
def db(place: Shared) -> Iterator[Database]:
    with Database.create(place) as database:
        yield database


@pytest.fixture
def admin(postgres: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of the server's administrator."""
    with psycopg.connect(postgres, autocommit=True) as session:
        yield session


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for others a fifth of a second instead of five."""
    for module in (connect, transaction, claims, vacuum):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.2)


def keep(db: Database, *positions: int) -> None:
    for position in positions:
        db.execute(insert(EvidenceRow).values(position=position, sealed=b"sealed"))


def kept(db: Database) -> list[int]:
    query = select(col(EvidenceRow.position)).order_by(col(EvidenceRow.position))
    return [row.position for row in db.rows(query)]


def kill(db: Database, admin: psycopg.Connection[Any]) -> None:
    """End the session of a database as an administrator or a failing server would."""
    pid = db._engine._driver.info.backend_pid
    admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


# --- what every session is


def test_a_commit_is_durable_and_nobody_waits_for_ever(db: Database) -> None:
    names = (
        "synchronous_commit", "lock_timeout", "idle_in_transaction_session_timeout",
        "statement_timeout", "standard_conforming_strings", "search_path",
    )  # fmt: skip
    said = [db.raw("SELECT current_setting(?)", (name,))[0][0] for name in names]
    schema = address.schema_of(db._engine.workspace)
    assert said == ["on", "5s", "15min", "15min", "on", f'"{schema}"']


def test_our_settings_hold_against_those_of_the_server_and_the_role(
    admin: psycopg.Connection[Any], db: Database, place: Shared
) -> None:
    admin.execute("ALTER ROLE postgres SET synchronous_commit = off")
    admin.execute("ALTER ROLE postgres SET search_path = public")
    try:
        with Database.open(place) as again:
            assert again.raw("SHOW synchronous_commit") == [("on",)]
            keep(again, 1)
    finally:
        admin.execute("ALTER ROLE postgres RESET ALL")
    assert kept(db) == [1]


def test_a_read_is_one_state_and_cannot_write(db: Database, place: Shared) -> None:
    with Database.open(place) as other, other.reading():
        assert kept(other) == []
        keep(db, 1)
        assert kept(other) == []
        assert other.raw("SHOW transaction_isolation") == [("repeatable read",)]
        assert other.raw("SHOW transaction_read_only") == [("on",)]
    assert kept(db) == [1]


def test_there_is_one_writer_and_the_next_sees_all_that_it_did(db: Database, place: Shared) -> None:
    seen: list[list[int]] = []

    def write() -> None:
        with Database.open(place) as other, other.transaction():
            seen.append(kept(other))

    with db.transaction():
        keep(db, 1)
        thread = threading.Thread(target=write)
        thread.start()
        time.sleep(0.1)
        assert seen == []
        keep(db, 2)
    thread.join()
    assert seen == [[1, 2]]


@pytest.mark.usefixtures("impatient")
def test_writers_of_other_workspaces_wait_for_nobody(postgres: str, tmp_path: Path) -> None:
    one, other = (Database.create(workspace(postgres, tmp_path / name)) for name in "ab")
    with one, other, one.transaction():
        keep(one, 1)
        keep(other, 2)
        assert (kept(one), kept(other)) == ([1], [2])


def test_every_integer_has_64_bits_and_bytes_are_bytes(db: Database) -> None:
    wide = {
        (table.name, column.name)
        for table in tables()
        for column in table.columns
        if column.type.python_type is int
    }
    found = db.raw(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type = 'bigint'"
    )
    assert wide <= set(found)
    assert len(wide) > 30
    keep(db, 2**63 - 1)
    assert db.raw("SELECT position, sealed FROM consent_evidence") == [(2**63 - 1, b"sealed")]
    assert db.rows(select(EvidenceRow.__table__))[0].sealed == b"sealed"


# --- whose schema it is


def test_two_workspaces_on_one_server_are_two_databases(postgres: str, tmp_path: Path) -> None:
    with Database.create(workspace(postgres, tmp_path / "a")) as one:
        keep(one, 1)
        with Database.create(workspace(postgres, tmp_path / "b")) as other:
            assert kept(other) == []


def test_a_schema_that_is_there_is_never_overwritten(db: Database, place: Shared) -> None:
    keep(db, 1)
    with pytest.raises(DatabaseExistsError):
        Database.create(place)
    assert kept(db) == [1]


def test_a_making_that_was_cut_short_is_begun_again(db: Database, place: Shared) -> None:
    """The same id comes only from the mark in an unfinished folder: nothing was ever put in."""
    db.execute(text("INSERT INTO vault_state VALUES (1, 'ws', 'root', 0, 0, '')"))
    with Database.create(place) as again:
        assert again.raw("SELECT * FROM vault_state") == []
    with pytest.raises(DatabaseReplacedError):
        kept(db)


def test_a_schema_that_is_not_ours_is_never_dropped(
    place: Shared, admin: psycopg.Connection[Any]
) -> None:
    schema = address.schema_of(place.workspace)
    admin.execute(f'CREATE SCHEMA "{schema}"')
    admin.execute(f'CREATE TABLE "{schema}".vault_state (n int)')
    with pytest.raises(DatabaseExistsError):
        Database.create(place)
    assert admin.execute(f'SELECT * FROM "{schema}".vault_state').fetchall() == []


def test_no_schema_is_an_error_and_none_is_made(
    postgres: str, tmp_path: Path, admin: psycopg.Connection[Any]
) -> None:
    nowhere = workspace(postgres, tmp_path)
    with pytest.raises(DatabaseMissingError):
        Database.open(nowhere)
    count = "SELECT count(*) FROM pg_namespace WHERE nspname = %s"
    found = admin.execute(count, (address.schema_of(nowhere.workspace),)).fetchone()
    assert found == (0,)


def test_a_schema_that_names_another_workspace_is_refused(db: Database, place: Shared) -> None:
    db.execute(text("UPDATE format SET workspace = 'ws-other'"))
    with pytest.raises(ForeignDatabaseError):
        Database.open(place)


def test_a_schema_that_was_replaced_is_not_used(
    db: Database, place: Shared, admin: psycopg.Connection[Any]
) -> None:
    schema = address.schema_of(place.workspace)
    admin.execute(f'ALTER SCHEMA "{schema}" RENAME TO "{schema}-away"')
    with pytest.raises(DatabaseReplacedError):
        keep(db, 1)
    Database.create(place).close()
    with pytest.raises(DatabaseReplacedError):
        kept(db)
    with Database.open(place) as other:
        assert kept(other) == []


def test_a_failed_making_leaves_no_schema(
    place: Shared, monkeypatch: pytest.MonkeyPatch, admin: psycopg.Connection[Any]
) -> None:
    monkeypatch.setattr("privseg.store.schema.PROJECTIONS", None)  # its column takes no such thing
    with pytest.raises(StorageError):
        Database.create(place)
    count = "SELECT count(*) FROM pg_namespace WHERE nspname = %s"
    found = admin.execute(count, (address.schema_of(place.workspace),)).fetchone()
    assert found == (0,)


@pytest.mark.parametrize("workspace_id", ["ws-1", "a" * 55, "a" * 56, "Ä", "x; DROP", 'a"b'])
def test_a_workspace_of_any_name_has_a_schema_of_its_own(workspace_id: str) -> None:
    name = address.schema_of(workspace_id)
    assert name.startswith("privseg_")
    assert len(name.encode()) <= 63
    assert name != address.schema_of(workspace_id + "a")


# --- a connection that is lost


@pytest.mark.parametrize("when", ["before", "inside"])
def test_a_change_that_was_not_yet_to_be_committed_is_undone(
    db: Database, place: Shared, admin: psycopg.Connection[Any], when: str
) -> None:
    def change() -> None:
        if when == "before":
            kill(db, admin)
        with db.transaction():
            keep(db, 1)
            kill(db, admin)
            keep(db, 2)

    with pytest.raises(ConnectionLostError, match="nothing was changed"):
        change()
    with Database.open(place) as again:
        assert kept(again) == []


def test_a_commit_whose_server_had_gone_is_of_unknown_outcome(
    db: Database, place: Shared, admin: psycopg.Connection[Any]
) -> None:
    told: list[str] = []

    def change() -> None:
        with db.transaction():
            keep(db, 1)
            db.after_commit(lambda: told.append("acknowledged"))
            kill(db, admin)

    with pytest.raises(CommitUnknownError, match="not known whether"):
        change()
    assert told == []
    with Database.open(place) as again:
        assert kept(again) == []


def test_a_commit_that_was_killed_half_way_is_of_unknown_outcome(
    db: Database, place: Shared, admin: psycopg.Connection[Any]
) -> None:
    """A trigger that runs at the commit holds it up, and there the session is ended."""
    db.execute(
        text(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$"
        )
    )
    db.execute(
        text(
            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON consent_evidence "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()"
        )
    )
    killer = threading.Timer(0.3, kill, (db, admin))
    killer.start()
    with pytest.raises(CommitUnknownError):
        keep(db, 1)
    killer.join()
    with Database.open(place) as again:
        assert kept(again) == []


def test_a_commit_whose_answer_never_came_is_of_unknown_outcome_and_stands(place: Shared) -> None:
    """The server did it; we were not told. It is neither reported as done nor done again."""
    Database.create(place).close()
    wire = Wire(place.url, b"COMMIT\0")
    told: list[str] = []
    with Database.open(replace(place, url=wire.url)) as db:
        wire.armed = True

        def change() -> None:
            with db.transaction():
                keep(db, 1)
                db.after_commit(lambda: told.append("acknowledged"))

        with pytest.raises(CommitUnknownError) as unknown:
            change()
        assert "nothing was changed" not in str(unknown.value)
        with pytest.raises(ConnectionLostError):
            kept(db)
    wire.close()
    assert told == []
    with Database.open(place) as again:
        assert kept(again) == [1]


def test_what_the_server_refuses_at_the_commit_is_undone_and_said_so(db: Database) -> None:
    db.execute(
        text(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'check_violation'; END $$"
        )
    )
    db.execute(
        text(
            "CREATE CONSTRAINT TRIGGER no AFTER INSERT ON consent_evidence "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no()"
        )
    )
    with pytest.raises(RowRefusedError, match="nothing was changed"):
        keep(db, 1)
    assert kept(db) == []


def test_a_lost_connection_is_never_made_again_behind_our_back(
    db: Database, place: Shared, admin: psycopg.Connection[Any]
) -> None:
    kill(db, admin)
    for _ in range(3):
        with pytest.raises(ConnectionLostError):
            kept(db)
        with pytest.raises(ConnectionLostError):
            keep(db, 1)
    with Database.open(place) as again:
        assert kept(again) == []


def test_nothing_follows_a_statement_that_failed_in_the_same_part(db: Database) -> None:
    """The server would drop all of it at the commit, and say nothing."""

    def change() -> None:
        with db.transaction():
            keep(db, 1)
            with pytest.raises(RowRefusedError):
                keep(db, 1)
            with pytest.raises(TransactionError):
                keep(db, 2)

    with pytest.raises(TransactionError):
        change()
    assert kept(db) == []


def test_a_part_that_failed_is_undone_alone_and_the_rest_goes_on(db: Database) -> None:
    with db.transaction():
        keep(db, 1)
        with pytest.raises(RowRefusedError):
            _keep_together(db, 2, 1)
        keep(db, 3)
    assert kept(db) == [1, 3]


def _keep_together(db: Database, *positions: int) -> None:
    with db.transaction():
        keep(db, *positions)


def test_a_query_that_failed_spoils_the_transaction_and_it_is_not_committed(db: Database) -> None:
    def change() -> None:
        with db.transaction():
            keep(db, 1)
            with pytest.raises(StorageError):
                db.raw("SELECT nothing FROM nowhere")

    with pytest.raises(TransactionError):
        change()
    assert kept(db) == []


# --- claims and turns


def test_a_claim_is_seen_by_everybody_and_ends_with_its_session(
    db: Database, place: Shared, admin: psycopg.Connection[Any]
) -> None:
    with Database.open(place) as other:
        mine, also_mine = db.claims.take(7), db.claims.take(7)
        assert other.claims.is_held(7)
        assert db.claims.is_held(7)
        assert not other.claims.is_held(8)
        mine.give_back()
        mine.give_back()
        assert other.claims.is_held(7)
        also_mine.give_back()
        assert not other.claims.is_held(7)
        with db.claims.take(9):
            pid = db._engine._claims._session.info.backend_pid
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            assert not other.claims.is_held(9)


def test_a_claim_that_nobody_can_give_back_is_given_back(db: Database) -> None:
    held = db.claims.take(7)
    del held
    assert not db.claims.is_held(7)


@pytest.mark.usefixtures("impatient")
def test_one_at_a_time_is_in_a_folder(db: Database, place: Shared) -> None:
    folder = db.private / "eligible"
    with Database.open(place) as other:
        with db.alone(folder):
            with pytest.raises(DatabaseBusyError), other.alone(folder):
                raise AssertionError
            with pytest.raises(DatabaseBusyError), db.alone(folder):  # nor twice the same process
                raise AssertionError
        with other.alone(folder), db.reading():
            assert kept(db) == []


# --- what was deleted


def test_what_was_deleted_is_in_no_file_of_the_server_but_its_log(
    db: Database, admin: psycopg.Connection[Any]
) -> None:
    """A plain VACUUM would leave it in the page: that is why the tables are written anew."""
    needle = secrets.token_bytes(64)
    folder = Path(str(admin.execute("SHOW data_directory").fetchone()[0]))

    def files_with_it() -> set[str]:
        admin.execute("CHECKPOINT")
        files = [each for each in folder.rglob("*") if each.is_file()]
        return {each.relative_to(folder).parts[0] for each in files if needle in each.read_bytes()}

    db.bulk("INSERT INTO consent_evidence VALUES (?, ?)", [(1, b"stays"), (2, needle)])
    assert files_with_it() == {"base", "pg_wal"}
    db.execute(text("DELETE FROM consent_evidence WHERE position = 2"))
    admin.execute("VACUUM")
    assert "base" in files_with_it()
    db.empty_journal()
    assert files_with_it() <= {"pg_wal"}
    assert kept(db) == [1]


@pytest.mark.parametrize("others", [3, 0])
def test_what_was_deleted_is_not_in_what_the_planner_remembers(
    db: Database, admin: psycopg.Connection[Any], others: int
) -> None:
    """A table that lost its last row is never counted again: its statistics would stay for good."""
    needle = secrets.token_bytes(16)
    rows = [(n, b"stays %d" % n) for n in range(others)]
    db.bulk("INSERT INTO consent_evidence VALUES (?, ?)", [*rows, (8, needle), (9, needle[::-1])])

    def remembered() -> bool:
        said = admin.execute("SELECT s::text FROM pg_stats s WHERE tablename = 'consent_evidence'")
        return any(needle.hex() in line for (line,) in said)

    admin.execute("ANALYZE")
    assert remembered()
    db.execute(text("DELETE FROM consent_evidence WHERE position > 7"))
    db.empty_journal()
    assert not remembered()
    files = Path(str(admin.execute("SHOW data_directory").fetchone()[0]), "base").rglob("*")
    admin.execute("CHECKPOINT")
    assert not [f for f in files if f.is_file() and needle in f.read_bytes()]
    assert kept(db) == list(range(others))


@pytest.mark.usefixtures("impatient")
def test_files_are_not_said_to_be_clean_while_somebody_reads_what_was_deleted(
    db: Database, place: Shared
) -> None:
    keep(db, 1)
    with Database.open(place) as reader:
        with reader.reading():
            assert kept(reader) == [1]
            db.execute(text("DELETE FROM consent_evidence"))
            with pytest.raises(DatabaseBusyError):
                db.empty_journal()
        db.empty_journal()


# --- how a server is reached


def test_a_server_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    for url in (
        f"postgresql:///nowhere?host={tmp_path}",
        "postgresql://:1/x?host=localhost",
        "x=(",
    ):
        with pytest.raises(DatabaseUnreachableError):
            Database.open(Shared(url, "ws-1", tmp_path))


def test_without_the_package_the_address_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("privseg.store.postgres"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DriverMissingError, match=r"pip install 'privseg\[postgresql\]'"):
        Database.open(Shared("postgresql://db.example.com/x", "ws-1", tmp_path))


def test_over_a_network_the_server_shows_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    mode = {url: address.parameters(url).get("sslmode") for url in (
        "postgresql://db.example.com/x", "postgresql://localhost/x", "postgresql:///x?host=/run/pg",
        "postgresql://db.example.com/x?sslmode=require", "postgresql:///x?service=shop",
    )}  # fmt: skip
    assert list(mode.values()) == ["verify-full", None, None, "require", "verify-full"]
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert address.parameters("postgresql:///x")["sslmode"] == "verify-full"


@pytest.mark.parametrize("url", ["postgresql://localhost/x", "postgresql:///x"])
def test_the_number_of_a_host_in_the_environment_is_a_host(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """libpq connects to PGHOSTADDR, whatever host the address names."""
    for name in ("PGHOST", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.7")
    assert address.parameters(url)["sslmode"] == "verify-full"
    with pytest.raises(UnencryptedError):
        address.parameters(f"{url}?sslmode=prefer")
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.1")
    assert "sslmode" not in address.parameters(url)


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_an_address_in_the_clear_is_refused(mode: str) -> None:
    with pytest.raises(UnencryptedError):
        address.parameters(f"postgresql://db.example.com/x?sslmode={mode}")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT ?", "SELECT %s"),
        ("SELECT '?', '100 %' WHERE a = ?", "SELECT '?', '100 %%' WHERE a = %s"),
        ("SELECT 'it''s ?' || ?", "SELECT 'it''s ?' || %s"),
        ('SELECT "?" FROM t WHERE b % 2 = ?', 'SELECT "?" FROM t WHERE b %% 2 = %s'),
    ],
)
def test_marks_are_those_outside_of_quotes(sql: str, said: str) -> None:
    assert marked(sql) == said


def test_many_rows_are_the_same_rows_however_they_are_sent(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "INSERT INTO consent_event (position, event_key, content_key, body, own, evidence) "
    sql += "VALUES (?, ?, ?, ?, ?, ?)"
    odd = [b"", b"\\", b"\0\t\n\\N\r", bytes(range(256)), b"\\x41"]
    own = [None, "", "\\N", "a\tb\nc\\.", 'Grüße "%s" ?']
    body = bytes(45)
    rows = [(n, n.to_bytes(8), odd[n % 5], body, own[n % 5], None) for n in range(1, 101)]
    assert db.bulk(sql, rows) == 100
    found = db.raw(
        "SELECT position, event_key, content_key, body, own, evidence FROM consent_event"
    )
    assert sorted(found) == rows
    db.execute(text("DELETE FROM consent_event"))
    monkeypatch.setattr("privseg.store.postgres.engine.MANY", 1_000)
    assert db.bulk(sql, rows) == 100
    assert (
        sorted(
            db.raw(
                "SELECT position, event_key, content_key, body, own, evidence FROM consent_event"
            )
        )
        == rows
    )


def test_rows_sent_as_a_stream_are_refused_all_or_none(db: Database) -> None:
    keep(db, 50)
    with pytest.raises(RowRefusedError):
        db.bulk("INSERT INTO consent_evidence VALUES (?, ?)", [(n, b"") for n in range(100)])
    assert kept(db) == [50]
    rows = [(n, b"t", "g", "[]") for n in range(100)]
    with pytest.raises(StorageError):
        db.bulk("INSERT INTO audit_entry (sequence, entry, leaf) VALUES (?, ?, ?)", rows)


def test_literal_marks_and_percents_reach_the_server_as_they_are(db: Database) -> None:
    assert db.raw("SELECT '?', '%s %', 7 % 4, CAST(? AS bigint)", (5,)) == [("?", "%s %", 3, 5)]


def test_a_server_that_could_lose_a_commit_says_so(
    db: Database, admin: psycopg.Connection[Any]
) -> None:
    assert db.weaknesses == ()
    admin.execute("ALTER SYSTEM SET fsync = off")
    try:
        admin.execute("SELECT pg_reload_conf()")
        _until(lambda: bool(db.weaknesses))
        assert "fsync is off" in db.weaknesses[0]
    finally:
        admin.execute("ALTER SYSTEM RESET fsync")
        admin.execute("SELECT pg_reload_conf()")


def _until(so: Callable[[], bool]) -> None:
    """Wait a bounded time."""
    for _ in range(100):
        if so():
            return
        time.sleep(0.02)


def test_other_classes_of_the_program_keep_their_types() -> None:
    """Our integers are of 64 bits by our engine alone; nobody's tables are changed."""
    assert str(SQLModel.metadata.tables[str(FormatRow.__tablename__)].c.version.type) == "INTEGER"

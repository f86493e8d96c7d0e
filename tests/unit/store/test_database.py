# SPDX-License-Identifier: Apache-2.0
"""What the database promises: all or nothing, private, ours, and refusals that carry no data.

What does not depend on the kind of database holds of both (``where``); ``SQLITE`` marks the rest.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlmodel import col

from privseg.errors import StorageError
from privseg.store import (
    Database,
    DatabaseBusyError,
    DatabaseCorruptError,
    DatabaseError,
    DatabaseExistsError,
    DatabaseFormatError,
    DatabaseMissingError,
    DatabaseReplacedError,
    ForeignDatabaseError,
    RowRefusedError,
    Shared,
    StatementRefusedError,
    TransactionError,
    transaction,
)
from privseg.store.postgres import connect as postgres_connect
from privseg.store.schema import FORMAT, FormatRow, tables
from privseg.store.sqlite import connect
from privseg.store.tables_consent import EvidenceRow
from privseg.store.tables_release import EditionRow, PolicyRow
from tests.twins.on_disk import on_disk

Hook = Callable[[Database, Callable[..., None]], None]
SQLITE = pytest.mark.parametrize("where", ["sqlite"], indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".privseg" / "privseg.sqlite"


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        yield database


def keep(db: Database, *positions: int) -> None:
    for position in positions:
        db.execute(insert(EvidenceRow).values(position=position, sealed=b"sealed"))


def kept(db: Database) -> list[int]:
    query = select(col(EvidenceRow.position)).order_by(col(EvidenceRow.position))
    return [row.position for row in db.rows(query)]


def pragma(db: Database, name: str) -> object:
    return db.raw(f"PRAGMA {name}")[0][0]


def keep_and_fail(db: Database, *positions: int) -> None:
    with db.transaction():
        for position in positions:
            with db.transaction():
                keep(db, position)
        raise ZeroDivisionError


def hook_and_fail(db: Database, hook: Hook, action: Callable[..., None]) -> None:
    with db.transaction():
        hook(db, action)
        raise ZeroDivisionError


# --- the file


def test_only_its_owner_can_read_it(path: Path) -> None:
    Database.create(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_opening_takes_from_others_what_a_copy_granted_them(path: Path) -> None:
    Database.create(path).close()
    path.chmod(0o644)
    Database.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_overwritten(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"precious")
    with pytest.raises(DatabaseExistsError):
        Database.create(path)
    assert path.read_bytes() == b"precious"


def test_no_database_is_an_error_and_none_is_made(path: Path) -> None:
    with pytest.raises(DatabaseMissingError) as refused:
        Database.open(path)
    assert refused.value.place == path
    assert not path.exists()


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("content", [b"", b"customer,email\n" * 400, bytes(range(256)) * 32])
def test_a_file_that_is_not_ours_is_refused_and_unchanged(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ForeignDatabaseError):
        Database.open(path)
    assert path.read_bytes() == content


@pytest.mark.usefixtures("journal")
def test_another_programs_database_is_refused_and_unchanged(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE format (version INTEGER)")
    other.close()
    content = path.read_bytes()
    with pytest.raises(ForeignDatabaseError):
        Database.open(path)
    assert path.read_bytes() == content


def test_an_unknown_format_is_refused(db: Database, where: Path | Shared) -> None:
    db.execute(update(FormatRow).values(version=99))
    db.close()
    with pytest.raises(DatabaseFormatError, match="format 99") as refused:
        Database.open(where)
    assert (refused.value.found, refused.value.known) == (99, FORMAT)


def test_a_database_without_its_format_is_refused(db: Database, where: Path | Shared) -> None:
    db.execute(text("DELETE FROM format"))
    db.close()
    with pytest.raises(DatabaseFormatError):
        Database.open(where)


@pytest.mark.parametrize("table", ["format", "audit_entry", "consent_event", "loss"])
def test_a_table_that_is_gone_is_noticed_on_opening(
    db: Database, where: Path | Shared, table: str
) -> None:
    db.execute(text(f"DROP TABLE {table}"))
    db.close()
    with pytest.raises(DatabaseCorruptError):
        Database.open(where)


@SQLITE
def test_damage_is_an_error_of_ours(db: Database, path: Path) -> None:
    with db.transaction():
        keep(db, *range(500))
    db.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(DatabaseError), Database.open(path) as damaged:
        kept(damaged)


def test_a_failed_creation_leaves_no_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "APPLICATION_ID", "not a number")
    with pytest.raises(StorageError):
        Database.create(path)
    assert not path.exists()


@SQLITE
def test_a_database_that_was_removed_is_not_written_behind_our_back(
    db: Database, path: Path
) -> None:
    path.unlink()
    with pytest.raises(DatabaseReplacedError):
        keep(db, 1)
    with pytest.raises(DatabaseReplacedError):
        kept(db)


@SQLITE
def test_a_database_that_was_replaced_is_not_read(db: Database, path: Path) -> None:
    other = path.with_name("other.sqlite")
    Database.create(other).close()
    other.rename(path)
    with pytest.raises(DatabaseReplacedError):
        kept(db)


# --- its settings


@SQLITE
def test_a_commit_is_durable_and_what_is_deleted_is_overwritten(db: Database) -> None:
    wal = connect.wal_is_safe(sqlite3.sqlite_version_info)
    assert pragma(db, "journal_mode") == ("wal" if wal else "delete")
    assert pragma(db, "synchronous") == 3  # EXTRA
    assert pragma(db, "secure_delete") == 1
    assert pragma(db, "foreign_keys") == 1
    assert pragma(db, "temp_store") == 2  # MEMORY
    assert pragma(db, "busy_timeout") == 5_000


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False),
        ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)  # fmt: skip
def test_a_write_ahead_log_is_used_only_where_it_cannot_corrupt(
    version: tuple[int, ...], *, safe: bool
) -> None:
    assert connect.wal_is_safe(version) is safe
    assert connect.journal(version) == ("WAL" if safe else "DELETE")


@pytest.fixture(params=["DELETE", "WAL"])
def journal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Use one journal or the other, whatever this SQLite is safe for (nobody else writes)."""
    mode: str = request.param
    monkeypatch.setattr(connect, "wal_is_safe", lambda _: mode == "WAL")
    return mode


def test_what_was_deleted_is_in_no_file_any_more(path: Path, journal: str) -> None:
    secret = b"ada@example.com " * 4
    with Database.create(path) as db:
        assert pragma(db, "journal_mode") == journal.lower()
        db.execute(insert(EvidenceRow).values(position=1, sealed=secret))
        assert secret in on_disk(db)
        db.execute(text("DELETE FROM consent_evidence"))
        assert secret not in on_disk(db)


def test_files_beside_a_database_are_private_too(path: Path, journal: str) -> None:
    with Database.create(path) as db, db.transaction():
        keep(db, 1)
        beside = [each for each in path.parent.iterdir() if each != path]
        assert beside
        assert {stat.S_IMODE(each.stat().st_mode) for each in beside} == {0o600}, journal


def test_a_journal_is_emptied_after_a_transaction_only(db: Database) -> None:
    with db.transaction(), pytest.raises(TransactionError):
        db.empty_journal()


@pytest.mark.parametrize("journal", ["WAL"], indirect=True)
@pytest.mark.usefixtures("impatient", "journal")
def test_a_journal_that_somebody_reads_is_not_said_to_be_empty(path: Path) -> None:
    with Database.create(path) as db, Database.open(path) as reader:
        keep(db, 1)
        with reader.reading():
            assert kept(reader) == [1]
            keep(db, 2)
            with pytest.raises(DatabaseBusyError):
                db.empty_journal()
        db.empty_journal()


@pytest.mark.usefixtures("impatient")
def test_another_journal_than_the_safe_one_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "wal_is_safe", lambda _: True)
    with Database.create(path):
        monkeypatch.setattr(connect, "wal_is_safe", lambda _: False)
        with pytest.raises(DatabaseBusyError):
            Database.open(path)
    with Database.open(path) as db:
        assert pragma(db, "journal_mode") == "delete"


# --- transactions


def test_a_block_that_fails_changes_nothing(db: Database) -> None:
    keep(db, 1)
    with pytest.raises(ZeroDivisionError):
        keep_and_fail(db, 2)
    assert kept(db) == [1]


def test_an_inner_block_is_part_of_the_outer_one(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        keep_and_fail(db, 1, 2)
    assert kept(db) == []


def test_an_inner_block_that_fails_is_undone_alone(db: Database) -> None:
    with db.transaction():
        keep(db, 1)
        with pytest.raises(ZeroDivisionError):
            keep_and_fail(db, 2)
        keep(db, 3)
    assert kept(db) == [1, 3]


def test_others_see_nothing_before_the_end(db: Database, where: Path | Shared) -> None:
    with Database.open(where) as other, db.transaction():
        keep(db, 1)
        assert kept(other) == []
    with Database.open(where) as other:
        assert kept(other) == [1]


def test_a_read_inside_a_read_joins_it(db: Database) -> None:
    keep(db, 1)
    with db.reading():
        assert kept(db) == [1]
        with db.reading():
            assert kept(db) == [1]


def test_a_change_inside_a_read_is_refused(db: Database) -> None:
    with db.reading(), pytest.raises(TransactionError):
        keep(db, 1)
    assert kept(db) == []


def test_a_bulk_that_fails_half_way_changes_nothing(db: Database) -> None:
    rows = [(n % 25_000, b"") for n in range(25_001)]  # the last one comes again
    with db.transaction():
        keep(db, 90_000)
        with pytest.raises(RowRefusedError):
            db.bulk("INSERT INTO consent_evidence VALUES (?, ?)", rows)
    assert kept(db) == [90_000]


def test_a_bulk_says_how_many_rows_it_changed(db: Database) -> None:
    sql = "INSERT INTO consent_evidence VALUES (?, ?) ON CONFLICT DO NOTHING"
    assert db.bulk(sql, ((n, b"") for n in range(45_000))) == 45_000
    assert db.bulk(sql, [(7, b""), (45_000, b"")]) == 1
    assert db.bulk(sql, []) == 0


def test_batches_hold_every_row_once(db: Database) -> None:
    db.bulk("INSERT INTO consent_evidence VALUES (?, ?)", ((n, b"") for n in range(45_000)))
    batches = list(db.batches("SELECT position FROM consent_evidence ORDER BY position"))
    assert [len(batch) for batch in batches] == [20_000, 20_000, 5_000]
    assert [n for batch in batches for (n,) in batch] == list(range(45_000))


@SQLITE
def test_a_transaction_that_sqlite_gave_up_keeps_nothing_that_follows(db: Database) -> None:
    """A full disk may end a transaction by itself; what somebody adds then must not stay."""
    db.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
    db.execute(
        text("CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'gone'); END")
    )
    with pytest.raises(TransactionError):
        _go_on_after_losing_it(db)
    assert kept(db) == []
    keep(db, 3)
    assert kept(db) == [3]


def _go_on_after_losing_it(db: Database) -> None:
    with db.transaction():
        keep(db, 1)
        with pytest.raises(RowRefusedError):
            db.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(TransactionError):
            keep(db, 2)


# --- what follows a commit


def test_what_follows_a_commit_runs_once_it_is_durable(db: Database, where: Path | Shared) -> None:
    seen: list[list[int]] = []

    def look() -> None:
        with Database.open(where) as other:
            seen.append(kept(other))

    with db.transaction():
        with db.transaction():
            keep(db, 1)
            db.after_commit(look)
        assert seen == []
        keep(db, 2)
    assert seen == [[1, 2]]


def test_what_follows_a_commit_never_runs_if_it_is_undone(db: Database) -> None:
    ran: list[str] = []
    with pytest.raises(ZeroDivisionError):
        hook_and_fail(db, Database.after_commit, lambda: ran.append("whole"))
    with db.transaction():
        db.after_commit(lambda: ran.append("kept"))
        with pytest.raises(ZeroDivisionError):
            hook_and_fail(db, Database.after_commit, lambda: ran.append("part"))
    assert ran == ["kept"]


def test_a_failure_after_a_commit_is_raised_and_stops_no_other(db: Database) -> None:
    ran: list[str] = []

    def fail() -> None:
        raise StorageError("a cache could not be written")

    def change() -> None:
        with db.transaction():
            keep(db, 1)
            db.after_commit(fail)
            db.after_commit(lambda: ran.append("second"))

    with pytest.raises(StorageError, match="cache"):
        change()
    assert ran == ["second"]
    assert kept(db) == [1]


def test_who_asked_is_told_that_the_whole_was_undone(db: Database) -> None:
    told: list[BaseException] = []
    with db.transaction():
        db.if_undone(told.append)
    assert told == []
    with pytest.raises(ZeroDivisionError):
        hook_and_fail(db, Database.if_undone, told.append)
    assert [type(error) for error in told] == [ZeroDivisionError]


@pytest.mark.parametrize("hook", [Database.after_commit, Database.if_undone])
def test_a_hook_needs_a_transaction(db: Database, hook: Hook) -> None:
    with pytest.raises(TransactionError):
        hook(db, lambda *_: None)
    with db.reading(), pytest.raises(TransactionError):
        hook(db, lambda *_: None)


# --- several at once


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for others a tenth of a second instead of five."""
    for module in (connect, postgres_connect, transaction):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_writer_waits_a_bounded_time_for_another(where: Path | Shared) -> None:
    with Database.create(where) as db, Database.open(where) as other:
        with db.transaction(), pytest.raises(DatabaseBusyError, match="try again"):
            keep(other, 1)
        keep(other, 2)
        assert kept(db) == [2]


@pytest.mark.usefixtures("impatient")
def test_a_commit_that_cannot_have_the_file_is_undone_whole(path: Path) -> None:
    """With a rollback journal a reader holds up a writer's commit."""
    if connect.wal_is_safe(sqlite3.sqlite_version_info):
        pytest.skip("a write-ahead log has no such wait")
    with Database.create(path) as db, Database.open(path) as reader:
        with reader.reading():
            kept(reader)
            with pytest.raises(DatabaseBusyError):
                keep(db, 1)
        assert kept(db) == []
        keep(db, 2)
        assert kept(reader) == [2]


@pytest.mark.usefixtures("impatient")
def test_a_thread_waits_a_bounded_time_for_another(db: Database) -> None:
    refused: list[BaseException] = []

    def change() -> None:
        try:
            keep(db, 2)
        except DatabaseBusyError as error:
            refused.append(error)

    with db.transaction():
        keep(db, 1)
        thread = threading.Thread(target=change)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert kept(db) == [1]


def test_threads_take_turns(db: Database) -> None:
    def change(start: int) -> None:
        for n in range(start, start + 20):
            with db.transaction():
                keep(db, n)

    threads = [threading.Thread(target=change, args=(start,)) for start in (0, 20, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(db) == list(range(60))


def test_a_database_does_not_survive_a_fork(db: Database) -> None:
    child = os.fork()
    if child == 0:  # pragma: no cover - runs in the child
        try:
            kept(db)
        except TransactionError:
            os._exit(0)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# --- refusals


def test_no_refusal_carries_data(db: Database) -> None:
    secret = "ada@example.com"
    refusals: list[tuple[type[DatabaseError], Callable[[], object]]] = [
        (RowRefusedError, lambda: db.execute(
            insert(PolicyRow), [{"digest": secret, "text": b"", "first_seen": 0}] * 2)),
        (StatementRefusedError, lambda: db.rows(
            text("SELECT * FROM nowhere WHERE name = :n"), {"n": secret})),
        (StatementRefusedError, lambda: db.raw("SELECT nothing WHERE ? = 1", (secret,))),
        (RowRefusedError, lambda: db.bulk(
            "INSERT INTO consent_evidence VALUES (?, NULL)", [(1,)])),
    ]  # fmt: skip
    for kind, attempt in refusals:
        with pytest.raises(kind) as refused:
            attempt()
        assert secret not in f"{refused.value!r} {refused.value} {refused.value.args}"
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__


def test_histories_are_only_added_to(db: Database) -> None:
    """The database itself refuses, whatever our code would do."""
    guarded = {table.name: table.info["refuses"] for table in tables() if "refuses" in table.info}
    assert guarded == {
        "audit_entry": ("UPDATE", "DELETE"),
        "audit_handover": ("UPDATE", "DELETE"),
        "consent_erased": ("UPDATE", "DELETE"),
        "consent_stamp": ("UPDATE", "DELETE"),
        "dsr_paper": ("UPDATE",),
        "dsr_step": ("UPDATE", "DELETE"),
        "edition": ("UPDATE", "DELETE"),
        "loss": ("UPDATE", "DELETE"),
        "policy": ("UPDATE", "DELETE"),
        "policy_in_force": ("UPDATE", "DELETE"),
        "policy_step": ("UPDATE", "DELETE"),
        "segment_definition": ("UPDATE", "DELETE"),
        "segment_step": ("UPDATE", "DELETE"),
        "protected_counts": ("UPDATE", "DELETE"),
        "reidentification": ("UPDATE", "DELETE"),
        "reidentification_list": ("UPDATE",),
        "reidentification_step": ("UPDATE", "DELETE"),
        "release": ("UPDATE", "DELETE"),
        "consent_event": ("UPDATE",),
        "consent_evidence": ("UPDATE",),
    }
    row = {"edition_id": "e1", "snapshot": 1, "ledger_position": 1, "at": 0, "opened_at": 0}
    db.execute(insert(EditionRow).values(row))
    for change in ("UPDATE edition SET snapshot = 2", "DELETE FROM edition"):
        with pytest.raises(RowRefusedError):
            db.execute(text(change))
    assert db.rows(select(col(EditionRow.snapshot))) == [(1,)]

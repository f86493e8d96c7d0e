# SPDX-License-Identifier: Apache-2.0
"""What the log in the database promises beyond the port: it fails closed, whoever touched it."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from privseg.audit import AuditEvent, Kind, Outcome, check, parse_entry
from privseg.errors import AuditWriteError, IntegrityError, StorageError
from privseg.store import (
    AuditHeadUnwritableError,
    AuditLogTamperedError,
    AuditLogUnwritableError,
    Database,
    DiskFullError,
    SqlAuditLog,
    audit_rows,
    transaction,
)
from privseg.store.refusals import BUSY_SECONDS
from privseg.store.remembered import RESERVE_BYTES, Head, Reserve, read_head
from privseg.store.sqlite import connect
from privseg.terms import StaffRole
from privseg.tlog import (
    Checkpoint,
    Frontier,
    inclusion_proof,
    leaf_hash,
    open_checkpoint,
    verify_inclusion,
)
from tests.twins.memory_audit import BOOT, salts
from tests.twins.on_disk import on_disk
from tests.twins.seed_key import SeedKey
from tests.twins.store_worker import PlacedBodies

KEY = SeedKey("example.com/audit")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVENT = AuditEvent(
    Kind.CONSENT, Outcome.OK, StaffRole.COMPLIANCE_OFFICER, {"verb": "record"}, {"subject": 4}
)


@dataclass
class Place:
    """A folder with a log in it, and a clock that tests turn."""

    folder: Path
    now: datetime = START
    drawn: int = 0
    databases: list[Database] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "privseg.sqlite"

    @property
    def head(self) -> Path:
        return self.folder / "head"

    def database(self) -> Database:
        make = Database.open if self.path.exists() else Database.create
        self.databases.append(make(self.path))
        return self.databases[-1]

    def log(self, database: Database | None = None) -> SqlAuditLog:
        return SqlAuditLog(
            database or self.database(),
            KEY,
            clock=lambda: self.now,
            monotonic_ns=time.monotonic_ns,
            boot_id=BOOT,
            randbytes=self.salt,
            origin=KEY.name,
            bodies=PlacedBodies(),
            verifiers=[KEY.public],
        )

    def salt(self, size: int) -> bytes:
        self.drawn += 1
        return b"".join(salts()(self.drawn * 1_000 + n) for n in range(-(-size // 32)))[:size]

    def tamper(self, *statements: str) -> None:
        """Change the file as somebody with the disk in their hands would."""
        with Database.open(self.path) as other:
            for statement in statements:
                other.execute(text(statement))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / ".privseg")


def is_clean(log: SqlAuditLog) -> bool:
    return check(log.entries(), checkpoint_note=log.head(), verifiers=[KEY.public]).is_clean


# --- many at once


def test_many_events_are_recorded_together_or_not_at_all(place: Place) -> None:
    log = place.log()
    assert log.append_many([EVENT] * 3) == range(3)
    unwritable = AuditEvent(Kind.POLICY, Outcome.OK, StaffRole.ADMIN)
    with pytest.raises(Exception, match="verb"):
        log.append_many([EVENT, unwritable])
    assert log.size == 3
    assert log.append_many([]) == range(3, 3)
    assert log.append_many([EVENT] * 2) == range(3, 5)
    assert is_clean(log)


def test_every_leaf_has_a_proof_under_the_head(place: Place) -> None:
    log = place.log()
    log.append_many([EVENT] * 7)
    leaves = list(log.leaves())
    head = open_checkpoint(log.head(), [KEY.public])
    for index, leaf in enumerate(leaves):
        verify_inclusion(leaf, index, 7, inclusion_proof(index, leaves), head.root)


def test_a_long_log_is_read_in_parts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_rows, "READ_ENTRIES", 4)
    log = place.log()
    log.append_many([EVENT] * 10)
    assert [stored.sequence for stored in log.entries()] == list(range(10))
    assert [stored.sequence for stored in log.entries(3, 9)] == list(range(3, 9))


# --- with the change it records


def test_an_entry_and_its_change_are_one(place: Place) -> None:
    db = place.database()
    log = place.log(db)

    def change_and_fail() -> None:
        with db.transaction():
            db.execute(text("INSERT INTO consent_evidence VALUES (1, x'00')"))
            log.append(EVENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert (log.size, db.raw("SELECT count(*) FROM consent_evidence")) == (0, [(0,)])
    assert log.append(EVENT) == 0
    assert is_clean(log)


def test_an_entry_of_a_part_that_failed_leaves_no_gap(place: Place) -> None:
    db = place.database()
    log = place.log(db)

    def part_that_fails() -> None:
        with db.transaction():
            assert log.append(EVENT) == 1
            raise ZeroDivisionError

    with db.transaction():
        assert log.append(EVENT) == 0
        with pytest.raises(ZeroDivisionError):
            part_that_fails()
        assert log.append(EVENT) == 1
    assert log.append(EVENT) == 2
    assert is_clean(log)
    assert place.log().size == 3


def test_the_last_part_may_fail_too(place: Place) -> None:
    db = place.database()
    log = place.log(db)

    def part_that_fails() -> None:
        with db.transaction():
            log.append(EVENT)
            raise ZeroDivisionError

    with db.transaction():
        log.append(EVENT)
        with pytest.raises(ZeroDivisionError):
            part_that_fails()
    assert log.append(EVENT) == 1
    assert is_clean(log)


def test_a_whole_that_fails_after_a_part_did_leaves_the_log_as_it_was(place: Place) -> None:
    db = place.database()
    log = place.log(db)

    def fail_in_a_part() -> None:
        with db.transaction():
            log.append(EVENT)
            raise ZeroDivisionError

    def fail_in_the_whole() -> None:
        with db.transaction():
            log.append(EVENT)
            with pytest.raises(ZeroDivisionError):
                fail_in_a_part()
            log.append(EVENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_whole()
    assert log.append(EVENT) == 0
    assert is_clean(log)


def test_an_older_head_never_replaces_a_newer_one(place: Place) -> None:
    """Between a commit and its head another process may commit and remember its own."""
    db = place.database()
    log, other = place.log(db), place.log()
    with db.transaction():
        db.after_commit(lambda: other.append_many([EVENT] * 2) and None)
        log.append(EVENT)
    remembered = read_head(place.head)
    assert remembered is not None
    assert remembered.frontier.size == 3
    assert log.append(EVENT) == 3


def test_another_opener_goes_on_where_the_first_stopped(place: Place) -> None:
    first, second = place.log(), place.log()
    for expected in range(0, 6, 2):
        assert first.append(EVENT) == expected
        assert second.append(EVENT) == expected + 1
    assert is_clean(first)
    assert is_clean(second)


# --- bodies


def test_an_erased_body_is_gone_and_the_log_still_verifies(place: Place) -> None:
    log = place.log()
    secret = AuditEvent(EVENT.kind, EVENT.outcome, EVENT.actor, EVENT.header, {"who": "grace" * 9})
    log.append_many([EVENT, secret, EVENT])
    assert b"grace" * 9 in on_disk(place.databases[0])
    with place.databases[0].transaction():
        assert log.erase_bodies([1]) == 1
        log.append(
            AuditEvent(
                Kind.RETENTION, Outcome.OK, StaffRole.ADMIN, {"verb": "erase", "erased": ["1"]}
            )
        )
    assert b"grace" * 9 not in on_disk(place.databases[0])
    stored = list(log.entries())
    assert [each.body is None for each in stored] == [False, True, False, False]
    assert stored[1].salt is None
    assert is_clean(log)
    assert log.erase_bodies([1]) == 0


# --- clocks


def test_turning_the_clock_back_revives_nothing(place: Place) -> None:
    log = place.log()
    place.now = START + timedelta(days=30)
    log.append(EVENT)
    place.now = START
    assert log.effective_now(place.now) == START + timedelta(days=30)
    log.append(EVENT)
    assert place.log().effective_now(START) == START + timedelta(days=30)
    later = START + timedelta(days=31)
    assert log.effective_now(later) == later


def test_order_is_the_sequence_whatever_the_clock_says(place: Place) -> None:
    log = place.log()
    log.append(EVENT)
    place.now = START - timedelta(hours=1)
    log.append(EVENT)
    entries = [parse_entry(stored.entry_bytes) for stored in log.entries()]
    assert [entry.sequence for entry in entries] == [0, 1]
    assert entries[1].time < entries[0].time


# --- behind our back


def filled(place: Place) -> SqlAuditLog:
    log = place.log()
    log.append_many([EVENT] * 5)
    return log


def drop_guard(change: str) -> str:
    return f"DROP TRIGGER audit_entry_refuses_{change}"


ATTACKS: dict[str, Callable[[Place], None]] = {
    "the last entry is cut, and the head with it": lambda p: p.tamper(
        drop_guard("delete"),
        "DELETE FROM audit_entry WHERE sequence = 4",
        "UPDATE audit_head SET size = 4, frontier = (SELECT substr(frontier, 1, 32) "
        "FROM audit_head)",
    ),
    "the whole log is emptied": lambda p: p.tamper(
        drop_guard("delete"),
        "DELETE FROM audit_entry",
        "DELETE FROM audit_body",
        "UPDATE audit_head SET size = 0, frontier = x''",
    ),
    "the head's row is deleted": lambda p: p.tamper("DELETE FROM audit_head"),
    "the head's row is no tree's": lambda p: p.tamper("UPDATE audit_head SET size = 6"),
    "the head's row is another tree's": lambda p: p.tamper(
        "UPDATE audit_head SET frontier = zeroblob(64)"
    ),
    "the remembered head is deleted": lambda p: p.head.unlink(),
    "the remembered head is rubbish": lambda p: p.head.write_bytes(b"{}"),
    "the remembered head is half": lambda p: p.head.write_bytes(p.head.read_bytes()[:90]),
    "the remembered head is not signed by us": lambda p: p.head.write_bytes(
        p.head.read_bytes().replace(b"example.com/audit ", b"example.com/other ")
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_log_changed_behind_our_back_cannot_be_opened(place: Place, attack: str) -> None:
    filled(place)
    ATTACKS[attack](place)
    with pytest.raises(AuditLogTamperedError, match="nothing is read"):
        place.log()


def test_a_remembered_head_that_is_not_the_signed_one_is_noticed(place: Place) -> None:
    filled(place)
    signed = read_head(place.head)
    assert signed is not None
    other = Frontier().append([bytes(32)] * 5)
    place.head.write_bytes(Head(other, signed.checkpoint).to_bytes())
    with pytest.raises(AuditLogTamperedError, match="not the one that was signed"):
        place.log()


DATABASE_ATTACKS = [name for name in ATTACKS if "remembered" not in name]


@pytest.mark.parametrize("attack", DATABASE_ATTACKS)
def test_a_log_changed_behind_our_back_takes_no_entry(place: Place, attack: str) -> None:
    log = filled(place)
    ATTACKS[attack](place)
    with pytest.raises(AuditLogTamperedError, match="nothing is read"):
        log.append(EVENT)


def test_a_database_put_back_to_an_older_state_is_noticed(place: Place) -> None:
    log = place.log()
    log.append(EVENT)
    for database in place.databases:
        database.close()
    older = place.folder / "older"
    shutil.copy(place.path, older)
    again = place.log()
    again.append(EVENT)
    place.databases[-1].close()
    older.rename(place.path)
    with pytest.raises(AuditLogTamperedError, match="2 entries were remembered, 1 are left"):
        place.log()


def test_an_empty_database_beside_a_remembered_head_is_noticed(place: Place) -> None:
    filled(place)
    place.databases[0].close()
    place.path.unlink()
    with pytest.raises(AuditLogTamperedError):
        place.log()


def test_new_entries_that_do_not_lead_to_the_head_are_noticed(place: Place) -> None:
    log, other = place.log(), place.log()
    log.append(EVENT)
    other.append(EVENT)
    place.tamper(drop_guard("update"), "UPDATE audit_entry SET entry = x'7b7d' WHERE sequence = 1")
    with pytest.raises(AuditLogTamperedError, match="do not lead"):
        log.append(EVENT)


def test_a_log_that_was_removed_and_made_anew_takes_no_entry(place: Place) -> None:
    """Another file of the same name, even a copy with the same bytes, is not the log."""
    log = filled(place)
    place.path.rename(place.folder / "elsewhere")
    shutil.copy(place.folder / "elsewhere", place.path)
    with pytest.raises(AuditLogUnwritableError) as refused:
        log.append(EVENT)
    assert refused.value.cause == "DatabaseReplacedError"


def edit_and_recompute(place: Place) -> Frontier:
    """Edit an entry, and compute its stored hash, the tree and the head in the database anew."""
    with Database.open(place.path) as db:
        rows = db.raw("SELECT entry FROM audit_entry ORDER BY sequence")
        data = [entry for (entry,) in rows]
        data[2] = data[2].replace(b'"verb":"record"', b'"verb":"recorx"')
        leaves = [leaf_hash(each) for each in data]
        frontier = Frontier().append(leaves)
        db.execute(text(drop_guard("update")))
        db.bulk(
            "UPDATE audit_entry SET entry = ?, leaf = ? WHERE sequence = 2", [(data[2], leaves[2])]
        )
        db.bulk("UPDATE audit_head SET frontier = ?", [(b"".join(frontier.nodes),)])
    return frontier


@pytest.mark.parametrize("head", ["as it was", "gone", "recomputed", "recomputed by another key"])
def test_a_value_edited_with_its_hash_and_tree_recomputed_is_noticed(
    place: Place, head: str
) -> None:
    """The verifier of another product stayed content where a value was edited under its tree."""
    log = filled(place)
    signed = read_head(place.head)
    assert signed is not None
    frontier = edit_and_recompute(place)
    match head:
        case "gone":
            place.head.unlink()
        case "recomputed":
            place.head.write_bytes(Head(frontier, signed.checkpoint).to_bytes())
        case "recomputed by another key":
            forged = Checkpoint(KEY.name, 5, frontier.root()).sign(SeedKey(KEY.name, bytes(32)))
            place.head.write_bytes(Head(frontier, forged).to_bytes())
    with pytest.raises(AuditLogTamperedError):
        place.log()
    with pytest.raises(AuditLogTamperedError):
        log.append(EVENT)
    report = check(log.entries(), checkpoint_note=signed.checkpoint, verifiers=[KEY.public])
    assert not report.is_clean


def test_a_log_in_a_folder_that_cannot_be_written_takes_no_entry(place: Place) -> None:
    log = filled(place)
    db = place.databases[0]
    db.raw("PRAGMA query_only = ON")
    with pytest.raises((AuditWriteError, StorageError)):
        log.append(EVENT)
    db.raw("PRAGMA query_only = OFF")
    assert log.append(EVENT) == 5


def test_a_full_or_locked_disk_is_told_within_five_seconds(place: Place) -> None:
    """A log that waits for ever takes the whole product with it."""
    log = place.log()
    began = time.monotonic()
    with (
        Database.open(place.path) as other,
        other.transaction(),
        pytest.raises(AuditLogUnwritableError),
    ):
        log.append(EVENT)
    assert time.monotonic() - began < BUSY_SECONDS + 1


@pytest.mark.parametrize("table", ["audit_entry", "audit_body", "audit_head"])
def test_a_log_whose_table_is_gone_takes_no_entry(place: Place, table: str) -> None:
    log = filled(place)
    place.tamper(f"DROP TABLE {table}")
    with pytest.raises((AuditWriteError, IntegrityError)):
        log.append(EVENT)


def test_a_log_that_was_removed_takes_no_entry(place: Place) -> None:
    """Writing on to a file that nobody can see is how others lost their logs."""
    log = filled(place)
    place.path.unlink()
    with pytest.raises(AuditLogUnwritableError) as refused:
        log.append(EVENT)
    assert refused.value.exit_code == 74


def test_a_crash_before_the_head_was_remembered_needs_no_manual_step(place: Place) -> None:
    log = place.log()
    log.append(EVENT)
    behind = place.head.read_bytes()
    log.append_many([EVENT] * 3)
    place.head.write_bytes(behind)
    again = place.log()
    assert again.append(EVENT) == 4
    assert is_clean(again)
    assert place.log().size == 5


def test_a_crash_before_the_first_head_was_remembered_needs_no_manual_step(place: Place) -> None:
    place.log()
    place.head.unlink()
    assert place.log().append(EVENT) == 0


def test_the_remembered_head_is_signed_private_and_the_newest(place: Place) -> None:
    log = filled(place)
    assert log.head().split("\n")[1] == "5"
    assert log.head().encode().split(b"\n")[2] in place.head.read_bytes()
    assert stat.S_IMODE(place.head.stat().st_mode) == 0o600


# --- what cannot be written


def test_a_head_that_cannot_be_remembered_stops_the_reading(place: Place) -> None:
    log = filled(place)
    place.head.unlink()
    (place.folder / "head.new").mkdir()  # where the next head would be written first
    with pytest.raises(AuditHeadUnwritableError) as refused:
        log.append(EVENT)
    assert refused.value.exit_code == 74


def test_a_busy_database_stops_the_reading(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(transaction, "BUSY_SECONDS", 0.1)
    log = place.log()
    with (
        Database.open(place.path) as other,
        other.transaction(),
        pytest.raises(AuditLogUnwritableError) as refused,
    ):
        log.append(EVENT)
    assert (refused.value.cause, refused.value.no_room) == ("DatabaseBusyError", False)
    assert refused.value.exit_code == 74
    assert log.append(EVENT) == 0


def full(db: Database) -> None:
    """Give the file no page more than it has."""
    (pages,) = db.raw("PRAGMA page_count")[0]
    db.raw(f"PRAGMA max_page_count = {pages}")


BIG = AuditEvent(EVENT.kind, EVENT.outcome, EVENT.actor, EVENT.header, {"note": "x" * 50_000})


def test_a_full_disk_stops_the_reading(place: Place) -> None:
    db = place.database()
    log = place.log(db)
    full(db)
    with pytest.raises(AuditLogUnwritableError) as refused:
        log.append(BIG)
    assert (refused.value.cause, refused.value.no_room) == ("DiskFullError", True)
    assert refused.value.exit_code == 74


def test_the_last_entry_says_why_the_log_stopped(place: Place) -> None:
    """There is room for a small entry where the big one did not fit."""
    db = place.database()
    log = place.log(db)
    full(db)
    with pytest.raises(AuditLogUnwritableError):
        log.append(BIG)
    (stored,) = log.entries()
    entry = parse_entry(stored.entry_bytes)
    assert (entry.kind, entry.outcome) == (Kind.CONFIGURATION, Outcome.FAILED)
    assert entry.header["reason"] == "stopped: disk full"
    assert not (place.folder / "reserve").exists()
    assert is_clean(log)


def test_a_change_whose_entry_finds_no_room_is_undone(place: Place) -> None:
    db = place.database()
    log = place.log(db)
    full(db)

    def change() -> None:
        with db.transaction():
            db.execute(text("INSERT INTO consent_evidence VALUES (1, x'00')"))
            log.append(BIG)

    with pytest.raises(AuditLogUnwritableError):
        change()
    assert db.raw("SELECT count(*) FROM consent_evidence") == [(0,)]
    assert log.size == 1  # why it stopped


def test_a_change_that_finds_no_room_after_its_entry_is_the_logs_refusal_too(
    place: Place,
) -> None:
    db = place.database()
    log = place.log(db)
    full(db)

    def change() -> None:
        with db.transaction():
            log.append(EVENT)
            db.execute(text("INSERT INTO consent_evidence VALUES (1, zeroblob(90000))"))

    with pytest.raises(AuditLogUnwritableError) as refused:
        change()
    assert refused.value.cause == DiskFullError.__name__
    assert refused.value.exit_code == 74


def test_a_fault_of_another_kind_is_not_the_logs(place: Place) -> None:
    db = place.database()
    log = place.log(db)

    def change() -> None:
        with db.transaction():
            log.append(EVENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    assert log.size == 0


def test_the_reserve_keeps_room_from_the_first_day(place: Place) -> None:
    place.log()
    reserve = place.folder / "reserve"
    assert reserve.stat().st_size == RESERVE_BYTES == 256 * 1024
    assert stat.S_IMODE(reserve.stat().st_mode) == 0o600
    assert len(set(reserve.read_bytes())) == 256  # nothing that a file system could compress
    reserve.unlink()
    place.log()
    assert reserve.exists()


def test_no_room_for_the_reserve_is_not_an_error(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "missing" / "reserve")
    assert not reserve.keep()
    reserve.spend()


@pytest.mark.parametrize("named", [-1, 0, 3, 10**6])
def test_the_latest_moment_is_an_entrys_and_no_number_that_can_be_set(
    place: Place, named: int
) -> None:
    log = place.log()
    for day in (0, 1, 2):
        place.now = START + timedelta(days=day)
        log.append(EVENT)
    assert place.log().effective_now(START) == START + timedelta(days=2)
    place.databases[0].bulk("UPDATE audit_head SET latest = ?", [(named,)])
    with pytest.raises(AuditLogTamperedError, match="moment"):
        place.log().effective_now(START)
    with pytest.raises(AuditLogTamperedError, match="moment"):
        place.log().append(EVENT)

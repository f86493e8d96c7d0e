# SPDX-License-Identifier: Apache-2.0
"""The index of reads: as the bodies say or refused, sealed, forgotten with the bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Kind, MalformedEntryError, people_to_text
from privseg.audit.reads import concern, fold, traces
from privseg.store import Database, Shared
from privseg.store.touched import SqlTouched
from privseg.store.touched_ports import ReadIndexBehindError, ReadIndexBrokenError
from privseg.store.touched_rows import Kept
from privseg.terms import StaffRole
from tests.twins.demo_log import fill, intent, note, outcome
from tests.twins.memory_audit import MemoryAuditLog
from tests.twins.memory_page_seals import MemorySeals
from tests.twins.on_disk import on_disk

FAR = FrozenBitMap({3, 70_000, 70_001, 5_000_000, 2**32 - 1})
MANY = FrozenBitMap([*range(0, 200_000, 3), *range(131_072, 196_608)])


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as made:
        yield made


@pytest.fixture
def index(db: Database) -> SqlTouched:
    return SqlTouched(db, MemorySeals())


def keep(db: Database, log: MemoryAuditLog) -> None:
    """Lay the entries where the index looks for them."""
    db.bulk(
        "INSERT INTO audit_entry (sequence, entry, leaf) VALUES (?, ?, ?)",
        [(s.sequence, s.entry_bytes, s.leaf) for s in log.stored],
    )


def indexed(
    db: Database, index: SqlTouched, *events: AuditEvent, months: int = 0
) -> MemoryAuditLog:
    """Return a log of these events, all of them in the index; ``months`` lie between entries."""
    start = datetime(2026, 1, 31, 23, 50, tzinfo=UTC)
    log = MemoryAuditLog(clock=lambda n: start + timedelta(days=31 * months * n))
    for event in events:
        log.append(event)
    keep(db, log)
    index.add(0, events)
    return log


def same(index: SqlTouched, log: MemoryAuditLog) -> list[str]:
    return list(index.differences(log.entries(), size=log.size))


def run(name: str, place: int, people: FrozenBitMap, **found: FrozenBitMap) -> list[AuditEvent]:
    return [intent(name, people, *found), outcome(name, place, people, **found)]


def test_whoever_is_in_a_set_and_nobody_else_is_found_in_it(
    db: Database, index: SqlTouched
) -> None:
    log = indexed(
        db, index, *run("a1" * 16, 0, FAR, far=FrozenBitMap({70_000})), *run("a2" * 16, 2, MANY)
    )
    for person in (0, 3, 4, 69_999, 70_000, 70_001, 131_073, 5_000_000, 2**32 - 1, 2**32 - 2):
        (far, many) = fold(index.of_people(FrozenBitMap({person}), size=4)).runs
        assert far.eligible is (person in FAR)
        assert many.eligible is (person in MANY)
        assert dict(far.members) == {"far": person == 70_000}
    assert same(index, log) == []


def test_what_is_built_anew_is_what_was_written_with_the_entries(
    db: Database, index: SqlTouched
) -> None:
    log = indexed(db, index, *run("a1" * 16, 0, MANY, far=FAR), *run("a2" * 16, 2, MANY), months=1)
    before = [(t.sequence, t.said) for t in index.of_people(FAR, size=4)]
    assert index.rebuild(log.entries()) == 4
    assert [(t.sequence, t.said) for t in index.of_people(FAR, size=4)] == before
    assert same(index, log) == []


def test_a_log_of_every_kind_of_entry_with_erasures_is_indexed_as_its_bodies_say(
    db: Database, index: SqlTouched
) -> None:
    log = MemoryAuditLog()
    fill(log)
    keep(db, log)
    index.rebuild(log.entries())
    assert same(index, log) == []
    for person in range(14):
        naive = fold(traces(log.entries(), lambda people: person in people))  # noqa: B023
        quick = fold(index.of_people(FrozenBitMap({person}), size=log.size))
        assert [concern(r) for r in quick.runs] == [concern(r) for r in naive.runs]
        assert [dict(r.members) for r in quick.runs] == [dict(r.members) for r in naive.runs]
        spans = [[span for span, _ in reads.erasures] for reads in (quick, naive)]
        assert spans[0] == spans[1] != []


def test_entries_that_tell_of_no_read_leave_no_row(db: Database, index: SqlTouched) -> None:
    plain = note(Kind.CONSENT, StaffRole.COMPLIANCE_OFFICER, {"subject": 4}, verb="record")
    asked = note(Kind.ACTOR, StaffRole.AUDITOR, {"people": people_to_text(FAR)}, verb="who-person")
    indexed(db, index, plain, asked, plain)
    (trace,) = index.of_people(FrozenBitMap({70_001}), size=3)
    assert trace.said is not None
    assert dict(trace.said.sets) == {"people": True}


def test_a_set_that_comes_again_in_its_month_takes_no_room_again(
    db: Database, index: SqlTouched
) -> None:
    events = [e for n in range(5) for e in run(f"{n:032x}", 2 * n, MANY, all=MANY)]
    indexed(db, index, *events)
    assert index.sizes()[1] == 4  # four buckets, once


def test_a_number_is_in_no_row_in_the_clear(db: Database, index: SqlTouched) -> None:
    indexed(db, index, *run("a1" * 16, 0, FrozenBitMap({305_419_896}), found=FrozenBitMap({7})))
    stored = on_disk(db)
    assert b"touched" in stored or not isinstance(db.place, Path)
    for needle in (b"\x78\x56\x34\x12", b"\x12\x34\x56\x78", b"members/found"):
        assert needle not in stored


def test_an_index_that_is_behind_answers_nothing_and_stays_behind_until_it_is_built_anew(
    db: Database, index: SqlTouched
) -> None:
    log = indexed(db, index, *run("a1" * 16, 0, FAR))
    missed = note(Kind.EXPORT, StaffRole.AUDITOR, {}, verb="export")
    log.append(missed)
    with pytest.raises(ReadIndexBehindError):
        index.of_people(FAR, size=3)
    log.append(missed)
    index.add(3, [missed])
    with pytest.raises(ReadIndexBehindError):
        index.of_people(FAR, size=4)
    index.rebuild(log.entries())
    assert len(index.of_people(FAR, size=4)) == 4


HARMS: dict[str, str] = {
    "a row gone": "DELETE FROM touched_entry WHERE sequence = 1",
    "the last row gone": "DELETE FROM touched_entry WHERE sequence = 3",
    "a page gone": "UPDATE touched_entry SET page = NULL WHERE sequence = 1",
    "a page moved": "UPDATE touched_entry SET page = "
    "(SELECT page FROM touched_entry WHERE sequence = 0) WHERE sequence = 2",
    "an outcome turned": "UPDATE touched_entry SET outcome = 'failed' WHERE sequence = 1",
    "a time turned": "UPDATE touched_entry SET at = at + 1 WHERE sequence = 2",
    "an owner turned": "UPDATE touched_entry SET of = 2 WHERE sequence = 1",
    "a part gone": "DELETE FROM touched_part WHERE number = 2",
    "a part cut": "UPDATE touched_part SET people = substr(people, 1, 40) WHERE number = 1",
    "parts exchanged": "UPDATE touched_part SET people = "
    "(SELECT p.people FROM touched_part p WHERE p.number = 3 - touched_part.number) "
    "WHERE number IN (1, 2)",
    "the head gone": "DELETE FROM touched_head",
}


@pytest.mark.parametrize("harm", sorted(HARMS))
def test_an_index_that_was_changed_answers_nothing(
    db: Database, index: SqlTouched, harm: str
) -> None:
    near, nearer = FrozenBitMap({1, 5}), FrozenBitMap({5})
    log = indexed(db, index, *run("a1" * 16, 0, near, x=nearer), *run("a2" * 16, 2, near, x=near))
    asked: list[Callable[[], object]] = [
        lambda: index.of_people(nearer, size=4),
        lambda: index.people(
            p for t in index.of_everybody(size=4) if t.said for p in t.said.sets.values()
        ),
    ]
    for ask in asked:
        ask()
    db.bulk(
        HARMS[harm] + " AND 1 = ?" if "WHERE" in HARMS[harm] else HARMS[harm] + " WHERE 1 = ?",
        [(1,)],
    )
    for ask in asked:
        with pytest.raises((ReadIndexBrokenError, ReadIndexBehindError)):
            ask()
    index.rebuild(log.entries())
    assert same(index, log) == []


def test_a_head_of_before_does_not_hide_what_came_later(db: Database, index: SqlTouched) -> None:
    indexed(db, index, *run("a1" * 16, 0, FAR))
    ((old,),) = db.raw("SELECT sealed FROM touched_head")
    index.add(2, [note(Kind.CONSENT, StaffRole.AUDITOR, {}, verb="record")])
    db.bulk("UPDATE touched_head SET sealed = ?", [(old,)])
    with pytest.raises(ReadIndexBehindError):
        index.of_people(FAR, size=3)


def erase(log: MemoryAuditLog, index: SqlTouched, *sequences: int) -> None:
    for sequence in sequences:
        log.erase_body(sequence)
    index.forget(sequences)


def test_what_is_forgotten_is_unknown_and_its_parts_are_gone(
    db: Database, index: SqlTouched
) -> None:
    log = indexed(db, index, *run("a1" * 16, 0, FAR), *run("a2" * 16, 2, MANY))
    _, before, _ = index.sizes()
    erase(log, index, 0, 1)
    first, second = fold(index.of_people(FAR, size=4)).runs
    assert (first.eligible, first.still, first.user) == (None, None, None)
    assert second.eligible is True
    assert index.sizes()[1] == before - 4  # FAR has four buckets
    assert same(index, log) == []
    erase(log, index, 2, 3)
    assert index.sizes()[1] == 0
    assert same(index, log) == []


def test_forgetting_what_was_never_there_or_is_forgotten_changes_nothing(
    db: Database, index: SqlTouched
) -> None:
    log = indexed(db, index, *run("a1" * 16, 0, FAR))
    before = index.sizes()
    index.forget([])
    index.forget([77, 78])
    assert index.sizes() == before
    erase(log, index, 0)
    erase(log, index, 0)
    assert same(index, log) == []


def test_an_undone_transaction_leaves_the_index_as_it_was(db: Database, index: SqlTouched) -> None:
    log = indexed(db, index, *run("a1" * 16, 0, FAR))
    before = index.sizes()
    with suppress(RuntimeError), db.transaction():
        index.forget([0, 1])
        assert index.sizes() != before
        raise RuntimeError
    assert index.sizes() == before
    assert same(index, log) == []


def test_a_key_that_was_undone_with_its_transaction_seals_nothing_later(db: Database) -> None:
    """The first entry of a month makes its key; where that fails, the next one makes another."""
    seals = MemorySeals()
    index = SqlTouched(db, seals)
    with suppress(RuntimeError), db.transaction():
        indexed(db, index, *run("a1" * 16, 0, FAR))
        raise RuntimeError
    seals.keys.clear()  # they were made in that transaction
    log = indexed(db, index, *run("a1" * 16, 0, FAR))
    assert same(SqlTouched(db, seals), log) == []


def test_a_key_is_looked_up_once_for_all_that_one_transaction_or_answer_needs(
    db: Database,
) -> None:
    seals = MemorySeals()
    index = SqlTouched(db, seals)
    log = indexed(db, index, *run("a1" * 16, 0, MANY), *run("a2" * 16, 2, FAR))
    assert seals.asked == 2, "the month's and the index's own"
    index.of_people(FAR, size=log.size)
    assert seals.asked == 4
    seals.keys.clear()
    with pytest.raises(ReadIndexBehindError):
        index.of_people(FAR, size=log.size)


def test_an_entry_whose_bytes_changed_is_not_read_from(db: Database, index: SqlTouched) -> None:
    log = indexed(db, index, *run("a1" * 16, 0, FAR))
    first, _ = index.of_people(FAR, size=2)
    assert first.one("segmenter") == "crm-team"
    changed = log.stored[0].entry_bytes.replace(b"crm-team", b"crm-boss")
    kept = Kept(first.read().row, changed, log.stored[0].leaf)
    with pytest.raises(MalformedEntryError):
        _ = kept.header

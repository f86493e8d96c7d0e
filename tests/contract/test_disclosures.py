# SPDX-License-Identifier: Apache-2.0
"""Who was handed to whom, and what recipients are yet to be told, in every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.store.database import Database
from privseg.store.disclosures import Disclosed, SqlDisclosures
from privseg.store.engine import Shared
from privseg.store.notices import Ended, SqlNotices, StoredNotice
from privseg.terms import Ordinal, Purpose
from tests.twins.memory_seals import MemorySeals
from tests.twins.postgres import workspace

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
ADA, GRACE, OTHER = Ordinal(1), Ordinal(70_000), Ordinal(3)
LATER = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    where: Path | Shared = tmp_path / "privseg.sqlite"
    if request.param == "postgresql":
        where = workspace(request.getfixturevalue("postgres"), tmp_path)
    with Database.create(where) as database:
        yield database


def disclosed(recipient: str = "mailer", at: datetime = AT, index: int = 7) -> Disclosed:
    return Disclosed(
        number=0, recipient=recipient, purpose=Purpose("marketing"), segment="lapsed",
        version="a" * 64, run_id=f"{recipient}-{index}", at=at, identifier="email", epoch="1",
        fields=("email", "country"), audit_index=index,
    )  # fmt: skip


def noticed(name: str, at: datetime = AT, payload: bytes = b"about ada") -> StoredNotice:
    return StoredNotice(
        notice_id=name, case_number=3, recipient="mailer", kind="erased", made_at=at, next_at=at,
        audit_index=7, payload=payload,
    )  # fmt: skip


def test_a_hand_over_comes_back_as_it_was_told_under_the_next_number(db: Database) -> None:
    kept = SqlDisclosures(db, MemorySeals())
    first = kept.add(disclosed(), FrozenBitMap([ADA, GRACE]))
    second = kept.add(disclosed("broker", AT + LATER, 9), FrozenBitMap([GRACE]))
    assert (first.number, second.number) == (1, 2)
    assert kept.all() == [first, second]
    assert kept.all(since=AT + LATER) == [second]
    assert (first.at, first.fields) == (AT, ("email", "country"))
    assert kept.of(ADA) == [first]
    assert kept.of(GRACE) == [first, second]
    assert set(kept.people(1)) == {ADA, GRACE}
    assert not kept.people(9)


class Counting(MemorySeals):
    """Seals that count what they open."""

    opened = 0

    def unseal(self, key: str, place: str, blob: bytes) -> bytes:
        self.opened += 1
        return super().unseal(key, place, blob)


def test_for_many_who_are_asked_of_each_hand_over_is_opened_once(db: Database) -> None:
    seals = Counting()
    kept = SqlDisclosures(db, seals)
    first = kept.add(disclosed(), FrozenBitMap([ADA, GRACE, OTHER]))
    second = kept.add(disclosed("broker", AT + LATER, 9), FrozenBitMap([GRACE]))
    with kept.asked_of(FrozenBitMap([ADA, GRACE])):
        assert [kept.of(ADA), kept.of(GRACE), kept.of(ADA)] == [[first], [first, second], [first]]
        assert seals.opened == 2
        assert kept.of(OTHER) == [first]  # nobody asked of them before: opened for them
        third = kept.add(disclosed("panel", index=11), FrozenBitMap([ADA]))
        assert kept.of(ADA) == [first, third]
        kept.forget(ADA)
        assert (kept.of(ADA), kept.of(GRACE)) == ([], [first, second])
        kept.undo(second.number)
        assert kept.of(GRACE) == [first]
    before = seals.opened
    assert kept.of(GRACE) == [first]
    assert seals.opened == before + 2


def test_forgetting_somebody_seals_every_hand_over_anew_and_destroys_the_old_keys(
    db: Database,
) -> None:
    seals = MemorySeals()
    kept = SqlDisclosures(db, seals)
    kept.add(disclosed(), FrozenBitMap([ADA, GRACE]))
    kept.add(disclosed("broker", index=9), FrozenBitMap([GRACE]))
    before, old = db.raw("SELECT people FROM disclosure"), set(seals.keys)
    assert kept.forget(ADA) == 1
    assert kept.of(ADA) == []
    assert len(kept.of(GRACE)) == 2
    assert not {bytes(r[0]) for r in before} & {
        bytes(r[0]) for r in db.raw("SELECT people FROM disclosure")
    }
    assert not old & set(seals.keys)
    assert kept.forget(ADA) == 0


def test_what_is_too_old_goes_with_its_key_and_so_does_what_came_to_nothing(db: Database) -> None:
    seals = MemorySeals()
    kept = SqlDisclosures(db, seals)
    kept.add(disclosed(), FrozenBitMap([ADA]))
    new = kept.add(disclosed(at=AT + LATER, index=9), FrozenBitMap([ADA]))
    assert kept.ended(AT + LATER) == 1
    assert kept.expire(AT + LATER) == 1
    assert kept.all() == [new]
    assert len(seals.keys) == 1
    kept.undo(new.number)
    assert (kept.all(), seals.keys) == ([], {})
    third = kept.add(disclosed(index=11), FrozenBitMap([ADA]))
    assert third.number == 3  # a number that was given never comes back


def test_a_hand_over_that_is_undone_with_its_transaction_was_never_there(db: Database) -> None:
    kept = SqlDisclosures(db, MemorySeals())
    with pytest.raises(RuntimeError):
        _undone(db, kept)
    assert kept.all() == []


def _undone(db: Database, kept: SqlDisclosures) -> None:
    with db.transaction():
        kept.add(disclosed(), FrozenBitMap([ADA]))
        raise RuntimeError


def test_a_notice_waits_until_it_is_ended_and_then_says_nothing_of_anybody(db: Database) -> None:
    seals = MemorySeals()
    box = SqlNotices(db, seals)
    box.add(noticed("a" * 32))
    box.add(noticed("b" * 32, AT + LATER))
    assert [n.payload for n in box.waiting(due=AT)] == [b"about ada"]
    assert len(box.waiting()) == 2
    assert b"about ada" not in bytes(db.raw("SELECT payload FROM dsr_notice")[0][0])
    box.end("a" * 32, Ended.WEBHOOK, at=AT)
    box.end("a" * 32, Ended.LETTER, at=AT + LATER)  # it has ended already
    first, second = box.of_case(3)
    assert (first.ended, first.ended_at, first.is_waiting) == (Ended.WEBHOOK, AT, False)
    assert second.is_waiting
    assert len(seals.keys) == 1
    assert box.of_case(4) == []


def test_an_attempt_is_counted_and_puts_the_next_one_off(db: Database) -> None:
    box = SqlNotices(db, MemorySeals())
    box.add(noticed("a" * 32))
    box.tried("a" * 32, next_at=AT + LATER)
    assert box.waiting(due=AT) == []
    (notice,) = box.waiting(due=AT + LATER)
    assert (notice.attempts, notice.next_at) == (1, AT + LATER)


def test_only_notices_about_somebody_are_forgotten_with_them(db: Database) -> None:
    box = SqlNotices(db, MemorySeals())
    box.add(noticed("a" * 32))
    box.add(noticed("b" * 32, payload=b"about grace"))
    assert box.forget(lambda payload: b"ada" in payload, at=AT) == 1
    assert [n.ended for n in box.all()] == [Ended.FORGOTTEN, None]

# SPDX-License-Identifier: Apache-2.0
"""What the ledger in the database promises beyond the port: bulk, evidence and forgetting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privseg.consent.columns import EventColumns
from privseg.consent.event import Act, Event
from privseg.consent.ledger import EventConflictError
from privseg.consent.question import AtPosition, AtTime
from privseg.store import Database, Shared, SqlLedger, event_writing
from privseg.store.stamps import FIELDS
from privseg.terms import Ordinal
from tests.twins.consent_worlds import ADA, GRACE, attest, day, event, random_history
from tests.twins.on_disk import on_disk

PEOPLE = (ADA, GRACE, Ordinal(65_536), Ordinal(4_000_000_000))


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        yield database


def indexes(db: Database) -> list[tuple[object, ...]]:
    """Return the indexes as the database itself describes them."""
    if isinstance(db.place, Path):
        return db.raw("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")
    return db.raw(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1"
    )


def histories(seed: int) -> list[Event]:
    """Return everybody's events, mixed, each with a key of its own."""
    rng = Random(seed)
    events = [
        replace(each, event_key=bytes([number]) + str(i).encode())
        for number, person in enumerate(PEOPLE)
        for i, each in enumerate(random_history(rng, subjects=(person,), odd=0))
    ]
    rng.shuffle(events)
    return events


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), known=st.integers(0, 40))
def test_columns_are_those_of_the_events_themselves(
    tmp_path_factory: pytest.TempPathFactory, seed: int, known: int
) -> None:
    given_ = histories(seed)
    with Database.create(tmp_path_factory.mktemp("ledger") / "db") as db:
        book = SqlLedger(db)
        book.record(given_)
        placed = [replace(each, position=i + 1) for i, each in enumerate(given_)]
        for known_at in (None, AtPosition(known), AtTime(day(known % 9))):
            read = book.columns(known_at=known_at)
            seen = [e for e in placed if known_at is None or known_at.knows(e)]
            assert_same(read, EventColumns.from_events(seen))
            for person in PEOPLE:
                theirs = [e for e in seen if e.subject == person]
                assert book.history(person, known_at=known_at) == theirs


def assert_same(read: EventColumns, expected: EventColumns) -> None:
    assert len(read) == len(expected)
    for name in ("position", "ordinal", "event_time", "record_time", "expires_at", "act", "method",
                 "authority", "explicit", "quarantined"):  # fmt: skip
        column, other = getattr(read, name), getattr(expected, name)
        assert column.dtype == other.dtype
        assert not column.flags.writeable
        np.testing.assert_array_equal(column, other, err_msg=name)
    for person in PEOPLE:
        assert read.events_of(person) == expected.events_of(person)


def test_a_stamp_says_every_field_that_is_not_a_persons_own() -> None:
    own = {"position", "event_key", "content_key", "subject", "event_time", "record_time",
           "expires_at", "target", "evidence_sha256"}  # fmt: skip
    assert own | set(FIELDS) == set(Event.__slots__)
    assert not own & set(FIELDS)


def test_what_events_have_in_common_is_written_once(db: Database) -> None:
    SqlLedger(db).record([event(Act.GRANT, n=n, subject=Ordinal(n)) for n in range(100)])
    assert db.raw("SELECT count(*) FROM consent_stamp") == [(1,)]
    SqlLedger(db).record([event(Act.WITHDRAW, n=n) for n in range(100)])
    assert db.raw("SELECT count(*) FROM consent_stamp") == [(2,)]


# --- bulk


@pytest.mark.parametrize("first", [[], [event(Act.OBJECT, n=1), event(Act.DEFER, n=2)]])
def test_a_bulk_record_is_a_record(
    db: Database, monkeypatch: pytest.MonkeyPatch, first: list[Event]
) -> None:
    """Many events at once rebuild the indexes; nothing else is different."""
    monkeypatch.setattr(event_writing, "REINDEX_ROWS", 10)
    before = indexes(db)
    book = SqlLedger(db)
    book.record(first)
    many = [event(Act.GRANT, n=n, subject=Ordinal(n % 7)) for n in range(40)]
    recorded = book.record([*many, *first])
    start = len(first) + 1
    assert recorded.positions == (*range(start, start + 40), *range(1, start))
    assert recorded.unchanged == len(first)
    assert indexes(db) == before
    assert len(book.history(Ordinal(3))) == 6
    assert book.record(many).unchanged == 40
    with pytest.raises(EventConflictError):
        book.record([replace(many[5], content_key=b"other")])


def test_a_bulk_record_that_fails_leaves_the_indexes_as_they_were(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_writing, "REINDEX_ROWS", 10)
    before = indexes(db)
    book = SqlLedger(db)

    def record_and_fail() -> None:
        with db.transaction():
            book.record([event(Act.GRANT, n=n) for n in range(40)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    assert indexes(db) == before
    assert (book.position(), book.history(ADA)) == (0, [])


def test_keys_are_looked_up_in_parts(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_writing, "ASKED_KEYS", 3)
    book = SqlLedger(db)
    many = [event(Act.GRANT, n=n) for n in range(10)]
    book.record(many)
    assert book.record(many).positions == tuple(range(1, 11))


# --- evidence


def test_evidence_stands_beside_its_event_and_the_first_one_stays(db: Database) -> None:
    book = SqlLedger(db)
    proven, bare = event(Act.GRANT), event(Act.OBJECT)
    book.record([bare, proven, proven], evidence={1: b"sealed", 2: b"another"})
    book.record([proven, bare], evidence={0: b"a third", 1: b"late"})
    assert (book.evidence(1), book.evidence(2), book.evidence(3)) == (None, b"sealed", None)


# --- forgetting


def test_a_forgotten_person_leaves_only_that_they_were_erased(db: Database) -> None:
    book = SqlLedger(db)
    secret = b"evidence of Ada " * 3
    mine = [
        event(Act.GRANT, event_key=b"key of Ada's grant" * 2),
        attest("US-CA"),
        event(Act.ATTEST_AGE, purpose=None, value="1987-06-05"),
        event(Act.HAPPENED, purpose=None, value="contract 4711 ended"),
    ]
    book.record([*mine, event(Act.GRANT, subject=GRACE)], evidence={0: secret})
    book.record([event(Act.ERASE, purpose=None, n=3)])
    born = date(1987, 6, 5).toordinal().to_bytes(4, "little")
    needles = (secret, born, b"contract 4711 ended", mine[0].event_key)
    disk = on_disk(db)
    assert all(needle in disk for needle in needles)
    assert book.forget(ADA) == 4
    assert [e.act for e in book.history(ADA)] == [Act.ERASE]
    assert [e.act for e in book.history(GRACE)] == [Act.GRANT]
    assert book.evidence(1) is None
    disk = on_disk(db)
    assert not any(needle in disk for needle in needles)
    assert book.columns().values == ()
    assert book.forget(ADA) == 0


def test_positions_never_come_back(db: Database) -> None:
    book = SqlLedger(db)
    book.record([event(Act.GRANT), event(Act.WITHDRAW, n=1)])
    book.forget(ADA)
    assert book.position() == 2
    assert book.record([event(Act.GRANT, subject=GRACE)]).positions == (3,)

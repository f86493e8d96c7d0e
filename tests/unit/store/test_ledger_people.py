# SPDX-License-Identifier: Apache-2.0
"""Whom the ledger in the database finds: ties, changes, limits; and how it reads millions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent import Act, AtPosition, AtTime, Event, MalformedEventError
from privseg.store import Database, Shared, SqlLedger, event_reading, ties
from privseg.store.event_reading import EventsGoneError
from privseg.terms import Ordinal
from tests.twins.consent_worlds import ADA, GRACE, day, event
from tests.twins.on_disk import on_disk


@pytest.fixture
def db(where: Path | Shared) -> Iterator[Database]:
    with Database.create(where) as database:
        yield database


def tie(one: int, other: int, n: int) -> Event:
    return event(Act.MERGE, subject=Ordinal(one), target=other, n=0, event_key=b"%d" % n)


def reached(pairs: list[tuple[int, int]], people: set[int]) -> set[int]:
    """Return who is tied to ``people``: the plainest search there is."""
    found = set(people)
    while more := {x for pair in pairs for x in pair if found & set(pair)} - found:
        found |= more
    return found


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12),
    people=st.sets(st.integers(0, 14)),
    many=st.sampled_from([0, 3, 500]),
)
def test_linked_is_the_closure_over_every_tie(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    pairs: list[tuple[int, int]],
    people: set[int],
    many: int,
) -> None:
    """By look-up or all at once."""
    monkeypatch.setattr(ties, "MANY", many)
    real = [(a, b) for a, b in pairs if a != b]
    with Database.create(tmp_path_factory.mktemp("ties") / "db") as db:
        book = SqlLedger(db)
        book.record([tie(a, b, n) for n, (a, b) in enumerate(real)])
        assert set(book.linked(FrozenBitMap(people))) == reached(real, people)


def test_a_long_chain_of_ties_is_followed(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ties, "MANY", 0)
    book = SqlLedger(db)
    order = Random(5).sample(range(3_000), 3_000)
    book.record([tie(a, b, n) for n, (a, b) in enumerate(zip(order[1:], order, strict=False))])
    assert len(book.linked(FrozenBitMap([order[7]]))) == 3_000


def test_a_position_that_is_settled_ties_nobody(db: Database) -> None:
    book = SqlLedger(db)
    book.record([event(Act.RESOLVE, subject=ADA, target=int(GRACE), value="accept", purpose=None)])
    assert set(book.linked(FrozenBitMap([ADA]))) == {ADA}
    assert set(book.linked(FrozenBitMap([GRACE]))) == {GRACE}


def test_changed_are_those_with_an_event_in_between(db: Database) -> None:
    book = SqlLedger(db)
    book.record([event(Act.GRANT, subject=Ordinal(n), n=n) for n in range(1, 6)])
    assert set(book.changed(after=1, upto=3)) == {2, 3}
    assert set(book.changed(after=0, upto=99)) == {1, 2, 3, 4, 5}
    assert set(book.changed(after=5, upto=5)) == set()


def test_limited_are_those_with_a_grant_for_some_uses(db: Database) -> None:
    book = SqlLedger(db)
    book.record(
        [
            event(Act.GRANT, subject=ADA, uses=3),
            event(Act.GRANT, subject=GRACE),
            event(Act.REFUSE, subject=Ordinal(9), uses=2),
        ]
    )
    assert set(book.limited()) == {ADA}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), chunk=st.sampled_from([1, 3, 7, 1000]), few=st.booleans())
def test_columns_of_some_people_are_theirs(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    chunk: int,
    *,
    few: bool,
) -> None:
    """Read by look-up or cut out of everybody's, in one part or many, before and after erasures."""
    monkeypatch.setattr(event_reading, "CHUNK", chunk)
    monkeypatch.setattr(event_reading, "FEW", 100 if few else 0)
    rng = Random(seed)
    people = [Ordinal(n) for n in (1, 5, 65_536, 4_000_000_000)]
    with Database.create(tmp_path_factory.mktemp("some") / "db") as db:
        book = SqlLedger(db)
        acts = [Act.GRANT, Act.OBJECT, Act.ERASE, Act.MERGE, Act.ATTEST_AGE]
        book.record([_any(rng, people, acts, n) for n in range(20)])
        book.forget(people[0])
        for known_at in (None, AtPosition(11), AtTime(day(3))):
            for of in (None, FrozenBitMap(people[:2]), FrozenBitMap()):
                read = book.columns(known_at=known_at, of=of)
                wanted = [p for p in people if of is None or p in of]
                kept = {p: book.history(p, known_at=known_at) for p in wanted}
                assert len(read) == sum(map(len, kept.values()))
                for person, events in kept.items():
                    seen = [(e.position, e.act, e.value) for e in read.events_of(person)]
                    assert seen == [(e.position, e.act, e.value) for e in events]


def _any(rng: Random, people: list[Ordinal], acts: list[Act], n: int) -> Event:
    act, subject = rng.choice(acts), rng.choice(people)
    born = rng.choice(("1990-05-17", "19900517")) if act is Act.ATTEST_AGE else None
    other = next(p for p in people if p != subject)
    return event(
        act, subject=subject, n=rng.randrange(6), event_key=b"%d" % n, value=born,
        target=int(other) if act is Act.MERGE else None,
        until=rng.choice((None, "contract.ended", "order 17")) if act is Act.GRANT else None,
    )  # fmt: skip


def test_a_whole_history_has_the_events_of_linked_profiles(db: Database) -> None:
    book = SqlLedger(db)
    book.record([event(Act.GRANT, subject=ADA), event(Act.OBJECT, subject=GRACE, n=1),
                 tie(int(ADA), int(GRACE), 9), event(Act.GRANT, subject=Ordinal(77))])  # fmt: skip
    assert [e.position for e in book.whole_history(ADA)] == [1, 2, 3]
    assert [e.position for e in book.whole_history(GRACE)] == [1, 2, 3]
    assert [e.position for e in book.whole_history(GRACE, known_at=AtPosition(2))] == [1, 2]


def test_an_erasure_leaves_the_ties_that_lead_through_a_person(db: Database) -> None:
    book = SqlLedger(db)
    phone, tablet = 7, 8
    book.record(
        [
            tie(phone, int(ADA), 1),
            tie(int(ADA), tablet, 2),
            replace(tie(int(ADA), tablet, 3), act=Act.UNMERGE),
            event(Act.GRANT, subject=ADA, value="words of Ada"),
        ],
        evidence={1: b"sealed proof of the tie"},
    )
    book.record([event(Act.ERASE, subject=ADA, purpose=None, n=5)])
    assert book.forget(ADA) == 1
    assert set(book.linked(FrozenBitMap([phone]))) == {phone, tablet, ADA}
    assert [e.act for e in book.history(ADA)] == [Act.MERGE, Act.UNMERGE, Act.ERASE]
    assert book.evidence(2) is None
    disk = on_disk(db)
    assert not any(n in disk for n in (b"words of Ada", b"sealed proof of the tie"))


def test_a_number_that_no_row_can_hold_is_refused_and_nothing_is_kept(db: Database) -> None:
    book = SqlLedger(db)
    for odd in (event(Act.GRANT, subject=Ordinal(2**32)), event(Act.GRANT, target=-1)):
        with pytest.raises(MalformedEventError) as refused:
            book.record([event(Act.GRANT, n=2), odd])
        assert refused.value.index == 1
    assert book.position() == 0


def test_a_hole_that_no_erasure_made_stops_every_read(db: Database) -> None:
    book = SqlLedger(db)
    book.record([event(Act.GRANT, n=n) for n in range(5)])
    db.bulk("DELETE FROM consent_event WHERE position = ?", [(3,)])
    with pytest.raises(EventsGoneError, match="nothing is read"):
        book.columns()


def test_what_everybody_says_alike_takes_no_room(db: Database) -> None:
    book = SqlLedger(db)
    book.record([event(Act.GRANT, subject=Ordinal(n), n=n) for n in range(50)])
    columns = book.columns()
    assert columns.act.strides == columns.uses.strides == columns.target.strides == (0,)
    assert not columns.act.flags.writeable
    np.testing.assert_array_equal(columns.event_time, np.sort(columns.event_time))

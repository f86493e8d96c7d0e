# SPDX-License-Identifier: Apache-2.0
"""What everybody relies on, of every consent ledger. A new adapter adds a case to ``opening``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent import (
    UNRECORDED,
    Act,
    AtPosition,
    AtTime,
    Authority,
    ConsentLedger,
    Event,
    EventConflictError,
    MalformedEventError,
    Method,
    PopulationQuestion,
    Recorded,
    Resolution,
    decide,
    eligible,
)
from privseg.store.database import Database
from privseg.store.engine import Shared
from privseg.store.ledger import SqlLedger
from privseg.terms import Ordinal
from tests.twins.consent_worlds import (
    ADA,
    CA,
    DE,
    EMAIL,
    GRACE,
    MARKETING,
    PHONE,
    PURCHASES,
    SHOP,
    TABLET,
    TEXT,
    attest,
    born,
    day,
    event,
    merge,
    random_population,
    resolve,
    rules,
    unmerge,
)
from tests.twins.memory_ledger import MemoryLedger
from tests.twins.postgres import workspace

KINDS = ("memory", "sqlite", "postgresql")
Opened = Callable[[], AbstractContextManager[ConsentLedger]]


@pytest.fixture(params=KINDS)
def opening(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """Return what makes a new, empty ledger."""

    @contextmanager
    def opened() -> Iterator[ConsentLedger]:
        if request.param == "memory":
            yield MemoryLedger()
            return
        folder = tmp_path_factory.mktemp("ledger")
        where: Path | Shared = folder / "privseg.sqlite"
        if request.param == "postgresql":
            where = workspace(request.getfixturevalue("postgres"), folder)
        with Database.create(where) as database:
            yield SqlLedger(database)

    return opened


@pytest.fixture
def ledger(opening: Opened) -> Iterator[ConsentLedger]:
    with opening() as opened:
        yield opened


def draft(act: Act = Act.GRANT, **more: object) -> Event:
    return replace(event(act, **more), position=UNRECORDED)


def test_an_empty_ledger_stands_at_zero_and_knows_nobody(ledger: ConsentLedger) -> None:
    assert ledger.position() == UNRECORDED
    assert ledger.history(ADA) == []
    assert len(ledger.columns()) == 0
    assert ledger.record([]) == Recorded((), unchanged=0)


def test_positions_start_at_one_and_grow_in_the_order_given(ledger: ConsentLedger) -> None:
    first = ledger.record([draft(n=3), draft(n=1)])
    second = ledger.record([draft(n=2)])
    assert (first.positions, second.positions) == ((1, 2), (3,))
    assert ledger.position() == 3
    assert [e.position for e in ledger.history(ADA)] == [1, 2, 3]


def test_what_is_read_is_what_was_recorded(ledger: ConsentLedger) -> None:
    whole = draft(
        notice_sha256=TEXT,
        notice_purposes=frozenset({MARKETING, EMAIL}),
        language="en",
        jurisdiction=DE,
        method=Method.DOUBLE_OPT_IN,
        authority=Authority.AGENT,
        explicit=True,
        expires_at=day(9) + timedelta(microseconds=1),
        until="moved",
        uses=2**31,
        idle_days=730,
        evidence_sha256="0" * 64,
        recorded=2,
    )
    bare = draft(Act.WITHDRAW, purpose=None, quarantined=True)
    others = [
        attest(CA, n=1),
        born("2012-02-29"),
        merge(ADA, Ordinal(0), authority=Authority.STAFF),
        unmerge(ADA, Ordinal(2**32 - 1)),
        event(Act.HAPPENED, value="moved"),
        event(Act.USE),
        event(Act.ACTIVITY, method=Method.SCROLL),
        resolve(whole, Resolution.DISCARD, target=1),
        draft(authority=Authority.GUARDIAN),
    ]
    recorded = [whole, bare, *others]
    ledger.record(recorded)
    read = ledger.history(ADA)
    assert [replace(e, position=0) for e in read] == [replace(e, position=0) for e in recorded]


def test_columns_hold_all_that_decisions_need_of_an_event(ledger: ConsentLedger) -> None:
    """Keys, language, evidence and the place of the act are not among it."""
    ledger.record(
        [
            draft(until="moved", uses=3, notice_sha256=TEXT),
            draft(idle_days=730, authority=Authority.GUARDIAN, method=Method.SIGNED_PAPER),
            merge(ADA, GRACE),
            unmerge(ADA, GRACE),
            event(Act.HAPPENED, value="moved"),
            resolve(event(Act.GRANT, position=7), Resolution.ACCEPT),
        ]
    )
    bare: dict[str, object] = {"event_key": b"", "content_key": b""}
    kept = [replace(e, **bare) for e in ledger.history(ADA)]  # type: ignore[arg-type]
    read = [replace(e, **bare) for e in ledger.columns().events_of(ADA)]  # type: ignore[arg-type]
    assert read == kept


def test_the_same_event_again_changes_nothing_and_keeps_its_first_record(
    ledger: ConsentLedger,
) -> None:
    original = draft(Act.WITHDRAW, n=1)
    ledger.record([original])
    retry = replace(original, record_time=day(7))
    assert ledger.record([retry, draft(n=2), retry]) == Recorded((1, 2, 1), unchanged=2)
    assert [e.record_time for e in ledger.history(ADA)] == [day(1), day(2)]


def test_the_same_event_twice_in_one_batch_is_recorded_once(ledger: ConsentLedger) -> None:
    twice = draft()
    assert ledger.record([twice, replace(twice, record_time=day(3))]).positions == (1, 1)
    assert [e.record_time for e in ledger.history(ADA)] == [day(0)]


@pytest.mark.parametrize("is_known_before", [True, False])
def test_other_content_under_a_known_id_is_refused_and_nothing_of_the_batch_is_kept(
    ledger: ConsentLedger, *, is_known_before: bool
) -> None:
    original = draft()
    forged = replace(original, content_key=b"other", act=Act.WITHDRAW)
    other = draft(subject=GRACE)
    if is_known_before:
        ledger.record([original])
    with pytest.raises(EventConflictError, match="nothing was recorded"):
        ledger.record([other, forged] if is_known_before else [other, original, forged])
    assert ledger.position() == int(is_known_before)
    assert ledger.history(GRACE) == []
    assert ledger.record([other]).positions == (int(is_known_before) + 1,)


@pytest.mark.parametrize(
    "malformed",
    [
        draft(Act.ATTEST_AGE, value="soon"),
        draft(Act.ATTEST_AGE, value=None),
        draft(Act.ATTEST_JURISDICTION, value=""),
        draft(event_time=day(0).replace(tzinfo=None)),
        draft(record_time=day(0).replace(tzinfo=None)),
        draft(expires_at=day(0).replace(tzinfo=None)),
        draft(uses=0),
        draft(idle_days=0),
        draft(notice_sha256=TEXT.upper()),
        draft(notice_sha256=TEXT[1:]),
        draft(evidence_sha256="g" * 64),
        draft(Act.HAPPENED, value=None),
        draft(Act.MERGE, target=None),
        draft(Act.MERGE, target=ADA),
        draft(Act.UNMERGE, target=-1),
        draft(Act.RESOLVE, target=None, value="accept"),
        draft(Act.RESOLVE, target=0, value="accept"),
        draft(Act.RESOLVE, target=1, value="perhaps"),
        draft(Act.RESOLVE, target=1, value=None),
    ],
)
def test_an_event_that_no_fold_could_read_is_refused_whole(
    ledger: ConsentLedger, malformed: Event
) -> None:
    with pytest.raises(MalformedEventError, match="event 1 of the batch") as refused:
        ledger.record([draft(), malformed])
    assert refused.value.index == 1
    assert ledger.position() == UNRECORDED
    assert ledger.history(ADA) == []


def test_a_history_is_one_persons_and_ends_where_we_look(ledger: ConsentLedger) -> None:
    ledger.record(
        [
            draft(n=0),
            draft(subject=GRACE),
            draft(Act.WITHDRAW, n=1, recorded=4),
            draft(Act.OBJECT, n=2),
        ]
    )
    seen = [e.position for e in ledger.history(ADA, known_at=AtPosition(3))]
    assert seen == [1, 3]
    assert [e.position for e in ledger.history(ADA, known_at=AtTime(day(2)))] == [1, 4]
    assert [e.position for e in ledger.history(GRACE)] == [2]
    assert ledger.history(Ordinal(77)) == []


def test_columns_hold_what_histories_hold(ledger: ConsentLedger) -> None:
    ledger.record([draft(), draft(Act.WITHDRAW, subject=GRACE, n=1), draft(Act.OBJECT, n=2)])
    for known_at in (None, AtPosition(2), AtTime(day(1))):
        columns = ledger.columns(known_at=known_at)
        for person in (ADA, GRACE):
            read = [(e.position, e.act, e.event_time) for e in columns.events_of(person)]
            kept = ledger.history(person, known_at=known_at)
            assert read == [(e.position, e.act, e.event_time) for e in kept]


def people(*persons: int) -> FrozenBitMap:
    return FrozenBitMap(persons)


def test_linked_are_all_whom_any_merge_ties_together_in_either_direction(
    ledger: ConsentLedger,
) -> None:
    """A superset of those linked at any moment: un-merged, late and refused ties count too."""
    assert ledger.linked(people(ADA)) == people(ADA)
    ledger.record(
        [
            merge(ADA, PHONE, n=9),
            merge(TABLET, PHONE, n=2, recorded=99),
            unmerge(ADA, PHONE, n=10),
            merge(GRACE, Ordinal(77), quarantined=True),
        ]
    )
    for person in (ADA, PHONE, TABLET):
        assert ledger.linked(people(person)) == people(ADA, PHONE, TABLET)
    assert ledger.linked(people(GRACE, 5)) == people(GRACE, 77, 5)
    assert ledger.linked(people()) == people()


def test_an_unmerge_alone_links_nobody(ledger: ConsentLedger) -> None:
    ledger.record([unmerge(ADA, PHONE)])
    assert ledger.linked(people(ADA, PHONE)) == people(ADA, PHONE)
    assert ledger.linked(people(PHONE)) == people(PHONE)


def test_a_long_chain_is_linked_from_end_to_end(ledger: ConsentLedger) -> None:
    ledger.record([merge(Ordinal(n), Ordinal(n + 1)) for n in range(100, 160)])
    assert ledger.linked(people(160)) == people(*range(100, 161))


def test_a_whole_history_is_that_of_all_linked_profiles(ledger: ConsentLedger) -> None:
    ledger.record(
        [
            draft(),
            draft(Act.OBJECT, subject=PHONE, n=1, recorded=4),
            draft(Act.REFUSE, subject=GRACE),
            merge(PHONE, ADA, n=2),
        ]
    )
    assert [e.position for e in ledger.whole_history(ADA)] == [1, 2, 4]
    assert ledger.whole_history(PHONE) == ledger.whole_history(ADA)
    assert [e.position for e in ledger.whole_history(GRACE)] == [3]
    assert [e.position for e in ledger.whole_history(ADA, known_at=AtPosition(2))] == [1, 2]
    assert [e.position for e in ledger.whole_history(ADA, known_at=AtTime(day(2)))] == [1, 4]
    assert ledger.whole_history(Ordinal(9)) == []


def test_columns_of_some_people_hold_theirs_alone(ledger: ConsentLedger) -> None:
    ledger.record([draft(), draft(subject=GRACE), merge(ADA, PHONE), draft(subject=PHONE)])
    columns = ledger.columns(of=people(ADA, 77))
    assert set(columns.ordinal.tolist()) == {ADA}
    assert [e.position for e in columns.events_of(ADA)] == [1, 3]
    assert columns.events_of(GRACE) == []
    assert len(ledger.columns(of=people())) == 0
    known = ledger.columns(of=people(ADA, PHONE), known_at=AtPosition(3))
    assert known.position.tolist() == [1, 3]


def test_the_changed_have_an_event_after_one_position_and_up_to_another(
    ledger: ConsentLedger,
) -> None:
    assert ledger.changed(after=0, upto=9) == people()
    ledger.record([draft(), draft(subject=GRACE), draft(), draft(subject=PHONE)])
    assert ledger.changed(after=0, upto=4) == people(ADA, GRACE, PHONE)
    assert ledger.changed(after=1, upto=3) == people(ADA, GRACE)
    assert ledger.changed(after=3, upto=99) == people(PHONE)
    assert ledger.changed(after=4, upto=4) == people()
    ledger.record([draft(subject=TABLET)])
    assert ledger.changed(after=4, upto=ledger.position()) == people(TABLET)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_ledger_answers_as_the_bare_history_does(opening: Opened, seed: int) -> None:
    """The fold over columns equals ``decide`` over histories, and over what was given."""
    crowd = [Ordinal(n) for n in (3, 65_535, 65_536, 4_000_000_000, 8, 9)]
    drawn = random_population(Random(seed), crowd, odd=0, ties=0.4)
    once = {e.event_key: e for e in sorted(drawn, key=lambda e: -e.position)}
    given_ = [replace(e, position=i + 1) for i, e in enumerate(once.values())]
    at = day(5)
    everybody = PopulationQuestion(SHOP, EMAIL, PURCHASES, at, AtPosition(10**9))
    with opening() as opened:
        opened.record(given_)
        found = set(eligible(rules(), opened.columns(), everybody).people)
        for person in crowd:
            asked = everybody.of(person)
            answer = decide(rules(), opened.whole_history(person), asked)
            assert answer == decide(rules(), given_, asked)
            assert answer.allowed == (person in found)

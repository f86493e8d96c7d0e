# SPDX-License-Identifier: Apache-2.0
"""The eligible set is the fold: ``eligible`` equals ``decide`` asked of everybody, linked profiles
included, and stays so until ``valid_until``; whose answer may change by time alone is ``due``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent import (
    Act,
    AtPosition,
    AtTime,
    Authority,
    Eligible,
    Event,
    EventColumns,
    PopulationQuestion,
    Rules,
    decide,
    eligible,
)
from privseg.terms import LawfulBasis, Ordinal, from_micros, to_micros
from tests.twins.consent_hard import HARD_ONES
from tests.twins.consent_worlds import (
    ADA,
    CA,
    DAY,
    DE,
    GRACE,
    Triple,
    attest,
    born,
    day,
    event,
    everybody,
    merge,
    question,
    random_crowd,
    random_population,
    random_triple,
    resolve,
    rules,
    unmerge,
    with_law,
    with_terms,
)

PEOPLE = [Ordinal(n) for n in (0, 1, 2, 65_535, 65_536, 2**32 - 1, *range(100, 112))]
TICK = timedelta(microseconds=1)


def crowd(seed: int) -> tuple[Triple, PopulationQuestion, Random]:
    """Return rules, a ledger of many people and a question about all of them.

    Half of the time they are of all sorts, else their histories were made for the question.
    """
    rng = Random(seed)
    if rng.random() < 0.5:
        frame = random_crowd(rng, PEOPLE)
    else:
        frame = replace(random_triple(rng), history=random_population(rng, PEOPLE, ties=0.2))
    asked = everybody(frame.question)
    known_at = asked.known_at
    if isinstance(known_at, AtPosition):
        last = 10**9 if known_at.position >= 1000 else rng.randrange(1000 * len(PEOPLE))
        asked = replace(asked, known_at=replace(known_at, position=last))
    if asked.at.tzinfo is None:
        asked = replace(asked, at=asked.at.replace(tzinfo=UTC))
    return frame, asked, rng


def one_by_one(triple: Triple, asked: PopulationQuestion) -> FrozenBitMap:
    """Return whom ``decide`` allows."""
    return FrozenBitMap(
        p for p in PEOPLE if decide(triple.rules, triple.history, asked.of(p)).allowed
    )


@given(st.integers(0, 2**63))
def test_the_eligible_set_equals_the_fold(seed: int) -> None:
    triple, asked, _ = crowd(seed)
    found = eligible(triple.rules, EventColumns.from_events(triple.history), asked)
    assert found.people == one_by_one(triple, asked)


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_the_parts_of_a_crowd_make_the_whole(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the parts are in which people are folded, nobody is lost or cut in two."""
    monkeypatch.setattr("privseg.consent.parts.ROWS", rows)
    for seed in range(12):
        triple, asked, _ = crowd(seed)
        found = eligible(triple.rules, EventColumns.from_events(triple.history), asked)
        assert found.people == one_by_one(triple, asked)


@given(st.integers(0, 2**63))
def test_nothing_changes_before_valid_until_without_a_new_event(seed: int) -> None:
    triple, asked, rng = crowd(seed)
    found = eligible(triple.rules, EventColumns.from_events(triple.history), asked)
    until = found.valid_until
    assert until is None or until > asked.at
    last = until - TICK if until else asked.at + 4_000 * DAY
    moments = [asked.at + rng.random() * (last - asked.at) for _ in range(3)]
    for at in (*moments, last):
        assert one_by_one(triple, replace(asked, at=at)) == found.people


@given(st.integers(0, 2**63))
def test_only_people_who_are_due_change_as_time_goes_by(seed: int) -> None:
    """No answer changes before its due without a new event; linked people are due together."""
    triple, asked, rng = crowd(seed)
    found = eligible(triple.rules, EventColumns.from_events(triple.history), asked)
    moments = [from_micros(m) for m in found.due.moments.tolist() if m < to_micros(day(9_000))]
    assert all(m > asked.at for m in moments)
    assert found.valid_until == min(moments, default=found.valid_until)
    edges = rng.sample(moments, min(len(moments), 3))
    later = [asked.at + rng.random() * 9 * DAY for _ in range(2)]
    for at in (*later, *edges, *(m - TICK for m in edges if m - TICK > asked.at)):
        now = one_by_one(triple, replace(asked, at=at))
        assert now ^ found.people <= due_by(found, at)


def due_by(found: Eligible, at: datetime) -> FrozenBitMap:
    """Return the people who are due at or before ``at``."""
    is_due = found.due.moments <= to_micros(at)
    return FrozenBitMap(found.due.people[is_due].tolist())


def test_random_crowds_are_told_apart_and_change_as_time_goes_by() -> None:
    """The properties above would be empty if nobody, or everybody, were eligible or due."""
    allowed = changes = due = changed_late = total = 0
    for seed in range(60):
        triple, asked, _ = crowd(seed)
        columns = EventColumns.from_events(triple.history)
        found = eligible(triple.rules, columns, asked)
        total += len(PEOPLE)
        allowed += len(found.people)
        due += len(set(found.due.people.tolist()))
        if found.valid_until:
            later = eligible(triple.rules, columns, replace(asked, at=found.valid_until))
            changes += later.people != found.people
        end = eligible(triple.rules, columns, replace(asked, at=day(12)))
        changed_late += len(end.people ^ found.people)
    assert 0.1 * total < allowed < 0.9 * total
    assert changed_late < due < 0.9 * total
    assert changes > 3
    assert changed_late > 0.02 * total


def test_links_take_away_in_random_crowds() -> None:
    lost = gained = 0
    for seed in range(60):
        triple, asked, _ = crowd(seed)
        columns = EventColumns.from_events(triple.history)
        linked = eligible(triple.rules, columns, asked).people
        ties = (Act.MERGE, Act.UNMERGE)
        alone = [e for e in triple.history if e.act not in ties and e.position]
        apart = eligible(triple.rules, EventColumns.from_events(alone), asked).people
        lost += len(apart - linked)
        gained += len(linked - apart)
    assert lost > 10
    assert gained == 0


def until(policy: Rules, *events: Event, **asked: object) -> datetime | None:
    """Return until when the answer about these events holds."""
    return eligible(
        policy, EventColumns.from_events(events), everybody(question(**asked))
    ).valid_until


GRANT = event(Act.GRANT, n=1)
ASIDE = event(Act.WITHDRAW, n=2, quarantined=True)


def happening(*, n: int) -> Event:
    return event(Act.HAPPENED, n=n, value="moved")


@pytest.mark.parametrize(
    ("policy", "events", "moment"),
    [
        (rules(), (attest(), GRANT), None),
        (rules(), (attest(), event(Act.GRANT, n=1, expires_at=day(7))), day(7)),
        (with_terms(rules(), consent_lasts=5 * DAY), (attest(), GRANT), day(6)),
        (with_terms(rules(), consent_lasts=timedelta.max), (attest(), GRANT), None),
        (rules(), (attest(), event(Act.GRANT, n=1, recorded=8)), day(8)),
        (rules(), (attest(), event(Act.WITHDRAW, n=9)), day(9)),
        (rules(), (attest(), attest(CA, n=6, recorded=7)), day(6)),
        (rules(opt_out_notice_since=day(6)), (attest(CA),), day(6)),
        (
            rules(),
            (attest(CA), event(Act.ATTEST_AGE, n=0, value="2010-01-07")),
            day(6) + timedelta(hours=12),
        ),
        (rules(), (attest(), event(Act.GRANT, n=1, idle_days=6)), day(7)),
        (with_terms(rules(), idle=7 * DAY), (attest(), GRANT), day(8)),
        (with_law(rules(), DE, idle=8 * DAY), (attest(), GRANT), day(9)),
        (
            with_terms(rules(), idle=7 * DAY),
            (attest(), GRANT, event(Act.ACTIVITY, n=3)),
            day(10),
        ),
        (
            rules(),
            (attest(), event(Act.GRANT, n=1, until="moved"), happening(n=6)),
            day(6),
        ),
        (rules(), (attest(), event(Act.GRANT, n=1, uses=1), event(Act.USE, n=7)), day(7)),
        (
            rules(),
            (
                attest(),
                born("2010-01-09"),
                event(Act.GRANT, n=1, authority=Authority.GUARDIAN),
            ),
            day(8) - timedelta(hours=14),
        ),
        (
            with_law(rules(), DE, guardian_below=13),
            (attest(), born("2013-01-09"), GRANT),
            day(8) + timedelta(hours=12),
        ),
        (
            rules(),
            (attest(), GRANT, event(Act.OBJECT, n=1, subject=GRACE), merge(ADA, GRACE, n=6)),
            day(6),
        ),
        (
            rules(),
            (
                attest(),
                GRANT,
                event(Act.OBJECT, n=1, subject=GRACE),
                merge(ADA, GRACE, n=2),
                unmerge(ADA, GRACE, n=7),
            ),
            day(7),
        ),
        (rules(), (attest(), GRANT, ASIDE, resolve(ASIDE, "discard", n=6)), day(6)),
        (rules(), (attest(), GRANT, replace(ASIDE, record_time=day(6))), day(6)),
    ],
)
def test_valid_until_is_the_next_moment_that_counts(
    policy: Rules, events: tuple[Event, ...], moment: datetime | None
) -> None:
    assert until(policy, *events) == moment
    last = question(at=moment - TICK if moment else day(900))
    assert decide(policy, events, last).allowed is decide(policy, events, question()).allowed


def test_a_fresh_ledger_is_valid_until_it_is_too_old() -> None:
    policy = rules(max_ledger_age=DAY)
    known_at = AtPosition(10**9, as_of=day(5))
    assert until(policy, attest(), GRANT, known_at=known_at) == day(6) + TICK
    assert until(policy, attest(), GRANT) is None  # never fresh: nobody, whatever the time


@pytest.mark.parametrize(
    "asked",
    [
        question(controller="other"),
        question(purpose="undeclared"),
        question(category="gait"),
        question(at=datetime(2026, 1, 5)),  # noqa: DTZ001 - what the test is about
        question(known_at=AtTime(datetime(2026, 1, 5))),  # noqa: DTZ001
    ],
)
def test_a_question_that_lacks_something_finds_nobody(asked: object) -> None:
    columns = EventColumns.from_events((attest(), GRANT))
    assert not eligible(rules(), columns, everybody(asked)).people  # type: ignore[arg-type]


def test_an_empty_ledger_finds_nobody() -> None:
    found = eligible(rules(), EventColumns.from_events(()), everybody(question()))
    assert (found.people, found.valid_until) == (FrozenBitMap(), None)


def test_the_set_is_not_printed() -> None:
    found = eligible(rules(), EventColumns.from_events((attest(), GRANT)), everybody(question()))
    assert len(found.people) == 1
    assert "BitMap" not in repr(found)


@pytest.mark.parametrize("basis", LawfulBasis)
@pytest.mark.parametrize("history", HARD_ONES.values(), ids=HARD_ONES)
def test_hard_histories_are_judged_one_by_one_and_alike(
    history: tuple[Event, ...], basis: LawfulBasis
) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    asked = everybody(question())
    found = eligible(policy, EventColumns.from_events(history), asked).people
    assert (ADA in found) is decide(policy, history, question()).allowed

# SPDX-License-Identifier: Apache-2.0
"""The eligible set is the fold: ``eligible`` equals ``decide`` asked of everybody, and stays so
until ``valid_until``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
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
    Event,
    EventColumns,
    Method,
    PopulationQuestion,
    Rules,
    decide,
    eligible,
)
from privseg.consent.relevant import relevant
from privseg.consent.scope import Case
from privseg.consent.vector import fold
from privseg.terms import LawfulBasis, Ordinal
from tests.twins.consent_worlds import (
    ADA,
    CA,
    DAY,
    DE,
    Triple,
    attest,
    day,
    event,
    everybody,
    question,
    random_population,
    random_triple,
    rules,
    with_terms,
)

PEOPLE = [Ordinal(n) for n in (0, 1, 2, 65_535, 65_536, 2**32 - 1, *range(100, 124))]
TICK = timedelta(microseconds=1)


def crowd(seed: int) -> tuple[Triple, PopulationQuestion, Random]:
    """Return rules, a ledger of thirty people and a question about all of them."""
    rng = Random(seed)
    frame = random_triple(rng)
    asked = everybody(frame.question)
    known_at = asked.known_at
    if isinstance(known_at, AtPosition):
        seen = 10**9 if known_at.position >= 1000 else rng.randrange(100 * len(PEOPLE))
        asked = replace(asked, known_at=replace(known_at, position=seen))
    return replace(frame, history=random_population(rng, PEOPLE)), asked, rng


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


def test_random_crowds_are_told_apart_and_mostly_without_the_slow_path() -> None:
    """The two properties above would be empty if nobody, or everybody, were eligible or hard."""
    allowed = hard = changes = total = 0
    for seed in range(60):
        triple, asked, _ = crowd(seed)
        terms = triple.rules.purposes.get(asked.purpose)
        columns = EventColumns.from_events(triple.history)
        found = eligible(triple.rules, columns, asked)
        total += len(PEOPLE)
        allowed += len(found.people)
        if terms and found.valid_until:
            case = Case(triple.rules, terms, asked.category, asked.at)
            hard += int(fold(relevant(columns, case, asked), asked).hard.sum())
            later = eligible(triple.rules, columns, replace(asked, at=found.valid_until))
            changes += later.people != found.people
    assert 0.1 * total < allowed < 0.9 * total
    assert 0 < hard < 0.1 * total
    assert changes > 3


def until(policy: Rules, *events: Event, **asked: object) -> datetime | None:
    """Return until when the answer about these events holds."""
    return eligible(
        policy, EventColumns.from_events(events), everybody(question(**asked))
    ).valid_until


GRANT = event(Act.GRANT, n=1)


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
    ],
)
def test_valid_until_is_the_next_moment_that_counts(
    policy: Rules, events: tuple[Event, ...], moment: datetime | None
) -> None:
    assert until(policy, *events) == moment


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


Acts = list[tuple[Act, int, dict[str, object]]]
HARD_ONES: dict[str, Acts] = {
    "a lift revives a grant": [
        (Act.GRANT, 1, {}),
        (Act.RESTRICT, 2, {}),
        (Act.LIFT, 3, {}),
    ],
    "a hold is released": [
        (Act.GRANT, 1, {}),
        (Act.HOLD, 2, {}),
        (Act.RELEASE_HOLD, 3, {}),
    ],
    "the newest grant is weaker than the one that lifted the withdrawal": [
        (Act.WITHDRAW, 1, {}),
        (Act.GRANT, 2, {}),
        (Act.GRANT, 3, {"authority": Authority.AGENT}),
    ],
    "the newest grant is plain, the one before lifted an objection": [
        (Act.OBJECT, 1, {}),
        (Act.GRANT, 2, {"explicit": True}),
        (Act.GRANT, 3, {}),
    ],
    "both steps once, one step now": [
        (Act.OPT_OUT, 1, {}),
        (Act.OPT_IN, 2, {"method": Method.DOUBLE_OPT_IN}),
        (Act.OPT_IN, 3, {}),
    ],
    "the newest grant lapsed, the one before lifted a withdrawal": [
        (Act.WITHDRAW, 1, {}),
        (Act.GRANT, 2, {}),
        (Act.GRANT, 3, {"expires_at": day(4)}),
    ],
}


@pytest.mark.parametrize("basis", LawfulBasis)
@pytest.mark.parametrize("acts", HARD_ONES.values(), ids=HARD_ONES)
def test_hard_histories_are_judged_one_by_one_and_alike(acts: Acts, basis: LawfulBasis) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    history = (attest(), *(event(act, n=n, **facts) for act, n, facts in acts))
    asked = everybody(question())
    found = eligible(policy, EventColumns.from_events(history), asked).people
    assert (ADA in found) is decide(policy, history, question()).allowed

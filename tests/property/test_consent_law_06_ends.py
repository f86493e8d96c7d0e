# SPDX-License-Identifier: Apache-2.0
"""Law 6: "Expiry is computed when read." It has a date, a duration, an event, uses or inactivity
("expiry (date, duration, event, uses, inactivity)"); dates, durations and notices have a file of
their own, ``test_consent_law_06_expiry_and_notice``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import (
    Act,
    Authority,
    ConsentStatus,
    Event,
    Method,
    ReasonCode,
    Rules,
    decide,
)
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    ADS,
    CA,
    DAY,
    DE,
    EMAIL,
    GRACE,
    LOCATION,
    MARKETING,
    PURCHASES,
    attest,
    day,
    event,
    question,
    random_triple,
    rules,
    with_law,
    with_terms,
)

HOME = attest()
TICK = timedelta(microseconds=1)


def why(*events: Event, policy: Rules | None = None, **asked: object) -> tuple[ReasonCode, ...]:
    """Return why the answer about Ada's events is what it is."""
    answer = decide(policy or rules(), (HOME, *events), question(**asked))
    assert answer.allowed is (answer.status is ConsentStatus.GIVEN)
    if not answer.allowed:
        assert answer.status is ConsentStatus.EXPIRED
    return answer.reasons


GIVEN = (ReasonCode.GIVEN,)


# --- until something happens --------------------------------------------------------------------

UNTIL = event(Act.GRANT, n=1, until="contract ended")
ENDED = (ReasonCode.ENDED_BY_EVENT,)


def happened(name: str = "contract ended", *, n: int = 3, **more: object) -> Event:
    return event(Act.HAPPENED, n=n, value=name, **more)


def test_a_grant_until_something_happens_ends_when_it_has() -> None:
    assert why(UNTIL) == GIVEN
    assert why(UNTIL, happened(), at=day(3) - TICK) == GIVEN
    assert why(UNTIL, happened(), at=day(3)) == ENDED


def test_a_happening_recorded_late_ends_it_from_when_it_happened() -> None:
    late = happened(n=3, recorded=9)
    assert why(UNTIL, late, at=day(3) - TICK) == GIVEN
    assert why(UNTIL, late, at=day(3)) == ENDED
    ahead = happened(n=3, record_time=day(3) - 4 * timedelta(minutes=1))
    assert why(UNTIL, ahead, at=day(3) - TICK) == ENDED  # our clock, if theirs ran ahead


@pytest.mark.parametrize(
    ("what", "ends"),
    [
        (happened("moved"), False),
        (happened(n=0), False),  # before the grant
        (happened(n=1), True),  # at the moment of the grant: the most restrictive wins
        (happened(purpose=ADS), False),
        (happened(purpose=MARKETING), True),
        (happened(purpose=None), True),
        (happened(categories=frozenset({LOCATION})), False),
        (happened(categories=frozenset({PURCHASES})), True),
        (happened(method=Method.SILENCE, authority=Authority.STAFF), True),
        (happened(subject=GRACE), False),
    ],
)
def test_what_ends_a_grant_is_what_it_names_after_it_and_about_the_case(
    what: Event, *, ends: bool
) -> None:
    assert why(UNTIL, what) == (ENDED if ends else GIVEN)
    assert why(event(Act.GRANT, n=1), what) == GIVEN


# --- so many uses -------------------------------------------------------------------------------


def uses(*days: int, **more: object) -> list[Event]:
    return [event(Act.USE, n=n, **more) for n in days]


@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_a_grant_for_so_many_uses_ends_with_the_last_of_them(allowed: int) -> None:
    grant = event(Act.GRANT, n=1, uses=allowed)
    days = range(2, 2 + allowed)
    assert why(grant, *uses(*days), at=day(1 + allowed) - TICK) == GIVEN
    assert why(grant, *uses(*days), at=day(1 + allowed)) == (ReasonCode.USED_UP,)


def test_a_use_seen_twice_is_one_use_and_two_at_a_moment_are_two() -> None:
    grant = event(Act.GRANT, n=1, uses=2)
    (once,) = uses(2)
    retry = replace(once, position=once.position + 500, record_time=day(3))
    assert why(grant, once, retry, once) == GIVEN
    assert why(grant, once, *uses(2)) == (ReasonCode.USED_UP,)


def test_uses_before_the_grant_or_about_something_else_do_not_count() -> None:
    grant = event(Act.GRANT, n=1, uses=1)
    assert why(grant, *uses(0), *uses(2, purpose=ADS), *uses(6)) == GIVEN
    assert why(grant, *uses(2, purpose=ADS, categories=frozenset({PURCHASES}))) == GIVEN
    assert why(grant, *uses(2, categories=frozenset({LOCATION}))) == GIVEN
    assert why(grant, *uses(1)) == (ReasonCode.USED_UP,)
    assert why(grant, *uses(2, purpose=None)) == (ReasonCode.USED_UP,)


def test_a_use_recorded_late_counts_from_when_it_was_made() -> None:
    grant = event(Act.GRANT, n=1, uses=1)
    (late,) = uses(2, recorded=9)
    assert why(grant, late, at=day(2) - TICK) == GIVEN
    assert why(grant, late, at=day(2)) == (ReasonCode.USED_UP,)


# --- inactivity -----------------------------------------------------------------------------------


def active(n: int, **more: object) -> Event:
    return event(Act.ACTIVITY, n=n, **more)


IDLE = (ReasonCode.IDLE,)


def idling(by: str, *, days: int) -> tuple[Rules, Event]:
    """Return rules and a grant of day 1 that lapse by one of the three after some days away."""
    policy, grant = rules(), event(Act.GRANT, n=1)
    match by:
        case "grant":
            return policy, replace(grant, idle_days=days)
        case "policy":
            return with_terms(policy, idle=days * DAY), grant
        case _:
            return with_law(policy, DE, idle=days * DAY), grant


@pytest.mark.parametrize("by", ["grant", "policy", "law"])
def test_a_grant_lapses_when_the_person_has_been_away_so_long(by: str) -> None:
    policy, grant = idling(by, days=3)
    assert why(grant, policy=policy, at=day(4) - TICK) == GIVEN
    assert why(grant, policy=policy, at=day(4)) == IDLE
    assert why(grant, active(2), policy=policy, at=day(5) - TICK) == GIVEN
    assert why(grant, active(2), policy=policy, at=day(5)) == IDLE


@pytest.mark.parametrize("by", ["grant", "policy", "law"])
def test_who_comes_back_after_a_lapse_is_asked_anew(by: str) -> None:
    policy, grant = idling(by, days=3)
    assert why(grant, active(4), policy=policy, at=day(5)) == IDLE
    assert why(grant, active(2), active(5), active(6), policy=policy, at=day(7)) == IDLE
    assert why(grant, active(4), active(3), policy=policy, at=day(6)) == GIVEN


def test_the_shortest_of_all_limits_counts() -> None:
    for shortest in range(3):
        first, second, third = (9 * DAY if i != shortest else 2 * DAY for i in range(3))
        policy = with_law(with_terms(rules(), idle=first), DE, idle=second)
        grant = event(Act.GRANT, n=1, idle_days=third.days)
        assert why(grant, policy=policy, at=day(3) - TICK) == GIVEN
        assert why(grant, policy=policy, at=day(3)) == IDLE


@pytest.mark.parametrize(
    ("visit", "renews"),
    [
        (active(3), True),
        (active(3, method=Method.SCROLL), True),  # any method: it is no consent, only presence
        (active(3, purpose=None), True),
        (active(3, purpose=MARKETING), True),
        (active(3, purpose=ADS), False),
        (active(3, categories=frozenset({LOCATION})), False),
        (active(3, authority=Authority.STAFF), False),
        (active(3, authority=Authority.AGENT), False),
        (active(3, authority=Authority.GUARDIAN), False),
        (active(3, recorded=6), False),  # evidence never backdates
        (active(3, recorded=5), True),
        (active(6), False),
        (active(0), False),
        (active(3, subject=GRACE), False),
        (event(Act.USE, n=3), False),
        (active(3, quarantined=True), False),
    ],
)
def test_only_the_persons_own_activity_about_the_case_and_on_record_counts(
    visit: Event, *, renews: bool
) -> None:
    assert why(event(Act.GRANT, n=1, idle_days=4), visit) == (GIVEN if renews else IDLE)


def test_the_laws_idleness_counts_where_people_must_opt_out_too() -> None:
    policy = with_law(rules(), CA, idle=3 * DAY)
    opted_in = event(Act.OPT_IN, n=1, categories=frozenset({LOCATION}))
    asked = question(category=LOCATION)
    history = (attest(CA), opted_in)
    assert decide(policy, history, replace(asked, at=day(4) - TICK)).allowed
    answer = decide(policy, history, replace(asked, at=day(4)))
    assert (answer.allowed, answer.reasons) == (False, (ReasonCode.SENSITIVE_NEEDS_OPT_IN,))


# --- all of them --------------------------------------------------------------------------------

LAPSES = {
    "date": ({"expires_at": day(3)}, ()),
    "event": ({"until": "moved"}, (happened("moved"),)),
    "uses": ({"uses": 1}, (event(Act.USE, n=3),)),
    "idle": ({"idle_days": 2}, ()),
}


@pytest.mark.parametrize("kind", LAPSES)
def test_the_newest_grant_governs_even_when_it_lapses_first(kind: str) -> None:
    ends, acts = LAPSES[kind]
    lapsed = (event(Act.GRANT, n=1), event(Act.GRANT, n=1, event_time=day(1) + TICK, **ends))
    assert why(*lapsed, *acts)[0] is not ReasonCode.GIVEN
    assert why(*lapsed, *acts, event(Act.GRANT, n=4)) == GIVEN


@pytest.mark.parametrize("kind", LAPSES)
@pytest.mark.parametrize("basis", [LawfulBasis.CONSENT, LawfulBasis.LEGITIMATE_INTEREST])
def test_what_a_lapsed_grant_had_lifted_stands_again_on_every_basis(
    kind: str, basis: LawfulBasis
) -> None:
    ends, acts = LAPSES[kind]
    policy = with_terms(rules(), basis={DE: basis})
    objected = event(Act.OBJECT, n=0)
    history = (HOME, objected, event(Act.GRANT, n=1, explicit=True, **ends), *acts)
    assert decide(policy, history, question(at=day(3) - TICK)).allowed
    assert decide(policy, history, question(at=day(3))).status is ConsentStatus.OBJECTED


def test_all_that_ended_a_grant_is_said_at_once() -> None:
    ends: dict[str, object] = {"expires_at": day(4), "until": "moved", "uses": 1, "idle_days": 1}
    reasons = why(event(Act.GRANT, n=1, **ends), happened("moved"), event(Act.USE, n=2))
    assert set(reasons) == {ReasonCode.EXPIRED, *ENDED, ReasonCode.USED_UP, *IDLE}


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_no_use_and_nothing_that_happens_ever_adds_an_allow(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    before = decide(triple.rules, triple.history, triple.question)
    added = event(
        rng.choice((Act.USE, Act.HAPPENED)),
        n=rng.randrange(-2, 9),
        recorded=rng.randrange(-2, 9),
        position=rng.choice((1, 700)),
        event_key=b"added",
        subject=triple.question.subject,
        controller=triple.question.controller,
        purpose=rng.choice((None, EMAIL)),
        value=rng.choice(("moved", "contract ended")),
    )
    after = decide(triple.rules, (*triple.history, added), triple.question)
    is_news = before.reasons == (ReasonCode.UNKNOWN_PERSON,)
    assert before.allowed or not after.allowed or is_news


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_activity_recorded_after_the_moment_changes_no_answer(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    if triple.question.at.tzinfo is None:
        return
    late = event(
        Act.ACTIVITY,
        n=rng.randrange(-2, 9),
        record_time=triple.question.at + TICK,
        position=700,
        event_key=b"added",
        subject=triple.question.subject,
        controller=triple.question.controller,
        purpose=None,
    )
    before = decide(triple.rules, triple.history, triple.question)
    after = decide(triple.rules, (*triple.history, late), triple.question)
    if ReasonCode.UNKNOWN_PERSON not in before.reasons:
        assert after == before

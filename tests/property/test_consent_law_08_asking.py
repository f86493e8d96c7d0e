# SPDX-License-Identifier: Apache-2.0
"""Law 8: states differ "in when we may ask again (12 months in California)".

After a no that stands nobody is asked before its time is over; after an objection to direct
marketing never (GDPR Art. 21(3)).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, Event, ReasonCode, Rules, decide
from privseg.consent.asking import Asking, asking
from tests.twins.consent_worlds import (
    ADS,
    CA,
    DAY,
    DE,
    GB,
    PHONE,
    attest,
    born,
    day,
    event,
    merge,
    question,
    random_triple,
    rules,
    with_law,
    with_terms,
)

S = ConsentStatus
TICK = timedelta(microseconds=1)
YEAR = 365 * DAY
PLACES = (DE, CA, GB)
NOES = (Act.REFUSE, Act.WITHDRAW, Act.OPT_OUT, Act.SIGNAL, Act.LIMIT, Act.DEFER)


def patient(*, law: timedelta | None = YEAR, policy: timedelta | None = None) -> Rules:
    """Return the shop's rules with times during which a no is to be left in peace."""
    made = with_terms(rules(), ADS, ask_again_after=policy, direct_marketing=False)
    for place in PLACES:
        made = with_law(made, place, ask_again_after=law)
    return made


def may_ask(made: Rules, *events: Event, **asked: object) -> Asking:
    return asking(made, (attest(), *events), question(**({"purpose": ADS} | asked)))


def ads(act: Act, n: int, **more: object) -> Event:
    return event(act, n=n, purpose=ADS, **more)


@pytest.mark.parametrize("act", NOES)
def test_after_a_no_nobody_is_asked_until_its_time_is_over(act: Act) -> None:
    no = ads(act, 2)
    before = may_ask(patient(), no, at=day(2) + YEAR - TICK)
    assert (before.may, before.since_or_from) == (False, day(2) + YEAR)
    after = may_ask(patient(), no, at=day(2) + YEAR)
    assert (after.may, after.since_or_from) == (True, day(2) + YEAR)
    assert before.reason == after.reason


@pytest.mark.parametrize("act", NOES)
def test_where_no_time_is_set_people_may_be_asked_at_once(act: Act) -> None:
    assert may_ask(patient(law=None), ads(act, 2)).may


def test_the_time_counts_from_the_latest_no_and_from_the_act_not_its_record() -> None:
    noes = (ads(Act.REFUSE, 1), ads(Act.OPT_OUT, 3, recorded=5))
    assert may_ask(patient(), *noes).since_or_from == day(3) + YEAR


@pytest.mark.parametrize(
    ("law", "policy", "wait"),
    [(3, 9, 9), (9, 3, 9), (None, 4, 4), (4, None, 4)],
)
def test_the_longest_time_of_policy_and_law_counts(
    law: int | None, policy: int | None, wait: int
) -> None:
    def days(n: int | None) -> timedelta | None:
        return None if n is None else n * DAY

    made = patient(law=days(law), policy=days(policy))
    assert may_ask(made, ads(Act.REFUSE, 2)).since_or_from == day(2 + wait)


def test_the_time_of_every_place_where_somebody_may_live_counts() -> None:
    made = with_law(patient(law=DAY), CA, ask_again_after=YEAR)
    refused = ads(Act.REFUSE, 2)
    assert may_ask(made, refused).may
    assert not may_ask(made, refused, attest(CA)).may
    elsewhere = may_ask(made, refused, attest(CA, subject=PHONE), merge())
    assert not elsewhere.may  # a linked profile's place is a candidate too


def test_a_no_of_a_linked_profile_is_a_no() -> None:
    refused = replace(ads(Act.REFUSE, 2), subject=PHONE)
    assert may_ask(patient(), refused).may
    assert not may_ask(patient(), refused, merge()).may


def test_after_an_objection_to_direct_marketing_nobody_is_asked_ever() -> None:
    objected = event(Act.OBJECT, n=0, purpose=None)
    for made in (patient(), patient(law=None)):
        marketing = with_terms(made, ADS, direct_marketing=True)
        never = may_ask(marketing, objected, at=day(90_000))
        assert (never.may, never.since_or_from) == (False, None)
        assert never.reason is ReasonCode.OBJECTED
        lifted = may_ask(marketing, objected, ads(Act.GRANT, 1, explicit=True))
        assert lifted.reason is ReasonCode.GIVEN


NEVER: dict[str, tuple[tuple[Event, ...], ReasonCode]] = {
    "restricted": ((ads(Act.RESTRICT, 2),), ReasonCode.RESTRICTED),
    "held": ((ads(Act.HOLD, 2),), ReasonCode.HELD),
    "erased": ((ads(Act.ERASE, 2),), ReasonCode.ERASED),
    "quarantined": ((ads(Act.REFUSE, 2, quarantined=True),), ReasonCode.QUARANTINED),
    "error": ((ads(Act.MERGE, 2, target=None),), ReasonCode.MALFORMED_EVENT),
}


@pytest.mark.parametrize("state", NEVER)
def test_nobody_is_asked_while_they_are_restricted_held_erased_or_unreadable(state: str) -> None:
    acts, reason = NEVER[state]
    for more in ((), (ads(Act.REFUSE, 1),)):
        answer = may_ask(patient(law=DAY), *acts, *more, at=day(900))
        assert (answer.may, answer.since_or_from) == (False, None)
        assert answer.reason is reason


def test_nobody_is_asked_of_whom_the_law_is_not_known() -> None:
    for history, reason in (
        ((), ReasonCode.UNKNOWN_PERSON),
        ((ads(Act.DEFER, 1),), ReasonCode.UNKNOWN_JURISDICTION),
    ):
        answer = asking(patient(), history, question(purpose=ADS))
        assert (answer.may, answer.since_or_from) == (False, None)
        assert answer.reason is reason


def test_who_said_yes_need_not_be_asked() -> None:
    answer = may_ask(patient(), ads(Act.GRANT, 1))
    assert (answer.may, answer.reason) == (False, ReasonCode.GIVEN)


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ((), ReasonCode.NEVER_ASKED),
        ((ads(Act.GRANT, 1, expires_at=day(3)),), ReasonCode.EXPIRED),
        ((ads(Act.GRANT, 1, notice="banner@0"),), ReasonCode.STALE),
        ((ads(Act.GRANT, 1, idle_days=1),), ReasonCode.IDLE),
    ],
)
def test_who_was_never_asked_and_whose_yes_lapsed_may_be_asked(
    acts: tuple[Event, ...], reason: ReasonCode
) -> None:
    answer = may_ask(patient(), *acts)
    assert (answer.may, answer.reason) == (True, reason)


def test_an_older_no_that_a_lapsed_yes_overruled_is_no_reason_to_wait_longer_than_it_takes() -> (
    None
):
    """The refusal stands again once the yes is over: its own time counts."""
    acts = (ads(Act.REFUSE, 1), ads(Act.GRANT, 2, expires_at=day(4)))
    assert may_ask(patient(law=3 * DAY), *acts).may
    late = may_ask(patient(), *acts)
    assert (late.may, late.since_or_from) == (False, day(1) + YEAR)


def test_a_child_whose_guardian_must_speak_is_not_refused_the_question() -> None:
    """What is missing is a yes: the guardian may be asked for it."""
    child = born("2015-01-01")
    answer = may_ask(patient(), child, ads(Act.GRANT, 1))
    assert (answer.may, answer.reason) == (True, ReasonCode.UNDER_AGE)


@settings(max_examples=400)
@given(st.integers(0, 2**63))
def test_people_are_only_asked_who_have_not_said_yes_and_whom_nothing_forbids_to_ask(
    seed: int,
) -> None:
    triple = random_triple(Random(seed))
    answer = decide(triple.rules, triple.history, triple.question)
    asked = asking(triple.rules, triple.history, triple.question)
    if asked.may:
        assert answer.status not in {
            S.ERROR,
            S.QUARANTINED,
            S.ERASED,
            S.HELD,
            S.RESTRICTED,
        }
        assert not {
            ReasonCode.UNKNOWN_JURISDICTION,
            ReasonCode.UNKNOWN_PERSON,
            ReasonCode.GIVEN,
            ReasonCode.RESTRICTED,
            ReasonCode.HELD,
            ReasonCode.ERASED,
        } & set(answer.reasons)
        assert asked.since_or_from is None or asked.since_or_from <= triple.question.at
    elif asked.since_or_from is not None:
        assert asked.since_or_from > triple.question.at
        assert not answer.allowed or answer.status is S.NEVER_ASKED


@settings(max_examples=200)
@given(st.integers(0, 2**63), st.integers(1, 400))
def test_a_longer_time_to_wait_never_lets_anybody_be_asked_earlier(seed: int, days: int) -> None:
    triple = random_triple(Random(seed))
    policy = triple.rules
    terms = policy.purposes.get(triple.question.purpose)
    if terms is None:
        return
    longer = (terms.ask_again_after or timedelta(0)) + days * DAY
    stricter = with_terms(policy, triple.question.purpose, ask_again_after=longer)
    before = asking(policy, triple.history, triple.question)
    after = asking(stricter, triple.history, triple.question)
    assert before.may or not after.may
    if before.since_or_from is not None and after.since_or_from is not None:
        assert after.since_or_from >= before.since_or_from

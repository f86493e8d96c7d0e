# SPDX-License-Identifier: Apache-2.0
"""Law 2: "Order of arrival never matters: any permutation of the same events folds to the same
state. Equal event times: the most restrictive wins. A future event time beyond the allowed skew
is quarantined and denies."

"*Quarantine*: a quarantined event that bears on the question denies from its record time until an
officer resolves it."
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, ReasonCode, decide
from privseg.consent.rules import MAX_SKEW
from tests.twins.consent_worlds import (
    ADS,
    EMAIL,
    LOCATION,
    MARKETING,
    RESTRICTING,
    attest,
    day,
    event,
    question,
    random_triple,
    rules,
)

TICK = timedelta(microseconds=1)
HOME = attest()


@settings(max_examples=200)
@given(st.integers(0, 2**63))
def test_any_shuffle_of_a_history_folds_to_the_same_answer(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    shuffled = rng.sample(triple.history, len(triple.history))
    assert decide(triple.rules, shuffled, triple.question) == decide(
        triple.rules, triple.history, triple.question
    )


@given(st.integers(0, 2**63))
def test_every_permutation_of_a_short_history_folds_to_the_same_answer(seed: int) -> None:
    triple = random_triple(Random(seed))
    answers = {
        decide(triple.rules, order, triple.question) for order in permutations(triple.history[:5])
    }
    assert len(answers) == 1


@pytest.mark.parametrize("act", RESTRICTING)
def test_at_equal_times_the_most_restrictive_wins(act: Act) -> None:
    grant = event(Act.GRANT, n=2, purpose=ADS, explicit=True)
    against = event(act, n=2, purpose=ADS)
    answer = decide(rules(), (HOME, grant, against), question(purpose=ADS))
    assert not answer.allowed
    later = replace(grant, event_time=day(2) + TICK, record_time=day(2) + TICK)
    assert decide(rules(), (HOME, later, against), question(purpose=ADS)).allowed


def test_of_two_grants_at_one_moment_the_one_that_lapses_first_decides() -> None:
    short = event(Act.GRANT, n=1, expires_at=day(4))
    history = (HOME, short, event(Act.GRANT, n=1))
    assert decide(rules(), history, question()).status is ConsentStatus.EXPIRED
    assert decide(rules(), history, question(at=day(3))).allowed


def test_a_lift_at_the_moment_of_a_restriction_does_not_lift_it() -> None:
    acts = (HOME, event(Act.GRANT, n=1), event(Act.RESTRICT, n=2), event(Act.LIFT, n=2))
    assert decide(rules(), acts, question()).status is ConsentStatus.RESTRICTED


@pytest.mark.parametrize("act", [Act.GRANT, Act.WITHDRAW, Act.ATTEST_AGE, Act.DEFER])
def test_an_act_dated_beyond_the_skew_is_quarantined_and_denies(act: Act) -> None:
    facts = {"value": "1980-05-05"} if act is Act.ATTEST_AGE else {}
    grant = event(Act.GRANT, n=1)
    ahead = event(act, event_time=day(3) + MAX_SKEW + TICK, record_time=day(3), **facts)
    answer = decide(rules(), (HOME, grant, ahead), question())
    assert (answer.allowed, answer.status) == (False, ConsentStatus.QUARANTINED)
    assert answer.evidence == (ahead.position,)


def test_an_act_dated_ahead_within_the_skew_counts() -> None:
    ahead = event(Act.GRANT, event_time=day(3) + MAX_SKEW, record_time=day(3))
    assert decide(rules(), (HOME, ahead), question()).allowed
    withdrawn = event(Act.WITHDRAW, event_time=day(4) + MAX_SKEW, record_time=day(4))
    answer = decide(rules(), (HOME, ahead, withdrawn), question(at=day(4)))
    assert answer.status is ConsentStatus.WITHDRAWN  # from its record, though its clock ran ahead


def test_a_quarantined_event_denies_only_from_its_record_and_only_where_it_bears() -> None:
    aside = event(Act.WITHDRAW, n=1, recorded=4, quarantined=True, categories=frozenset({LOCATION}))
    history = (HOME, event(Act.GRANT, n=1, categories=frozenset({LOCATION, *_PURCHASES})), aside)
    assert not decide(rules(), history, question(category=LOCATION, at=day(4))).allowed
    assert decide(rules(), history, question(category=LOCATION, at=day(4) - TICK)).allowed
    assert decide(rules(), history, question()).allowed
    other_purpose = replace(aside, purpose=ADS, categories=frozenset())
    assert decide(rules(), (*history[:2], other_purpose), question()).allowed


@pytest.mark.parametrize("act", [Act.USE, Act.HAPPENED, Act.ACTIVITY])
def test_use_activity_and_happenings_change_nothing_even_quarantined(act: Act) -> None:
    history = (HOME, event(Act.GRANT, n=1))
    for extra in (event(act, n=2), event(act, n=2, quarantined=True)):
        assert decide(rules(), (*history, extra), question()) == decide(
            rules(), history, question()
        )


def test_a_quarantined_grant_grants_nothing() -> None:
    aside = event(Act.GRANT, n=1, purpose=MARKETING, quarantined=True)
    answer = decide(rules(), (HOME, aside), question(purpose=EMAIL))
    assert answer.status is ConsentStatus.QUARANTINED
    assert ReasonCode.GIVEN not in answer.reasons


_PURCHASES = frozenset({question().category})

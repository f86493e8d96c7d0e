# SPDX-License-Identifier: Apache-2.0
"""Law 2: "Order of arrival never matters: any permutation of the same events folds to the same
state. Equal event times: the most restrictive wins. A future event time beyond the allowed skew
is quarantined and denies."
(The last sentence has a file of its own: ``test_consent_law_02_quarantine``.)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, decide
from tests.twins.consent_worlds import (
    ADS,
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

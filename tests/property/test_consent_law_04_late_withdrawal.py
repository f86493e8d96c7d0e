# SPDX-License-Identifier: Apache-2.0
"""Law 4: "Late withdrawal is effective when the person acted. [...] Withdrawal never makes earlier
lawful processing unlawful."

"*Law 4*: for ``at`` between act and record, ``decide`` denies when ``known_at`` is at or after the
record and allows when before; runs done then stay lawful and are tainted. "Earlier" means before
the event time." (The list of what is tainted is not built yet.)
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.consent import Act, AtPosition, AtTime, ConsentStatus, decide
from tests.twins.consent_worlds import (
    ADS,
    DAY,
    RESTRICTING,
    START,
    attest,
    day,
    event,
    question,
    random_triple,
    rules,
)

GRANTED = (attest(), event(Act.GRANT, n=1, purpose=ADS))
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("act", RESTRICTING)
def test_a_late_withdrawal_counts_from_when_the_person_acted_once_it_is_known(act: Act) -> None:
    late = event(act, n=3, recorded=6, purpose=ADS)
    history = (*GRANTED, late)
    for known, is_known in (
        (AtPosition(late.position), True),
        (AtPosition(late.position - 1), False),
        (AtTime(day(6)), True),
        (AtTime(day(6) - TICK), False),
    ):
        between = question(purpose=ADS, at=day(4), known_at=known)
        assert decide(rules(), history, between).allowed is not is_known
        at_the_act = replace(between, at=day(3))
        assert decide(rules(), history, at_the_act).allowed is not is_known


@given(st.integers(0, 2**63), st.integers(-5, 40))
def test_a_withdrawal_never_makes_earlier_lawful_processing_unlawful(seed: int, hours: int) -> None:
    """Adding a withdrawal of a later moment changes no answer about an earlier one."""
    rng = Random(seed)
    triple = random_triple(rng)
    at = triple.question.at
    acted = at + TICK + rng.randrange(3) * DAY
    withdrawal = event(
        Act.WITHDRAW,
        position=700,
        event_key=b"later",
        subject=triple.question.subject,
        controller=triple.question.controller,
        purpose=None,
        event_time=acted,
        record_time=acted + timedelta(hours=abs(hours)),
    )
    before = decide(triple.rules, triple.history, triple.question)
    after = decide(triple.rules, (*triple.history, withdrawal), triple.question)
    assert (after.allowed, after.status) == (before.allowed, before.status)
    if any(e.subject == triple.question.subject for e in triple.history):
        assert after == before  # somebody unknown is known by it, and denied for another reason


@given(st.integers(0, 30 * 24), st.integers(0, 30 * 24), st.integers(0, 60 * 24))
def test_the_answer_between_act_and_record_depends_on_what_was_known(
    acted: int, delay: int, asked: int
) -> None:
    hour = timedelta(hours=1)
    grant = event(Act.GRANT, n=0)
    late = event(
        Act.WITHDRAW,
        event_time=START + acted * hour + TICK,
        record_time=START + (acted + delay) * hour + TICK,
    )
    at = START + asked * hour
    blind = question(at=at, known_at=AtPosition(late.position - 1))
    aware = question(at=at)
    history = (attest(), grant, late)
    assert decide(rules(), (attest(), grant), aware).allowed
    assert decide(rules(), history, replace(blind, known_at=AtTime(at))).allowed is (
        at < late.record_time
    )
    answer = decide(rules(), history, aware)
    assert answer.allowed is (at < late.event_time)
    assert answer.status is (
        ConsentStatus.GIVEN if at < late.event_time else ConsentStatus.WITHDRAWN
    )

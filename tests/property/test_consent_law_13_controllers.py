# SPDX-License-Identifier: Apache-2.0
"""Law 13: "Grants do not travel between controllers." """

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from privseg.consent import Act, ConsentStatus, ReasonCode, decide
from tests.twins.consent_worlds import (
    OTHER,
    SHOP,
    attest,
    event,
    question,
    random_history,
    random_triple,
    rules,
)


def test_a_grant_to_another_controller_grants_nothing_here() -> None:
    elsewhere = event(Act.GRANT, n=1, controller=OTHER)
    answer = decide(rules(), (attest(), elsewhere), question())
    assert answer.status is ConsentStatus.NEVER_ASKED
    only_elsewhere = (attest(controller=OTHER), elsewhere)
    assert decide(rules(), only_elsewhere, question()).reasons == (ReasonCode.UNKNOWN_PERSON,)


def test_the_rules_of_one_controller_answer_nothing_about_another() -> None:
    history = (attest(controller=OTHER), event(Act.GRANT, n=1, controller=OTHER))
    answer = decide(rules(), history, question(controller=OTHER))
    assert answer.reasons == (ReasonCode.UNKNOWN_CONTROLLER,)
    assert decide(rules(controller=OTHER), history, question(controller=OTHER)).allowed


@given(st.integers(0, 2**63))
def test_what_another_controller_recorded_changes_no_answer(seed: int) -> None:
    rng = Random(seed)
    triple = random_triple(rng)
    elsewhere = OTHER if triple.question.controller == SHOP else SHOP
    once: dict[bytes, object] = {}
    for e in random_history(rng, subjects=(triple.question.subject,), odd=0):
        once.setdefault(
            e.event_key, replace(e, controller=elsewhere, event_key=e.event_key + b"elsewhere")
        )
    before = decide(triple.rules, triple.history, triple.question)
    assert decide(triple.rules, (*triple.history, *once.values()), triple.question) == before  # type: ignore[arg-type]

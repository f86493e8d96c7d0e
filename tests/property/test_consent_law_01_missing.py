# SPDX-License-Identifier: Apache-2.0
"""Law 1: "Missing anything (person, category, purpose, notice, jurisdiction, policy, fresh enough
ledger) is a deny with its own reason code."
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from privseg.consent import (
    Act,
    AtPosition,
    AtTime,
    ConsentStatus,
    Event,
    LawTerms,
    Question,
    ReasonCode,
    Rules,
    decide,
)
from privseg.terms import Category, LawfulBasis
from tests.twins.consent_worlds import (
    ADA,
    DAY,
    EMAIL,
    GRACE,
    OTHER,
    TEXT,
    UNDECLARED,
    XX,
    attest,
    day,
    event,
    question,
    rules,
    with_law,
    with_terms,
)

HISTORY = (attest(), event(Act.GRANT, n=1))
PINNED = with_terms(rules(), notice_texts=frozenset({TEXT}))
KNOWN = AtPosition(10**9, as_of=day(5))


def test_with_nothing_missing_the_answer_is_yes() -> None:
    strict = rules(max_ledger_age=DAY)
    answer = decide(strict, HISTORY, question(known_at=KNOWN))
    assert (answer.allowed, answer.status) == (True, ConsentStatus.GIVEN)
    assert answer.reasons == (ReasonCode.GIVEN,)


@pytest.mark.parametrize(
    ("policy", "history", "asked", "reason"),
    [
        (rules(), HISTORY, question(controller=OTHER), ReasonCode.UNKNOWN_CONTROLLER),
        (rules(), HISTORY, question(subject=GRACE), ReasonCode.UNKNOWN_PERSON),
        (rules(), (), question(), ReasonCode.UNKNOWN_PERSON),
        (rules(), HISTORY, question(purpose=UNDECLARED), ReasonCode.UNKNOWN_PURPOSE),
        (rules(), HISTORY, question(category=Category("gait")), ReasonCode.CATEGORY_NOT_ALLOWED),
        (rules(), HISTORY[1:], question(), ReasonCode.UNKNOWN_JURISDICTION),
        (rules(), (attest(XX), *HISTORY[1:]), question(), ReasonCode.NO_LAW_PACK),
        (
            rules(laws={**rules().laws, XX: LawTerms()}),
            (attest(XX), *HISTORY[1:]),
            question(),
            ReasonCode.NO_RULE_FOR_JURISDICTION,
        ),
        (
            with_law(rules(), bases=frozenset({LawfulBasis.CONTRACT})),
            HISTORY,
            question(),
            ReasonCode.BASIS_NOT_LAWFUL,
        ),
        (
            with_terms(rules(), basis={}),
            HISTORY,
            question(),
            ReasonCode.NO_RULE_FOR_JURISDICTION,
        ),
        (with_terms(rules(), notice=None), HISTORY, question(), ReasonCode.NO_NOTICE_IN_FORCE),
        (
            rules(),
            (HISTORY[0], event(Act.GRANT, notice=None)),
            question(),
            ReasonCode.NO_NOTICE_SHOWN,
        ),
        (PINNED, HISTORY, question(), ReasonCode.NO_NOTICE_SHOWN),
        (rules(max_ledger_age=DAY), HISTORY, question(), ReasonCode.LEDGER_NOT_FRESH),
    ],
)
def test_each_missing_thing_denies_with_its_own_reason(
    policy: Rules, history: tuple[Event, ...], asked: Question, reason: ReasonCode
) -> None:
    answer = decide(policy, history, asked)
    assert (answer.allowed, answer.status) == (False, ConsentStatus.MISSING)
    assert reason in answer.reasons


@pytest.mark.parametrize("age", [timedelta(0), DAY])
def test_a_ledger_is_fresh_up_to_and_with_its_largest_age(age: timedelta) -> None:
    strict = rules(max_ledger_age=DAY)
    for known_at in (AtPosition(10**9, as_of=day(5) - age), AtTime(day(5) - age)):
        assert decide(strict, HISTORY, question(known_at=known_at)).allowed
        older = replace(question(known_at=known_at), at=day(6) - age + timedelta(microseconds=1))
        assert ReasonCode.LEDGER_NOT_FRESH in decide(strict, HISTORY, older).reasons


def test_all_that_is_missing_is_said_at_once() -> None:
    answer = decide(rules(max_ledger_age=DAY), (), question(purpose=UNDECLARED, controller=OTHER))
    assert set(answer.reasons) == {
        ReasonCode.UNKNOWN_CONTROLLER,
        ReasonCode.UNKNOWN_PURPOSE,
        ReasonCode.LEDGER_NOT_FRESH,
        ReasonCode.UNKNOWN_PERSON,
    }


def test_silence_is_not_consent() -> None:
    """GDPR Art. 4(11): a grant is an affirmative act; scrolling on or a ticked box is none."""
    for method in ("silence", "scroll", "pre_ticked", "dismiss"):
        answer = decide(rules(), (HISTORY[0], event(Act.GRANT, method=_method(method))), question())
        assert (answer.allowed, answer.status) == (False, ConsentStatus.NEVER_ASKED)


def test_a_grant_that_names_no_category_or_no_purpose_grants_nothing() -> None:
    for vague in (
        event(Act.GRANT, categories=frozenset()),
        event(Act.GRANT, purpose=None, notice_purposes=frozenset({EMAIL})),
    ):
        assert decide(rules(), (HISTORY[0], vague), question()).status is ConsentStatus.NEVER_ASKED


def test_a_reason_never_names_the_person() -> None:
    answer = decide(rules(), (), question(subject=ADA))
    assert all(reason in set(ReasonCode) for reason in answer.reasons)


def _method(name: str) -> object:
    from privseg.consent import Method  # noqa: PLC0415 - by its name, as a file spells it

    return Method(name)

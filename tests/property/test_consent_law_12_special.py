# SPDX-License-Identifier: Apache-2.0
"""Law 12: "Special categories (GDPR 9), *inferred ones too*, need explicit consent." (Which
segments reveal one is the gate's to say: it asks about the special category then.)
"""

from __future__ import annotations

import pytest

from privseg.consent import Act, ConsentStatus, ReasonCode, decide
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    CA,
    DE,
    PURCHASES,
    RELIGION,
    attest,
    event,
    question,
    rules,
    with_law,
    with_terms,
)

BOTH = frozenset({PURCHASES, RELIGION})


@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("place", [DE, CA])
def test_a_special_category_needs_explicit_consent(place: str, *, explicit: bool) -> None:
    history = (attest(place), event(Act.GRANT, n=1, categories=BOTH, explicit=explicit))
    assert decide(rules(), history, question(category=RELIGION)).allowed is explicit
    assert decide(rules(), history, question(category=PURCHASES)).allowed


def test_what_is_missing_is_the_explicit_act() -> None:
    history = (attest(), event(Act.GRANT, n=1, categories=BOTH))
    answer = decide(rules(), history, question(category=RELIGION))
    assert answer.status is ConsentStatus.MISSING
    assert answer.reasons == (ReasonCode.NO_EXPLICIT_CONSENT,)


def test_a_newer_grant_that_is_not_explicit_governs() -> None:
    history = (
        attest(),
        event(Act.GRANT, n=1, categories=BOTH, explicit=True),
        event(Act.GRANT, n=2, categories=BOTH),
    )
    assert not decide(rules(), history, question(category=RELIGION)).allowed


NOT_ASKING = sorted(set(LawfulBasis) - {LawfulBasis.CONSENT, LawfulBasis.OPT_OUT})


@pytest.mark.parametrize("basis", NOT_ASKING)
def test_a_special_category_rests_on_nothing_but_peoples_own_yes(basis: LawfulBasis) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    grant = event(Act.GRANT, n=1, categories=BOTH, explicit=True)
    answer = decide(policy, (attest(), grant), question(category=RELIGION))
    assert (answer.allowed, answer.reasons) == (False, (ReasonCode.NO_EXPLICIT_CONSENT,))
    assert decide(policy, (attest(), grant), question(category=PURCHASES)).allowed


@pytest.mark.parametrize("basis", NOT_ASKING)
def test_but_for_legal_claims(basis: LawfulBasis) -> None:
    """GDPR Art. 9(2)(f)."""
    policy = with_terms(rules(), basis={DE: basis}, legal_claims=True)
    assert decide(policy, (attest(),), question(category=RELIGION)).allowed
    storing = with_terms(rules(), basis={DE: basis}, storage=True)
    assert not decide(storing, (attest(),), question(category=RELIGION)).allowed


@pytest.mark.parametrize("explicit", [True, False])
def test_what_the_law_of_the_place_protects_is_special_there(*, explicit: bool) -> None:
    policy = with_law(rules(), DE, explicit=frozenset({PURCHASES}))
    grant = event(Act.GRANT, n=1, explicit=explicit)
    assert decide(policy, (attest(), grant), question()).allowed is explicit
    by_contract = with_terms(policy, basis={DE: LawfulBasis.CONTRACT})
    assert not decide(by_contract, (attest(), grant), question()).allowed


@pytest.mark.parametrize("explicit", [True, False])
def test_a_significant_decision_that_rests_on_consent_needs_it_explicit(*, explicit: bool) -> None:
    """GDPR Art. 22(2)(c)."""
    policy = with_terms(rules(), significant=True)
    grant = event(Act.GRANT, n=1, explicit=explicit)
    answer = decide(policy, (attest(), grant), question())
    assert answer.allowed is explicit
    assert (ReasonCode.NO_EXPLICIT_CONSENT in answer.reasons) is not explicit
    opt_out = with_terms(policy, basis={DE: LawfulBasis.OPT_OUT})
    assert decide(opt_out, (attest(), grant), question()).allowed

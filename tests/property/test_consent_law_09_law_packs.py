# SPDX-License-Identifier: Apache-2.0
"""Law 9: "*Jurisdiction*: none attested is a deny; of several, every candidate must allow; one
without a law pack denies." What the law of a place knows of bases and categories decides there.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.consent import Act, ConsentStatus, LawTerms, ReasonCode, decide
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    CA,
    DE,
    GB,
    PURCHASES,
    XX,
    attest,
    event,
    question,
    rules,
    with_law,
    with_terms,
)

EVERYWHERE = dict.fromkeys((DE, CA, GB, XX), LawfulBasis.CONSENT)
GRANT = event(Act.GRANT, n=1, explicit=True)


def test_a_place_without_a_law_pack_denies_whatever_the_policy_says() -> None:
    policy = with_terms(rules(), basis=EVERYWHERE)
    answer = decide(policy, (attest(XX), GRANT), question())
    assert (answer.status, answer.reasons) == (ConsentStatus.MISSING, (ReasonCode.NO_LAW_PACK,))
    known = replace(policy, laws={**policy.laws, XX: LawTerms()})
    assert decide(known, (attest(XX), GRANT), question()).allowed


def test_of_several_places_one_without_a_law_pack_is_enough_to_deny() -> None:
    policy = with_terms(rules(), basis=EVERYWHERE)
    assert decide(policy, (attest(DE), GRANT), question()).allowed
    both = (attest(DE), attest(XX), GRANT)
    assert decide(policy, both, question()).reasons == (ReasonCode.NO_LAW_PACK,)


@pytest.mark.parametrize("basis", LawfulBasis)
def test_a_basis_that_the_law_does_not_know_is_no_basis(basis: LawfulBasis) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    assert decide(policy, (attest(DE), GRANT), question()).allowed
    without = with_law(policy, DE, bases=frozenset(LawfulBasis) - {basis})
    answer = decide(without, (attest(DE), GRANT), question())
    assert (answer.allowed, answer.reasons) == (False, (ReasonCode.BASIS_NOT_LAWFUL,))


def test_each_place_is_judged_by_its_own_law_though_they_share_a_basis() -> None:
    policy = with_terms(rules(), basis=EVERYWHERE)
    plain = replace(GRANT, explicit=False)
    strict = with_law(policy, DE, explicit=frozenset({PURCHASES}))
    assert decide(strict, (attest(GB), plain), question()).allowed
    for history in ((attest(DE), plain), (attest(DE), attest(GB), plain)):
        assert decide(strict, history, question()).reasons == (ReasonCode.NO_EXPLICIT_CONSENT,)


def test_what_a_law_calls_sensitive_needs_an_opt_in_there() -> None:
    policy = with_law(rules(), CA, sensitive=frozenset({PURCHASES}))
    assert decide(rules(), (attest(CA),), question()).allowed
    answer = decide(policy, (attest(CA),), question())
    assert answer.reasons == (ReasonCode.SENSITIVE_NEEDS_OPT_IN,)
    opted_in = event(Act.OPT_IN, n=1)
    assert decide(policy, (attest(CA), opted_in), question()).allowed


@pytest.mark.parametrize("explicit", [True, False])
def test_what_a_law_protects_needs_an_explicit_opt_in_where_people_opt_out(
    *, explicit: bool
) -> None:
    policy = with_law(rules(), CA, explicit=frozenset({PURCHASES}))
    opted_in = event(Act.OPT_IN, n=1, explicit=explicit)
    answer = decide(policy, (attest(CA), opted_in), question())
    assert answer.allowed is explicit
    assert (ReasonCode.SENSITIVE_NEEDS_OPT_IN in answer.reasons) is not explicit

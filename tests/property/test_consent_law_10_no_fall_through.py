# SPDX-License-Identifier: Apache-2.0
"""Law 10: "Withdrawing consent never falls through to another lawful basis. Objection to direct
marketing is absolute and beats legitimate interest and older grants. Restriction blocks everything
but storage and legal claims. Legal hold keeps data and blocks every segmenter."

"*Fall-through*: where the basis is consent, withdrawn, expired and stale all deny; none tries
another basis. They do not touch purposes that rest on contract or legal obligation." "*Hold* denies
every purpose whose kind is not storage or legal claims."
"""

from __future__ import annotations

import pytest

from privseg.consent import Act, ConsentStatus, decide
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    CLAIMS,
    DE,
    EMAIL,
    GB,
    MARKETING,
    attest,
    day,
    event,
    question,
    rules,
    with_terms,
)

S = ConsentStatus
HOME = attest(DE)


@pytest.mark.parametrize("basis", LawfulBasis)
def test_a_withdrawal_denies_on_every_basis_but_contract_and_legal_obligation(
    basis: LawfulBasis,
) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    history = (HOME, event(Act.GRANT, n=1), event(Act.WITHDRAW, n=2))
    answer = decide(policy, history, question())
    untouched = basis in {LawfulBasis.CONTRACT, LawfulBasis.LEGAL_OBLIGATION}
    assert answer.allowed is untouched
    assert answer.status is (S.NEVER_ASKED if untouched else S.WITHDRAWN)


@pytest.mark.parametrize("basis", [LawfulBasis.CONTRACT, LawfulBasis.LEGAL_OBLIGATION])
def test_withdrawing_everything_leaves_contract_and_legal_obligation_alone(
    basis: LawfulBasis,
) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    history = (HOME, event(Act.WITHDRAW, n=2, purpose=None))
    assert decide(policy, history, question(purpose=EMAIL)).allowed
    assert not decide(policy, history, question(purpose=MARKETING)).allowed
    for act in (Act.REFUSE, Act.OBJECT, Act.RESTRICT):
        assert not decide(policy, (*history, event(act, n=3)), question(purpose=EMAIL)).allowed


@pytest.mark.parametrize(
    ("lapse", "status"),
    [
        ({"expires_at": day(3)}, S.EXPIRED),
        ({"notice": "banner@0"}, S.STALE),
    ],
)
def test_where_the_basis_is_consent_a_lapse_tries_no_other_basis(
    lapse: dict[str, object], status: S
) -> None:
    """Legitimate interest elsewhere is no help: one basis per purpose and jurisdiction."""
    policy = with_terms(
        rules(), basis={DE: LawfulBasis.CONSENT, GB: LawfulBasis.LEGITIMATE_INTEREST}
    )
    answer = decide(policy, (HOME, event(Act.GRANT, n=1, **lapse)), question())
    assert (answer.allowed, answer.status) == (False, status)


@pytest.mark.parametrize("basis", LawfulBasis)
def test_an_objection_to_direct_marketing_beats_every_basis_and_older_grants(
    basis: LawfulBasis,
) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    history = (HOME, event(Act.GRANT, n=1, explicit=True), event(Act.OBJECT, n=2))
    assert decide(policy, history, question()).status is S.OBJECTED
    assert decide(policy, (*history, event(Act.LIFT, n=3)), question()).status is S.OBJECTED
    plain = (*history, event(Act.GRANT, n=3))
    assert decide(policy, plain, question()).status is S.OBJECTED
    explicit = (*history, event(Act.GRANT, n=3, explicit=True))
    assert decide(policy, explicit, question()).status is S.GIVEN


def test_an_objection_to_what_is_no_marketing_can_be_lifted() -> None:
    policy = with_terms(rules(), direct_marketing=False)
    history = (HOME, event(Act.GRANT, n=1), event(Act.OBJECT, n=2), event(Act.LIFT, n=3))
    assert decide(policy, history, question()).allowed


@pytest.mark.parametrize("act", [Act.RESTRICT, Act.HOLD])
@pytest.mark.parametrize("kind", ["storage", "legal_claims"])
def test_restriction_and_hold_block_everything_but_storage_and_legal_claims(
    act: Act, kind: str
) -> None:
    history = (HOME, event(Act.GRANT, n=1), event(act, n=2, purpose=None))
    status = S.RESTRICTED if act is Act.RESTRICT else S.HELD
    assert decide(rules(), history, question()).status is status
    assert decide(with_terms(rules(), **{kind: True}), history, question()).allowed


@pytest.mark.parametrize("basis", LawfulBasis)
def test_hold_and_erasure_block_whatever_the_basis(basis: LawfulBasis) -> None:
    policy = with_terms(rules(), basis={DE: basis})
    for act, status in ((Act.HOLD, S.HELD), (Act.ERASE, S.ERASED)):
        history = (HOME, event(Act.GRANT, n=3, explicit=True), event(act, n=2, purpose=None))
        assert decide(policy, history, question()).status is status


def test_nothing_brings_back_who_was_erased_not_even_for_legal_claims() -> None:
    history = (HOME, event(Act.ERASE, n=1, purpose=None))
    again = (
        event(Act.GRANT, n=2, purpose=CLAIMS, explicit=True),
        event(Act.LIFT, n=2, purpose=None),
        event(Act.RELEASE_HOLD, n=2, purpose=None),
    )
    assert decide(rules(), (*history, *again), question(purpose=CLAIMS)).status is S.ERASED

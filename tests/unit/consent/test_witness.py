# SPDX-License-Identifier: Apache-2.0
"""A witness is checked on its own: one that names anything else than the truth does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.consent import (
    Act,
    AtTime,
    Authority,
    ConsentDecision,
    ConsentStatus,
    Event,
    Method,
    Witness,
    check_witness,
    decide,
)
from privseg.terms import LawfulBasis
from tests.twins.consent_worlds import (
    CA,
    DE,
    EMAIL,
    GB,
    GRACE,
    LOCATION,
    OTHER,
    RELIGION,
    attest,
    day,
    event,
    question,
    rules,
    with_terms,
)

HOME, GRANT = attest(position=1), event(Act.GRANT, n=1, position=2, explicit=True)
WITNESS = Witness(EMAIL, ((DE, LawfulBasis.CONSENT),), (1,), grant=2, notice="banner@2")


def test_the_witness_of_a_grant_names_rule_jurisdiction_grant_and_notice() -> None:
    answer = decide(rules(), (HOME, GRANT), question())
    assert answer.witness == WITNESS
    assert check_witness(rules(), (HOME, GRANT), question(), WITNESS)


def test_the_witness_of_another_basis_is_the_rule() -> None:
    for place, basis in ((CA, LawfulBasis.OPT_OUT), (GB, LawfulBasis.LEGITIMATE_INTEREST)):
        history = (attest(place, position=1),)
        answer = decide(rules(), history, question())
        assert answer.witness == Witness(EMAIL, ((place, basis),), (1,))
        assert check_witness(rules(), history, question(), answer.witness)


@pytest.mark.parametrize(
    "forged",
    [
        {"purpose": "marketing"},
        {"bases": ()},
        {"bases": ((DE, LawfulBasis.CONTRACT),)},
        {"bases": ((GB, LawfulBasis.LEGITIMATE_INTEREST),)},
        {"attested": ()},
        {"attested": (2,)},
        {"attested": (77,)},
        {"grant": None},
        {"grant": 1},
        {"grant": 77},
        {"notice": "banner@1"},
        {"notice": None},
    ],
)
def test_a_forged_witness_does_not_hold(forged: dict[str, object]) -> None:
    witness = replace(WITNESS, **forged)  # type: ignore[arg-type]
    assert not check_witness(rules(), (HOME, GRANT), question(), witness)


@pytest.mark.parametrize(
    "changed",
    [
        {"act": Act.WITHDRAW},
        {"act": Act.OPT_IN},
        {"method": Method.SILENCE},
        {"authority": Authority.STAFF},
        {"notice": "banner@0"},
        {"notice": None},
        {"purpose": "marketing.ads"},
        {"purpose": None},
        {"purpose": "marketing", "notice_purposes": frozenset()},
        {"categories": frozenset({LOCATION})},
        {"event_time": day(6)},
        {"record_time": day(6)},
        {"expires_at": day(5)},
        {"subject": GRACE},
        {"controller": OTHER},
        {"quarantined": True},
    ],
)
def test_a_grant_that_does_not_grant_this_holds_no_witness(changed: dict[str, object]) -> None:
    grant = replace(GRANT, **changed)  # type: ignore[arg-type]
    assert not check_witness(rules(), (HOME, grant), question(), WITNESS)


def test_a_witness_holds_only_for_its_question_and_rules() -> None:
    def holds(policy: object = rules(), **asked: object) -> bool:
        return check_witness(policy, (HOME, GRANT), question(**asked), WITNESS)  # type: ignore[arg-type]

    assert holds()
    assert not holds(purpose="undeclared")
    assert not holds(controller=OTHER)
    assert not holds(category="gait")
    assert not holds(at=day(0))
    assert not holds(known_at=AtTime(day(0)))
    assert not holds(rules(controller=OTHER))
    assert not holds(with_terms(rules(), consent_lasts=day(5) - day(1)))


def test_a_special_category_needs_an_explicit_grant_to_witness_it() -> None:
    both = frozenset({RELIGION, *GRANT.categories})
    for explicit in (True, False):
        grant = replace(GRANT, categories=both, explicit=explicit)
        asked = question(category=RELIGION)
        assert check_witness(rules(), (HOME, grant), asked, WITNESS) is explicit


def test_an_opt_out_rule_alone_witnesses_nothing_sensitive_or_unannounced() -> None:
    history: tuple[Event, ...] = (attest(CA, position=1),)
    witness = Witness(EMAIL, ((CA, LawfulBasis.OPT_OUT),), (1,))
    assert check_witness(rules(), history, question(), witness)
    assert not check_witness(rules(), history, question(category=LOCATION), witness)
    assert not check_witness(rules(opt_out_notice_since=None), history, question(), witness)
    assert not check_witness(rules(opt_out_notice_since=day(6)), history, question(), witness)


@pytest.mark.parametrize(
    ("allowed", "reasons", "witness"),
    [(True, ("given",), None), (False, ("withdrawn",), WITNESS), (False, (), None)],
)
def test_a_decision_accounts_for_itself(
    *, allowed: bool, reasons: tuple[str, ...], witness: Witness | None
) -> None:
    with pytest.raises(ValueError, match="an allow needs a witness"):
        ConsentDecision(allowed, ConsentStatus.GIVEN, reasons, witness)  # type: ignore[arg-type]

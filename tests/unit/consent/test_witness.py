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
    Rules,
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
    PHONE,
    PURCHASES,
    RELIGION,
    attest,
    born,
    day,
    event,
    merge,
    question,
    resolve,
    rules,
    with_law,
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


def born_in(year: int, **more: object) -> Event:
    return born(f"{year}-01-01", n=0, **({"position": 3} | more))


def test_a_witness_names_the_dates_of_birth_it_counts() -> None:
    history = (HOME, GRANT, born_in(1980))
    answer = decide(rules(), history, question())
    assert answer.witness == replace(WITNESS, ages=(3,))
    assert check_witness(rules(), history, question(), answer.witness)
    for ages in ((1,), (77,)):
        assert not check_witness(rules(), history, question(), replace(WITNESS, ages=ages))


def test_a_childs_own_grant_witnesses_nothing_and_a_guardians_does_until_of_age() -> None:
    by_guardian = replace(GRANT, authority=Authority.GUARDIAN)
    for grant, year, holds in (
        (GRANT, 1980, True),
        (GRANT, 2015, False),
        (by_guardian, 2015, True),
        (by_guardian, 1980, False),
    ):
        history = (HOME, grant, born_in(year))
        witness = replace(WITNESS, ages=(3,))
        assert check_witness(rules(), history, question(), witness) is holds
        assert decide(rules(), history, question()).allowed is holds
    for_children = rules(directed_to_children=True)
    for grant, holds in ((GRANT, False), (by_guardian, True)):
        assert check_witness(for_children, (HOME, grant), question(), WITNESS) is holds


def test_a_minors_silence_witnesses_nothing_where_people_must_opt_out() -> None:
    silent = Witness(EMAIL, ((CA, LawfulBasis.OPT_OUT),), (1,), ages=(3,))
    for year, holds in ((1980, True), (2015, False)):
        history = (attest(CA, position=1), born_in(year))
        assert check_witness(rules(), history, question(), silent) is holds
    twice = event(
        Act.OPT_IN, n=1, position=2, method=Method.DOUBLE_OPT_IN, authority=Authority.GUARDIAN
    )
    opted_in = replace(silent, grant=2, notice="banner@2")
    for grant, holds in ((twice, True), (replace(twice, method=Method.FORM), False)):
        acted = (attest(CA, position=1), born_in(2015), grant)
        assert check_witness(rules(), acted, question(), opted_in) is holds


def test_a_witness_rests_on_a_law_that_knows_the_basis() -> None:
    def holds(policy: Rules) -> bool:
        return check_witness(policy, (HOME, GRANT), question(), WITNESS)

    assert holds(rules())
    assert not holds(rules(laws={}))
    assert not holds(with_law(rules(), DE, bases=frozenset({LawfulBasis.CONTRACT})))


def test_what_a_law_or_a_significant_purpose_wants_explicit_must_be() -> None:
    plain = replace(GRANT, explicit=False)
    for policy in (
        with_law(rules(), DE, explicit=frozenset({PURCHASES})),
        with_terms(rules(), significant=True),
    ):
        assert check_witness(policy, (HOME, GRANT), question(), WITNESS)
        assert not check_witness(policy, (HOME, plain), question(), WITNESS)


def test_a_grant_under_another_text_witnesses_nothing() -> None:
    pinned = with_terms(rules(), notice_texts=frozenset({"a" * 64}))
    for shown, holds in (("a" * 64, True), ("b" * 64, False), (None, False)):
        grant = replace(GRANT, notice_sha256=shown)
        assert check_witness(pinned, (HOME, grant), question(), WITNESS) is holds


def test_a_grant_set_aside_witnesses_something_once_it_is_accepted() -> None:
    aside = replace(GRANT, quarantined=True)
    for word, holds in (("accept", True), ("discard", False)):
        history = (HOME, aside, resolve(aside, word, n=2, position=9))
        assert check_witness(rules(), history, question(), WITNESS) is holds
        assert decide(rules(), history, question()).allowed is holds


def test_a_linked_profiles_home_may_be_named_beside_ones_own_never_instead() -> None:
    theirs = attest(GB, position=4, subject=PHONE)
    history = (HOME, GRANT, theirs, merge(position=9))
    answer = decide(rules(), history, question())
    bases = ((DE, LawfulBasis.CONSENT), (GB, LawfulBasis.LEGITIMATE_INTEREST))
    assert answer.witness == replace(WITNESS, bases=bases, attested=(1, 4))
    assert check_witness(rules(), history, question(), answer.witness)
    alone = Witness(EMAIL, bases[1:], (4,))
    assert not check_witness(rules(), history, question(), alone)


def test_a_linked_profiles_grant_or_birth_is_read_as_its_own() -> None:
    theirs = replace(GRANT, subject=PHONE)
    assert not check_witness(rules(), (HOME, theirs, merge(position=9)), question(), WITNESS)
    young = born_in(2015, subject=PHONE)
    witness = replace(WITNESS, ages=(3,))
    assert not check_witness(rules(), (HOME, GRANT, young, merge(position=9)), question(), witness)

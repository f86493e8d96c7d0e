# SPDX-License-Identifier: Apache-2.0
"""Where a policy and the law packs in force disagree, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.loaders.laws import load_laws
from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped
from privseg.policy import Catalogue, Policy, PurposeKind, Severity
from privseg.policy.law import Content
from privseg.policy.law_findings import Fault, law_faults, law_findings
from privseg.terms import Jurisdiction, LawfulBasis, Place, Purpose

AT_PURPOSE = Place("policies/shop.yaml", 90, 3)
LIFECYCLE = Purpose("marketing.lifecycle")
DE, FR, XX = Jurisdiction("DE"), Jurisdiction("FR"), Jurisdiction("US-TX")


@pytest.fixture(scope="module")
def shop() -> Policy:
    policy = load_policy(shipped(Shipped.SHOP).joinpath("policies"), name="policies")
    notices = {n: replace(x, says=frozenset(Content)) for n, x in policy.notices.items()}
    return replace(policy, laws=load_laws(), notices=notices)


def with_purpose(shop: Policy, **changes: object) -> Policy:
    rule = replace(shop.purposes[LIFECYCLE], place=AT_PURPOSE, **changes)  # type: ignore[arg-type]
    return replace(shop, purposes={LIFECYCLE: rule})


def with_nature(shop: Policy, nature: str | None, attribute: str = "loyalty_tier") -> Policy:
    crm = shop.catalogue.sources["crm"]
    columns = tuple(replace(c, nature=nature) if c.name == attribute else c for c in crm.columns)
    sources = {**shop.catalogue.sources, "crm": replace(crm, columns=columns)}
    return replace(shop, catalogue=Catalogue(sources, shop.catalogue.derived))


def told(policy: Policy) -> list[tuple[Fault, str]]:
    return sorted((fault, str(finding)) for fault, finding in law_faults(policy))


def test_the_shop_and_the_laws_agree(shop: Policy) -> None:
    assert law_findings(shop) == ()


def test_a_place_without_a_law_pack_is_an_error_at_the_purpose(shop: Policy) -> None:
    basis = {DE: LawfulBasis.CONSENT, XX: LawfulBasis.OPT_OUT}
    ((fault, line),) = told(with_purpose(shop, basis=basis))
    assert fault is Fault.NO_LAW_PACK
    assert line == (
        'policies/shop.yaml:90:3: error: "marketing.lifecycle" is never allowed in US-TX: '
        "no law pack covers it"
    )


def test_a_basis_that_the_law_does_not_know_is_an_error_with_the_article(shop: Policy) -> None:
    ((fault, line),) = told(with_purpose(shop, basis={DE: LawfulBasis.OPT_OUT}))
    assert fault is Fault.BASIS_NOT_LAWFUL
    assert "cannot rest on opt_out in DE (gdpr@2026-11, Art. 6(1)(a)-(f))" in line


def test_places_of_one_law_and_one_basis_are_told_once(shop: Policy) -> None:
    basis = {DE: LawfulBasis.OPT_OUT, FR: LawfulBasis.OPT_OUT}
    ((_, line),) = told(with_purpose(shop, basis=basis))
    assert "in DE, FR (" in line


@pytest.mark.parametrize("basis", sorted(set(LawfulBasis) - {"consent", "opt_out"}))
def test_protected_data_on_any_basis_but_peoples_own_yes_are_an_error(
    shop: Policy, basis: LawfulBasis
) -> None:
    policy = with_nature(with_purpose(shop, basis={DE: basis}, dpia="DPIA 7"), "health")
    ((fault, line),) = told(policy)
    assert fault is Fault.NOT_BY_CONSENT
    assert '"loyalty" needs explicit consent in DE (gdpr@2026-11, Art. 9(1), (2)(a)' in line


def test_silence_is_no_explicit_consent_where_a_law_asks_for_it(shop: Policy) -> None:
    law = replace(shop.laws[DE], bases=frozenset(LawfulBasis))
    silent = with_purpose(shop, basis={DE: LawfulBasis.OPT_OUT}, dpia="DPIA 7")
    ((fault, _),) = told(with_nature(replace(silent, laws={DE: law}), "health"))
    assert fault is Fault.NOT_BY_CONSENT


def test_legal_claims_may_rest_on_another_basis(shop: Policy) -> None:
    claims = with_purpose(
        shop, kind=PurposeKind.LEGAL_CLAIMS, basis={DE: LawfulBasis.LEGAL_OBLIGATION}, dpia="DPIA 7"
    )
    assert told(with_nature(claims, "health")) == []


def test_what_one_law_protects_another_may_not(shop: Policy) -> None:
    texts = {DE: LawfulBasis.LEGITIMATE_INTEREST}
    assert told(with_nature(with_purpose(shop, basis=texts), "mail_contents")) == []


def test_a_nature_that_no_law_pack_knows_is_an_error_at_its_column(shop: Policy) -> None:
    ((fault, line),) = told(with_nature(shop, "helth"))
    column = next(c for c in shop.catalogue.sources["crm"].columns if c.name == "loyalty_tier")
    assert fault is Fault.UNKNOWN_NATURE
    assert line == f"{column.place}: error: unknown nature 'helth'; did you mean 'health'?"


def test_a_significant_purpose_on_legitimate_interest_is_an_error(shop: Policy) -> None:
    facts = {"significant": True, "human_review": "ask@example.com", "dpia": "DPIA 7"}
    basis = {DE: LawfulBasis.LEGITIMATE_INTEREST}
    ((fault, line),) = told(with_purpose(shop, basis=basis, **facts))
    assert fault is Fault.SIGNIFICANT_BASIS
    assert "consent, contract, legal_obligation only (gdpr@2026-11, Art. 22(2))" in line


def test_a_significant_purpose_without_a_way_to_a_human_is_an_error(shop: Policy) -> None:
    basis = {DE: LawfulBasis.CONSENT}
    ((fault, line),) = told(with_purpose(shop, basis=basis, significant=True, dpia="DPIA 7"))
    assert fault is Fault.NO_HUMAN_REVIEW
    assert "Art. 22(3)" in line


def test_a_purpose_that_needs_an_impact_assessment_and_names_none_is_a_doubt(shop: Policy) -> None:
    policy = with_nature(with_purpose(shop, basis={DE: LawfulBasis.CONSENT}), "health")
    (finding,) = law_findings(policy)
    assert finding.severity is Severity.WARNING
    assert "needs an impact assessment in DE (gdpr@2026-11, Art. 35(3)" in finding.message
    assert law_findings(with_nature(with_purpose(shop, dpia="DPIA 7"), "health")) == ()


def test_a_notice_that_lacks_what_the_law_asks_is_an_error_at_the_notice(shop: Policy) -> None:
    policy = with_purpose(shop, basis={DE: LawfulBasis.CONSENT})
    (name, notice), *_ = policy.notices.items()
    says = notice.says - {Content.COMPLAINT, Content.WITHDRAWAL}
    ((fault, line),) = told(replace(policy, notices={name: replace(notice, says=says)}))
    assert fault is Fault.NOTICE_LACKS
    assert str(notice.place) in line
    assert "does not say complaint, withdrawal, which DE asks" in line


def test_withdrawal_is_told_only_where_consent_is_what_a_purpose_rests_on(shop: Policy) -> None:
    policy = with_purpose(shop, basis={DE: LawfulBasis.CONTRACT})
    (name, notice), *_ = policy.notices.items()
    says = notice.says - {Content.WITHDRAWAL, Content.LEGITIMATE_INTERESTS}
    assert told(replace(policy, notices={name: replace(notice, says=says)})) == []


def test_a_notice_that_states_no_contents_is_a_doubt(shop: Policy) -> None:
    (name, notice), *_ = shop.notices.items()
    (finding,) = law_findings(replace(shop, notices={name: replace(notice, says=frozenset())}))
    assert finding.severity is Severity.WARNING
    assert finding.place == notice.place

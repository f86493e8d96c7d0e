# SPDX-License-Identifier: Apache-2.0
"""What a refusal says: what, where, and what next; and what an explanation shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped
from privseg.policy import (
    Catalogue,
    Derived,
    Policy,
    Severity,
    authorize,
    check,
    explain,
    readers,
)
from privseg.policy.grounds import explicit_of
from privseg.policy.law import Content
from privseg.terms import Decision, LawfulBasis, StaffRole

MARKETER = StaffRole.MARKETER


@pytest.fixture(scope="module")
def shop() -> Policy:
    return load_policy(shipped(Shipped.SHOP).joinpath("policies"), name="policies")


def saying_all(shop: Policy) -> Policy:
    """Return the shop with notices that say all that a law can ask."""
    notices = {n: replace(x, says=frozenset(Content)) for n, x in shop.notices.items()}
    return replace(shop, notices=notices)


def no(
    shop: Policy, *reads: str, by: StaffRole = MARKETER, segmenter: str = "lifecycle-marketing"
) -> tuple[str, ...]:
    decision = authorize(shop, segmenter=segmenter, actor=by, reads=frozenset(reads))
    assert not decision.allowed
    return decision.reasons


def test_what_the_policy_allows_is_a_yes_with_its_rules(shop: Policy) -> None:
    decision = authorize(
        shop,
        segmenter="lifecycle-marketing",
        actor=MARKETER,
        reads=frozenset({"country", "purchase", "purchase.amount"}),
    )
    assert decision.allowed
    place = shop.segmenters["lifecycle-marketing"].reads["purchase.amount"]
    read = f'segmenter "lifecycle-marketing" may read purchase.amount ({place})'
    assert read in decision.reasons


def test_a_special_category_is_refused_with_rule_and_remedy(shop: Policy) -> None:
    segmenter = shop.segmenters["lifecycle-marketing"].place
    purpose = shop.purposes["marketing.lifecycle"].place
    listed, covered = no(shop, "country", "religion")
    assert listed == (
        f'segmenter "lifecycle-marketing" may not read religion ({segmenter}); to allow it: '
        "add religion to its reads, with explicit consent (GDPR 9); or drop the condition"
    )
    assert covered == (
        'religion is data about "belief", which purpose "marketing.lifecycle" may not touch '
        f"({purpose}); to allow it: add belief to its categories, and ask people anew"
    )


def test_a_direct_identifier_is_read_by_nobody(shop: Policy) -> None:
    (reason,) = no(shop, "email")
    assert reason.startswith("email is a direct identifier, which no segmenter reads (policies/")
    (reason,) = no(shop, "purchase", "purchase.customer_id")
    assert "direct identifier" in reason


def test_reading_nothing_is_refused(shop: Policy) -> None:
    (reason,) = no(shop)
    assert "reads nothing" in reason


def test_a_property_without_its_event_is_refused(shop: Policy) -> None:
    (reason,) = no(shop, "purchase.amount")
    assert reason.endswith("to allow it: read purchase too")


def test_an_unknown_name_gets_a_suggestion(shop: Policy) -> None:
    assert no(shop, "contry") == ("contry is not in the catalogue; did you mean 'country'?",)
    assert no(shop, "country", segmenter="lifecycle") == (
        "no segmenter is called \"lifecycle\"; did you mean 'lifecycle-marketing'?",
    )


def test_a_role_that_is_not_named_is_refused(shop: Policy) -> None:
    (reason,) = no(shop, "country", by=StaffRole.ADMIN)
    assert "may not be run by admin" in reason
    assert "ask analyst, marketer, or add admin to run_by" in reason


def test_every_failing_ground_is_told_at_once(shop: Policy) -> None:
    assert len(no(shop, "email", "contry", "religion", by=StaffRole.AUDITOR)) == 5


def test_a_special_category_that_rests_on_consent_nowhere_is_refused(shop: Policy) -> None:
    rule, rights = shop.purposes["analytics.assortment"], shop.segmenters["assortment"]
    rule = replace(rule, categories=rule.categories | {"belief"})
    rights = replace(rights, reads={**rights.reads, "religion": rights.place})
    shop = saying_all(shop)
    asked = replace(shop, segmenters={"assortment": rights}, purposes={rule.purpose: rule})
    question = {"segmenter": "assortment", "actor": StaffRole.ANALYST}
    assert authorize(asked, **question, reads=frozenset({"religion"})).allowed
    only = replace(rule, basis={"US-CA": LawfulBasis.OPT_OUT})
    asked = replace(asked, purposes={rule.purpose: only})
    (reason,) = no(asked, "religion", by=StaffRole.ANALYST, segmenter="assortment")
    assert "only explicit consent counts (GDPR 9)" in reason


def test_a_purpose_that_rests_on_nothing_is_refused(shop: Policy) -> None:
    rule = replace(shop.purposes["marketing.lifecycle"], basis={})
    (reason,) = no(replace(shop, purposes={rule.purpose: rule}), "country")
    assert "rests on no lawful basis" in reason


def test_a_purpose_that_is_not_declared_is_refused(shop: Policy) -> None:
    (reason,) = no(replace(shop, purposes={}), "country")
    assert "is not declared" in reason


def test_an_explanation_shows_the_grounds_that_hold_and_those_that_fail(shop: Policy) -> None:
    told = explain(shop, segmenter="lifecycle-marketing", attribute="religion")
    assert str(told).splitlines()[0] == (
        'may segmenter "lifecycle-marketing", run by analyst, read religion? no'
    )
    assert [g.holds for g in told.grounds] == [True, True, False, False, True]


def test_an_explanation_of_the_unknown_is_a_no(shop: Policy) -> None:
    assert not explain(shop, segmenter="nobody", attribute="country").allowed
    assert not explain(shop, segmenter="assortment", attribute="nothing").allowed


def test_readers_are_those_whom_an_explanation_allows(shop: Policy) -> None:
    assert readers(shop, "purchase.amount") == ("assortment", "deep-dive", "lifecycle-marketing")
    assert readers(shop, "religion") == ()
    assert readers(shop, "email") == ()


def with_score(shop: Policy, *inputs: str) -> Policy:
    here = shop.purposes["marketing.lifecycle"].place
    taste = Derived("taste", frozenset(inputs), "interests", here)
    rights = shop.segmenters["lifecycle-marketing"]
    rights = replace(rights, reads={**rights.reads, "taste": rights.place})
    catalogue = Catalogue(shop.catalogue.sources, {"taste": taste})
    return replace(shop, catalogue=catalogue, segmenters={rights.name: rights})


def test_a_score_is_read_by_who_may_read_all_that_it_is_made_of(shop: Policy) -> None:
    scored = with_score(shop, "age", "purchase.amount")
    told = explain(scored, segmenter="lifecycle-marketing", attribute="taste")
    assert told.allowed
    texts = [g.text for g in told.grounds]
    assert any(t.startswith("taste is made of purchase: ") for t in texts)


def test_a_score_does_not_launder_what_it_is_made_of(shop: Policy) -> None:
    listed, covered = no(with_score(shop, "age", "religion"), "taste")
    assert listed.startswith("taste is made of religion: segmenter")
    assert 'data about "belief", which purpose "marketing.lifecycle" may not touch' in covered


def revealing(shop: Policy, *reveals: str) -> Decision:
    return authorize(
        shop, segmenter="lifecycle-marketing", actor=MARKETER, reads=frozenset({"country"}),
        reveals=frozenset(reveals),
    )  # fmt: skip


def test_a_segment_may_reveal_only_what_its_purpose_may_touch(shop: Policy) -> None:
    place = shop.purposes["marketing.lifecycle"].place
    (reason,) = revealing(shop, "belief").reasons
    assert reason == (
        'being in the segment reveals something about "belief", which purpose '
        f'"marketing.lifecycle" may not touch ({place}); to allow it: add belief to its '
        "categories, and ask people anew"
    )
    assert revealing(shop, "purchases").allowed
    (reason,) = revealing(shop, "helth").reasons
    assert "which is no category of the catalogue" in reason


def test_what_a_segment_reveals_of_a_special_category_needs_consent(shop: Policy) -> None:
    rule = shop.purposes["marketing.lifecycle"]
    rule = replace(rule, categories=rule.categories | {"belief"})
    shop = saying_all(shop)
    assert revealing(replace(shop, purposes={rule.purpose: rule}), "belief").allowed
    by_contract = replace(rule, basis={"DE": LawfulBasis.CONTRACT})
    judged = revealing(replace(shop, purposes={rule.purpose: by_contract}), "belief")
    explicit, by_law = judged.reasons
    assert "only explicit consent counts (GDPR 9)" in explicit
    assert '"belief" needs explicit consent in DE (gdpr@2026-11, Art. 9(1)' in by_law


def test_what_a_segment_reveals_for_a_purpose_that_is_not_declared_is_refused(
    shop: Policy,
) -> None:
    (reason,) = revealing(replace(shop, purposes={}), "purchases").reasons
    assert "is not declared" in reason


def ill(shop: Policy, **facts: object) -> Policy:
    """Return the shop with somebody's allergies, which its marketing reads."""
    crm, rule = shop.catalogue.sources["crm"], shop.purposes["marketing.lifecycle"]
    tier = next(c for c in crm.columns if c.name == "loyalty_tier")
    new = replace(tier, name="allergy", attribute="allergy", category="allergies", **facts)  # type: ignore[arg-type]
    sources = {**shop.catalogue.sources, "crm": replace(crm, columns=(*crm.columns, new))}
    rights = shop.segmenters["lifecycle-marketing"]
    reads = {**rights.reads, "allergy": rights.place}
    rule = replace(rule, categories=rule.categories | {"allergies"})
    return replace(
        shop,
        catalogue=Catalogue(sources, shop.catalogue.derived),
        purposes={**shop.purposes, rule.purpose: rule},
        segmenters={**shop.segmenters, rights.name: replace(rights, reads=reads)},
    )


@pytest.mark.parametrize("attribute", ["allergy", "country"])
def test_what_check_calls_an_error_under_a_law_is_refused_in_the_same_words(
    shop: Policy, attribute: str
) -> None:
    asked = ill(shop, nature="health")
    (error,) = [f for f in check(asked) if f.severity is Severity.ERROR and "limit" in f.message]
    reasons = no(asked, attribute)
    (lacking,) = [r for r in reasons if error.message in r]
    assert lacking == (
        f"{error.message} ({error.place}); to allow it: say it in the notice, list it under says, "
        "and raise the version"
    )
    told = explain(asked, segmenter="lifecycle-marketing", attribute=attribute)
    assert not told.allowed


def test_what_a_law_only_doubts_refuses_nothing(shop: Policy) -> None:
    asked = ill(saying_all(shop), nature="health")
    assert any("impact assessment" in f.message for f in check(asked))
    assert explain(asked, segmenter="lifecycle-marketing", attribute="allergy").allowed


def test_a_nature_that_no_law_knows_is_refused_where_it_is_read(shop: Policy) -> None:
    asked = ill(shop, nature="helth")
    (reason,) = no(asked, "allergy")
    assert "allergy has an unknown nature 'helth'; did you mean 'health'? (policies/" in reason
    question = {"segmenter": "lifecycle-marketing", "actor": MARKETER}
    assert authorize(asked, **question, reads=frozenset({"country"})).allowed


def test_what_a_law_protects_by_its_nature_says_that_it_needs_explicit_consent(
    shop: Policy,
) -> None:
    asked = ill(saying_all(shop), nature="health")
    told = str(explain(asked, segmenter="lifecycle-marketing", attribute="allergy"))
    assert 'data about "allergies": only explicit consent counts in' in told
    assert "(gdpr@2026-11, Art. 9(1)" in told
    rights = asked.segmenters["lifecycle-marketing"]
    fewer = replace(rights, reads={a: p for a, p in rights.reads.items() if a != "allergy"})
    (reason,) = no(replace(asked, segmenters={rights.name: fewer}), "allergy")
    assert "add allergy to its reads, with explicit consent (GDPR 9)" in reason


def test_the_categories_that_people_must_allow_explicitly_are_told_apart(shop: Policy) -> None:
    asked = ill(shop, nature="health")
    rights = asked.segmenters["lifecycle-marketing"]
    every = {"allergies", "belief", "loyalty"}
    assert explicit_of(asked, rights, every) == ("allergies", "belief")
    assert explicit_of(asked, None, every) == ("belief",)


def test_where_no_law_protects_it_by_its_nature_nothing_is_said(shop: Policy) -> None:
    asked = ill(shop, nature="mail_contents")
    told = str(explain(asked, segmenter="lifecycle-marketing", attribute="allergy"))
    assert "explicit" not in told

# SPDX-License-Identifier: Apache-2.0
"""What a refusal says: what, where, and what next; and what an explanation shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped
from privseg.policy import Policy, authorize, explain, readers
from privseg.terms import LawfulBasis, StaffRole

MARKETER = StaffRole.MARKETER


@pytest.fixture(scope="module")
def shop() -> Policy:
    return load_policy(shipped(Shipped.SHOP).joinpath("policies"), name="policies")


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
    assert readers(shop, "purchase.amount") == ("assortment", "lifecycle-marketing")
    assert readers(shop, "religion") == ()
    assert readers(shop, "email") == ()

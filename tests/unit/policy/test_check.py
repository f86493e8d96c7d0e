# SPDX-License-Identifier: Apache-2.0
"""What a policy that loads can still have wrong with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped
from privseg.policy import Finding, Policy, Severity, check
from privseg.policy.catalogue import Catalogue
from privseg.terms import LawfulBasis, Place


@pytest.fixture(scope="module")
def shop() -> Policy:
    return load_policy(shipped(Shipped.SHOP).joinpath("policies"), name="policies")


def new(shop: Policy, changed: Policy) -> list[tuple[str, str]]:
    """Return what a change added to the findings, as (severity, message)."""
    before = {f.message for f in check(shop)}
    return [(str(f.severity), f.message) for f in check(changed) if f.message not in before]


def with_purpose(shop: Policy, **changes: object) -> Policy:
    rule = replace(shop.purposes["marketing.lifecycle"], **changes)  # type: ignore[arg-type]
    return replace(shop, purposes={**shop.purposes, rule.purpose: rule})


def with_segmenter(shop: Policy, **changes: object) -> Policy:
    rights = replace(shop.segmenters["lifecycle-marketing"], **changes)  # type: ignore[arg-type]
    return replace(shop, segmenters={**shop.segmenters, rights.name: rights})


def test_the_shipped_shop_asks_only_whether_religion_is_needed(shop: Policy) -> None:
    message = "no segmenter reads religion: is it needed (GDPR 5(1)(c))?"
    assert check(shop) == (Finding(Severity.WARNING, message, Place("policies/shop.yaml", 37, 7)),)


def test_a_purpose_on_consent_without_a_notice_is_an_error(shop: Policy) -> None:
    (found,) = [f for f in new(shop, with_purpose(shop, notice=None)) if f[0] == "error"]
    assert "no notice: nobody can be asked" in found[1]


def test_a_purpose_on_contract_without_a_notice_is_a_warning(shop: Policy) -> None:
    changed = with_purpose(shop, notice=None, basis={"DE": LawfulBasis.CONTRACT})
    assert ("warning", '"marketing.lifecycle" has no notice (GDPR 13, 14)') in new(shop, changed)
    assert any("consent_lasts is never used" in m for _, m in new(shop, changed))


def test_a_purpose_without_basis_is_an_error(shop: Policy) -> None:
    assert ("error", '"marketing.lifecycle" rests on no lawful basis') in new(
        shop, with_purpose(shop, basis={})
    )


def test_a_special_category_on_another_basis_than_consent_is_an_error(shop: Policy) -> None:
    rule = shop.purposes["marketing.lifecycle"]
    changed = with_purpose(shop, categories=rule.categories | {"belief"})
    assert any(s == "error" and "GDPR 9" in m and "opt_out" in m for s, m in new(shop, changed))


def test_a_category_that_people_are_asked_for_in_vain_is_a_warning(shop: Policy) -> None:
    reads = {
        a: p for a, p in shop.segmenters["lifecycle-marketing"].reads.items() if a != "email_open"
    }
    found = new(shop, with_segmenter(shop, reads=reads))
    message = '"marketing.lifecycle" asks people for "engagement", which no segmenter reads for it'
    assert ("warning", message) in found


def test_a_purpose_that_nobody_pursues_is_a_warning(shop: Policy) -> None:
    changed = replace(shop, segmenters={"assortment": shop.segmenters["assortment"]})
    assert ("warning", 'no segmenter pursues "marketing.lifecycle"') in new(shop, changed)


def test_a_notice_that_no_purpose_goes_by_is_a_warning(shop: Policy) -> None:
    notice = replace(shop.notices["privacy-2026"], notice_id="old")
    changed = replace(shop, notices={**shop.notices, "old": notice})
    assert new(shop, changed) == [("warning", 'no purpose goes by notice "old"')]


def test_a_source_without_retention_is_a_warning(shop: Policy) -> None:
    sources = dict(shop.catalogue.sources)
    sources["mail"] = replace(sources["mail"], retention_days=None)
    (found,) = new(shop, replace(shop, catalogue=Catalogue(sources)))
    assert found[0] == "warning"
    assert "mail has no retention" in found[1]


@pytest.mark.parametrize("attribute", ["religion", "email", "nothing"])
def test_a_read_that_is_never_allowed_is_an_error(shop: Policy, attribute: str) -> None:
    here = Place("p.yaml", 7, 7)
    reads = {**shop.segmenters["lifecycle-marketing"].reads, attribute: here}
    changed = with_segmenter(shop, reads=reads)
    found = [f for f in check(changed) if f.severity is Severity.ERROR]
    assert [f.place for f in found] == [here]
    assert found[0].message.startswith("never allowed: ")


def test_a_property_that_is_read_without_its_event_is_an_error(shop: Policy) -> None:
    reads = {
        a: p for a, p in shop.segmenters["lifecycle-marketing"].reads.items() if a != "purchase"
    }
    found = new(shop, with_segmenter(shop, reads=reads))
    assert found == [
        ("error", "never allowed: purchase.amount is read only together with purchase")
    ]


def test_a_segmenter_that_can_release_nothing_is_a_warning(shop: Policy) -> None:
    (found,) = new(shop, with_segmenter(shop, releases=None))
    assert "no report can be made" in found[1]


def test_bounds_that_have_no_default_and_are_not_stated_are_warnings(shop: Policy) -> None:
    rules = shop.segmenters["lifecycle-marketing"].releases
    assert rules is not None
    bare = replace(rules, groups_per_person=None, clamps={})
    assert {m.partition(":")[0] for _, m in new(shop, with_segmenter(shop, releases=bare))} == {
        "groups_per_person is not stated",
        "purchase.amount has no clamp",
    }


def test_a_segmenter_that_reads_nothing_is_a_warning(shop: Policy) -> None:
    messages = [m for _, m in new(shop, with_segmenter(shop, reads={}))]
    assert '"lifecycle-marketing" reads nothing: it can run nothing' in messages

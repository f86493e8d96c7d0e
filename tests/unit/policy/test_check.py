# SPDX-License-Identifier: Apache-2.0
"""What a policy that loads can still have wrong with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped
from privseg.policy import Finding, Policy, Severity, check
from privseg.policy.catalogue import Catalogue, Derived, Source
from privseg.terms import LawfulBasis, Place

HERE = Place("p.yaml", 7, 7)


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


def with_catalogue(shop: Policy, *scores: Derived, **sources: Source) -> Policy:
    derived = {s.attribute: s for s in scores}
    stored = {**shop.catalogue.sources, **sources}
    return replace(shop, catalogue=Catalogue(stored, derived, shop.catalogue.scores))


def score(*inputs: str, **facts: object) -> Derived:
    facts.setdefault("category", "interests")
    return Derived("taste", frozenset(inputs), place=HERE, **facts)  # type: ignore[arg-type]


def reading_the_score(shop: Policy, *more: str) -> dict[str, dict[str, Place]]:
    rights = shop.segmenters["lifecycle-marketing"]
    return {"reads": {**rights.reads, **dict.fromkeys(("taste", *more), HERE)}}


def test_a_derived_attribute_that_nobody_reads_is_a_warning(shop: Policy) -> None:
    found = new(shop, with_catalogue(shop, score("country")))
    assert found == [("warning", "no segmenter reads taste, which is derived")]


def test_a_score_that_a_segmenter_may_read_with_all_its_inputs_is_sound(shop: Policy) -> None:
    scored = with_catalogue(shop, score("country", "purchase.amount"))
    assert new(shop, with_segmenter(scored, **reading_the_score(shop))) == []


def test_a_score_made_of_what_the_segmenter_may_not_read_is_never_allowed(shop: Policy) -> None:
    scored = with_catalogue(shop, score("country", "purchase.channel"))
    reads = {**reading_the_score(shop)["reads"]}
    del reads["purchase.channel"]
    (found,) = [f for f in new(shop, with_segmenter(scored, reads=reads)) if f[0] == "error"]
    assert found[1].startswith("never allowed: taste is made of purchase.channel: segmenter")


def test_a_score_made_of_what_there_is_not_is_never_allowed(shop: Policy) -> None:
    scored = with_catalogue(shop, score("nothing"))
    (found,) = new(shop, with_segmenter(scored, **reading_the_score(shop)))
    assert "taste is made of nothing: nothing is not in the catalogue" in found[1]


def test_what_is_made_of_something_special_is_special_too(shop: Policy) -> None:
    messages = [m for _, m in new(shop, with_catalogue(shop, score("religion")))]
    assert any("taste is made of religion, which is special" in m for m in messages)
    said = score("religion", special=True, category="belief", nature="health")
    messages = [m for _, m in new(shop, with_catalogue(shop, said))]
    assert not any("is made of religion" in m for m in messages)


def test_what_is_special_without_a_nature_is_a_warning(shop: Policy) -> None:
    unsaid = score("religion", special=True, category="belief")
    orders = replace(shop.catalogue.sources["orders"], special=True)
    found = new(shop, with_catalogue(shop, unsaid, orders=orders))
    asked = [m for _, m in found if "which nature has it" in m]
    assert [m.partition(" ")[0] for m in asked] == ["taste", "purchase"]


def test_what_is_special_by_its_nature_alone_is_a_warning_with_the_article(shop: Policy) -> None:
    unsaid = score("country", nature="health")
    (warning,) = [m for s, m in new(shop, with_catalogue(shop, unsaid)) if "explicit" in m]
    assert warning.startswith("taste is health, so it is read only with explicit consent (GDPR 9)")
    assert "gdpr@2026-11, Art. 9(1)" in warning
    said = replace(unsaid, special=True)
    assert not any("taste is health" in m for _, m in new(shop, with_catalogue(shop, said)))


def test_times_that_never_come_to_pass_are_warnings(shop: Policy) -> None:
    changed = with_purpose(
        shop, basis={"DE": LawfulBasis.CONTRACT}, consent_idle_days=9, ask_again_days=9
    )
    messages = [m for _, m in new(shop, changed)]
    for key in ("consent_idle", "ask_again"):
        assert f'"marketing.lifecycle" asks nobody: {key} is never used' in messages
    by_opt_out = with_purpose(
        shop, basis={"US-CA": LawfulBasis.OPT_OUT}, consent_idle_days=9, ask_again_days=9
    )
    assert not any("asks nobody" in m for _, m in new(shop, by_opt_out))


def test_a_retention_longer_than_anything_is_kept_is_a_warning(shop: Policy) -> None:
    (found,) = new(shop, with_purpose(shop, retention_days=1095))
    assert "retention is not used" in found[1]
    assert new(shop, with_purpose(shop, retention_days=1094)) == []
    orders = replace(shop.catalogue.sources["orders"], retention_days=None)
    for_ever = with_catalogue(with_purpose(shop, retention_days=1095), orders=orders)
    assert not any("retention is not used" in m for _, m in new(shop, for_ever))
    nothing = with_purpose(shop, retention_days=1095, categories=frozenset())
    assert not any("retention is not used" in m for _, m in new(shop, nothing))


def test_a_notice_that_names_a_purpose_in_vain_is_a_warning(shop: Policy) -> None:
    other = replace(shop.notices["privacy-2026"], notice_id="other")
    both = replace(with_purpose(shop, notice="other"), notices={**shop.notices, "other": other})
    assert (
        "warning",
        'notice "privacy-2026" names "marketing.lifecycle", which goes by notice "other"',
    ) in new(shop, both)
    alone = with_purpose(shop, notice=None)
    assert any('names "marketing.lifecycle", which goes by no notice' in m
               for _, m in new(shop, alone))  # fmt: skip
    gone = replace(
        shop, purposes={k: v for k, v in shop.purposes.items() if "stock" not in v.title}
    )
    assert not any("goes by" in m for _, m in new(shop, gone))


def test_a_notice_of_no_file_is_passed_over(shop: Policy) -> None:
    unplaced = replace(shop.notices["privacy-2026"], notice_id="other", place=None)
    assert new(shop, replace(shop, notices={**shop.notices, "other": unplaced})) == []


def test_what_the_laws_do_not_allow_is_told_with_the_rest(shop: Policy) -> None:
    found = new(shop, with_purpose(shop, basis={"KI": LawfulBasis.CONSENT}))
    assert any("no law pack covers it" in m for _, m in found)


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
    catalogue = shop.catalogue
    reads = {
        a: p
        for a, p in shop.segmenters["lifecycle-marketing"].reads.items()
        if "browsing" not in catalogue.categories_of([a])
    }
    found = new(shop, with_segmenter(shop, reads=reads))
    message = '"marketing.lifecycle" asks people for "browsing", which no segmenter reads for it'
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
    changed = replace(shop.catalogue, sources=sources)
    (found,) = new(shop, replace(shop, catalogue=changed))
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
    found = new(shop, with_segmenter(shop, reads={"purchase.amount": HERE}))
    assert [f for f in found if f[0] == "error"] == [
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
        "add_to_cart.worth has no clamp",
        "purchase.amount has no clamp",
    }


def test_a_segmenter_that_reads_nothing_is_a_warning(shop: Policy) -> None:
    messages = [m for _, m in new(shop, with_segmenter(shop, reads={}))]
    assert '"lifecycle-marketing" reads nothing: it can run nothing' in messages

# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501 (a change is a line of the table)
"""Scores, accounts and lists in a policy: who may read them, what is doubtful, what changes do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from privseg.policy import (
    Catalogue,
    Policy,
    ReleaseRules,
    SegmentRules,
    Severity,
    SourceKind,
    authorize,
    check,
    explain,
    readers,
)
from privseg.policy.catalogue import unlinked
from privseg.policy.diff import Change, Mark, diff
from privseg.policy.scores import Rfm
from privseg.terms import Attribute, Place, StaffRole
from tests.twins.scored_policy import TEXT, load

HERE = Place("p.yaml", 7, 7)
MARKETER = StaffRole.MARKETER
RFM = frozenset({"rfm.recency", "purchase", "purchase.amount"})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load(tmp_path_factory.mktemp("policy"))


def reading(policy: Policy, *names: str, without: str = "") -> Policy:
    """Return the policy with other reads of its segmenter; all of them by default."""
    rights = policy.segmenters["offers"]
    given = dict.fromkeys(names, HERE) if names else rights.reads
    reads = {Attribute(a): p for a, p in given.items() if a != without}
    return replace(policy, segmenters={"offers": replace(rights, reads=reads)})


def allowed(policy: Policy, *names: str) -> bool:
    return authorize(policy, segmenter="offers", actor=MARKETER, reads=frozenset(names)).allowed


def errors(policy: Policy) -> list[str]:
    return [f.message for f in check(policy) if f.severity is Severity.ERROR]


def doubts(policy: Policy) -> list[str]:
    return [f.message for f in check(policy) if f.severity is Severity.WARNING]


def test_a_result_is_read_by_who_may_read_all_that_it_is_made_of(shop: Policy) -> None:
    assert allowed(shop, *RFM)
    assert not allowed(reading(shop, without="purchase.amount"), "rfm.recency")
    assert not allowed(reading(shop, without="rfm.recency"), *RFM)
    assert not allowed(shop, "warmth.level", "email_open", "purchase")


def test_a_result_of_what_there_is_not_is_read_by_nobody(shop: Policy) -> None:
    gone = replace(shop, catalogue=replace(shop.catalogue, scores={}))
    assert not allowed(gone, *RFM)
    assert "rfm.recency" not in gone.catalogue.derived


def test_why_a_result_may_be_read_is_told_with_its_inputs(shop: Policy) -> None:
    told = explain(shop, segmenter="offers", attribute=Attribute("rfm.recency"))
    assert told.allowed
    assert 'rfm.recency is made of purchase.amount: segmenter "offers" may read' in str(told)
    narrowed = reading(shop, without="purchase.amount")
    told = explain(narrowed, segmenter="offers", attribute=Attribute("rfm.recency"))
    assert not told.allowed
    assert "to allow it: add purchase.amount to its reads" in str(told)
    assert readers(shop, Attribute("rfm.recency")) == ("offers",)
    assert readers(narrowed, Attribute("rfm.recency")) == ()


def test_what_is_known_of_an_account_is_read_by_who_may_read_whose_it_is(shop: Policy) -> None:
    assert allowed(shop, "industry", "company")
    assert allowed(shop, "industry")
    assert not allowed(reading(shop, without="company"), "industry", "company")
    told = explain(reading(shop, without="company"), segmenter="offers", attribute="industry")  # type: ignore[arg-type]
    assert "industry is found by company" in str(told)
    assert shop.catalogue.categories_of([Attribute("industry")]) == {"firmographics", "employment"}


def test_without_a_link_nobody_reads_of_accounts(shop: Policy) -> None:
    sources = shop.catalogue.sources
    crm = sources["crm"]
    alone = replace(crm, columns=tuple(c for c in crm.columns if c.account is None))
    cut = replace(shop, catalogue=replace(shop.catalogue, sources={**sources, "crm": alone}))
    assert not allowed(cut, "industry")
    told = str(explain(cut, segmenter="offers", attribute=Attribute("industry")))
    assert "no column says the account of companies" in told
    with pytest.raises(KeyError, match="account of companies"):
        cut.catalogue.categories_of([Attribute("industry")])
    assert unlinked("companies") not in cut.catalogue.readables


def test_being_on_a_list_is_read_like_any_attribute(shop: Policy) -> None:
    assert allowed(shop, "newsletter-2026")
    assert not allowed(reading(shop, without="newsletter-2026"), "newsletter-2026")


def test_an_accounts_attribute_is_kept_no_longer_than_the_link(shop: Policy) -> None:
    assert shop.catalogue.retention_of(Attribute("industry")) == 730
    crm = replace(shop.catalogue.sources["crm"], retention_days=30)
    catalogue = replace(shop.catalogue, sources={**shop.catalogue.sources, "crm": crm})
    assert catalogue.retention_of(Attribute("industry")) == 30


@pytest.mark.parametrize("name", ["purchase", "country", "crm", "newsletter-2026"])
def test_no_catalogue_has_a_score_called_like_what_segments_read(shop: Policy, name: str) -> None:
    renamed = replace(shop.catalogue.scores["rfm"], name=name)
    scores = {**shop.catalogue.scores, name: renamed}
    if name == "crm":  # a source of people is no name that segments read: only the loader minds
        assert Catalogue(shop.catalogue.sources, scores=scores).score_of(Attribute("crm.total"))
        return
    with pytest.raises(ValueError, match="declared twice"):
        Catalogue(shop.catalogue.sources, scores=scores)


def test_a_sound_policy_with_scores_has_no_error(shop: Policy) -> None:
    assert errors(shop) == []


def test_a_result_without_its_inputs_is_an_error_with_the_remedy(shop: Policy) -> None:
    found = errors(reading(shop, without="purchase.amount"))
    assert len(found) == 2  # one for rfm with its four results, one for value.alive
    for message in found:
        assert message.startswith("never allowed: ")
        assert "is made of purchase.amount" in message
        assert "add purchase.amount to its reads" in message


def test_a_score_that_nobody_reads_is_a_warning_once(shop: Policy) -> None:
    told = [d for d in doubts(shop) if "a score" in d]
    assert told == [
        f"no segmenter reads {name}, a score: is it needed?"
        for name in ("warmth", "interest", "contact", "fatigue", "funnel", "fitted")
    ]


def test_a_list_that_nobody_reads_is_a_warning(shop: Policy) -> None:
    message = "no segmenter reads newsletter-2026: is it needed (GDPR 5(1)(c))?"
    assert message not in doubts(shop)
    assert message in doubts(reading(shop, without="newsletter-2026"))


def test_a_fitted_score_beside_releases_is_a_warning(shop: Policy) -> None:
    def told(policy: Policy) -> list[str]:
        return [d for d in doubts(policy) if "is fitted to the people of a run" in d]

    by_purchase = reading(shop, "purchase", "purchase.amount", "fitted.value", "fitted.alive")
    assert told(by_purchase) == []
    rights = by_purchase.segmenters["offers"]
    public = reading(shop, "purchase", "purchase.amount", "value.value")
    made = {"releases": ReleaseRules(HERE, groups_per_person=1)}
    with_releases = replace(by_purchase, segmenters={"offers": replace(rights, **made)})
    assert len(told(with_releases)) == 1
    rights = public.segmenters["offers"]
    assert told(replace(public, segmenters={"offers": replace(rights, **made)})) == []


def test_a_score_made_of_something_special_is_special_too(shop: Policy) -> None:
    orders = replace(shop.catalogue.sources["orders"], special=True)
    catalogue = replace(shop.catalogue, sources={**shop.catalogue.sources, "orders": orders})
    told = [d for d in doubts(replace(shop, catalogue=catalogue)) if d.startswith("rfm is made of")]
    assert len(told) == 1
    assert "inferred data" in told[0]


def test_laws_look_at_a_score_as_at_anything_else(shop: Policy) -> None:
    natures = shop.catalogue.natures()
    assert natures["health"] == {"engagement"}
    strange = replace(shop.catalogue.scores["fatigue"], nature="helth")
    catalogue = replace(shop.catalogue, scores={**shop.catalogue.scores, "fatigue": strange})
    changed = replace(shop, catalogue=catalogue)
    assert any("unknown nature 'helth'" in e for e in errors(changed))
    assert not allowed(changed, "fatigue.level", "page_view", "email_open")


CHANGES: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "cut points": ("recency_days: [30, 90]", "recency_days: [30, 60]", (), "score rfm: formula recency_days: 30, 90 -> 30, 60"),
    "order of stages": ("{looked: page_view, bought: purchase}", "{bought: purchase, looked: page_view}", (), "score funnel: formula stages: looked, bought -> bought, looked"),
    "a right to a result": ("value.alive", "value.alive, value.value", ("widens",), "segmenter offers: reads value.value"),
    "a right less": ("rfm, value.alive", "rfm", ("narrows",), "segmenter offers: reads value.alive"),
    "a score nobody reads": ("  funnel: {", "  more: {formula: funnel, stages: {a: page_view, b: purchase}, within: 9d, category: browsing}\n  funnel: {", (), "score more"),
    "an input that is not listed": ("{formula: rfm, event: purchase, amount: amount, ", "{formula: rfm, event: purchase, amount: worth, ", ("narrows",), "score rfm: formula amount"),
    "public parameters": ("parameters: fitted", "parameters: {r: 1, alpha: 1, a: 2, b: 1, p: 1, q: 2, v: 1}", ("widens",), "score fitted: formula parameters"),
    "fewer who change segments": ("[marketer, engineer]", "[marketer]", ("narrows",), "segment rules changed_by engineer"),
    "more who change segments": ("[marketer, engineer]", "[marketer, engineer, analyst]", ("widens",), "segment rules changed_by analyst"),
    "anybody changes segments": ("changed_by: [marketer, engineer], ", "", ("widens",), "segment rules changed_by engineer"),
    "nobody approves segments": ("approval: true", "approval: false", ("widens",), "segment rules approval: yes -> no"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_told_with_what_it_widens_and_narrows(
    shop: Policy, tmp_path: Path, case: str
) -> None:
    old, new, wanted, words = CHANGES[case]
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    worth = "      worth: {type: money, currency: EUR, category: purchases}\n"
    text = text.replace("      channel: {", worth + "      channel: {") if "worth" in new else text
    changes = diff(shop, load(tmp_path, text))
    found = [
        c
        for c in changes
        if words in str(c).replace("_", " ").replace(words.replace("_", " "), words)
    ]
    assert found, [str(c) for c in changes]
    effects = {e for c in changes for e in ("widens", "narrows") if getattr(c, e)}
    assert effects == set(wanted), [(str(c), c.widens, c.narrows) for c in changes]


def test_a_new_score_is_one_change_and_not_one_for_each_result(shop: Policy) -> None:
    before = replace(shop, catalogue=replace(shop.catalogue, scores={}))
    told = [c for c in diff(before, shop) if "score" in c.path[1:2] or "scores" in c.path]
    assert [c.path for c in told] == [
        ("catalogue", "scores", n) for n in sorted(shop.catalogue.scores)
    ]
    assert all(c.mark is Mark.ADDED for c in told)


def test_a_policy_that_says_nothing_of_segments_is_told_as_saying_who_may(shop: Policy) -> None:
    silent = replace(shop, segment_rules=SegmentRules())
    (change,) = diff(silent, shop)
    assert isinstance(change, Change)
    assert change.path == ("segment_rules",)
    assert "no longer: analyst may change segments" in change.narrows
    assert not change.widens


def test_rfm_reads_its_event_and_amount_and_gives_four_levels(shop: Policy) -> None:
    formula = shop.catalogue.scores["rfm"].formula
    assert isinstance(formula, Rfm)
    assert formula.inputs == {"purchase", "purchase.amount"}
    assert set(formula.outputs) == {"recency", "frequency", "monetary", "total"}
    assert shop.catalogue.sources["companies"].kind is SourceKind.ACCOUNTS

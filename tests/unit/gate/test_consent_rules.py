# SPDX-License-Identifier: Apache-2.0
"""What a decision sees of a policy: its purposes, and the laws with natures as categories."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from privseg.gate.consent_rules import consent_rules
from privseg.loaders.laws import load_laws
from privseg.loaders.policy import load_policy
from privseg.loaders.shipped import Shipped, shipped
from privseg.policy import Catalogue, Policy
from privseg.policy.catalogue import Derived, Source
from privseg.terms import Attribute, Category, Jurisdiction, Place, Purpose

DE, CA, CO = Jurisdiction("DE"), Jurisdiction("US-CA"), Jurisdiction("US-CO")
LIFECYCLE = Purpose("marketing.lifecycle")


@pytest.fixture(scope="module")
def shop() -> Policy:
    policy = load_policy(shipped(Shipped.SHOP).joinpath("policies"), name="policies")
    sources = {name: ordinary(s) for name, s in policy.catalogue.sources.items()}
    return replace(policy, laws=load_laws(), catalogue=Catalogue(sources))


def ordinary(source: Source) -> Source:
    """Return a source in which nothing is of a protected nature."""
    columns = tuple(replace(c, nature=None) for c in source.columns)
    return replace(source, columns=columns, nature=None)


def with_nature(shop: Policy, source: str, nature: str, column: str | None = None) -> Policy:
    old = shop.catalogue.sources[source]
    columns = tuple(replace(c, nature=nature) if c.name == column else c for c in old.columns)
    new = replace(old, columns=columns, nature=nature if column is None else old.nature)
    sources = {**shop.catalogue.sources, source: new}
    return replace(shop, catalogue=Catalogue(sources, shop.catalogue.derived))


def test_every_law_in_force_is_among_the_rules_and_no_other(shop: Policy) -> None:
    assert consent_rules(shop).laws.keys() == shop.laws.keys()
    assert consent_rules(replace(shop, laws={})).laws == {}


def test_a_place_without_a_pack_has_no_terms_though_a_purpose_names_it(shop: Policy) -> None:
    rest = {j: law for j, law in shop.laws.items() if j != DE}
    rules = consent_rules(replace(shop, laws=rest))
    assert DE in rules.purposes[LIFECYCLE].basis
    assert DE not in rules.laws


def test_ages_and_times_of_a_law_are_those_of_its_pack(shop: Policy) -> None:
    terms = consent_rules(shop).laws
    assert (terms[DE].guardian_below, terms[CA].guardian_below) == (16, 13)
    assert (terms[CA].opt_in_below, terms[CO].opt_in_below) == (16, 18)
    assert (terms[DE].idle, terms[CO].idle) == (None, timedelta(days=730))
    assert terms[CA].ask_again_after == timedelta(days=366)
    assert terms[DE].bases == shop.laws[DE].bases


def test_a_column_of_a_protected_nature_protects_its_whole_category(shop: Policy) -> None:
    terms = consent_rules(with_nature(shop, "crm", "precise_location", "city_kind")).laws
    assert terms[CA].sensitive == {Category("location")}
    assert terms[DE].explicit == terms[DE].sensitive == frozenset()


def test_the_bare_fact_of_an_event_may_be_of_a_protected_nature(shop: Policy) -> None:
    terms = consent_rules(with_nature(shop, "orders", "health")).laws
    assert terms[DE].explicit == {Category("purchases")}
    assert terms[CA].sensitive == {Category("purchases")}


def test_what_is_derived_may_be_of_a_protected_nature_its_inputs_are_not(shop: Policy) -> None:
    name = Attribute("expecting")
    made = Derived(
        attribute=name,
        inputs=frozenset({Attribute("purchase")}),
        category=Category("inferred"),
        place=Place("shop.yaml", 1),
        special=True,
        nature="health",
    )
    catalogue = Catalogue(shop.catalogue.sources, {name: made})
    rules = consent_rules(replace(shop, catalogue=catalogue))
    assert rules.laws[DE].explicit == {Category("inferred")}
    assert Category("inferred") in rules.special_categories


def test_the_texts_of_the_notice_in_force_are_pinned_in_every_language(shop: Policy) -> None:
    (name, notice), *_ = shop.notices.items()
    told = replace(notice, texts={"de": "d" * 64, "fr": "f" * 64})
    rules = consent_rules(replace(shop, notices={name: told}))
    assert rules.purposes[LIFECYCLE].notice_texts == {notice.sha256, "d" * 64, "f" * 64}


def test_a_notice_that_does_not_list_the_purpose_pins_nothing_and_is_none(shop: Policy) -> None:
    (name, notice), *_ = shop.notices.items()
    told = replace(notice, purposes=frozenset({Purpose("analytics.assortment")}))
    terms = consent_rules(replace(shop, notices={name: told})).purposes[LIFECYCLE]
    assert (terms.notice, terms.notice_texts) == (None, frozenset())


def test_times_and_significance_of_a_purpose_reach_the_decision(shop: Policy) -> None:
    rule = replace(
        shop.purposes[LIFECYCLE], consent_idle_days=90, ask_again_days=180, significant=True
    )
    terms = consent_rules(replace(shop, purposes={LIFECYCLE: rule})).purposes[LIFECYCLE]
    assert (terms.idle, terms.ask_again_after) == (timedelta(days=90), timedelta(days=180))
    assert terms.significant

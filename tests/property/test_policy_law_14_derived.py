# SPDX-License-Identifier: Apache-2.0
"""Law 14: derived attributes carry the meet of their inputs' permissions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from privseg.policy import (
    BudgetRules,
    Catalogue,
    Column,
    ColumnRole,
    ColumnType,
    Derived,
    Policy,
    PurposeKind,
    PurposeRule,
    Segmenter,
    Source,
    SourceKind,
    authorize,
    explain,
)
from privseg.policy.law import Law
from privseg.terms import Attribute, LawfulBasis, Place, StaffRole
from tests.twins.naive_closure import naive_categories, naive_closure, naive_retention

HERE = Place("p.yaml", 1)
CATEGORIES = ("location", "health", "purchases", "interests")
SOURCED = ("city", "illness", "purchase", "purchase.amount")
SCORES = ("s0", "s1", "s2", "s3")
EVERY = (*SOURCED, *SCORES)
DAYS = st.none() | st.integers(1, 400)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Draw sources, and scores that stand on them and on the scores before."""

    def column(name: str) -> Column:
        return Column(
            name, name, ColumnType.INTEGER, ColumnRole.ORDINARY, HERE,
            category=draw(st.sampled_from(CATEGORIES)), special=draw(st.booleans()),
            retention_days=draw(DAYS),
        )  # fmt: skip

    people = Source(
        "crm", SourceKind.PEOPLE, "id", (column("city"), column("illness")), HERE,
        retention_days=draw(DAYS),
    )  # fmt: skip
    orders = Source(
        "orders", SourceKind.EVENTS, "id", (column("amount"),), HERE, event="purchase",
        category=draw(st.sampled_from(CATEGORIES)), retention_days=draw(DAYS),
    )  # fmt: skip
    derived = {}
    for i, name in enumerate(SCORES):
        below = [*SOURCED, *SCORES[:i], *draw(st.sampled_from([[], [], ["nothing"]]))]
        inputs = draw(st.frozensets(st.sampled_from(below), min_size=1, max_size=3))
        category = draw(st.sampled_from(CATEGORIES))
        derived[name] = Derived(name, inputs, category, HERE, draw(st.booleans()))
    return Catalogue({"crm": people, "orders": orders}, derived)


attributes = st.sampled_from(EVERY)


@given(catalogues(), attributes)
def test_the_closure_is_the_twins(catalogue: Catalogue, attribute: Attribute) -> None:
    closure = naive_closure(catalogue, attribute)
    assert catalogue.closure_of([attribute]) == closure
    assert catalogue.inputs_of(attribute) == closure - set(SCORES)


@given(catalogues(), attributes)
def test_people_must_have_allowed_every_category_of_the_closure(
    catalogue: Catalogue, attribute: Attribute
) -> None:
    expected = naive_categories(catalogue, attribute)
    if expected is None:
        with pytest.raises(KeyError):
            catalogue.categories_of([attribute])
    else:
        assert catalogue.categories_of([attribute]) == expected


@given(catalogues(), attributes)
def test_what_is_derived_is_kept_no_longer_than_anything_it_is_made_of(
    catalogue: Catalogue, attribute: Attribute
) -> None:
    assert catalogue.retention_of(attribute) == naive_retention(catalogue, attribute)


def generous(catalogue: Catalogue) -> Policy:
    """Return a policy under which everything may be read."""
    basis = {"DE": LawfulBasis.CONSENT}
    rule = PurposeRule("mail", "m", PurposeKind.MARKETING, basis, frozenset(CATEGORIES), None, HERE)
    everything = dict.fromkeys((*catalogue.readables, *catalogue.derived), HERE)
    one = Segmenter("one", "mail", everything, frozenset({StaffRole.ANALYST}), HERE)
    laws = {"DE": Law("eu@1", "DE", frozenset(LawfulBasis), 16, 16)}
    rights = {"one": one}
    return Policy("club", catalogue, {"mail": rule}, {}, rights, BudgetRules(), "", laws=laws)


def may(policy: Policy, *reads: str) -> bool:
    return authorize(
        policy, segmenter="one", actor=StaffRole.ANALYST, reads=frozenset(reads)
    ).allowed


@given(catalogues(), attributes)
def test_with_every_right_everything_that_is_declared_may_be_read(
    catalogue: Catalogue, attribute: Attribute
) -> None:
    closure = naive_closure(catalogue, attribute)
    expected = "nothing" not in closure
    event = {attribute.partition(".")[0]}
    assert may(generous(catalogue), attribute, *event) is expected


@given(catalogues(), st.sampled_from(SCORES), st.data())
def test_without_the_right_to_one_input_a_score_is_refused(
    catalogue: Catalogue, score: Attribute, data: st.DataObject
) -> None:
    closure = naive_closure(catalogue, score)
    assume("nothing" not in closure)
    lost = data.draw(st.sampled_from(sorted(closure)))
    policy = generous(catalogue)
    rights = policy.segmenters["one"]
    fewer = {a: p for a, p in rights.reads.items() if a != lost}
    assert not may(replace(policy, segmenters={"one": replace(rights, reads=fewer)}), score)


@given(catalogues(), st.sampled_from(SCORES), st.data())
def test_a_purpose_that_may_not_touch_one_category_of_the_closure_does_not_get_the_score(
    catalogue: Catalogue, score: Attribute, data: st.DataObject
) -> None:
    categories = naive_categories(catalogue, score)
    assume(categories is not None)
    lost = data.draw(st.sampled_from(sorted(categories or ())))
    policy = generous(catalogue)
    rule = policy.purposes["mail"]
    narrow = replace(rule, categories=rule.categories - {lost})
    assert not may(replace(policy, purposes={"mail": narrow}), score)


@given(catalogues(), st.sampled_from(SCORES))
def test_a_score_made_of_something_special_needs_consent_somewhere(
    catalogue: Catalogue, score: Attribute
) -> None:
    closure = naive_closure(catalogue, score)
    assume("nothing" not in closure)
    special = {k.attribute for k in catalogue.known() if k.special}
    policy = generous(catalogue)
    rule = replace(policy.purposes["mail"], basis={"DE": LawfulBasis.CONTRACT})
    by_contract = replace(policy, purposes={"mail": rule})
    assert may(by_contract, score) is not bool(closure & special)


@given(catalogues(), st.sampled_from(SCORES))
def test_an_explanation_of_a_score_agrees_with_the_answer(
    catalogue: Catalogue, score: Attribute
) -> None:
    policy = generous(catalogue)
    assert explain(policy, segmenter="one", attribute=score).allowed is may(policy, score)

# SPDX-License-Identifier: Apache-2.0
"""The catalogue: one name for one thing, and nothing is derived from itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privseg.policy import Catalogue, Derived
from privseg.terms import Attribute, Place
from tests.twins.shop_catalogue import CATALOGUE, LOYALTY, PEOPLE

HERE = Place("p.yaml", 1)


def derived(name: str, *inputs: str) -> Derived:
    return Derived(Attribute(name), frozenset(map(Attribute, inputs)), "interests", HERE)


def with_derived(*scores: Derived) -> Catalogue:
    return Catalogue(CATALOGUE.sources, {s.attribute: s for s in scores})


def test_a_name_that_two_sources_give_is_refused() -> None:
    with pytest.raises(ValueError, match="'points' is declared twice"):
        Catalogue({"a": LOYALTY, "b": replace(LOYALTY, name="b")})


def test_a_derived_attribute_takes_no_name_from_a_source() -> None:
    with pytest.raises(ValueError, match="'city' is declared twice"):
        with_derived(derived("city", "age"))


def test_nothing_is_derived_from_itself_in_however_many_steps() -> None:
    with pytest.raises(ValueError, match="derived from itself"):
        with_derived(derived("a", "a"))
    with pytest.raises(ValueError, match="derived from itself"):
        with_derived(*(derived(f"s{i}", f"s{(i + 1) % 3000}") for i in range(3000)))


def test_a_long_chain_of_derivations_is_followed_to_its_end() -> None:
    chain = [derived("s0", "city"), *(derived(f"s{i}", f"s{i - 1}") for i in range(1, 3000))]
    assert with_derived(*chain).inputs_of(Attribute("s2999")) == {"city"}


def test_a_property_stands_on_its_event() -> None:
    scored = with_derived(derived("taste", "purchase.amount"))
    assert scored.inputs_of(Attribute("taste")) == {"purchase", "purchase.amount"}
    assert scored.inputs_of(Attribute("purchase.amount")) == {"purchase", "purchase.amount"}


def test_a_category_is_special_when_anything_in_it_is_inferred_or_not() -> None:
    assert CATALOGUE.special_categories() == {"faith"}
    guess = replace(derived("guess", "purchase"), special=True, category="health")
    assert with_derived(guess).special_categories() == {"faith", "health"}
    assert "health" in with_derived(guess).categories()


def test_natures_are_told_by_the_categories_that_hold_them() -> None:
    column = replace(PEOPLE.columns[1], nature="precise_location")
    source = replace(PEOPLE, columns=(column,))
    guess = replace(derived("guess", "country"), nature="health", category="health")
    found = Catalogue({"crm": source}, {guess.attribute: guess}).natures()
    assert found == {"health": {"health"}, "precise_location": {"profile"}}


def test_the_category_of_what_there_is_not_is_none() -> None:
    assert CATALOGUE.category_of(Attribute("city")) == "profile"
    assert CATALOGUE.category_of(Attribute("nothing")) is None

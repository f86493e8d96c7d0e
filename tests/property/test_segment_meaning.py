# SPDX-License-Identifier: Apache-2.0
"""Laws of the segment language itself, over random worlds with hostile data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from privseg.segment import (
    MAX_COST,
    MAX_DEPTH,
    MAX_NODES,
    All,
    Any_,
    Condition,
    Event,
    Library,
    Not,
    Person,
    Segment,
    explain,
    holds,
    read_set,
    why,
)
from privseg.segment.reads import currencies
from privseg.terms import Attribute
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.segment_worlds import World, world

# A world is some hundred questions, so fewer of them are drawn; those of `make test` are shared.
EXAMPLES = settings(max_examples=max(5, settings.default.max_examples // 8))
SEEDS = 16 if settings.default.derandomize else 2**32
_world = lru_cache(64)(lambda seed: world(seed, conditions=8))
worlds = st.integers(0, SEEDS - 1).map(_world)


def is_small(condition: Condition, asked: World) -> bool:
    """Return whether several such conditions are within the limits as one, in one currency."""
    size = asked.library.size(condition)
    reads = read_set(condition, CATALOGUE, asked.library)
    return (
        not set(currencies(reads, CATALOGUE)) - {"EUR"}
        and size.cost < MAX_COST // 5
        and size.nodes < MAX_NODES // 5
        and size.depth < MAX_DEPTH - 2
    )


def true(condition: Condition, person: Person, asked: World) -> bool:
    return holds(condition, person, at=asked.at, zone=asked.zone, segments=asked.library)


def each(asked: World) -> Iterator[tuple[Condition, Person]]:
    """Yield each condition with some of the people, and with one without any data."""
    people = [*list(asked.people.values())[:12], Person({})]
    yield from ((c, p) for c in asked.conditions.values() for p in people)


@EXAMPLES
@given(worlds)
def test_the_answer_is_yes_or_no_whatever_the_data_are(asked: World) -> None:
    for condition, person in each(asked):
        it, other = true(condition, person, asked), true(Not(condition), person, asked)
        assert it is not other
        assert true(Any_((condition, Not(condition))), person, asked)
        assert not true(All((condition, Not(condition))), person, asked)


def only(reads: frozenset[Attribute], person: Person) -> Person:
    """Return a person of whom nothing is known but what may be read."""

    def kept(event: Event) -> Event:
        there = {p: v for p, v in event.properties.items() if f"{event.name}.{p}" in reads}
        return replace(event, properties=there)

    return replace(
        person,
        attributes={a: v for a, v in person.attributes.items() if a in reads},
        events=tuple(kept(e) for e in person.events if e.name in reads),
    )


@EXAMPLES
@given(worlds)
def test_an_answer_depends_on_what_is_read_and_on_nothing_else(asked: World) -> None:
    for condition, person in each(asked):
        reads = read_set(condition, CATALOGUE, asked.library)
        assert true(condition, only(reads, person), asked) == true(condition, person, asked)


@EXAMPLES
@given(worlds, st.integers(0, 99))
def test_neither_the_future_nor_the_order_of_arrival_changes_an_answer(
    asked: World, seed: int
) -> None:
    for condition, person in each(asked):
        past = [e for e in person.events if e.time < asked.at]
        Random(seed).shuffle(past)
        seen = replace(person, events=tuple(past))
        assert true(condition, seen, asked) == true(condition, person, asked)


@EXAMPLES
@given(worlds)
def test_the_reasons_given_to_a_person_hold_exactly_if_the_condition_does(asked: World) -> None:
    for condition, person in each(asked):
        told = why(condition, person, at=asked.at, zone=asked.zone, segments=asked.library)
        assert all(c.held for c in told) == true(condition, person, asked)
        assert all(c.text.strip() for c in told)


@EXAMPLES
@given(worlds)
def test_the_read_set_of_a_whole_is_the_union_of_its_parts(asked: World) -> None:
    conditions = tuple(c for c in asked.conditions.values() if is_small(c, asked))[:4]
    assume(conditions)
    parts = [read_set(c, CATALOGUE, asked.library) for c in conditions]
    whole = Not(Any_(conditions))
    assert read_set(whole, CATALOGUE, asked.library) == frozenset().union(*parts)
    written_out = asked.library.expand(whole)
    assert read_set(written_out, CATALOGUE) == frozenset().union(*parts)


@EXAMPLES
@given(worlds)
def test_conditions_that_differ_have_different_versions(asked: World) -> None:
    conditions = set(asked.conditions.values())
    base = asked.library.values()
    made = [Library([*base, Segment("asked", "m", c)]).version("asked") for c in conditions]
    assert len(set(made)) == len(conditions)


@EXAMPLES
@given(worlds)
def test_a_segment_holds_for_whom_its_condition_does(asked: World) -> None:
    for condition, person in each(asked):
        written_out = asked.library.expand(condition)
        alone = holds(written_out, person, at=asked.at, zone=asked.zone, segments={})
        assert alone == true(condition, person, asked)


@EXAMPLES
@given(worlds)
def test_the_words_of_a_condition_close_what_they_open(asked: World) -> None:
    for condition in asked.conditions.values():
        told = explain(condition)
        assert told == told.strip()
        outside = told.replace('\\"', "").split('"')[::2]  # values may hold anything in quotes
        assert sum(p.count("(") - p.count(")") for p in outside) == 0

# SPDX-License-Identifier: Apache-2.0
"""One meaning on every engine: each finds exactly whom the evaluator of record holds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

import pytest

from privseg.policy.catalogue import ColumnType
from privseg.segment import Person
from privseg.segment.tree import All, Any_, AttributeTest, Condition, Not, SegmentRef
from privseg.segment.values import Comparison, Operator
from privseg.terms import Attribute
from tests.conformance.engines import Engine, Record
from tests.twins.segment_pools import ATS, TEXTS, ZONES
from tests.twins.segment_worlds import World, world

TREES = 50  # of one world
WORLDS = 2  # of one test, so that workers share the work
TESTS = 20  # 20 x 2 x 50 trees
LONG_WORLDS, LONG_TESTS = 50, 40  # 40 x 50 x 50 trees


@pytest.mark.parametrize("number", range(TESTS))
def test_an_engine_finds_exactly_whom_the_evaluator_of_record_holds(
    engine: Engine, number: int
) -> None:
    for seed in range(number * WORLDS, (number + 1) * WORLDS):
        assert not list(disagreements(engine, world(seed, conditions=TREES), seed))


@pytest.mark.long
@pytest.mark.parametrize("number", range(LONG_TESTS))
def test_an_engine_finds_whom_the_evaluator_holds_in_worlds_never_seen_before(
    engine: Engine, number: int
) -> None:
    assert number in range(LONG_TESTS)
    for seed in (secrets.randbits(62) for _ in range(LONG_WORLDS)):
        assert not list(disagreements(engine, world(seed, conditions=TREES), seed))


def disagreements(engine: Engine, asked: World, seed: int) -> Iterator[str]:
    """Yield the smallest part of each condition that two engines answer differently."""
    found = engine.members(asked.conditions, asked)
    held = Record().members(asked.conditions, asked)
    for name, condition in asked.conditions.items():
        if found[name] != held[name]:
            part = smallest(engine, condition, asked)
            wrong = sorted(found[name] ^ held[name])
            yield f"seed {seed}, {name}: wrong about {wrong}; it begins with {part}"


def smallest(engine: Engine, condition: Condition, asked: World) -> Condition:
    """Return a part of a condition that the engines disagree about, while its parts do not."""
    for part in parts_of(condition, asked):
        one: Mapping[str, Condition] = {"part": All((part, KNOWN_OR_NOT))}
        if engine.members(one, asked) != Record().members(one, asked):
            return smallest(engine, part, asked)
    return condition


def parts_of(condition: Condition, asked: World) -> tuple[Condition, ...]:
    match condition:
        case All(parts) | Any_(parts):
            return parts
        case Not(part):
            return (part,)
        case SegmentRef(name):
            return (asked.library[name].where,)
        case _:
            return ()


_POINTS = AttributeTest(
    Attribute("points"), ColumnType.INTEGER, (Comparison(Operator.IS_KNOWN, (True,)),)
)
KNOWN_OR_NOT = Any_((_POINTS, Not(_POINTS)))  # everybody: so that a sample alone can be asked


def test_hostile_text_is_matched_alike_each_against_each(engine: Engine) -> None:
    people = {o: Person({"word": text}) for o, text in enumerate(TEXTS)}
    conditions: dict[str, Condition] = {
        f"{operator} {n}": AttributeTest(
            Attribute("word"), ColumnType.TEXT, (Comparison(operator, (text,)),)
        )
        for operator in (Operator.EQUALS, Operator.STARTS_WITH, Operator.CONTAINS)
        for n, text in enumerate(TEXTS)
    }
    asked = World(ATS[0], ZONES[0], people, frozenset(people), conditions)
    found = engine.members(conditions, asked)
    assert found == Record().members(conditions, asked)
    assert found["equals 3"] == {3, 4, 5}  # straße, STRASSE, Strasse

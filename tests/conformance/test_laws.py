# SPDX-License-Identifier: Apache-2.0
"""Laws that every engine keeps, whatever a condition means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from privseg.segment import Event, Person
from privseg.segment.tree import All, Any_, Condition, Not
from tests.conformance.engines import Engine, Found
from tests.twins.segment_pools import MICROSECOND
from tests.twins.segment_worlds import World, completed, world

SEEDS = range(1_000, 1_003)
TREES = 12
Rewritten = Callable[[Condition, Condition], Condition]

SAME: dict[str, tuple[Rewritten, Rewritten]] = {
    "not not A is A": (lambda a, _: Not(Not(a)), lambda a, _: a),
    "all of one is it": (lambda a, _: All((a,)), lambda a, _: a),
    "any of one is it": (lambda a, _: Any_((a,)), lambda a, _: a),
    "all of it twice is it": (lambda a, _: All((a, a)), lambda a, _: a),
    "any of it twice is it": (lambda a, _: Any_((a, a)), lambda a, _: a),
    "all commutes": (lambda a, b: All((a, b)), lambda a, b: All((b, a))),
    "any commutes": (lambda a, b: Any_((a, b)), lambda a, b: Any_((b, a))),
    "not all is any not": (
        lambda a, b: Not(All((a, b))),
        lambda a, b: Any_((Not(a), Not(b))),
    ),
    "not any is all not": (
        lambda a, b: Not(Any_((a, b))),
        lambda a, b: All((Not(a), Not(b))),
    ),
    "it absorbs": (lambda a, b: All((a, Any_((a, b)))), lambda a, _: a),
    "all distributes": (
        lambda a, b: All((a, Any_((b, Not(a))))),
        lambda a, b: Any_((All((a, b)), All((a, Not(a))))),
    ),
}  # fmt: skip


@pytest.fixture(params=SEEDS, scope="module")
def asked(request: pytest.FixtureRequest) -> World:
    """Return one world after the other."""
    return world(request.param, conditions=TREES, several=False)  # so that any two can be joined


def test_a_condition_or_its_negation_is_everyone_eligible_and_both_are_nobody(
    engine: Engine, asked: World
) -> None:
    either: dict[str, Condition] = {n: Any_((c, Not(c))) for n, c in asked.conditions.items()}
    both: dict[str, Condition] = {n: All((c, Not(c))) for n, c in asked.conditions.items()}
    assert engine.members(either, asked) == {n: set(asked.eligible) for n in either}
    assert engine.members(both, asked) == {n: set() for n in both}


def test_two_spellings_of_one_thought_find_the_same_people(engine: Engine, asked: World) -> None:
    pairs = list(pairwise(asked.conditions.values()))
    spelt: dict[str, Condition] = {}
    for law, sides in SAME.items():
        for side, spelling in zip("lr", sides, strict=True):
            spelt |= {f"{side} {law} {n}": spelling(a, b) for n, (a, b) in enumerate(pairs)}
    found = engine.members(spelt, asked)
    broken = [name for name in spelt if name[0] == "l" and found[name] != found[f"r{name[1:]}"]]
    assert broken == []


def test_segments_asked_together_find_whom_each_finds_alone(engine: Engine, asked: World) -> None:
    alone = {n: engine.members({n: c}, asked)[n] for n, c in asked.conditions.items()}
    assert engine.members(asked.conditions, asked) == alone
    backwards = dict(reversed(asked.conditions.items()))
    assert engine.members(backwards, asked) == alone


def test_changing_one_persons_rows_changes_nobody_elses_membership(
    engine: Engine, asked: World
) -> None:
    before = engine.members(asked.conditions, asked)
    other = world(7, conditions=0).people
    first, second = sorted(asked.eligible)[:2]
    for ordinal, instead in ((first, Person({})), (first, other[first]), (second, other[second])):
        # An account is not a person's row: the others' accounts stay as they are.
        rows = {k: v for k, v in instead.attributes.items() if not is_of_account(k)}
        people = {**asked.people, ordinal: Person(rows, instead.events)}
        changed = replace(asked, people=completed(people, asked.at))
        after = engine.members(asked.conditions, changed)
        assert changed.people[ordinal] != asked.people[ordinal]
        assert without(ordinal, after) == without(ordinal, before)


def without(ordinal: int, found: Found) -> Found:
    return {name: people - {ordinal} for name, people in found.items()}


def is_of_account(attribute: str) -> bool:
    return attribute == "company" or attribute.startswith("firm_")


def test_people_who_are_not_eligible_change_nothing(engine: Engine, asked: World) -> None:
    before = engine.members(asked.conditions, asked)
    gone = {o: p for o, p in asked.people.items() if o in asked.eligible}
    assert engine.members(asked.conditions, replace(asked, people=gone)) == before


def test_events_at_the_moment_or_after_it_never_matter(engine: Engine, asked: World) -> None:
    before = engine.members(asked.conditions, asked)
    rng = Random(1)
    later = {
        o: replace(p, events=(*p.events, *_later(p, asked, rng))) for o, p in asked.people.items()
    }
    assert engine.members(asked.conditions, replace(asked, people=later)) == before
    past = {
        o: replace(p, events=tuple(e for e in p.events if e.time < asked.at))
        for o, p in asked.people.items()
    }
    assert engine.members(asked.conditions, replace(asked, people=past)) == before


def _later(person: Person, asked: World, rng: Random) -> list[Event]:
    """Return the person's events once more, at ``at`` and after it."""
    waits = (timedelta(0), MICROSECOND, timedelta(minutes=10), timedelta(days=400))
    return [
        replace(e, event_id=rng.randbytes(16), time=asked.at + rng.choice(waits))
        for e in person.events
    ]


def test_the_order_of_rows_in_the_files_never_matters(engine: Engine, asked: World) -> None:
    before = engine.members(asked.conditions, asked)
    rng = Random(2)
    people = {
        o: replace(p, events=tuple(rng.sample(p.events, len(p.events))))
        for o, p in rng.sample(list(asked.people.items()), len(asked.people))
    }
    assert engine.members(asked.conditions, replace(asked, people=people)) == before

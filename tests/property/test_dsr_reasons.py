# SPDX-License-Identifier: Apache-2.0
"""What would take somebody out of a segment, over random worlds with hostile data.

Law: applying what is told and asking the evaluator of record again flips the answer; leaving out
any part of what is told does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.dsr.changes import Changes, applied, smaller
from privseg.dsr.reasons import Asked, flips
from privseg.segment import Person
from tests.twins.segment_worlds import World, world

EXAMPLES = settings(max_examples=max(5, settings.default.max_examples // 10))
SEEDS = 5 if settings.default.derandomize else 2**32
_world = lru_cache(64)(lambda seed: world(seed, conditions=4))
worlds = st.integers(0, SEEDS - 1).map(_world)


def each(asked: World) -> Iterator[tuple[Asked, Person]]:
    """Yield each condition with some of the people, and with one without any data."""
    people = [*list(asked.people.values())[:6], Person({})]
    for condition in asked.conditions.values():
        question = Asked(asked.library.expand(condition), asked.at, asked.zone, {})
        yield from ((question, person) for person in people)


def parts(way: Changes) -> Iterator[Changes]:
    """Yield the way without one of its changes, or without one event of one."""
    for place, change in enumerate(way):
        yield (*way[:place], *way[place + 1 :])
        yield from ((*way[:place], less, *way[place + 1 :]) for less in smaller(change))


@EXAMPLES
@given(worlds)
def test_what_is_told_really_flips_the_answer_and_no_part_of_it_would(drawn: World) -> None:
    for asked, person in each(drawn):
        before = asked.holds(asked.where, person)
        for way in flips(asked, person):
            assert asked.holds(asked.where, applied(person, way)) is not before
            for less in parts(way):
                assert asked.holds(asked.where, applied(person, less)) is before


def test_most_people_in_a_segment_are_told_of_a_way_out() -> None:
    """Some drawn conditions hold for everybody, whatever is changed; few others are missed."""
    inside = [
        (asked, person)
        for seed in range(SEEDS if settings.default.derandomize else 5)
        for asked, person in each(_world(seed))
        if asked.holds(asked.where, person)
    ]
    told = sum(1 for asked, person in inside if flips(asked, person))
    assert len(inside) > 25
    assert told / len(inside) > 0.7, f"{told} of {len(inside)}"

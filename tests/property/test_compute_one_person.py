# SPDX-License-Identifier: Apache-2.0
"""A tally is the sum of what each person alone adds, whatever anybody else's rows are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest

from privseg.frames import (
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Dimension,
    Tally,
)
from tests.twins.tally_worlds import (
    SETS,
    World,
    draw_dimension,
    draw_measures,
    draw_person,
    draw_world,
    plain,
    tallied,
)

KINDS = (ByCategory, ByFound, ByCut, ByPeriod, ByFirst, ByMember)
EXAMPLES = 6  # of each kind; each with a measure of every kind


def block_by(kind: type[Dimension], rng: Random) -> Block:
    dimension = draw_dimension(rng, kind)
    return Block("b", SETS, rng.randint(1, 5), draw_measures(rng), (dimension,))


def alone(world: World, person: int, rng: Random) -> World:
    """Return a world in which only one person counts and everybody else's rows are others."""
    others = {o: draw_person(rng) for o in rng.sample(range(60), 6)}
    return World(
        {**others, person: world.people[person]},
        frozenset((*world.eligible, *others)),
        {s: m & {person} for s, m in world.members.items()},
    )


def numbers(tallies: Mapping[object, Tally]) -> Counter[object]:
    """Return every number of tallies that is not 0, by where it stands."""
    found: Counter[object] = Counter()
    for cell, tally in tallies.items():
        found[cell] += tally.people
        for part, values in (("sum", tally.sums), ("count", tally.counts)):
            for name, value in values.items():
                found[cell, part, name] += value
        for name, bins in tally.bins.items():
            for place, value in enumerate(bins):
                found[cell, name, place] += value
    return Counter({k: v for k, v in found.items() if v})


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_a_tally_is_the_sum_of_what_each_person_adds_alone(kind: type[Dimension]) -> None:
    for seed in range(EXAMPLES):
        rng = Random(f"{kind.__name__} {seed}")
        block, world = block_by(kind, rng), draw_world(rng, size=6)
        everybody = numbers(tallied(block, world, key=b"k"))
        one_by_one: Counter[object] = Counter()
        for person in world.eligible:
            one_by_one += numbers(tallied(block, alone(world, person, rng), key=b"k"))
        assert one_by_one == everybody


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_rows_of_people_who_are_not_eligible_move_nothing(kind: type[Dimension]) -> None:
    for seed in range(2 * EXAMPLES):
        rng = Random(f"{kind.__name__} {seed}")
        block, world = block_by(kind, rng), draw_world(rng, size=8)
        kept = {o: p for o, p in world.people.items() if o in world.eligible}
        strangers = {o: draw_person(rng) for o in range(100, 106)}
        expected = plain(tallied(block, world, key=b"k"))
        for people in (kept, {**kept, **strangers}):
            changed = World(people, world.eligible, world.members)
            assert plain(tallied(block, changed, key=b"k")) == expected

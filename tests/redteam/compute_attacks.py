# SPDX-License-Identifier: Apache-2.0
"""Attacks on what is added up before noise: the real engine, on neighbours, over hostile data.

For every person of a random world: with and without them, no quantity may move further than its
noise is charged for, and nobody else's part may move at all (exact).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from privseg.frames import (
    EVERYBODY,
    Block,
    ByCategory,
    ByPeriod,
    Cell,
    EachOf,
    Measure,
    MeasureKind,
    SumOf,
    Tally,
)
from privseg.protect import Part
from privseg.terms import Attribute
from tests.redteam import world
from tests.twins import sensitivity_oracle as oracle
from tests.twins.segment_catalogue import TOPICS
from tests.twins.tally_worlds import (
    SINCE,
    WINDOWS,
    World,
    draw_periods,
    draw_world,
    tallied,
)

AMOUNT = Attribute("purchase.amount")
SPENT = SumOf(AMOUNT, WINDOWS[0])
MEASURES = (
    Measure("size", MeasureKind.SIZE),
    Measure("count", MeasureKind.COUNT),
    Measure("total", MeasureKind.TOTAL, SPENT, upper=500),
    Measure("each", MeasureKind.AVERAGE, EachOf(AMOUNT, WINDOWS[0]), -500, 500, 2),
    Measure("mean", MeasureKind.AVERAGE, SPENT, 0, 500, 1),
    Measure(
        "median",
        MeasureKind.QUANTILES,
        SPENT,
        grid=(0, 100, 200, 500),
        ranks=oracle.OVER_PEOPLE[3].ranks,
    ),
)
RUNNING = (
    MEASURES[0],
    replace(MEASURES[1], running=True),
    replace(MEASURES[2], running=True),
)
TOPIC = ByCategory(Attribute("topics"), TOPICS)
CHANNEL = ByCategory(Attribute("channel"), ("web", "app", "shop"))
SEGMENTS = ("s", "t", EVERYBODY)
WORLDS = 3


def _blocks(rng: Random) -> list[Block]:
    """Return a table by a set (several keys a person), one by periods, and one with totals."""
    weeks = draw_periods(rng, most=2)
    weeks = ByPeriod(Attribute("purchase"), weeks.keys, weeks.windows, 2)
    return [
        Block("set", SEGMENTS, 2, MEASURES, (TOPIC,)),
        Block("weeks", SEGMENTS, 4, RUNNING, (weeks,)),
        Block("totals", SEGMENTS, 1, MEASURES, (CHANNEL,), ((),)),
    ]


def without(whole: World, person: int) -> World:
    """Return the world in which one person does not exist."""
    people = {o: p for o, p in whole.people.items() if o != person}
    gone = frozenset({person})
    return World(people, whole.eligible - gone, {s: m - gone for s, m in whole.members.items()})


def nobody_moves_more_than_is_charged() -> None:
    """Exactly: on random worlds, each person's effect is within what the plan's noise covers."""
    for seed in range(WORLDS):
        rng = Random(f"worlds {seed} {SINCE}")
        whole = draw_world(rng, size=8)
        for block in _blocks(rng):
            plan = world.planned(block, k=2)
            everybody = _vectors(plan, tallied(block, whole, key=b"k"))
            claims = oracle.claimed(plan)
            for person in sorted(whole.eligible):
                rest = _vectors(plan, tallied(block, without(whole, person), key=b"k"))
                for name, vector in everybody.items():
                    moved = sum((x - y) ** 2 for x, y in zip(vector, rest[name], strict=True))
                    assert moved <= claims[name], (block.name, name)
                _in_few_periods(block, plan, everybody, rest)


def _in_few_periods(block: Block, plan: Any, everybody: Any, rest: Any) -> None:
    """See that a person counts in no more periods than is claimed of running sums."""
    (last,) = block.dimensions[-1:]
    if isinstance(last, ByPeriod):
        size = plan.size.measure.name, Part.PEOPLE
        pairs = zip(block.cells, everybody[size], rest[size], strict=True)
        assert len({cell[1][-1] for cell, a, b in pairs if a != b}) <= last.most, block.name


def _vectors(plan: Any, found: Mapping[Cell, Tally]) -> Any:
    return oracle.vectors(plan, found)

# SPDX-License-Identifier: Apache-2.0
"""Random tables over random people: every dimension, measure and margin, on hostile data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from pyroaring import FrozenBitMap

from privseg.compute.ports import Columns
from privseg.frames import (
    EVERYBODY,
    MISSING_KEY,
    Amount,
    Block,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Cell,
    CountOf,
    DaysSince,
    Dimension,
    EachOf,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Tally,
    Where,
)
from privseg.protect.bounding import MAX_SUM
from privseg.segment import Event, Person
from privseg.segment.scores import scores_of
from privseg.terms import Attribute
from tests.twins.memory_columns import columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.segment_catalogue import CATALOGUE, CHANNELS, TOPICS

AT = datetime(2026, 11, 1, tzinfo=UTC)
TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
SINCE = AT - 10 * DAY
WINDOWS = ((SINCE, AT), (SINCE, AT - DAY), (SINCE + 3 * DAY, AT + DAY))
PURCHASE, WISH = Attribute("purchase"), Attribute("wish")
WHERES: tuple[Where, ...] = (
    (),
    (("channel", "web"),),
    (("flag", "false"),),
    (("channel", "app"), ("flag", "true")),
)
HOSTILE = [0, 1, -1, 499, 500, 501, 2**53 + 1, 2**62, -(2**62), 2**63 - 1, -(2**63)]
BORDERS = [b + t for b in (SINCE, SINCE + 3 * DAY, AT - DAY, AT) for t in (-TICK, 0 * TICK, TICK)]
SETS = ("s", "t", EVERYBODY)
READS = frozenset(map(Attribute, (
    "purchase", "purchase.channel", "purchase.flag", "purchase.amount", "purchase.number",
    "wish", "wish.channel", "wish.flag", "wish.amount", "wish.number",
    "channel", "topics", "flag", "word", "number", "weight", "amount", "points",
    "company", "firm_number", "firm_channel", "rfm.total", "interest.top",
)))  # fmt: skip
FIRMS = {n * 16: {"firm_number": v, "firm_channel": c} for n, v, c in (
    (b"f", 5, "web"), (b"g", -(2**63), None), (b"h", None, "app"),
)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """People, who of them may be counted, and who is in which set."""

    people: Mapping[int, Person]
    eligible: frozenset[int]
    members: Mapping[str, frozenset[int]]


def tallied(
    block: Block, world: World, *, key: bytes, store: Columns | None = None
) -> Mapping[Cell, Tally]:
    """Return what the engine counts."""
    columns = store or columns_from(world.people, CATALOGUE)
    compute = duck(columns, now=AT, catalogue=CATALOGUE)
    plan = plan_of(READS, world.eligible, at=AT)
    members = {s: FrozenBitMap(m) for s, m in world.members.items()}
    with compute.open(plan, plan.read_set) as scan:
        return scan.tally(block, members, key=key)


def with_scores(people: Mapping[int, Person]) -> dict[int, Person]:
    """Return people as the moment knows them, the results of their scores beside the rest."""
    found = {}
    for ordinal, person in people.items():
        events = tuple(e for e in person.events if e.time < AT)
        scores = {}
        for name in ("rfm", "interest"):
            scores |= scores_of(CATALOGUE.scores[name], events, at=AT)
        found[ordinal] = Person({**person.attributes, **scores}, events)
    return found


def draw_world(rng: Random, size: int = 10) -> World:
    people = {o: draw_person(rng) for o in rng.sample(range(40), size)}
    eligible = frozenset(o for o in people if rng.random() < 0.8)
    members = {s: frozenset(o for o in eligible if rng.random() < 0.7) for s in "stpq"}
    return World(people, eligible, {**members, EVERYBODY: eligible})


def draw_person(rng: Random) -> Person:
    attributes = {
        "channel": rng.choice([*CHANNELS, None]),
        "topics": rng.choice([None, (), ("tea", "music"), ("tea", "tea", "chess"), TOPICS]),
        "flag": rng.choice([True, False, None]),
        "word": rng.choice(["Bonn", "bonn", "Köln", "", "(all)", None]),
        "number": rng.choice([*HOSTILE, None]),
        "weight": rng.choice([*HOSTILE, None]),
        "amount": rng.choice([*HOSTILE, 100, 300, None]),
        "points": rng.choice([1, 2, None]),
    }
    company = rng.choice([None, b"x" * 16, *FIRMS])
    there = attributes if rng.random() < 0.9 else {}
    events = tuple(draw_event(rng) for _ in range(rng.choice([0, 1, 2, 5, 9])))
    return Person({**there, "company": company, **FIRMS.get(company, {})}, events)


def draw_event(rng: Random) -> Event:
    cells = {
        "channel": rng.choice([*CHANNELS, "web", None]),
        "flag": rng.choice([True, False, None]),
        "amount": rng.choice([*HOSTILE, 100, 200, 300, None]),
        "number": rng.choice([0, 1, 2, None]),
    }
    often = [SINCE, SINCE, SINCE + 3 * DAY, AT - DAY]  # borders, at which many events tie
    time = rng.choice([*often, *BORDERS, SINCE + rng.randrange(1, 240) * timedelta(hours=1)])
    name = bytes(rng.choices((0, 1, 128, 255), k=16))
    return Event(rng.choice(["purchase", "purchase", "wish"]), name, time, cells)


def draw_amount(rng: Random) -> Amount:
    window, where = rng.choice(WINDOWS), rng.choice(WHERES)
    event, only_with = rng.choice([PURCHASE, WISH]), rng.random() < 0.5
    named = Attribute(f"{event}.{rng.choice(['amount', 'number', 'flag'])}")
    own = ("number", "weight", "amount", "flag", "points", "firm_number", "rfm.total")
    return rng.choice(
        [
            OfPerson(Attribute(rng.choice(own))),
            CountOf(event, window, where, only_with),
            SumOf(named, window, where, only_with),
            DaysSince(event, window, where),
        ]
    )


def draw_dimension(rng: Random, kind: type[Dimension]) -> Dimension:
    """Return a dimension of a kind."""
    if kind is ByCategory:
        named = ("channel", "topics", "flag", "firm_channel", "interest.top")
        attribute = Attribute(rng.choice(named))
        keys = {"topics": TOPICS, "flag": ("false", "true")}.get(attribute, CHANNELS)
        missing = (MISSING_KEY,) if rng.random() < 0.7 else ()
        return ByCategory(attribute, (*keys[: rng.randint(1, 3)], *missing))
    if kind is ByFound:
        return ByFound(Attribute(rng.choice(["word", "channel", "interest.top"])))
    if kind is ByCut:
        pool = [-(2**63), -500, 0, 1, 3, 500, 2**62, 2**63 - 1]
        return ByCut(draw_amount(rng), tuple(sorted(rng.sample(pool, rng.randint(1, 3)))))
    if kind is ByFirst:
        column = rng.choice(["channel", "flag"])
        keys = ("false", "true") if column == "flag" else CHANNELS
        missing = (MISSING_KEY,) if rng.random() < 0.5 else ()
        attribute = Attribute(f"{rng.choice([PURCHASE, WISH])}.{column}")
        return ByFirst(attribute, (*keys, *missing), rng.choice(WINDOWS), rng.choice(WHERES))
    if kind is ByMember:
        return ByMember(rng.choice(["p", "q", "s"]))
    return draw_periods(rng)


def draw_periods(rng: Random, most: int | None = None) -> ByPeriod:
    days = [0, 1, 3, 5, 7, 9, 10]
    windows = [(SINCE + a * DAY, SINCE + b * DAY) for a, b in pairwise(days)]
    windows = sorted(rng.sample(windows, rng.randint(1, len(windows))))
    names = tuple(f"p{n}" for n in range(len(windows)))
    event, where = rng.choice([PURCHASE, WISH]), rng.choice(WHERES)
    return ByPeriod(event, names, tuple(windows), most or rng.randint(1, 3), where)


def draw_measures(rng: Random) -> tuple[Measure, ...]:
    """Return one of every kind."""
    each = EachOf(Attribute("purchase.amount"), rng.choice(WINDOWS), rng.choice(WHERES))
    lower, upper = rng.choice([-500, 0, 1]), rng.choice([2, 500])
    pool = [-(2**63), -500, 0, 1, 2, 500, 2**62, 2**63 - 1]
    grid = tuple(sorted(rng.sample(pool, rng.randint(1, 4))))
    bounds = {"lower": lower, "upper": upper}
    kinds = MeasureKind
    return (
        Measure("size", kinds.SIZE),
        Measure("count", kinds.COUNT),
        Measure("total", kinds.TOTAL, draw_amount(rng), upper=rng.choice([1, 500, MAX_SUM])),
        Measure("events", kinds.AVERAGE, each, events_per_person=rng.randint(1, 3), **bounds),
        Measure("people", kinds.AVERAGE, draw_amount(rng), events_per_person=1, **bounds),
        Measure("quantiles", kinds.QUANTILES, draw_amount(rng), grid=grid),
    )


SEVERAL = (ByCategory, ByCut, ByFirst, ByMember)


def draw_block(rng: Random) -> Block:
    """Return a table with up to three dimensions, and margins where it may have them."""
    kinds = rng.choices(SEVERAL, k=rng.randint(0, 2))
    dimensions = [draw_dimension(rng, k) for k in kinds]
    if rng.random() < 0.1:
        dimensions = [draw_dimension(rng, ByFound)]
    elif rng.random() < 0.5:
        dimensions.insert(rng.randint(0, len(dimensions)), draw_periods(rng))
    segments = tuple(rng.sample(SETS, rng.randint(1, 3)))
    block = Block("b", segments, rng.randint(1, 6), draw_measures(rng), tuple(dimensions))
    levels = [level for level in ((), (0,), (1,), (0, 2), (1, 2)) if fits(block, level)]
    return replace(block, margins=tuple(rng.sample(levels, rng.randint(0, len(levels)))))


def fits(block: Block, level: tuple[int, ...]) -> bool:
    """Return whether a table can have a margin that keeps the dimensions of ``level``."""
    whole = block.levels[0]
    dropped = [block.dimensions[i] for i in whole if i not in level]
    several = [
        isinstance(d, ByFound)
        or (isinstance(d, ByPeriod) and d.most > 1)
        or (isinstance(d, ByCategory) and d.attribute == "topics")
        for d in dropped
    ]
    return level != whole and set(level) <= set(whole) and not any(several)


def plain(tallies: Mapping[Any, Tally]) -> dict[object, object]:
    """Return what tallies hold."""
    return {c: (t.people, dict(t.sums), dict(t.counts), dict(t.bins)) for c, t in tallies.items()}

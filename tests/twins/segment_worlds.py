# SPDX-License-Identifier: Apache-2.0
"""Worlds to ask conditions of: people with hostile data, some eligible, and named segments.

Times lie at and beside the bounds of the windows that conditions draw, in clusters that sequences
fall into, and coincide; some people have no data, some no permission, some neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from privseg.policy.catalogue import ColumnType, Source, SourceKind
from privseg.segment import Event, Library, Person, Segment, resolve
from privseg.segment.evaluate import Stored
from privseg.segment.sampling import draws
from privseg.segment.scores import scores_of
from privseg.segment.tree import Condition, Sample
from privseg.segment.values import Cell
from privseg.segment.walk import leaves
from tests.twins.scans import SAMPLE_KEY
from tests.twins.segment_catalogue import CATALOGUE, EUR, SAMPLES, YEN
from tests.twins.segment_pools import ATS, NEAR, WINDOWS, ZONES, Pool
from tests.twins.segment_trees import Trees

ORDINALS = [*range(40), *range(65_530, 65_540), 131_072, 200_000]
EVENTS = ("purchase", "wish", "open")


@dataclass(frozen=True, slots=True)
class World:
    """What an engine is asked about: the moment, the people, who is eligible, named segments."""

    at: datetime
    zone: ZoneInfo
    people: dict[int, Person] = field(repr=False)
    eligible: frozenset[int] = field(repr=False)
    conditions: dict[str, Condition] = field(repr=False)
    library: Library = field(repr=False, default_factory=Library)


@lru_cache(maxsize=64)
def world(seed: int, *, conditions: int, several: bool = True) -> World:
    """Return the world of a seed with so many conditions; nobody changes it.

    Each condition has amounts of one currency; with ``several`` they are not all of the same.
    """
    rng = Random(seed)
    at, zone = rng.choice(ATS), rng.choice(ZONES)
    bounds = [s for w in WINDOWS if (s := resolve(w, at=at, zone=zone).start) is not None]
    pool = Pool.of(rng, at, bounds)
    there = rng.sample(ORDINALS, len(ORDINALS) * 9 // 10)
    accounts = _accounts(rng, pool)
    few = {o: _person(rng, pool, at, accounts) for o in sorted(there)}
    busy = {o: _busy(p, rng, pool, at) for o, p in few.items() if o % 12 == 0}
    people = completed({**few, **busy}, at)
    trees = Trees(CATALOGUE, rng, pool, SAMPLES, known=_known_among(people), start=seed * 97)
    segments = [Segment(f"s-{n}", "all", trees.tree(2)) for n in range(3)]
    trees.segments = tuple(s.name for s in segments)
    library = Library(segments)
    asked = {f"c{n}": _reading(trees, library, several=several) for n in range(conditions)}
    eligible = frozenset(o for o in ORDINALS if rng.random() < 0.6)
    return World(at, zone, people, eligible, asked, library)


def _reading(trees: Trees, library: Library, *, several: bool) -> Condition:
    """Return a condition that reads something: samples alone are refused."""
    trees.currency = trees.rng.choice((EUR, EUR, EUR, YEN)) if several else EUR
    drawn = trees.tree()
    while all(isinstance(leaf, Sample) for leaf in leaves(library.expand(drawn))):
        drawn = trees.tree()
    return drawn


def completed(people: dict[int, Person], at: datetime) -> dict[int, Person]:
    """Return people with what follows from their data: results of scores, and draws."""
    drawn = {n: draws(SAMPLE_KEY, n, np.array(ORDINALS, np.uint32)) for n in SAMPLES}
    places = {o: n for n, o in enumerate(ORDINALS)}
    return {
        o: replace(
            p,
            attributes={**p.attributes, **_results(p, at)},
            draws={n: int(drawn[n][places[o]]) for n in SAMPLES},
        )
        for o, p in ((o, people.get(o, Person({}))) for o in ORDINALS)
    }


def _results(person: Person, at: datetime) -> dict[str, Stored]:
    scores = CATALOGUE.scores.values()
    return {str(n): v for s in scores for n, v in scores_of(s, person.events, at=at).items()}


def _accounts(rng: Random, pool: Pool) -> list[dict[str, Stored]]:
    """Return accounts by their attributes, the link among them; one of them has no others."""
    source = CATALOGUE.sources["companies"]
    made = [_cells(source, rng, pool) for _ in range(6)]
    return [{**c, "company": rng.randbytes(16)} for c in [*made, {}]]


def _person(rng: Random, pool: Pool, at: datetime, accounts: list[dict[str, Stored]]) -> Person:
    attributes: dict[str, Stored] = {}
    for source in CATALOGUE.sources.values():
        if source.kind is SourceKind.PEOPLE and rng.random() < 0.85:
            attributes |= _cells(source, rng, pool)
    if rng.random() < 0.75:
        attributes |= rng.choice(accounts)
    if rng.random() < 0.4:
        attributes["newsletter"] = True
    start = rng.choice([at - timedelta(hours=30), at - timedelta(days=2), *pool.times])
    number = rng.choice((0, 1, 3, 6, 9))
    return Person(attributes, tuple(_event(rng, pool, start) for _ in range(number)))


def _busy(person: Person, rng: Random, pool: Pool, at: datetime) -> Person:
    """Return a person with many events one after the other, for long sequences."""
    source = CATALOGUE.events()
    start = at - timedelta(hours=2)
    chain = [
        Event(name, rng.randbytes(16), start + n * timedelta(minutes=1), cells)
        for n in range(30)
        for name in (EVENTS[n % 3],)
        for cells in (_cells(source[name], rng, pool),)
    ]
    return replace(person, events=(*person.events, *chain))


def _known_among(people: dict[int, Person]) -> dict[str, list[Cell]]:
    """Return what people really have of each attribute, as often as they have it."""
    found: dict[str, list[Cell]] = {}
    for person in people.values():
        for name, cell in person.attributes.items():
            if isinstance(cell, Cell):
                found.setdefault(name, []).append(cell)
    return found


def _event(rng: Random, pool: Pool, start: datetime) -> Event:
    """Return an event near those before it, or anywhen."""
    name = rng.choice(EVENTS)
    near = rng.random() < 0.7
    time = start + rng.choice(NEAR) if near else rng.choice(pool.times)
    source = CATALOGUE.events()[name]
    return Event(name, rng.randbytes(16), time, _cells(source, rng, pool))


def _cells(source: Source, rng: Random, pool: Pool) -> dict[str, Stored]:
    """Return a row's values; the link to an account is drawn elsewhere."""
    columns = [c for c in source.columns if c.category and c.type is not ColumnType.ACCOUNT]
    return {c.attribute: pool.stored(c, rng) for c in columns}

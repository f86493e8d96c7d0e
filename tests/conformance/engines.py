# SPDX-License-Identifier: Apache-2.0
"""The engines that must all mean the same by a segment. A new one joins in one line of ``ENGINES``.

An engine is asked about a world: people with their data in stored units, who of them is eligible,
the moment and the zone. It answers with the ordinals that each condition holds for, among the
eligible. How it comes by the data is its own business; ``privseg.segment.evaluate`` is the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from privseg.segment import Person, holds, read_set
from privseg.segment.compile import compile_segments
from privseg.segment.tree import Condition
from tests.twins.memory_columns import columns_from
from tests.twins.scans import duck, plan_of
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.segment_worlds import World

Found = Mapping[str, set[int]]


class Engine(Protocol):
    """Finds people."""

    def members(self, conditions: Mapping[str, Condition], world: World) -> Found:
        """Return whom each condition holds for, by its name."""
        ...


class Record:
    """The evaluator of record, person by person."""

    def members(self, conditions: Mapping[str, Condition], world: World) -> Found:
        people = {o: world.people.get(o, Person({})) for o in world.eligible}
        return {
            name: {
                o
                for o, person in people.items()
                if holds(condition, person, at=world.at, zone=world.zone, segments=world.library)
            }
            for name, condition in conditions.items()
        }


class Duck:
    """DuckDB over the whole path: compiler, plan, second gate, masked reading, made tables."""

    def members(self, conditions: Mapping[str, Condition], world: World) -> Found:
        given = [read_set(c, CATALOGUE, world.library) for c in conditions.values()]
        reads = frozenset().union(*given)
        query = compile_segments(
            conditions, catalogue=CATALOGUE, at=world.at, zone=world.zone, library=world.library
        )
        compute = duck(columns_from(world.people, CATALOGUE), now=world.at, catalogue=CATALOGUE)
        with compute.open(plan_of(reads, world.eligible, at=world.at), reads) as scan:
            return {name: set(people) for name, people in scan.members(query).items()}


ENGINES: Mapping[str, Callable[[], Engine]] = {
    "duckdb": Duck,
}

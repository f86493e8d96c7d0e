# SPDX-License-Identifier: Apache-2.0
"""Bounding and tallies written as slowly and plainly as their definition reads.

A person is who they are (an ordinal), the cells they fall into and the values of their events; an
event counts in every cell that the person keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from privseg.frames import Block, Measure, MeasureKind, Tally

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    ordinal: int
    cells: frozenset[Cell]
    events: tuple[int, ...]


def kept_cells(person: Person, most: int, key: bytes) -> list[Cell]:
    """Return the cells with the smallest keyed hashes."""
    return sorted(person.cells, key=lambda cell: _rank(key, person.ordinal, cell))[:most]


def tally(people: Sequence[Person], block: Block, *, key: bytes) -> Mapping[Cell, Tally]:
    """Return the bounded tally of every cell."""
    inside: dict[Cell, list[Person]] = {cell: [] for cell in block.cells}
    for person in people:
        for cell in kept_cells(person, block.groups_per_person, key):
            inside[cell].append(person)
    return {cell: _of(members, block, key) for cell, members in inside.items()}


def _of(members: Sequence[Person], block: Block, key: bytes) -> Tally:
    sums, counts = {}, {}
    for measure in block.measures:
        if measure.kind is MeasureKind.TOTAL:
            parts = [min(max(sum(p.events), 0), measure.upper) for p in members]
            sums[measure.name] = sum(parts)
            counts[measure.name] = sum(part == measure.upper for part in parts)
        if measure.kind is MeasureKind.AVERAGE:
            taken = [v for p in members for v in _taken(p, measure, key)]
            sums[measure.name] = sum(v - measure.lower for v in taken)
            counts[measure.name] = len(taken)
    return Tally(len(members), sums, counts)


def _taken(person: Person, measure: Measure, key: bytes) -> list[int]:
    order = sorted(range(len(person.events)), key=lambda i: _rank(key, person.ordinal, i))
    chosen = [person.events[i] for i in order[: measure.events_per_person]]
    return [min(max(v, measure.lower), measure.upper) for v in chosen]


def _rank(key: bytes, ordinal: int, thing: object) -> bytes:
    return blake2b(repr((ordinal, thing)).encode(), key=key).digest()

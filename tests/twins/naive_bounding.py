# SPDX-License-Identifier: Apache-2.0
"""Bounding and tallies written as slowly and plainly as their definition reads.

A person is who they are (an ordinal), the finest cells they fall into and the values of their
events; an event counts in every cell that the person keeps.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from privseg.frames import TOTAL_KEY, Block, ByPeriod, Cell, EachOf, Measure, MeasureKind, Tally


@dataclass(frozen=True, slots=True)
class Person:
    ordinal: int
    cells: frozenset[Cell]
    events: tuple[int, ...]


def kept_cells(person: Person, block: Block, key: bytes) -> list[Cell]:
    """Return the cells with the smallest keyed hashes, in at most C periods."""

    def rank(thing: object) -> bytes:
        return _rank(key, person.ordinal, thing)

    cells = sorted(person.cells, key=rank)
    match block.dimensions:
        case (*_, ByPeriod(most=most)):
            periods = sorted({keys[-1] for _, keys in cells}, key=rank)[:most]
            cells = [cell for cell in cells if cell[1][-1] in periods]
    return cells[: block.groups_per_person]


def tally(people: Sequence[Person], block: Block, *, key: bytes) -> Mapping[Cell, Tally]:
    """Return the bounded tally of every cell of every level, or of those that anybody is in."""
    inside: dict[Cell, list[Person]] = {cell: [] for cell in block.cells}
    for person in people:
        for segment, keys in kept_cells(person, block, key):
            for level in block.levels:
                seen = tuple(k if i in level else TOTAL_KEY for i, k in enumerate(keys))
                inside.setdefault((segment, seen), []).append(person)
    return {cell: _of(members, block, key) for cell, members in inside.items()}


def _of(members: Sequence[Person], block: Block, key: bytes) -> Tally:
    sums, counts, bins = {}, {}, {}
    for measure in block.measures:
        if measure.kind is MeasureKind.TOTAL:
            parts = [min(max(sum(p.events), 0), measure.upper) for p in members]
            sums[measure.name] = sum(parts)
            counts[measure.name] = sum(part == measure.upper for part in parts)
        if measure.kind is MeasureKind.AVERAGE:
            taken = [v for p in members for v in _taken(p, measure, key)]
            sums[measure.name] = sum(v - measure.lower for v in taken)
            counts[measure.name] = len(taken)
        if measure.kind is MeasureKind.QUANTILES:
            amounts = [sum(p.events) for p in members if p.events]
            ends = [None, *measure.grid, None]
            bins[measure.name] = tuple(
                sum((a is None or a <= v) and (b is None or v < b) for v in amounts)
                for a, b in itertools.pairwise(ends)
            )
    return Tally(len(members), sums, counts, bins)


def _taken(person: Person, measure: Measure, key: bytes) -> list[int]:
    """Return the clamped amounts of an average: of some events, or the one of the person."""
    order = sorted(range(len(person.events)), key=lambda i: _rank(key, person.ordinal, i))
    chosen = [person.events[i] for i in order[: measure.events_per_person]]
    if not isinstance(measure.amount, EachOf):
        chosen = [sum(person.events)] if person.events else []
    return [min(max(v, measure.lower), measure.upper) for v in chosen]


def _rank(key: bytes, ordinal: int, thing: object) -> bytes:
    return blake2b(repr((ordinal, thing)).encode(), key=key).digest()

# SPDX-License-Identifier: Apache-2.0
"""The worst that one person can do, by trying every small data set and every removal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, product

from privseg.frames import Block, Measure, MeasureKind, Tally
from privseg.protect import Part, TablePlan, mechanism
from privseg.terms import Attribute
from tests.twins.naive_bounding import Cell, Person, tally

KEY = b"the oracle's key"
AMOUNT = Attribute("purchase.amount")
MEASURES = (
    Measure("size", MeasureKind.SIZE),
    Measure("total", MeasureKind.TOTAL, AMOUNT, upper=30),
    Measure("average", MeasureKind.AVERAGE, AMOUNT, lower=-3, upper=10, events_per_person=2),
)
VALUES = (-50, 10, 300)
Bounding = Callable[[Sequence[Person], Block], Mapping[Cell, Tally]]


def block(groups: int) -> Block:
    """Return a block of three cells."""
    return Block("t", ("a", "b", "c"), None, ("",), groups, MEASURES)


def bounded(people: Sequence[Person], block: Block) -> Mapping[Cell, Tally]:
    """Return the naive twin's tally under the oracle's key."""
    return tally(people, block, key=KEY)


def datasets(block: Block) -> Iterator[tuple[Person, ...]]:
    """Yield every data set of up to 3 people with up to 3 events each, but for who is first."""
    a, b, c = block.cells
    where = [frozenset[Cell](), frozenset({a}), frozenset({a, b}), frozenset({a, b, c})]
    events = [
        e for n in range(4) for e in combinations_with_replacement(VALUES, n) if len(set(e)) < 3
    ]
    kinds = [(w, e) for w, e in product(where, events) if w]
    for count in (1, 2):
        for chosen in combinations_with_replacement(kinds, count):
            yield tuple(Person(i, *kind) for i, kind in enumerate(chosen))
    for chosen in combinations_with_replacement(kinds[:: len(kinds) // 12], 3):
        yield tuple(Person(i, *kind) for i, kind in enumerate(chosen))


def vectors(plan: TablePlan, tallies: Mapping[Cell, Tally]) -> dict[Part, list[int]]:
    """Return every quantity as ``protect`` measures it, before noise."""
    return {
        q.part: [
            t.people if q.part is Part.PEOPLE else mechanism._exact(m, q, t)
            for t in tallies.values()
        ]
        for m in plan.measures
        for q in m.quantities
    }


def worst(plan: TablePlan, bounding: Bounding = bounded) -> dict[Part, int]:
    """Return, for each quantity, the largest squared distance between neighbours."""
    found: dict[Part, int] = {}
    block = plan.block
    for people in datasets(block):
        whole = vectors(plan, bounding(people, block))
        for out in range(len(people)):
            rest = vectors(plan, bounding(people[:out] + people[out + 1 :], block))
            for part, values in whole.items():
                distance = sum((x - y) ** 2 for x, y in zip(values, rest[part], strict=True))
                found[part] = max(found.get(part, 0), distance)
    return found

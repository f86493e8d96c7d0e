# SPDX-License-Identifier: Apache-2.0
"""The worst that one person can do, by trying every small data set and every removal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, product

from privseg.frames import (
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
from privseg.protect import Part, TablePlan
from privseg.protect.bounded import measured
from privseg.terms import Attribute
from tests.twins.naive_bounding import Person, tally

KEY = b"the oracle's key"
AMOUNT = Attribute("purchase.amount")
WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SPENT = SumOf(AMOUNT, WINDOW, only_with=True)
SIZE = Measure("size", MeasureKind.SIZE)
MEASURES = (
    SIZE,
    Measure("total", MeasureKind.TOTAL, SPENT, upper=30),
    Measure(
        "average",
        MeasureKind.AVERAGE,
        EachOf(AMOUNT, WINDOW),
        lower=-3,
        upper=10,
        events_per_person=2,
    ),
)
OVER_PEOPLE = (
    SIZE,
    Measure("count", MeasureKind.COUNT),
    Measure("spend", MeasureKind.AVERAGE, SPENT, lower=-20, upper=25, events_per_person=1),
    Measure("median", MeasureKind.QUANTILES, SPENT, grid=(0, 10, 11, 20), ranks=(Fraction(1, 2),)),
)
RUNNING = (
    SIZE,
    Measure("count", MeasureKind.COUNT, running=True),
    Measure("total", MeasureKind.TOTAL, SPENT, upper=30, running=True),
)
COUNTRY = ByCategory(Attribute("country"), ("DE", "FR"))
AGED = ByCategory(Attribute("age"), ("young", "old"))
VALUES = (-50, 10, 300)
Bounding = Callable[[Sequence[Person], Block], Mapping[Cell, Tally]]


def block(groups: int, measures: tuple[Measure, ...] = MEASURES) -> Block:
    """Return a block of three cells."""
    return Block("t", ("a", "b", "c"), groups, measures)


def with_margins(groups: int) -> Block:
    """Return two segments by two dimensions of one key a person, with all margins."""
    margins = ((0,), (1,), ())
    return Block("t", ("a", "b"), groups, OVER_PEOPLE, (COUNTRY, AGED), margins)


def by_periods(groups: int, *, most: int, periods: int, segments: str = "ab") -> Block:
    """Return segments by periods, with running sums."""
    keys = tuple(f"week {i}" for i in range(periods))
    weeks = ByPeriod(Attribute("purchase"), keys, (WINDOW,) * periods, most)
    return Block("t", tuple(segments), groups, RUNNING, (weeks,))


def plan(block: Block, *, min_people: int = 2) -> TablePlan:
    """Return a plan of it."""
    rhos = (Fraction(1, 240),) * len(block.measures)
    return TablePlan.of(block, rhos=rhos, min_people=min_people, delta=Fraction(1, 10**7))


def bounded(people: Sequence[Person], block: Block) -> Mapping[Cell, Tally]:
    """Return the naive twin's tally under the oracle's key."""
    return tally(people, block, key=KEY)


def datasets(block: Block) -> Iterator[tuple[Person, ...]]:
    """Yield every person with up to 3 events, and small data sets of two and three of them."""
    events = [
        e for n in range(4) for e in combinations_with_replacement(VALUES, n) if len(set(e)) < 3
    ]
    kinds = list(product(places(block), events))
    for kind in kinds:
        yield (Person(0, *kind),)
    for count, thinned in ((2, kinds[:: 1 + len(kinds) // 25]), (3, kinds[:: len(kinds) // 8])):
        for chosen in combinations_with_replacement(thinned, count):
            yield tuple(Person(i, *kind) for i, kind in enumerate(chosen))


def places(block: Block) -> list[frozenset[Cell]]:
    """Return where a person may be: in one cell of a segment, or by periods in up to three."""
    own = {s: [c for c in block.finest if c[0] == s] for s in block.segments}
    if any(isinstance(d, ByPeriod) for d in block.dimensions):
        return [frozenset(c) for n in (1, 2, 3, 4) for c in combinations(block.finest, n)]
    chosen = product(*([None, *cells] for cells in own.values()))
    return [frozenset(c for c in cells if c) for cells in chosen if any(cells)]


def vectors(plan: TablePlan, tallies: Mapping[Cell, Tally]) -> dict[tuple[str, Part], list[int]]:
    """Return every quantity as ``protect`` measures it, before noise."""
    return {
        (m.measure.name, q.part): [
            value
            for vector in measured(m.measure, q, [tallies[c] for c in plan.block.cells])
            for value in vector
        ]
        for m in plan.measures
        for q in m.quantities
    }


def claimed(plan: TablePlan) -> dict[tuple[str, Part], int]:
    """Return what each quantity is said to move by at most, squared."""
    return {
        (m.measure.name, q.part): q.sensitivity.squared for m in plan.measures for q in m.quantities
    }


def worst(plan: TablePlan, bounding: Bounding = bounded) -> dict[tuple[str, Part], int]:
    """Return, for each quantity, the largest squared distance between neighbours."""
    found: dict[tuple[str, Part], int] = {}
    block = plan.block
    for people in datasets(block):
        whole = vectors(plan, bounding(people, block))
        for out in range(len(people)):
            rest = vectors(plan, bounding(people[:out] + people[out + 1 :], block))
            for name, values in whole.items():
                distance = sum((x - y) ** 2 for x, y in zip(values, rest[name], strict=True))
                found[name] = max(found.get(name, 0), distance)
    return found

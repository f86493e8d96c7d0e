# SPDX-License-Identifier: Apache-2.0
"""Tables to attack, one of every kind, and a way to watch ``protect`` draw."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

from privseg.frames import (
    Block,
    ByCategory,
    ByFound,
    Cell,
    Measure,
    MeasureKind,
    Tally,
)
from privseg.protect import Part, ProtectedTable, QuantityPlan, TablePlan, mechanism, protect
from privseg.protect.bounded import measured
from privseg.terms import Attribute
from tests.twins import sensitivity_oracle as oracle
from tests.twins.naive_bounding import Person, tally

DELTA = Fraction(1, 10**7)
RHO = Fraction(1, 240)
CITY = ByFound(Attribute("city"))
KINDS = (*oracle.MEASURES, *oracle.OVER_PEOPLE[1:])  # one measure of every kind
FLAT = oracle.block(2, KINDS)
MARGINS = oracle.with_margins(2)
TREND = oracle.by_periods(4, most=2, periods=4)
FOUND = Block("t", ("a", "b"), 1, (oracle.SIZE, Measure("count", MeasureKind.COUNT)), (CITY,))
BLOCKS = {"flat": FLAT, "margins": MARGINS, "running": TREND}
Name = tuple[str, Part]


def planned(block: Block, *, rho: Fraction = RHO, k: int = 5, delta: Fraction = DELTA) -> TablePlan:
    """Return the plan of a block, the same rho for each measure."""
    rhos = (rho,) * len(block.measures)
    return TablePlan.of(block, rhos=rhos, min_people=k, delta=delta)


def released(plan: TablePlan, tallies: Mapping[Cell, Tally], **given: Any) -> ProtectedTable:
    """Return the table as it goes out."""
    bits = given.get("randbits", secrets.randbits)
    name = plan.block.name
    return protect(QuantityPlan((plan,)), {name: tallies}, None, randbits=bits).tables[0]


def draws_of(table: ProtectedTable) -> dict[Cell, dict[Name, Any]]:
    """Return what was released of each cell shown, by measure and part."""
    return {
        c.cell: {(n.measure, part): v for n in c.numbers.values() for part, v in n.released.items()}
        for c in table.cells
        if c.withheld is None
    }


@contextmanager
def scripted(*columns: Sequence[int] | None) -> Iterator[list[Fraction]]:
    """Give ``protect`` this noise, column by column (None, or none left: zeros); note the sigma2.

    The noise that is asked for is made all the same, so that nothing else changes.
    """
    asked: list[Fraction] = []
    left, real = list(columns), mechanism.discrete_gaussians

    def scripted_draws(sigma2: Fraction, count: int, randbits: Any) -> list[int]:
        real(sigma2, min(count, 1), randbits)
        asked.append(sigma2)
        given = left.pop(0) if left else None
        return [0] * count if given is None else list(given)[:count]

    mechanism.discrete_gaussians = scripted_draws  # type: ignore[attr-defined]
    try:
        yield asked
    finally:
        mechanism.discrete_gaussians = real  # type: ignore[attr-defined]


def names(plan: TablePlan) -> list[Name]:
    """Return measure and part of each quantity, in the order in which noise is drawn."""
    every = [(m.measure.name, q.part) for m in plan.measures for q in m.quantities]
    return sorted(every, key=lambda name: name[1] is not Part.PEOPLE)


def tallies(block: Block, people: int = 400) -> dict[Cell, Tally]:
    """Return a tally with ``people`` in every finest cell, and margins that are its sums."""
    return with_sums(block, {cell: tally_of(block, people) for cell in block.finest})


def with_sums(block: Block, given: Mapping[Cell, Tally]) -> dict[Cell, Tally]:
    """Return the tallies of the finest cells, and margins that are their sums."""
    found = {c: given[c] for c in block.finest}
    for cell in block.cells[len(block.finest) :]:
        parts = [given[f] for f in block.finest if is_in(f, cell)]
        bins = {n: [p.bins[n] for p in parts] for n in parts[0].bins}
        found[cell] = Tally(
            sum(p.people for p in parts),
            {n: sum(p.sums[n] for p in parts) for n in parts[0].sums},
            {n: sum(p.counts[n] for p in parts) for n in parts[0].counts},
            {n: tuple(map(sum, zip(*of, strict=True))) for n, of in bins.items()},
        )
    return found


def tally_of(block: Block, n: int) -> Tally:
    """Return what ``n`` people, all alike, add to a cell."""
    sums = {m.name: 7 * n for m in block.measures if m.kind is MeasureKind.TOTAL}
    counts = {m.name: n // 10 for m in block.measures if m.kind is MeasureKind.TOTAL}
    for m in block.measures:
        if m.kind is MeasureKind.AVERAGE:
            sums[m.name], counts[m.name] = (m.upper - m.lower) * n // 4, n
    bins = {
        m.name: (0, *(n // (len(m.grid) - 1) for _ in m.grid[1:]), 0)
        for m in block.measures
        if m.kind is MeasureKind.QUANTILES
    }
    return Tally(n, sums, counts, bins)


def is_in(fine: Cell, cell: Cell) -> bool:
    same = all(b in {a, "(all)"} for a, b in zip(fine[1], cell[1], strict=True))
    return fine[0] == cell[0] and same


@dataclass(frozen=True)
class Reach:
    """How far one person was seen to move things: quantities (squared), and how many cells."""

    squared: Mapping[Name, int]
    cells: int


@cache
def reach(name: str) -> Reach:
    """Return the most that any one person adds to a block, trying all small ones.

    Worked out from the code as it is when it is first asked: ask before a mutant is put in.
    """
    return reach_of(BLOCKS[name])


def reach_of(block: Block) -> Reach:
    """Return the most that any one person adds: alone, as a tally is a sum over people."""
    plan = planned(block, k=2)
    empty = oracle.vectors(plan, oracle.bounded((), block))
    most: dict[Name, int] = {}
    cells = 0
    events = [(), (10,), (-50,), (300,), (10, 10), (300, 300), (-50, -50), (10, 300, 300)]
    for place in oracle.places(block):
        for given in events:
            alone = tally((Person(0, place, given),), block, key=oracle.KEY)
            for quantity, vector in oracle.vectors(plan, alone).items():
                pairs = zip(vector, empty[quantity], strict=True)
                distance = sum((x - y) ** 2 for x, y in pairs)
                most[quantity] = max(most.get(quantity, 0), distance)
            cells = max(cells, sum(t.people > 0 for t in alone.values()))
    return Reach(most, cells)


def wide(block: Block, segments: int) -> Block:
    """Return the block over many segments of which a person is in as few: one run, many draws."""
    return replace(block, segments=tuple(f"s{i}" for i in range(segments)))


def exact(plan: TablePlan, found: Mapping[Cell, Tally]) -> dict[Name, list[list[int]]]:
    """Return what noise is added to, quantity by quantity."""
    ordered = [found[c] for c in plan.block.cells]
    return {
        (m.measure.name, q.part): measured(m.measure, q, ordered)
        for m in plan.measures
        for q in m.quantities
    }


def by_country(block: Block) -> ByCategory:
    """Return the first dimension, which is one by categories."""
    (first, *_) = block.dimensions
    assert isinstance(first, ByCategory)
    return first

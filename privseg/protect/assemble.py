# SPDX-License-Identifier: Apache-2.0
"""From the released draws of a table to everything printed of it: one pure function.

Both sides use it: ``protect.mechanism`` when it makes a release, ``release.decode`` when it reads
one. So whatever is printed follows from the plan and from what was released, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from privseg.frames import Block, ByPeriod, Cell, MeasureKind
from privseg.protect import consistent, formulas
from privseg.protect.estimate import Place, number, whole
from privseg.protect.formula import Part
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import Drawn, Estimate, ProtectedCell, ProtectedTable, Withheld

Draws = Mapping[Cell, Mapping[str, Mapping[Part, Drawn]]]
"""What was released: of the cells shown, by measure, by part."""


def assemble(plan: TablePlan, draws: Draws) -> ProtectedTable:
    """Return the table that ``draws`` give: a cell that is not among them is withheld.

    Raises:
        ValueError: no release of this plan holds such draws: a cell, measure or part that is not
            the plan's, or one that is missing; or a size that the gate never publishes.
    """
    _check(plan, draws)
    counts = _counts(plan, draws)
    cells = tuple(
        _cell(plan, cell, draws[cell], counts.get(cell)) if cell in draws else _withheld(cell)
        for cell in order(plan.block, draws)
    )
    return ProtectedTable(plan.block.name, cells, formulas.evaluate_all(plan, draws))


def order(block: Block, found: Iterable[Cell]) -> tuple[Cell, ...]:
    """Return the block's cells in order; where keys are found in the data, those given, by key."""
    if not block.is_open:
        return block.cells
    return tuple(sorted(found, key=lambda cell: (block.segments.index(cell[0]), cell[1])))


def are_cells_of(block: Block, cells: Iterable[Cell]) -> bool:
    """Return whether a block has such cells: its own, or found keys, one each, of its segments."""
    if not block.is_open:
        return set(block.cells).issuperset(cells)
    return all(s in block.segments and len(k) == 1 and type(k[0]) is str for s, k in cells)


def _check(plan: TablePlan, draws: Draws) -> None:
    parts = {p.measure.name: {q.part for q in p.quantities} for p in plan.measures}
    if not are_cells_of(plan.block, draws):
        raise ValueError("a cell was released that is not the table's")
    if any({name: set(of) for name, of in cell.items()} != parts for cell in draws.values()):
        raise ValueError("what was released of a cell is not what the plan measures")


def _counts(plan: TablePlan, draws: Draws) -> Mapping[Cell, Estimate]:
    """Return the estimates of COUNT that agree with their margins, where there are any."""
    counted = any(p.measure.kind is MeasureKind.COUNT for p in plan.measures)
    return consistent.counts(plan, draws) if counted and plan.block.margins else {}


def _cell(
    plan: TablePlan,
    cell: Cell,
    released: Mapping[str, Mapping[Part, Drawn]],
    count: Estimate | None,
) -> ProtectedCell:
    size = whole(released[plan.size.measure.name][Part.PEOPLE])
    place = Place(plan.gate, size, _period(plan.block, cell))
    numbers = (number(p, released[p.measure.name], place, count) for p in plan.measures)
    return ProtectedCell(*cell, {n.measure: n for n in numbers})


def _withheld(cell: Cell) -> ProtectedCell:
    return ProtectedCell(*cell, {}, Withheld.TOO_FEW_PEOPLE)


def _period(block: Block, cell: Cell) -> int:
    """Return the number of the cell's period, from 0 on; 0 where there are none."""
    match block.dimensions:
        case (*_, ByPeriod(keys=keys)) if cell[1][-1] in keys:
            return keys.index(cell[1][-1])
        case _:
            return 0

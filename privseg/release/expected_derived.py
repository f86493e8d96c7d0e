# SPDX-License-Identifier: Apache-2.0
"""What to expect of formulas: their error bars at a stated size, from the plan alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from privseg.frames import TOTAL_KEY, Block, Cell
from privseg.protect.formula import Combined, Derived, Lift, Part, Quotient, Terms, Top
from privseg.protect.formulas import evaluate
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import Drawn, Estimate
from privseg.release.plan import PlannedTable, Unit

AT = 1_000  # people or events of a cell, at which errors are told
LARGEST = 1 << 40  # where nothing is printed at so many, it never is

Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ExpectedDerived:
    """The error bar of a formula, or of all that are alike but for segment and key."""

    name: str
    unit: Unit
    half_width: int
    at: int | None


def expected_derived(table: PlannedTable) -> Iterator[ExpectedDerived]:
    """Yield the error bars of a table's formulas; a list of the largest has none.

    Formulas of one stem ("share" of "share.SEGMENT.KEY") with one error are told once.
    """
    found: dict[tuple[str, int], list[ExpectedDerived]] = {}
    known: dict[Shape, tuple[Estimate, int | None]] = {}
    for formula, caption in zip(table.plan.derived, table.derived, strict=True):
        if isinstance(formula, Top):
            continue
        shape = _shape(table.block, formula)
        if shape not in known:
            known[shape] = _expected(table.plan, formula)
        estimate, at = known[shape]
        unit = Unit(caption.unit.name, caption.unit.decimals + estimate.decimals)
        width = -(-(estimate.high - estimate.low) // 2)
        line = ExpectedDerived(formula.name, unit, width, at)
        stem, *parts = formula.name.split(".")
        found.setdefault((stem, len(parts)), []).append(line)
    for (stem, _), lines in found.items():
        alike = len(lines) > 1 and len({replace(line, name="") for line in lines}) == 1
        yield from [replace(lines[0], name=stem)] if alike else lines


def _expected(plan: TablePlan, formula: Combined | Quotient | Lift) -> tuple[Estimate, int | None]:
    """Return the interval at the stated size, or at the first twice as large where it is printed.

    Raises:
        ValueError: the formula is none over this table.
    """
    if isinstance(formula, Combined):
        formula, at = replace(formula, is_signed=True), None
        return _estimate(plan, formula, AT), at
    at = AT
    while at <= LARGEST:
        draws = _draws(plan, formula, at)
        if (found := evaluate(plan, draws, formula).estimate) is not None:
            return found, at
        at *= 2
    raise ValueError("a formula is never printed")


def _estimate(plan: TablePlan, formula: Combined, at: int) -> Estimate:
    found = evaluate(plan, _draws(plan, formula, at), formula).estimate
    assert found is not None, "a sum of shown draws is always printed"
    return found


def _draws(
    plan: TablePlan, formula: Combined | Quotient | Lift, at: int
) -> Mapping[Cell, Mapping[str, Mapping[Part, Drawn]]]:
    """Return what would be released at the stated size: everybody in the middle of the bounds."""
    measures = {p.measure.name: p.measure for p in plan.measures}
    typical: dict[Cell, Mapping[str, Mapping[Part, Drawn]]] = {}
    for cell in _cells(formula):
        n = at * _breadth(plan.block, cell)
        typical[cell] = {
            name: {
                Part.COUNT: n,
                Part.EVENTS: n,
                Part.CENTRED_SUM: 0,
                Part.SUM: n * measure.upper // 2,
                Part.AT_LIMIT: 0,
            }
            for name, measure in measures.items()
        }
    return typical


def _cells(formula: Derived) -> tuple[Cell, ...]:
    match formula:
        case Combined():
            return tuple(t.cell for t in formula.terms)
        case Quotient():
            return tuple(t.cell for t in (*formula.top, *formula.bottom))
        case Lift():
            return formula.treated, formula.control
        case Top():
            return ()


def _breadth(block: Block, cell: Cell) -> int:
    """Return how many of the finest cells a cell is the sum of."""
    pairs = zip(block.dimensions, cell[1], strict=True)
    return prod(len(d.keys) for d, key in pairs if key == TOTAL_KEY)


def _shape(block: Block, formula: Combined | Quotient | Lift) -> Shape:
    """Return what decides a formula's error: all of it but which cells they are."""
    numbers: dict[Cell, int] = {}

    def terms(of: Terms) -> Shape:
        return tuple(
            (
                t.coefficient,
                numbers.setdefault(t.cell, len(numbers)),
                _breadth(block, t.cell),
                t.measure,
                t.part,
            )
            for t in of
        )

    match formula:
        case Combined():
            return ("sum", terms(formula.terms))
        case Quotient():
            ends = formula.scale, formula.lowest, formula.highest
            return ("quotient", terms(formula.top), terms(formula.bottom), ends)
        case Lift():
            return ("lift", formula.measure, formula.relative)

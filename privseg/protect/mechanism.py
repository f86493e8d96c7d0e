# SPDX-License-Identifier: Apache-2.0
"""The one place where exact numbers become noisy ones: ``protect``.

Totals and averages of a cell are published only where its size is. The three are one joint
mechanism: every quantity is measured on every cell (a draw each, whether shown or not), and what
is shown is a function of these draws and of one bit a cell, ``n >= k``. The bit matters only
where a neighbour has k - 1 people, and such a cell is shown with probability at most p; that event
is the table's selection delta (``threshold``), once, however many numbers stand in the cell. Given
that it does not happen, the rest is post-processing of discrete Gaussian draws, whose rho add up.

Draws do not depend on data: their number, order and parameters follow from the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

from privseg.errors import IntegrityError
from privseg.frames import MeasureKind, Tally
from privseg.protect.estimate import left_out, number
from privseg.protect.quantity import (
    LeftOutPlan,
    MeasurePlan,
    Part,
    Quantity,
    QuantityPlan,
    TablePlan,
)
from privseg.protect.sampler import RandBits, buffered, discrete_gaussian
from privseg.protect.stage import (
    Protected,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    Withheld,
)

Cell = tuple[str, str]
Tallies = Mapping[str, Mapping[Cell, Tally]]


class UnboundedTallyError(IntegrityError):
    """A tally is not what bounding makes: its sensitivity would not be what the plan says."""

    def __init__(self, *, table: str) -> None:
        super().__init__(
            f"the tallies of table {table!r} are not bounded as planned; nothing is released and "
            "the charge stands; report it: bounding and plan disagree"
        )
        self.table = table


def protect(
    plan: QuantityPlan, tallies: Tallies, not_included: int | None, *, randbits: RandBits
) -> Protected:
    """Return every number of ``plan`` after noise and gates.

    ``tallies`` holds, by table, every cell of its block; ``not_included`` the exact number of
    people of the edition who are not eligible, wanted exactly when the plan measures it.

    Raises:
        UnboundedTallyError: a cell is missing or over its bounds.
    """
    draw = buffered(randbits)
    if (plan.not_included is None) is not (not_included is None):
        raise UnboundedTallyError(table="not_included")
    tables = tuple(_table(t, tallies.get(t.block.name, {}), draw) for t in plan.tables)
    if plan.not_included is None or not_included is None:
        return Protected(tables)
    return Protected(tables, _left_out(plan.not_included, not_included, draw))


def _table(table: TablePlan, tallies: Mapping[Cell, Tally], draw: RandBits) -> ProtectedTable:
    if tallies.keys() != set(table.block.cells):
        raise UnboundedTallyError(table=table.block.name)
    cells = tuple(_cell(table, cell, tallies[cell], draw) for cell in table.block.cells)
    return ProtectedTable(table.block.name, cells)


def _cell(table: TablePlan, cell: Cell, tally: Tally, draw: RandBits) -> ProtectedCell:
    if not all(_is_bounded(m, tally) for m in table.measures):
        raise UnboundedTallyError(table=table.block.name)
    noise = {id(q): discrete_gaussian(q.sigma2, draw) for m in table.measures for q in m.quantities}
    people = table.size.quantity(Part.PEOPLE)
    size = table.gate.publish(tally.people, noise[id(people)])
    if size is None:
        return ProtectedCell(*cell, {}, Withheld.TOO_FEW_PEOPLE)
    numbers = [_number(table, m, tally, noise, size) for m in table.measures]
    return ProtectedCell(*cell, {n.measure: n for n in numbers})


def _number(
    table: TablePlan, plan: MeasurePlan, tally: Tally, noise: Mapping[int, int], size: int
) -> ProtectedNumber:
    if plan.measure.kind is MeasureKind.SIZE:
        return number(plan, table.gate, {Part.PEOPLE: size})
    released = {q.part: _exact(plan, q, tally) + noise[id(q)] for q in plan.quantities}
    return number(plan, table.gate, released)


def _exact(plan: MeasurePlan, quantity: Quantity, tally: Tally) -> int:
    """Return what ``quantity`` measures of a cell: of v - low it makes 2 v - low - high."""
    name, width = plan.measure.name, plan.measure.upper - plan.measure.lower
    match quantity.part:
        case Part.SUM:
            return tally.sums[name]
        case Part.CENTRED_SUM:
            return 2 * tally.sums[name] - width * tally.counts[name]
        case Part.AT_LIMIT | Part.EVENTS:
            return tally.counts[name]
        case _:
            raise ValueError("a count of people comes from its gate")


def _is_bounded(plan: MeasurePlan, tally: Tally) -> bool:
    """Return whether the tally respects the bounds that its noise was computed for."""
    measure, people = plan.measure, tally.people
    total, count = tally.sums.get(measure.name, -1), tally.counts.get(measure.name, -1)
    match measure.kind:
        case MeasureKind.SIZE:
            return people >= 0
        case MeasureKind.TOTAL:
            return 0 <= total <= people * measure.upper and 0 <= count <= people
        case MeasureKind.AVERAGE:
            width = measure.upper - measure.lower
            return 0 <= total <= count * width and count <= people * measure.events_per_person


def _left_out(plan: LeftOutPlan, people: int, draw: RandBits) -> ProtectedNumber:
    noise = discrete_gaussian(plan.quantity.sigma2, draw)
    return left_out(plan, plan.gate.publish(people, noise))

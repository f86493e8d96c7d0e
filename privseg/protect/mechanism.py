# SPDX-License-Identifier: Apache-2.0
"""The one place where exact numbers become noisy ones: ``protect``.

**Theorem.** A table is delta-approximately rho-zCDP (Bun & Steinke 2016, Definition 8.1), rho the
sum over its quantities and delta that of its gate. *Proof.* Let G be all draws of all quantities:
sizes, counts, sums, amounts, ``y = R x + z`` of each series and cell (z drawn along the periods of
a series, or the bins of a cell), for *every* cell of every level, shown or not. Each quantity is a
vector of whole numbers plus independent discrete Gaussian noise; its parameter follows from the
vector's sensitivity (``sensitivity``, ``running``), so G is rho-zCDP (Canonne, Kamath & Steinke
2020, Theorem 4; Bun & Steinke, Lemma 2.3). What is released is a function of G and of one bit a
cell, ``n >= k``: a cell is shown if its bit is set and its size's draw passes the threshold; of
cells shown ``assemble`` sees the draws (running sums after L, rounded), and nothing else.

Let D' be D less one person. Bits differ only in cells with n = k in D and k - 1 in D', of which
there are at most m, m counting the cells of all levels that a person can enter; D' never shows
them. Let E be that D shows none of them either. The sizes' draws are independent from cell to cell,
running sums or not, so P[not E] is at most ``1 - (1 - p)**m``, the gate's delta (``threshold``).
Given E, what is released does not read these cells' draws of size, nor any other number of theirs;
running sums of other cells read their people, through draws that are independent of E. So on both
sides it is the same function of the other draws of G, which are independent of E: rho-zCDP. And a
table of found keys is one of all keys there are: a key that nobody has is a cell of nobody, which
is never shown (k >= 1). Tables compose: rho and delta add up.  QED

Everything printed is made of this by ``assemble``: margins that agree, formulas, quantiles.

Draws do not depend on data: their number, order and parameters follow from the plan (in a table of
found keys their number follows from how many keys there are, and the same generator would give
other tables other noise; the law of the noise is the same).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from privseg.errors import IntegrityError
from privseg.frames import Cell, Tally
from privseg.protect.assemble import are_cells_of, assemble, order
from privseg.protect.bounded import adds_up, is_bounded, measured
from privseg.protect.estimate import left_out
from privseg.protect.formula import Part
from privseg.protect.measuring import Quantity
from privseg.protect.quantity import LeftOutPlan, MeasurePlan, QuantityPlan, TablePlan
from privseg.protect.sampler import RandBits, buffered, discrete_gaussians
from privseg.protect.stage import Drawn, Protected, ProtectedNumber, ProtectedTable

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

    ``tallies`` holds, by table, every cell of its block (of a table of found keys: every cell that
    anybody is in); ``not_included`` the exact number of people of the edition who are not eligible,
    wanted exactly when the plan measures it. Nothing is drawn before all of it is checked.

    Raises:
        UnboundedTallyError: a cell is missing or over its bounds; a margin is not its cells' sum.
    """
    draw = buffered(randbits)
    if (plan.not_included is None) is not (not_included is None) or (not_included or 0) < 0:
        raise UnboundedTallyError(table="not_included")
    ordered = [_checked(t, tallies.get(t.block.name, {})) for t in plan.tables]
    tables = tuple(_table(t, of, draw) for t, of in zip(plan.tables, ordered, strict=True))
    if plan.not_included is None or not_included is None:
        return Protected(tables)
    return Protected(tables, _left_out(plan.not_included, not_included, draw))


def _checked(table: TablePlan, tallies: Mapping[Cell, Tally]) -> Mapping[Cell, Tally]:
    """Return the tallies in the order in which noise is drawn for them."""
    block = table.block
    complete = are_cells_of(block, tallies) and (block.is_open or len(tallies) == len(block.cells))
    bounded = complete and all(is_bounded(m, t) for m in block.measures for t in tallies.values())
    if not bounded or not adds_up(block, tallies):
        raise UnboundedTallyError(table=block.name)
    return {cell: tallies[cell] for cell in order(block, tallies)}


def _table(table: TablePlan, tallies: Mapping[Cell, Tally], draw: RandBits) -> ProtectedTable:
    people = table.size.quantity(Part.PEOPLE)
    noise = discrete_gaussians(people.sigma2, len(tallies), draw)
    sizes = [table.gate.publish(t.people, e) for t, e in zip(tallies.values(), noise, strict=True)]
    others = [(p, q) for p in table.measures for q in p.quantities if q is not people]
    columns = [(p, q, _column(p, q, list(tallies.values()), draw)) for p, q in others]
    shown: dict[Cell, dict[str, dict[Part, Drawn]]] = {}
    for i, (cell, size) in enumerate(zip(tallies, sizes, strict=True)):
        if size is not None:
            released = shown[cell] = {p.measure.name: {} for p in table.measures}
            released[table.size.measure.name][Part.PEOPLE] = size
            for plan, quantity, column in columns:
                released[plan.measure.name][quantity.part] = column[i]
    return assemble(table, shown)


def _column(
    plan: MeasurePlan, quantity: Quantity, tallies: Sequence[Tally], draw: RandBits
) -> Sequence[Drawn]:
    """Return what a quantity gives of each cell, after noise: of running sums L y, rounded."""
    noisy = list(_noisy(quantity, measured(plan.measure, quantity, tallies), draw))
    if quantity.factor is None:
        return noisy[0] if noisy else ()
    sums = [quantity.factor.sums(vector) for vector in noisy]
    return sums if quantity.part is Part.CUMULATIVE else [value for s in sums for value in s]


def _noisy(
    quantity: Quantity, vectors: Sequence[Sequence[int]], draw: RandBits
) -> Iterator[Sequence[int]]:
    """Yield each vector with a draw added to each of its numbers."""
    noise = iter(discrete_gaussians(quantity.sigma2, sum(map(len, vectors)), draw))
    for vector in vectors:
        yield [value + next(noise) for value in vector]


def _left_out(plan: LeftOutPlan, people: int, draw: RandBits) -> ProtectedNumber:
    (noise,) = discrete_gaussians(plan.quantity.sigma2, 1, draw)
    return left_out(plan, plan.gate.publish(people, noise))

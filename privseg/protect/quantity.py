# SPDX-License-Identifier: Apache-2.0
"""What a plan measures and with how much noise: measures, tables and the whole plan. No data.

A quantity (``measuring``) is a vector over the cells of its table. Discrete Gaussian noise of
parameter ``sigma2 = Delta_2**2 / (2 rho)`` makes it rho-zCDP (Canonne, Kamath & Steinke 2020,
Theorem 4 and its multivariate form); quantities compose by adding their rho (Bun & Steinke 2016,
Lemma 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from privseg.frames import Block, ByPeriod, Measure, MeasureKind
from privseg.protect import sensitivity
from privseg.protect.formula import Derived, Part
from privseg.protect.loss import PrivacyLoss
from privseg.protect.measuring import CLAMP_SHARE, COUNT_SHARE, Quantity, quantities_of
from privseg.protect.threshold import Gate

__all__ = [
    "CLAMP_SHARE",
    "COUNT_SHARE",
    "LeftOutPlan",
    "MeasurePlan",
    "Part",
    "Quantity",
    "QuantityPlan",
    "TablePlan",
]


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """One measure of a table, and the quantities that it takes."""

    measure: Measure
    quantities: tuple[Quantity, ...]

    @classmethod
    def of(cls, measure: Measure, *, block: Block, rho: Fraction) -> MeasurePlan:
        """Plan ``measure`` for the cells of ``block``, at a cost of ``rho``.

        Raises:
            ValueError: its bounds bound nothing, or the noise would be finer than a unit.
        """
        quantities = quantities_of(measure, block, rho)
        fine = measure.kind is MeasureKind.AVERAGE and any(q.sigma2 < 1 for q in quantities)
        if fine:
            raise ValueError("an average's interval is proved for noise of at least one unit")
        return cls(measure, quantities)

    @property
    def rho(self) -> Fraction:
        """Return what it costs."""
        return sum((q.rho for q in self.quantities), start=Fraction(0))

    def quantity(self, part: Part) -> Quantity:
        """Return the quantity of one part."""
        return next(q for q in self.quantities if q.part is part)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One table: its block, its measures in the block's order, and the gate of its cells.

    INVARIANT: the first measure of kind SIZE is what the gate looks at, and there is only one.
    """

    block: Block
    measures: tuple[MeasurePlan, ...]
    gate: Gate = field(repr=False)
    derived: tuple[Derived, ...] = ()

    @classmethod
    def of(
        cls,
        block: Block,
        *,
        rhos: tuple[Fraction, ...],
        min_people: int,
        delta: Fraction,
        derived: tuple[Derived, ...] = (),
    ) -> TablePlan:
        """Plan ``block`` with one rho per measure.

        Raises:
            ValueError: not exactly one measure counts people, a bound is missing, the block's
                cells are none that can be bounded, or a formula refers to what is not drawn.
        """
        _check_cells(block)
        plans = tuple(
            MeasurePlan.of(measure, block=block, rho=rho)
            for measure, rho in zip(block.measures, rhos, strict=True)
        )
        sizes = [p for p in plans if p.measure.kind is MeasureKind.SIZE]
        if len(sizes) != 1:
            raise ValueError("a table counts its people once: its gate needs that count")
        sigma2 = sizes[0].quantity(Part.PEOPLE).sigma2
        plan = cls(block, plans, Gate(min_people, block.entries, sigma2, delta), derived)
        if derived:
            from privseg.protect import formulas  # noqa: PLC0415  # they reckon with plans: a circle

            formulas.check(plan)
        return plan

    @property
    def size(self) -> MeasurePlan:
        """Return the measure that counts people."""
        return next(p for p in self.measures if p.measure.kind is MeasureKind.SIZE)


@dataclass(frozen=True, slots=True)
class LeftOutPlan:
    """The count of people of the edition who are not eligible: a table of one cell."""

    quantity: Quantity
    gate: Gate = field(repr=False)

    @classmethod
    def of(cls, *, rho: Fraction, min_people: int, delta: Fraction) -> LeftOutPlan:
        """Plan it at a cost of ``rho`` and ``delta``."""
        quantity = Quantity(Part.NOT_INCLUDED, sensitivity.people_left_out(), rho)
        return cls(quantity, Gate(min_people, 1, quantity.sigma2, delta))


@dataclass(frozen=True, slots=True)
class QuantityPlan:
    """Everything a report measures. Its cost is a function of it alone."""

    tables: tuple[TablePlan, ...]
    not_included: LeftOutPlan | None = None

    @property
    def quantities(self) -> Iterator[Quantity]:
        """Yield every quantity, in the order in which noise is drawn."""
        for table in self.tables:
            for measure in table.measures:
                yield from measure.quantities
        if self.not_included is not None:
            yield self.not_included.quantity

    @property
    def loss(self) -> PrivacyLoss:
        """Return the sum of all rho, and of the delta that each gate declares."""
        gates = [t.gate for t in self.tables]
        gates += [self.not_included.gate] if self.not_included is not None else []
        rho = sum((q.rho for q in self.quantities), start=Fraction(0))
        return PrivacyLoss(rho, sum((g.delta for g in gates), start=Fraction(0)))


def _check_cells(block: Block) -> None:
    """Refuse names given twice, found keys beside others, and margins that count a person twice."""
    names, cells = [m.name for m in block.measures], block.cells
    if len({*names}) < len(names) or len({*cells}) < len(cells) or not block.segments:
        raise ValueError("a table's measures and cells each have a name of their own")
    if block.is_open and (len(block.dimensions) > 1 or block.margins):
        raise ValueError("keys found in the data are a table's only ones, without margins")
    if block.margins and sum(m.kind is MeasureKind.COUNT for m in block.measures) > 1:
        raise ValueError("margins agree with one count of people, not with several")
    dropped = (set(block.levels[0]) - set(kept) for kept in block.margins)
    periods = {i for i, d in enumerate(block.dimensions) if isinstance(d, ByPeriod) and d.most > 1}
    if any(periods & out for out in dropped):
        raise ValueError("a margin over periods would count a person more than once")

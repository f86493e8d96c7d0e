# SPDX-License-Identifier: Apache-2.0
"""What a plan measures and with how much noise: quantities, tables and the whole plan. No data.

A quantity is a vector with one entry per cell of its table. Discrete Gaussian noise of parameter
``sigma2 = Delta_2**2 / (2 rho)`` makes it rho-zCDP (Canonne, Kamath & Steinke 2020, Theorem 4 and
its multivariate form); quantities compose by adding their rho (Bun & Steinke 2016, Lemma 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from privseg.frames import Block, Measure, MeasureKind
from privseg.protect import sensitivity
from privseg.protect.loss import PrivacyLoss
from privseg.protect.sensitivity import Sensitivity
from privseg.protect.threshold import Gate

CLAMP_SHARE = Fraction(1, 20)  # of a total's rho, for the count of people at the limit
COUNT_SHARE = Fraction(1, 2)  # of an average's rho, for its count: minimax over where the mean lies


class Part(StrEnum):
    """One noisy number of a measure: what is drawn, released and checked."""

    PEOPLE = "people"
    SUM = "sum"
    AT_LIMIT = "people_at_limit"
    CENTRED_SUM = "centred_sum"
    EVENTS = "events"
    NOT_INCLUDED = "not_included"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A vector that is measured once: its part, sensitivity and share of the loss.

    >>> Quantity(Part.PEOPLE, sensitivity.people(1), Fraction(1, 80)).sigma2
    Fraction(40, 1)
    """

    part: Part
    sensitivity: Sensitivity
    rho: Fraction

    def __post_init__(self) -> None:
        """A quantity that costs nothing would need infinite noise."""
        if self.rho <= 0:
            raise ValueError("a quantity needs a positive rho")

    @property
    def sigma2(self) -> Fraction:
        """Return the parameter of the noise, exact."""
        return self.sensitivity.squared / (2 * self.rho)

    @property
    def derivation(self) -> tuple[str, ...]:
        """Return how the noise follows from the bounds, one line a step."""
        noise = (
            f"sigma^2 = Delta_2^2 / (2 rho) = {self.sensitivity.squared} / (2 * {self.rho}) = "
            f"{self.sigma2} [Canonne, Kamath & Steinke 2020, Theorem 4: rho-zCDP]"
        )
        return (*self.sensitivity.derivation, noise)


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """One measure of a table, and the quantities that it takes."""

    measure: Measure
    quantities: tuple[Quantity, ...]

    @classmethod
    def of(cls, measure: Measure, *, groups: int, rho: Fraction) -> MeasurePlan:
        """Plan ``measure`` for people who enter at most ``groups`` cells, at a cost of ``rho``.

        Raises:
            ValueError: its bounds bound nothing, or the noise would be finer than a unit.
        """
        quantities = _quantities(measure, groups, rho)
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

    @classmethod
    def of(
        cls, block: Block, *, rhos: tuple[Fraction, ...], min_people: int, delta: Fraction
    ) -> TablePlan:
        """Plan ``block`` with one rho per measure.

        Raises:
            ValueError: not exactly one measure counts people, or a bound is missing.
        """
        m = block.groups_per_person
        plans = tuple(
            MeasurePlan.of(measure, groups=m, rho=rho)
            for measure, rho in zip(block.measures, rhos, strict=True)
        )
        sizes = [p for p in plans if p.measure.kind is MeasureKind.SIZE]
        if len(sizes) != 1:
            raise ValueError("a table counts its people once: its gate needs that count")
        sigma2 = sizes[0].quantity(Part.PEOPLE).sigma2
        return cls(block, plans, Gate(min_people, m, sigma2, delta))

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


def _quantities(measure: Measure, m: int, rho: Fraction) -> tuple[Quantity, ...]:
    match measure.kind:
        case MeasureKind.SIZE:
            return (Quantity(Part.PEOPLE, sensitivity.people(m), rho),)
        case MeasureKind.TOTAL:
            at_limit = rho * CLAMP_SHARE
            return (
                Quantity(Part.SUM, sensitivity.clamped_sum(m, measure.upper), rho - at_limit),
                Quantity(Part.AT_LIMIT, sensitivity.people_at_limit(m), at_limit),
            )
        case MeasureKind.AVERAGE:
            return _average_quantities(measure, m, rho)


def _average_quantities(measure: Measure, m: int, rho: Fraction) -> tuple[Quantity, ...]:
    events, count_rho = measure.events_per_person, rho * COUNT_SHARE
    centred = sensitivity.centred_sum(m, lower=measure.lower, upper=measure.upper, events=events)
    counted = sensitivity.events_taken(m, events=events)
    return (
        Quantity(Part.CENTRED_SUM, centred, rho - count_rho),
        Quantity(Part.EVENTS, counted, count_rho),
    )

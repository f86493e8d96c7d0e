# SPDX-License-Identifier: Apache-2.0
"""What a measure is made of: the vectors that are drawn for it, and what each of them costs.

A measure takes one quantity or two and shares its rho among them by fixed parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from privseg.frames import Block, ByPeriod, EachOf, Measure, MeasureKind
from privseg.protect import sensitivity
from privseg.protect.formula import Part
from privseg.protect.running import Factor
from privseg.protect.sensitivity import Sensitivity

CLAMP_SHARE = Fraction(1, 20)  # of a total's rho, for the count of people at the clamp
COUNT_SHARE = Fraction(1, 2)  # of an average's rho, for its count: minimax over where the mean lies


@dataclass(frozen=True, slots=True)
class Quantity:
    """A vector that is measured once: its part, sensitivity and share of the loss.

    ``factor``: it holds running sums, along the periods of a series or the bins of a cell, and
    noise is added to R x on R's integer grid (``running``). Else to the numbers themselves.

    >>> Quantity(Part.PEOPLE, sensitivity.people(1), Fraction(1, 80)).sigma2
    Fraction(40, 1)
    """

    part: Part
    sensitivity: Sensitivity
    rho: Fraction
    factor: Factor | None = None

    def __post_init__(self) -> None:
        """A quantity that costs nothing would need infinite noise."""
        if self.rho <= 0:
            raise ValueError("a quantity needs a positive rho")

    @property
    def sigma2(self) -> Fraction:
        """Return the parameter of the noise, exact (on R's grid, where there is a factor)."""
        return self.sensitivity.squared / (2 * self.rho)

    @property
    def derivation(self) -> tuple[str, ...]:
        """Return how the noise follows from the bounds, one line a step."""
        noise = (
            f"sigma^2 = Delta_2^2 / (2 rho) = {self.sensitivity.squared} / (2 * {self.rho}) = "
            f"{self.sigma2} [Canonne, Kamath & Steinke 2020, Theorem 4: rho-zCDP]"
        )
        return (*self.sensitivity.derivation, noise)


def quantities_of(measure: Measure, block: Block, rho: Fraction) -> tuple[Quantity, ...]:
    """Return what is drawn for ``measure`` in every cell of ``block``, for ``rho`` in all.

    Raises:
        ValueError: a bound is missing, or the block is none for running sums.
    """
    m, levels = block.entries, len(block.levels)
    match measure.kind:
        case MeasureKind.SIZE:
            return (Quantity(Part.PEOPLE, sensitivity.people(m, levels=levels), rho),)
        case MeasureKind.COUNT:
            counted = sensitivity.people(m, levels=levels)
            return (_summed(measure, block, Quantity(Part.COUNT, counted, rho), Part.RUNNING),)
        case MeasureKind.TOTAL:
            return _total(measure, block, rho)
        case MeasureKind.AVERAGE:
            return _average(measure, block, rho)
        case MeasureKind.QUANTILES:
            return (_quantiles(measure, block, rho),)


def _total(measure: Measure, block: Block, rho: Fraction) -> tuple[Quantity, ...]:
    m, levels, cut = block.entries, len(block.levels), rho * CLAMP_SHARE
    summed = sensitivity.clamped_sum(m, measure.upper, levels=levels)
    at_limit = sensitivity.people_at_limit(m, levels=levels)
    return (
        _summed(measure, block, Quantity(Part.SUM, summed, rho - cut), Part.RUNNING),
        _summed(measure, block, Quantity(Part.AT_LIMIT, at_limit, cut), Part.AT_LIMIT),
    )


def _average(measure: Measure, block: Block, rho: Fraction) -> tuple[Quantity, ...]:
    m, levels, events = block.entries, len(block.levels), measure.events_per_person
    if not isinstance(measure.amount, EachOf) and events != 1:
        raise ValueError("a person has one amount of their own in a cell")
    count_rho = rho * COUNT_SHARE
    centred = sensitivity.centred_sum(
        m, lower=measure.lower, upper=measure.upper, events=events, levels=levels
    )
    counted = sensitivity.events_taken(m, events=events, levels=levels)
    return (
        Quantity(Part.CENTRED_SUM, centred, rho - count_rho),
        Quantity(Part.EVENTS, counted, count_rho),
    )


def _quantiles(measure: Measure, block: Block, rho: Fraction) -> Quantity:
    grid, ranks = measure.grid, measure.ranks
    rising = all(a < b for a, b in pairwise(grid))
    if not grid[2:] or not rising or not ranks or not all(0 < q < 1 for q in ranks):
        raise ValueError("quantiles need a rising grid of three edges and ranks between 0 and 1")
    factor = Factor(len(grid) - 1)
    claim = sensitivity.cumulative(block.entries, factor, levels=len(block.levels))
    return Quantity(Part.CUMULATIVE, claim, rho, factor)


def _summed(measure: Measure, block: Block, single: Quantity, part: Part) -> Quantity:
    """Return the quantity, or its running sums over the periods, if the measure asks for them."""
    if not measure.running:
        return single
    *others, last = block.dimensions or (None,)
    if not isinstance(last, ByPeriod) or block.margins or any(_is_period(d) for d in others):
        raise ValueError("running sums are over the periods of a block's one, last dimension")
    factor = Factor(len(last.keys), last.most)
    series = len(block.finest) // len(last.keys)
    claim = sensitivity.running(single.sensitivity, factor, series=series)
    return Quantity(part, claim, single.rho, factor)


def _is_period(dimension: object) -> bool:
    return isinstance(dimension, ByPeriod)

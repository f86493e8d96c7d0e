# SPDX-License-Identifier: Apache-2.0
"""From what was released of one measure of one cell to what is printed, with its error bar.

A pure function of the plan and of released values. A number is published where its cell's gate
published the size, and its noise is independent of the gate's; so given publication its interval is
the plain one. (The size itself is the gate's own draw: its interval is given publication.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from privseg.frames import MeasureKind
from privseg.protect import linear
from privseg.protect.average import Ratio
from privseg.protect.formula import Part
from privseg.protect.measuring import Quantity
from privseg.protect.quantiles import quantile
from privseg.protect.quantity import LeftOutPlan, MeasurePlan
from privseg.protect.running import Factor
from privseg.protect.stage import Drawn, Estimate, ProtectedNumber, Withheld
from privseg.protect.tail import DiscreteGaussian
from privseg.protect.threshold import ALPHA, Gate

LEFT_OUT = "not_included"


@dataclass(frozen=True, slots=True)
class Place:
    """What else is known of a published cell: its gate, its published size, and its period."""

    gate: Gate
    size: int
    period: int = 0


def number(
    plan: MeasurePlan, released: Mapping[Part, Drawn], place: Place, count: Estimate | None = None
) -> ProtectedNumber:
    """Return the measure that ``released`` gives; ``count``: its estimate, where margins agree.

    Raises:
        ValueError: a size that this gate never publishes, or a part that is not one number each.
    """
    name = plan.measure.name
    match plan.measure.kind:
        case MeasureKind.SIZE:
            return ProtectedNumber(name, released, _gated(place.gate, whole(released[Part.PEOPLE])))
        case MeasureKind.COUNT:
            return ProtectedNumber(name, released, count or _plain(plan, released, place))
        case MeasureKind.TOTAL:
            return _total(plan, released, place)
        case MeasureKind.AVERAGE:
            return _average(plan, released)
        case MeasureKind.QUANTILES:
            return _quantiles(plan, released, place)


def left_out(plan: LeftOutPlan, value: int | None) -> ProtectedNumber:
    """Return the count of people not included; ``value`` is None where its gate withheld it."""
    if value is None:
        return ProtectedNumber(LEFT_OUT, {}, None, Withheld.TOO_FEW_PEOPLE)
    return ProtectedNumber(LEFT_OUT, {Part.NOT_INCLUDED: value}, _gated(plan.gate, value))


def half_width(quantity: Quantity) -> int:
    """Return the half of the error bar around what is released: of running sums the last one's."""
    return half_widths(quantity)[-1]


def half_widths(quantity: Quantity) -> tuple[int, ...]:
    """Return one half of an error bar for each running sum, or the one there is.

    Each covers at least 95 % by itself: exactly computed for a single draw, by ``linear`` and half
    a unit of rounding for a sum.
    """
    return _half_widths(quantity.sigma2, quantity.factor)


def whole(drawn: Drawn) -> int:
    """Return a single number.

    Raises:
        ValueError: it is none.
    """
    if type(drawn) is not int:
        raise ValueError("one number was to be released here")
    return drawn


@lru_cache(maxsize=256)  # a memo of a pure function of public numbers
def _half_widths(sigma2: Fraction, factor: Factor | None) -> tuple[int, ...]:
    if factor is None:
        return (DiscreteGaussian.of(sigma2).half_width(1 - ALPHA),)
    rows = ([(w, sigma2) for w in factor.weights[: t + 1]] for t in range(factor.length))
    return tuple(_up(linear.half_width(row) + Fraction(1, 2)) for row in rows)


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _gated(gate: Gate, value: int) -> Estimate:
    return Estimate(value, *gate.interval(value))


def _plain(plan: MeasurePlan, released: Mapping[Part, Drawn], place: Place) -> Estimate:
    """Return the measure's first quantity as it was released."""
    return _barred(plan.quantities[0], released, place)


def _barred(quantity: Quantity, released: Mapping[Part, Drawn], place: Place) -> Estimate:
    """Return a released number with its error bar, cut at zero: the truth is never negative."""
    drawn = whole(released[quantity.part])
    half = half_widths(quantity)[place.period if quantity.factor else 0]
    return Estimate(max(0, drawn), max(0, drawn - half), max(0, drawn + half))


def _total(plan: MeasurePlan, released: Mapping[Part, Drawn], place: Place) -> ProtectedNumber:
    at_limit = _barred(plan.quantity(Part.AT_LIMIT), released, place)
    return ProtectedNumber(
        plan.measure.name,
        released,
        _plain(plan, released, place),
        at_limit=at_limit,
        limit_hides_up_to=plan.measure.upper * at_limit.high,
    )


def _average(plan: MeasurePlan, released: Mapping[Part, Drawn]) -> ProtectedNumber:
    ratio = Ratio(
        centred_sum=whole(released[Part.CENTRED_SUM]),
        events=whole(released[Part.EVENTS]),
        sum_sigma2=plan.quantity(Part.CENTRED_SUM).sigma2,
        events_sigma2=plan.quantity(Part.EVENTS).sigma2,
        lower=plan.measure.lower,
        upper=plan.measure.upper,
    )
    if not ratio.is_printable:
        return ProtectedNumber(plan.measure.name, released, None, Withheld.TOO_NOISY)
    return ProtectedNumber(plan.measure.name, released, ratio.estimate())


def _quantiles(plan: MeasurePlan, released: Mapping[Part, Drawn], place: Place) -> ProtectedNumber:
    measure, quantity = plan.measure, plan.quantity(Part.CUMULATIVE)
    counts = released[Part.CUMULATIVE]
    edges = len(measure.grid) - 1
    if not isinstance(counts, tuple) or [type(c) for c in counts] != [int] * edges:
        raise ValueError("one number for each edge of the grid was to be released here")
    found = tuple(
        quantile(quantity, counts, grid=measure.grid, rank=rank, size=place.size)
        for rank in measure.ranks
    )
    withheld = None if any(found) else Withheld.TOO_NOISY
    return ProtectedNumber(measure.name, released, None, withheld, quantiles=found)

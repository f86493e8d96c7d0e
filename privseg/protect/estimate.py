# SPDX-License-Identifier: Apache-2.0
"""From noisy draws to what is printed: a pure function of the plan and of released values.

Both sides use it: ``protect`` when it makes a release, ``verify`` when it checks one. A total is
published where its cell's gate published the size, and its noise is independent of the gate's;
so given publication its interval is the plain one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from privseg.frames import MeasureKind
from privseg.protect.average import Ratio
from privseg.protect.quantity import LeftOutPlan, MeasurePlan, Part, Quantity
from privseg.protect.stage import Estimate, ProtectedNumber, Withheld
from privseg.protect.tail import DiscreteGaussian
from privseg.protect.threshold import ALPHA, Gate

LEFT_OUT = "not_included"


def number(plan: MeasurePlan, gate: Gate, released: Mapping[Part, int]) -> ProtectedNumber:
    """Return the measure that ``released`` gives, with its interval.

    Raises:
        ValueError: a size that this gate never publishes.
    """
    name = plan.measure.name
    match plan.measure.kind:
        case MeasureKind.SIZE:
            return ProtectedNumber(name, released, _gated(gate, released[Part.PEOPLE]))
        case MeasureKind.TOTAL:
            return _total(plan, released)
        case MeasureKind.AVERAGE:
            return _average(plan, released)


def left_out(plan: LeftOutPlan, value: int | None) -> ProtectedNumber:
    """Return the count of people not included; ``value`` is None where its gate withheld it."""
    if value is None:
        return ProtectedNumber(LEFT_OUT, {}, None, Withheld.TOO_FEW_PEOPLE)
    return ProtectedNumber(LEFT_OUT, {Part.NOT_INCLUDED: value}, _gated(plan.gate, value))


def half_width(quantity: Quantity) -> int:
    """Return the smallest integer whose exact coverage around a draw is at least 95 %."""
    return _half_width(quantity.sigma2)


@lru_cache(maxsize=256)  # a memo of a pure function of public numbers
def _half_width(sigma2: Fraction) -> int:
    return DiscreteGaussian.of(sigma2).half_width(1 - ALPHA)


def _gated(gate: Gate, value: int) -> Estimate:
    return Estimate(value, *gate.interval(value))


def _total(plan: MeasurePlan, released: Mapping[Part, int]) -> ProtectedNumber:
    at_limit = _plain(plan.quantity(Part.AT_LIMIT), released[Part.AT_LIMIT])
    return ProtectedNumber(
        plan.measure.name,
        released,
        _plain(plan.quantity(Part.SUM), released[Part.SUM]),
        at_limit=at_limit,
        limit_hides_up_to=plan.measure.upper * at_limit.high,
    )


def _plain(quantity: Quantity, drawn: int) -> Estimate:
    """Return a draw with its error bar, cut at zero: the truth is never negative."""
    half = half_width(quantity)
    return Estimate(max(0, drawn), max(0, drawn - half), max(0, drawn + half))


def _average(plan: MeasurePlan, released: Mapping[Part, int]) -> ProtectedNumber:
    ratio = Ratio(
        centred_sum=released[Part.CENTRED_SUM],
        events=released[Part.EVENTS],
        sum_sigma2=plan.quantity(Part.CENTRED_SUM).sigma2,
        events_sigma2=plan.quantity(Part.EVENTS).sigma2,
        lower=plan.measure.lower,
        upper=plan.measure.upper,
    )
    if not ratio.is_printable:
        return ProtectedNumber(plan.measure.name, released, None, Withheld.TOO_NOISY)
    return ProtectedNumber(plan.measure.name, released, ratio.estimate())

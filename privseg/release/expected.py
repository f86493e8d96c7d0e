# SPDX-License-Identifier: Apache-2.0
"""What to expect of a report before it is run: error bars and how many people a cell needs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from privseg.frames import MeasureKind
from privseg.protect import Gate, MeasurePlan, Part, half_width
from privseg.protect.average import DECIMALS, Ratio, printable_from
from privseg.release.plan import ReportPlan, Unit
from privseg.release.request import NOT_INCLUDED

HALF_THE_TIME, NEARLY_ALWAYS = Fraction(1, 2), Fraction(99, 100)
EVENTS = 1_000  # at which the error of an average is told


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """The error bar of one number, known beforehand; a function of the plan alone.

    ``half_width`` counts units of 10**-decimals (``unit.decimals`` and those an average adds). For
    an average it is that over 1,000 events with a mean in the middle of its bounds, and
    ``events_needed`` the noisy count from which it is printed.
    """

    table: str
    measure: str
    kind: MeasureKind
    rho: Fraction
    unit: Unit
    half_width: int
    people_shown_half_the_time: int | None = None
    people_shown_nearly_always: int | None = None
    events_needed: int | None = None


def expected_error(plan: ReportPlan) -> tuple[ExpectedError, ...]:
    """Return what ``--dry-run`` prints, one line per number. Reads no data."""
    lines = [
        _expected(t.block.name, measure, caption.unit, t.plan.gate)
        for t in plan.tables
        for measure, caption in zip(t.plan.measures, t.captions, strict=True)
    ]
    if (left_out := plan.not_included) is not None:
        width, rho = half_width(left_out.quantity), left_out.quantity.rho
        people = _people(left_out.gate)
        kind = MeasureKind.SIZE
        line = ExpectedError("", NOT_INCLUDED, kind, rho, Unit("people"), width, *people)
        lines.append(line)
    return tuple(lines)


def _expected(table: str, plan: MeasurePlan, unit: Unit, gate: Gate) -> ExpectedError:
    measure, kind, rho = plan.measure.name, plan.measure.kind, plan.rho
    match kind:
        case MeasureKind.SIZE:
            width = half_width(plan.quantity(Part.PEOPLE))
            return ExpectedError(table, measure, kind, rho, unit, width, *_people(gate))
        case MeasureKind.TOTAL:
            width = half_width(plan.quantity(Part.SUM))
            return ExpectedError(table, measure, kind, rho, unit, width)
        case MeasureKind.AVERAGE:
            finer = Unit(unit.name, unit.decimals + DECIMALS)
            width, needed = _average(plan)
            return ExpectedError(table, measure, kind, rho, finer, width, events_needed=needed)


def _average(plan: MeasurePlan) -> tuple[int, int]:
    total, count = plan.quantity(Part.CENTRED_SUM).sigma2, plan.quantity(Part.EVENTS).sigma2
    needed = printable_from(count)
    bounds = plan.measure.lower, plan.measure.upper
    estimate = Ratio(0, max(EVENTS, needed), total, count, *bounds).estimate()
    return -(-(estimate.high - estimate.low) // 2), needed


def _people(gate: Gate) -> tuple[int, int]:
    return gate.people_needed(HALF_THE_TIME), gate.people_needed(NEARLY_ALWAYS)

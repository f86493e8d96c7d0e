# SPDX-License-Identifier: Apache-2.0
"""What to expect of a report before it is run: error bars and how many people a cell needs.

A function of the plan alone. What depends on how many there are (averages, quotients, lifts) is
told at a stated size: so many people or events in every cell, each in the middle of its bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from privseg.frames import MeasureKind
from privseg.protect import Gate, MeasurePlan, Part, half_width, linear
from privseg.protect.average import Ratio, printable_from
from privseg.protect.measuring import Quantity
from privseg.protect.quantiles import printed_from
from privseg.release.expected_derived import AT, expected_derived
from privseg.release.plan import Caption, PlannedTable, ReportPlan, Unit
from privseg.release.request import NOT_INCLUDED

HALF_THE_TIME, NEARLY_ALWAYS = Fraction(1, 2), Fraction(99, 100)
PEOPLE = Unit("people")


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """The error bar of one number, known beforehand.

    ``half_width`` counts units of 10**-decimals (``unit.decimals`` and those that quotients add).
    ``people_shown_...`` are how many people a cell needs to be shown (beside the line of a table's
    people alone). ``events_needed`` is the noisy count from which it is printed: of events or
    people taken (an average), of a cell's people (a quantile). ``at`` is the stated size.

    Of a quantile (``rank``) the half-width is in people: it lies between the amounts that so many
    people fewer, and so many more, are below. Of a derived number ``kind`` is None and the cost is
    nothing; where a formula is asked of every segment and key, one line stands for all.
    """

    table: str
    measure: str
    kind: MeasureKind | None
    rho: Fraction
    unit: Unit
    half_width: int
    people_shown_half_the_time: int | None = None
    people_shown_nearly_always: int | None = None
    events_needed: int | None = None
    rank: Fraction | None = None
    at: int | None = None


def expected_error(plan: ReportPlan) -> tuple[ExpectedError, ...]:
    """Return what ``--dry-run`` prints, one line per number. Reads no data."""
    lines = [line for table in plan.tables for line in _table(table)]
    if (left_out := plan.not_included) is not None:
        width, rho = half_width(left_out.quantity), left_out.quantity.rho
        people = _people(left_out.gate)
        kind = MeasureKind.SIZE
        lines.append(ExpectedError("", NOT_INCLUDED, kind, rho, PEOPLE, width, *people))
    return tuple(lines)


def _table(table: PlannedTable) -> list[ExpectedError]:
    """Return the numbers of one table, and what is derived from them."""
    lines: list[ExpectedError] = []
    for plan, caption in zip(table.plan.measures, table.captions, strict=True):
        lines += _measure(table, plan, caption)
    derived = (
        ExpectedError(table.block.name, d.name, None, Fraction(0), d.unit, d.half_width, at=d.at)
        for d in expected_derived(table)
    )
    return [*lines, *derived]


def _measure(table: PlannedTable, plan: MeasurePlan, caption: Caption) -> list[ExpectedError]:
    name, measure = table.block.name, plan.measure
    line = ExpectedError(name, measure.name, measure.kind, plan.rho, caption.unit, 0)
    match measure.kind:
        case MeasureKind.SIZE:
            return [_size(table, line)]
        case MeasureKind.COUNT:
            return []  # it stands in the line of the size: it is what is shown of it
        case MeasureKind.TOTAL:
            return [replace(line, half_width=half_width(plan.quantities[0]))]
        case MeasureKind.AVERAGE:
            return [_average(plan, line)]
        case MeasureKind.QUANTILES:
            quantity = plan.quantity(Part.CUMULATIVE)
            shares = [line.rho / len(measure.ranks)] * len(measure.ranks)
            return [
                _quantile(replace(line, rho=rho), quantity, rank)
                for rank, rho in zip(measure.ranks, shares, strict=True)
            ]


def _size(table: PlannedTable, line: ExpectedError) -> ExpectedError:
    """Return the line of a table's people: of the count, where one is measured for itself."""
    counts = [p for p in table.plan.measures if p.measure.kind is MeasureKind.COUNT]
    shown = counts[0] if counts else table.plan.size
    half, always = _people(table.plan.gate)
    return replace(
        line,
        kind=shown.measure.kind,
        rho=line.rho + sum((c.rho for c in counts), start=Fraction(0)),
        half_width=half_width(shown.quantities[0]),
        people_shown_half_the_time=half,
        people_shown_nearly_always=always,
    )


def _average(plan: MeasurePlan, line: ExpectedError) -> ExpectedError:
    total, count = plan.quantity(Part.CENTRED_SUM).sigma2, plan.quantity(Part.EVENTS).sigma2
    needed = printable_from(count)
    at = max(AT, needed)
    found = Ratio(0, at, total, count, plan.measure.lower, plan.measure.upper).estimate()
    return replace(
        line,
        unit=Unit(line.unit.name, line.unit.decimals + found.decimals),
        half_width=-(-(found.high - found.low) // 2),
        events_needed=needed,
        at=at,
    )


def _quantile(line: ExpectedError, quantity: Quantity, rank: Fraction) -> ExpectedError:
    """Return by how many people a quantile's place may be off, at the edge where it is most.

    The noisy ``F_j - q F_n`` is off by its own noise and by rounding (``protect.quantiles``).
    """
    factor = quantity.factor
    assert factor is not None, "quantiles are read off running counts"
    n, weights = factor.length, factor.weights
    rows = (
        [
            (weights[j - 1 - i] if i < j else Fraction(0)) - rank * weights[n - 1 - i]
            for i in range(n)
        ]
        for j in range(1, n + 1)
    )
    worst = max(rows, key=lambda row: sum(float(w) ** 2 for w in row))
    half = linear.half_width([(w, quantity.sigma2) for w in worst if w]) + (1 + rank) / 2
    return replace(
        line,
        unit=PEOPLE,
        half_width=-(-half.numerator // half.denominator),
        events_needed=printed_from(quantity, rank),
        rank=rank,
    )


def _people(gate: Gate) -> tuple[int, int]:
    return gate.people_needed(HALF_THE_TIME), gate.people_needed(NEARLY_ALWAYS)

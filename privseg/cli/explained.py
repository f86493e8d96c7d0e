# SPDX-License-Identifier: Apache-2.0
"""A report in words before it is run: what it asks, what bounds a person's part, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from privseg.cli.foreseen import number_name, width
from privseg.cli.output import Table, wrapped

if TYPE_CHECKING:
    from privseg.engine import SegmentView
    from privseg.frames import Measure
    from privseg.release import Caption, ExpectedError, PlannedTable, ReportPlan

EDGE = 11  # columns of the words at the left


def explained(
    plan: ReportPlan,
    expected: Sequence[ExpectedError],
    segments: Sequence[SegmentView],
    purpose: str,
) -> list[str]:
    """Return a report in words; ``purpose`` is its purpose's title."""
    tables = [line for table in plan.tables for line in ("", *_table(table))]
    left_out = (
        "not included: people left out for want of consent, counted with noise like any other"
    )
    return [
        *wrapped(f"{plan.name}: {plan.title}", after="  "),
        "",
        *_fact("for", f"{plan.purpose}: {purpose} (segmenter {plan.segmenter})"),
        *_fact("asks of", f"{len(segments)} segment{'s' if len(segments) != 1 else ''}:"),
        *(line for view in segments for line in _segment(view)),
        *_fact("reads", ", ".join(sorted(plan.reads)) or "nothing beside its segments"),
        *tables,
        "",
        *(wrapped(left_out, after="  ") if plan.not_included else ["people left out: not counted"]),
        "",
        *_cost(plan, expected),
    ]


def explanation(plan: ReportPlan) -> dict[str, object]:
    """Return a report's plan as JSON; amounts are in the unit's smallest parts, as in releases."""
    return {
        "report": plan.name, "title": plan.title, "plan": plan.plan_hash,
        "segmenter": plan.segmenter, "purpose": plan.purpose,
        "segments": [name for name, _ in plan.segments], "reads": sorted(plan.reads),
        "tables": [_table_document(t) for t in plan.tables],
        "not_included": plan.not_included is not None, "rho": str(plan.loss.rho),
        "selection_delta": str(plan.loss.delta), "epsilon": _epsilon(plan),
    }  # fmt: skip


def _segment(view: SegmentView) -> list[str]:
    """Return one segment: its label and its meaning."""
    text = f"{view.label}: {'; '.join(view.meaning)}"
    return wrapped(text, indent=" " * EDGE + "- ", after=" " * EDGE + "  ")


def _table(table: PlannedTable) -> list[str]:
    """Return one table: a line for each number, then what bounds a person's part in it."""
    block = table.block
    by = f", by {block.by}: {', '.join(block.keys)}" if block.by else ""
    measures = zip(block.measures, table.captions, strict=True)
    cells = len(block.cells)
    bound = (
        f"one person counts in at most {block.groups_per_person} of its {cells} "
        f"cell{'s' if cells != 1 else ''} (m); a cell is shown from {table.plan.gate.min_people} "
        "people on, with the noise's threshold on top"
    )
    title = f": {table.title}" if table.title else ""
    return [
        *wrapped(f"table {block.name}{title}{by}", after="  "),
        *(line for m, c in measures for line in _number(m, c)),
        *wrapped(bound, indent="  bounds   ", after=" " * EDGE),
    ]


def _number(measure: Measure, caption: Caption) -> list[str]:
    """Return one number in words, with what bounds it."""
    words = {"size": "how many people", "total": "the total of", "average": "the average of"}
    label = f" ({caption.label})" if caption.label else ""
    when = f" in the {caption.days} days before" if caption.days else ""
    what = f"{words[measure.kind.value]} {measure.attribute or ''}".strip() + when + label
    text = f"{what}{_bounds(measure, caption)}"
    return wrapped(text, indent=f"  {measure.name:<8} ", after=" " * EDGE)


def _bounds(measure: Measure, caption: Caption) -> str:
    """Return how much of one person may count."""
    low, high = (_amount(n, caption) for n in (measure.lower, measure.upper))
    match measure.kind.value:
        case "total":
            return f"; of one person at most {high} count in a cell (U)"
        case "average":
            events = measure.events_per_person
            return f"; an event counts as {low} to {high}, at most {events} events of one person"
        case _:
            return ""


def _cost(plan: ReportPlan, expected: Sequence[ExpectedError]) -> list[str]:
    """Return what the report costs, and how it is shared among its numbers."""
    rows = [(number_name(e), str(e.rho), width(e), e.unit.name) for e in expected]
    total = (
        f"cost: rho {plan.loss.rho} (epsilon {_epsilon(plan)} at delta "
        f"{float(plan.conversion_delta):g}), whatever the data are; shared among its numbers:"
    )
    table = Table(("number", "rho ", "give or take ", "unit"), rows, width=78)
    return [*wrapped(total, after="  "), *(f"  {line}" for line in table.lines())]


def _fact(name: str, text: str) -> list[str]:
    """Return a fact beside its name."""
    return wrapped(text, indent=f"{name:<{EDGE}}", after=" " * EDGE)


def _amount(smallest: int, caption: Caption) -> str:
    """Return an amount with its unit."""
    unit = caption.unit
    digits = unit.decimals if smallest % 10**unit.decimals else 0
    return f"{smallest / 10**unit.decimals:,.{digits}f} {unit.name}".strip()


def _epsilon(plan: ReportPlan) -> str:
    """Return the epsilon of the report, rounded up."""
    from privseg.protect import epsilon_of  # noqa: PLC0415  # loaded with the workspace

    return str(epsilon_of(plan.loss.rho, plan.conversion_delta))


def _table_document(table: PlannedTable) -> dict[str, object]:
    """Return a table's plan as JSON."""
    block = table.block
    measures = zip(table.plan.measures, table.captions, strict=True)
    return {
        "name": block.name, "title": table.title, "by": block.by, "keys": list(block.keys),
        "groups_per_person": block.groups_per_person, "min_people": table.plan.gate.min_people,
        "measures": [
            {"name": p.measure.name, "kind": p.measure.kind.value,
             "attribute": p.measure.attribute, "days": c.days, "label": c.label,
             "unit": c.unit.name, "decimals": c.unit.decimals, "lower": p.measure.lower,
             "upper": p.measure.upper, "events_per_person": p.measure.events_per_person,
             "rho": str(p.rho)}
            for p, c in measures
        ],
    }  # fmt: skip

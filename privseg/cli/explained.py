# SPDX-License-Identifier: Apache-2.0
"""A report in words before it is run: what it asks, what bounds a person's part, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from privseg.cli.explained_tables import EDGE, table_document, table_lines
from privseg.cli.foreseen import number_name, width
from privseg.cli.output import Table, wrapped

if TYPE_CHECKING:
    from privseg.engine import SegmentView
    from privseg.release import ExpectedError, ReportPlan


def explained(
    plan: ReportPlan,
    expected: Sequence[ExpectedError],
    segments: Sequence[SegmentView],
    purpose: str,
) -> list[str]:
    """Return a report in words; ``purpose`` is its purpose's title."""
    tables = [line for table in plan.tables for line in ("", *table_lines(table))]
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
        "tables": [table_document(t) for t in plan.tables],
        "not_included": plan.not_included is not None, "rho": str(plan.loss.rho),
        "selection_delta": str(plan.loss.delta), "epsilon": _epsilon(plan),
    }  # fmt: skip


def _segment(view: SegmentView) -> list[str]:
    """Return one segment: its label and its meaning."""
    text = f"{view.label}: {'; '.join(view.meaning)}"
    return wrapped(text, indent=" " * EDGE + "- ", after=" " * EDGE + "  ")


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


def _epsilon(plan: ReportPlan) -> str:
    """Return the epsilon of the report, rounded up."""
    from privseg.protect import epsilon_of  # noqa: PLC0415  # loaded with the workspace

    return str(epsilon_of(plan.loss.rho, plan.conversion_delta))

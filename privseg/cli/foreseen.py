# SPDX-License-Identifier: Apache-2.0
"""What a dry run says: cost, error bars, and how many people a number needs to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from privseg.cli.output import Table

if TYPE_CHECKING:
    from privseg.protect import PrivacyLoss
    from privseg.release import ExpectedError, ReportPlan


def foreseen_lines(
    plan: ReportPlan, expected: Sequence[ExpectedError], left: PrivacyLoss
) -> list[str]:
    """Return what a dry run says."""
    rows = [
        (number_name(e), width(e), e.unit.name, _shown_from(e.people_shown_half_the_time),
         _shown_from(e.people_shown_nearly_always))
        for e in expected
    ]  # fmt: skip
    headings = ("number", "give or take ", "unit", "shown half the time ", "nearly always ")
    covered = plan.loss.rho <= left.rho and plan.loss.delta <= left.delta
    enough = "" if covered else "  (not enough)"
    return [
        *Table(headings, rows).lines(),
        "",
        "the last two columns: from how many people a number is shown",
        f"cost: rho {plan.loss.rho} of {float(left.rho):.4f} left this year{enough}",
    ]


def foreseen(
    plan: ReportPlan, expected: Sequence[ExpectedError], left: PrivacyLoss
) -> dict[str, object]:
    """Return a dry run as JSON."""
    return {
        "report": plan.name, "plan": plan.plan_hash, "rho": str(plan.loss.rho),
        "selection_delta": str(plan.loss.delta), "rho_left": str(left.rho),
        "numbers": [
            {"table": e.table, "measure": e.measure, "unit": e.unit.name,
             "decimals": e.unit.decimals, "half_width": e.half_width, "rho": str(e.rho),
             "people_shown_half_the_time": e.people_shown_half_the_time,
             "people_shown_nearly_always": e.people_shown_nearly_always,
             "events_needed": e.events_needed}
            for e in expected
        ],
    }  # fmt: skip


def number_name(e: ExpectedError) -> str:
    """Return how a number is called: table and measure."""
    return f"{e.table}.{e.measure}" if e.table else e.measure


def width(e: ExpectedError) -> str:
    """Return a half-width in whole units."""
    return f"{e.half_width / 10**e.unit.decimals:,.{2 if e.unit.decimals else 0}f}"


def _shown_from(people: int | None) -> str:
    """Return a number of people, or nothing."""
    return "" if people is None else f"{people:,}"

# SPDX-License-Identifier: Apache-2.0
"""privseg report: what it would cost, then the numbers with their error bars."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, emit, say
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import StaffRole

if TYPE_CHECKING:
    from privseg.engine import Published
    from privseg.release import ExpectedError, ReportPlan

app = typer.Typer(name="report", help="Protected reports on segments.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A report, a report file, or one segment.")]
By = Annotated[str | None, typer.Option(help="Also break down by this attribute.")]


@app.command(
    "run", epilog="Example:  privseg report run lapsed-big-spenders --by country --dry-run"
)
def run(
    name: Name,
    by: By = None,
    out: Annotated[Path | None, typer.Option(help="The folder for page and release.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print cost and expected error bars; read nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a protected report: a page to read and a release that proves itself.

    The same report on the same edition costs nothing and gives the same answer.
    """
    with workspace(folder, role, StaffRole.MARKETER) as ws:
        if dry_run:
            plan, expected = ws.plan_report(name, by=by)
            left = ws.budget().rho_left
            emit(_expectation(plan, expected, left), as_json=as_json,
                 text=_expected_lines(plan, expected, left))  # fmt: skip
            return
        published = ws.report(name, by=by)
        page, release = published.write(out or ws.folder / "out", name=Path(name).stem)
    emit(published.release.document, as_json=as_json, text=_lines(published))
    if not as_json:
        say(f"\nopen  {page}\ncheck privseg verify {release}")


@app.command("check", epilog="Example:  privseg report check customer-overview")
def check(
    name: Name, by: By = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Say whether a report could run: its definition, its bounds, its place in the budget."""
    with workspace(folder, role, StaffRole.MARKETER) as ws:
        plan, _ = ws.plan_report(name, by=by)
        affordable = plan.loss.rho <= ws.budget().rho_left
    emit(
        {"report": plan.name, "plan": plan.plan_hash, "affordable": affordable},
        as_json=as_json,
        text=f"{plan.name}: sound" + ("" if affordable else ", but the budget does not cover it"),
    )
    if not affordable:
        raise typer.Exit(4)


def _expected_lines(
    plan: ReportPlan, expected: tuple[ExpectedError, ...], left: Fraction
) -> list[str]:
    """Return what a dry run says."""
    rows = [
        (f"{e.table}.{e.measure}" if e.table else e.measure, _width(e), e.unit.name,
         _shown_from(e.people_shown_half_the_time), _shown_from(e.people_shown_nearly_always))
        for e in expected
    ]  # fmt: skip
    headings = ("number", "give or take ", "unit", "shown half the time ", "nearly always ")
    return [
        *Table(headings, rows).lines(),
        "",
        "the last two columns: from how many people a number is shown",
        f"cost: rho {plan.loss.rho} of {float(left):.4f} left this year"
        + ("" if plan.loss.rho <= left else "  (not enough)"),
        "nothing was read or charged; run it without --dry-run",
    ]


def _width(e: ExpectedError) -> str:
    """Return a half-width in whole units."""
    return f"{e.half_width / 10**e.unit.decimals:,.{2 if e.unit.decimals else 0}f}"


def _shown_from(people: int | None) -> str:
    """Return a number of people, or nothing."""
    return "" if people is None else f"{people:,}"


def _expectation(
    plan: ReportPlan, expected: tuple[ExpectedError, ...], left: Fraction
) -> dict[str, object]:
    """Return a dry run as JSON."""
    return {
        "report": plan.name, "plan": plan.plan_hash, "rho": str(plan.loss.rho),
        "selection_delta": str(plan.loss.delta), "rho_left": str(left),
        "numbers": [
            {"table": e.table, "measure": e.measure, "unit": e.unit.name,
             "decimals": e.unit.decimals, "half_width": e.half_width, "rho": str(e.rho),
             "people_shown_half_the_time": e.people_shown_half_the_time,
             "people_shown_nearly_always": e.people_shown_nearly_always}
            for e in expected
        ],
    }  # fmt: skip


def _lines(published: Published) -> list[str]:
    """Return the release's numbers as lines: a block per quantity."""
    lines: list[str] = []
    for section in published.bulletin().sections:
        rows = [
            (f"{r.label}{', ' + r.group if r.group else ''}",
             r.withheld or r.estimate, "" if r.withheld else r.interval)
            for r in section.rows
        ]  # fmt: skip
        headings = (section.unit, "about ", "19 times in 20 within ")
        lines += [section.quantity, *(f"  {line}" for line in Table(headings, rows).lines()), ""]
    return [*lines, published.bulletin().not_included]

# SPDX-License-Identifier: Apache-2.0
"""privseg budget: what has been spent on these people, what is left, and what a year would cost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.budget_planned import plan_document, plan_lines
from privseg.cli.budget_spent import (
    history_document,
    history_lines,
    recovery_document,
    recovery_lines,
    show_document,
    show_lines,
)
from privseg.cli.output import emit, epilog, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.budget.history import Month

app = typer.Typer(
    name="budget",
    help="What has been spent, what is left, what a year would cost.",
    epilog="Example:  privseg budget show",
    no_args_is_help=True,
)
NOT_COVERED = 4
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
SHOW = (
    "{year_began, reports, rho_per_year, rho_spent, rho_left, delta_per_year, delta_spent, "
    "conversion_delta, epsilon_year, rho_lifetime, delta_lifetime, epsilon_lifetime, quotas: "
    "[{name, rho_limit, rho_spent, delta_limit, delta_spent}], buys: [{report, rho, delta, times}]}"
)
HISTORY = (
    "{charges: [{at, role, kind, name, purpose, plan, edition, rho, delta, rho_year, delta_year, "
    "rho_lifetime, delta_lifetime, epsilon_year, epsilon_lifetime, link}]}"
)
PLAN = (
    "{year, fits, rho, delta, share, rho_spent, delta_spent, epsilon_year, epsilon_lifetime, "
    "conversion_delta, entries: [{report, every, releases, past, rho, delta, rho_policy, "
    "numbers}], lines, quarters, "
    "fit: [{report, every, rho, selection_delta, numbers}], drop: [{report, every}]}"
)
RECOVER = "{why, charges_here, charges_owed, rho_owed, delta_owed, unknown, done}"
Plan = Annotated[Path, typer.Argument(help="A budget plan (privseg: budget-plan/1).")]


@app.command("show", epilog=epilog("privseg budget show", SHOW))
def show(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show the privacy budget of the people of this workspace.

    One budget for all reports, purposes and sources, by the calendar year; what was lost in
    earlier years adds up. In JSON, rho and delta are exact fractions.
    """
    with workspace(folder, role) as ws:
        view, buys = ws.budget(), ws.budget_buys()
    emit(show_document(view, buys), as_json=as_json, text=show_lines(view, buys))
    if not as_json:
        say("next: privseg report run SEGMENT --dry-run says what a report would cost")


@app.command("history", epilog=epilog("privseg budget history --month 2026-11", HISTORY))
def history(
    month: Annotated[
        str | None, typer.Option(help="Only the charges of one month (UTC): 2026-11.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """List every charge, with the sums up to it.

    When, in which role, for which report, what it cost. Epsilons are rounded up. Nothing in it
    depends on anybody's data.
    """
    wanted = _month(month)
    with workspace(folder, role) as ws:
        charges = ws.budget_history(month=wanted)
    emit(history_document(charges), as_json=as_json, text=history_lines(charges))
    if not as_json:
        say("next: privseg budget show says what is left")


@app.command("plan", epilog=epilog("privseg budget plan year-2027.yaml", PLAN))
def plan(file: Plan, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Say what a year's reports would cost.

    And how precise they would be. Nothing is read or charged. Of this year, what is to come is
    added to what is spent. A plan that does not fit ends with exit code 4, and with what would
    fit.
    """
    with workspace(folder, role) as ws:
        found = ws.budget_plan(file)
    emit(plan_document(found), as_json=as_json, text=plan_lines(found))
    if not found.fits:
        raise typer.Exit(NOT_COVERED)


@app.command("recover", epilog=epilog("privseg budget recover --yes", RECOVER))
def recover(
    folder: Folder = HERE,
    role: As = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say so.")] = False,
    as_json: Json = False,
) -> None:
    """Take in what another copy of the workspace charged.

    For an older copy that was put back, or two copies that both went on. What the other copy
    charged is charged here, to this year; nothing becomes cheaper by it.
    """
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help

    found = Workspace.recover_budget(folder, role=role, yes=yes)
    emit(recovery_document(found), as_json=as_json, text=recovery_lines(found))
    if found.why and not (as_json or found.done):
        say("next: privseg budget recover --yes does it")


def _month(text: str | None) -> Month | None:
    """Return the month given on the command line.

    Raises:
        typer.BadParameter: it is none.
    """
    if text is None:
        return None
    if not _MONTH.fullmatch(text):
        raise typer.BadParameter("give a month, such as 2026-11")
    year, month = map(int, text.split("-"))
    return year, month

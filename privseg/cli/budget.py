# SPDX-License-Identifier: Apache-2.0
"""privseg budget: what has been spent on these people, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from privseg.cli.output import Table, emit, epilog, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine import BudgetView

app = typer.Typer(
    name="budget",
    help="What has been spent and what is left.",
    epilog="Example:  privseg budget show",
    no_args_is_help=True,
)
SHAPE = (
    "{year_began, reports, rho_per_year, rho_spent, rho_left, delta_per_year, delta_spent, "
    "conversion_delta, epsilon_year, epsilon_lifetime}"
)


@app.command("show", epilog=epilog("privseg budget show", SHAPE))
def show(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show the privacy budget of the people of this workspace.

    One budget for all reports, purposes and sources, by the calendar year; what was lost in
    earlier years adds up. In JSON, rho and delta are exact fractions.
    """
    with workspace(folder, role) as ws:
        view = ws.budget()
    emit(_document(view), as_json=as_json, text=_lines(view))
    if not as_json:
        say("next: privseg report run SEGMENT --dry-run says what a report would cost")


def _document(view: BudgetView) -> dict[str, object]:
    """Return the budget as JSON."""
    return {
        "year_began": view.year_began.isoformat(), "reports": view.reports,
        "rho_per_year": str(view.rho_per_year), "rho_spent": str(view.rho_spent),
        "rho_left": str(view.rho_left), "delta_per_year": str(view.delta_per_year),
        "delta_spent": str(view.delta_spent), "conversion_delta": str(view.conversion_delta),
        "epsilon_year": view.epsilon_year, "epsilon_lifetime": view.epsilon_lifetime,
    }  # fmt: skip


def _lines(view: BudgetView) -> list[str]:
    """Return the budget as lines."""
    rows = [
        (f"reports charged since {view.year_began:%Y-%m-%d}", f"{view.reports:,}"),
        ("rho a year", f"{float(view.rho_per_year):.4f}"),
        ("  spent", f"{float(view.rho_spent):.4f}"),
        ("  left", f"{float(view.rho_left):.4f}"),
        ("epsilon so far this year", view.epsilon_year),
        ("epsilon over all years", view.epsilon_lifetime),
    ]
    deltas = f"{float(view.conversion_delta):g}, plus {float(view.delta_spent):g}"
    return [
        *Table(("", " "), rows).lines()[1:],
        f"(at delta {deltas} for cells that may appear)",
    ]

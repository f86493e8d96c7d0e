# SPDX-License-Identifier: Apache-2.0
"""privseg budget: what has been spent on these people, and what is left."""

from __future__ import annotations

import typer

from privseg.cli.output import emit
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import StaffRole

app = typer.Typer(name="budget", help="What has been spent and what is left.", no_args_is_help=True)


@app.command("show", epilog="Example:  privseg budget show")
def show(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show the privacy budget of the people of this workspace: this year's and for life."""
    with workspace(folder, role, StaffRole.MARKETER) as ws:
        view = ws.budget()
    emit(
        {name: str(getattr(view, name)) for name in type(view).__slots__},
        as_json=as_json,
        text=[
            f"reports charged since {view.year_began:%Y-%m-%d}   {view.reports}",
            f"rho a year                        {float(view.rho_per_year):.4f}",
            f"  spent                           {float(view.rho_spent):.4f}",
            f"  left                            {float(view.rho_left):.4f}",
            f"epsilon so far this year          {view.epsilon_year}",
            f"epsilon over all years            {view.epsilon_lifetime}",
            (
                f"(at delta {float(view.conversion_delta):g}, plus "
                f"{float(view.delta_spent):g} for cells that may appear)"
            ),
        ],
    )

# SPDX-License-Identifier: Apache-2.0
"""privseg dsr: a person's request, from the letter to the closed case."""

from __future__ import annotations

import typer

from privseg.cli.dsr import (
    answer,
    due,
    erasure,
    hold,
    intake,
    letters,
    life,
    linked,
    metrics,
    notices,
    opening,
    proving,
    receipt,
    rights,
    running,
    systems,
)

app = typer.Typer(
    name="dsr",
    help="Answer data-subject requests.",
    epilog="Example:  privseg dsr list",
    no_args_is_help=True,
)
for module in (
    opening,
    linked,
    proving,
    life,
    running,
    answer,
    receipt,
    erasure,
    systems,
    notices,
    letters,
    due,
    metrics,
    intake,
    rights,
    hold,
):
    module.register(app)

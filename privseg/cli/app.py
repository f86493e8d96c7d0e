# SPDX-License-Identifier: Apache-2.0
"""The verbs, put together; errors become one line and an exit code, never a traceback."""

from __future__ import annotations

import sys

import typer

from privseg.cli import (
    audit,
    budget,
    consent,
    demo,
    doctor,
    dsr,
    keys,
    policy,
    report,
    segment,
    source,
    verify,
    workspace,
)
from privseg.cli.output import note, refusal
from privseg.errors import PrivsegError

app = typer.Typer(
    name="privseg",
    help="Privacy-first customer segmentation: policy chooses the columns, consent the rows, "
    "the budget the precision; the log remembers.",
    epilog="First steps:  privseg demo shop && cd shop && privseg segment guide",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (source, consent, policy, segment, report, budget, dsr, audit, keys):
    app.add_typer(group.app)
for module in (workspace, demo, doctor, verify):
    module.register(app)


def main() -> None:
    """Run the command line and leave with the exit code that DESIGN lists."""
    try:
        app()
    except PrivsegError as error:
        sys.exit(refusal(error))
    except KeyboardInterrupt:
        note("stopped:", "by the keyboard; nothing half-done was kept", colour="yellow")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # the last line: no traceback, no values
        note("error:", f"{type(error).__name__} at {_where(error)}: please report it", colour="red")
        sys.exit(1)


def _where(error: BaseException) -> str:
    """Return the innermost place of ours in a traceback, without any value."""
    place, trace = "privseg", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("privseg"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place

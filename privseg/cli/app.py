# SPDX-License-Identifier: Apache-2.0
"""The verbs, put together; whatever goes wrong becomes a line and an exit code, no traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer
import typer.main

from privseg import __version__
from privseg.cli import (
    audience,
    audit_out,
    budget,
    consent,
    demo,
    doctor,
    dsr,
    keys,
    learn,
    policy,
    register,
    reidentify,
    report,
    segment,
    source,
    staff,
    system,
    tables,
    verify,
    who,
    workspace,
)
from privseg.cli import (
    run as running,
)
from privseg.cli.output import note, refusal
from privseg.errors import PrivsegError

INTERRUPTED = 130  # 128 + SIGINT, as shells count

app = typer.Typer(
    name="privseg",
    epilog="First steps:  privseg demo shop && cd shop && privseg segment guide",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (source, consent, policy, segment, report, learn, budget, dsr, audit_out, keys):
    app.add_typer(group.app)
for group in (reidentify, staff, who, audience, register, system):
    app.add_typer(group.app)
tables.register(app)
for module in (workspace, demo, doctor, running, staff, verify):
    module.register(app)


def _version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it so
    """Print the version and leave."""
    if wanted:
        typer.echo(f"privseg {__version__}")
        raise typer.Exit


@app.callback()
def privseg(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Privacy-first customer segmentation.

    Policy chooses the columns, consent the rows, the budget the precision; the log remembers.
    """


@cache  # building it takes longer than most verbs do, and a process may run many
def command() -> Callable[..., object]:
    """Return all verbs as one command, which runs when it is called."""
    return typer.main.get_command(app)


def run() -> None:
    """Run a command line; leave with its exit code."""
    try:
        command()()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            note("stopped:", "by the keyboard; no change is half made", colour="yellow")
        raise
    except PrivsegError as error:
        sys.exit(refusal(error))
    except OSError as error:
        note("error:", _system(error), colour="red")
        _drop_what_is_left()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  # the last line: no traceback, no values
        note("error:", f"{type(error).__name__} at {_where(error)}: please report it", colour="red")
        sys.exit(1)


def _system(error: OSError) -> str:
    """Return what the operating system refused, and at which path."""
    why = os.strerror(error.errno) if error.errno else "the system refused"
    path = error.filename if isinstance(error.filename, str) else "a file or stream"
    return f"{path}: {why} (at {_where(error)}); check the path, its permissions and the disk"


def _drop_what_is_left() -> None:
    """Keep the interpreter from trying once more, on its way out, to print to a broken stream."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())


def _where(error: BaseException) -> str:
    """Return the innermost place of ours in a traceback, without any value."""
    place, trace = "privseg", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("privseg"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place

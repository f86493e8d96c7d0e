# SPDX-License-Identifier: Apache-2.0
"""privseg doctor: is everything in its place?"""

from __future__ import annotations

import typer

from privseg.cli.output import emit
from privseg.cli.session import HERE, Folder, Json


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("doctor", epilog="Example:  privseg doctor")(doctor)


def doctor(folder: Folder = HERE, *, as_json: Json = False) -> None:
    """Check the workspace: files, modes, keys, database, log, policy, segments, clock."""
    from privseg.engine import examine  # noqa: PLC0415  # saves a second for --help

    checks = examine(folder)
    emit(
        [{"check": c.name, "well": c.well, "says": c.says} for c in checks],
        as_json=as_json,
        text=[f"{'well ' if c.well else 'ILL  '} {c.name}: {c.says}" for c in checks],
    )
    if not all(c.well for c in checks):
        raise typer.Exit(1)

# SPDX-License-Identifier: Apache-2.0
"""privseg doctor: is everything in its place?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from privseg.cli.output import emit, epilog, wrapped
from privseg.cli.session import HERE, Folder, Json

if TYPE_CHECKING:
    from privseg.engine import Check


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("doctor", epilog=epilog("privseg doctor", "[{check, well, says}]"))(doctor)


def doctor(folder: Folder = HERE, *, as_json: Json = False) -> None:
    """Check that everything is in its place.

    Database, file modes, root key, disk, clock, log, policy and segments; each ill one says what
    to do. Exit code 1 if any is ill.
    """
    from privseg.engine import examine  # noqa: PLC0415  # saves a second for --help

    checks = examine(folder)
    emit(
        [{"check": c.name, "well": c.well, "says": c.says} for c in checks],
        as_json=as_json,
        text=[line for c in checks for line in _lines(c)],
    )
    if not all(c.well for c in checks):
        raise typer.Exit(1)


def _lines(check: Check) -> list[str]:
    """Return one finding as lines."""
    mark = "well  " if check.well else "ILL   "
    return wrapped(f"{check.name}: {check.says}", indent=mark, after=" " * len(mark))

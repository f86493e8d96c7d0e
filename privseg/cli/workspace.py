# SPDX-License-Identifier: Apache-2.0
"""privseg init: an empty workspace, ready for a first file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import emit, epilog, say
from privseg.cli.session import Json


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("init", epilog=epilog("privseg init shop && cd shop", "{workspace, key_file}"))(
        init
    )


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder, or an empty one.")],
    time_zone: Annotated[str, typer.Option(help="The zone calendar windows are in.")] = "UTC",
    keys: Annotated[
        str | None,
        typer.Option(help="Where keys lie: PATH, passphrase:, environment:NAME, ..."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="A PostgreSQL server: postgresql://HOST/NAME, without a password."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a workspace: settings, a starter policy, a database.

    The root key lies outside the workspace, in your user's key folder, or as --keys says: back it
    up, it cannot be made again.
    """
    _require_zone(time_zone)
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help

    with Workspace.create(folder, time_zone=time_zone, keys=keys, database=database) as made:
        key = made.key_file
    emit(
        {"workspace": str(folder), "key_file": str(key)},
        as_json=as_json,
        text=[f"made {folder}", f"root key: {key}"],
    )
    if not as_json:
        say(f"next: cd {folder}; privseg source propose FILE > policies/mine.yaml")


def _require_zone(name: str) -> None:
    """Refuse what is no time zone, before anything is made.

    Raises:
        typer.BadParameter: there is none of that name.
    """
    from zoneinfo import available_timezones  # noqa: PLC0415  # looks at the disk

    if name not in available_timezones():
        hint = "give a name such as Europe/Berlin or UTC"
        raise typer.BadParameter(f"there is no such time zone; {hint}", param_hint="--time-zone")

# SPDX-License-Identifier: Apache-2.0
"""privseg verify: check a published report with no data and no workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import emit, epilog, wrapped
from privseg.cli.session import HERE, Folder, Json

EXAMPLE = "privseg verify out/report.json --key release.vkey"


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("verify", epilog=epilog(EXAMPLE, "{ok, checks}"))(verify)


def verify(
    report: Annotated[Path, typer.Argument(help="A published report, a receipt, or evidence.")],
    key: Annotated[
        str | None,
        typer.Option(help="The publisher's key, or a file of keys, one a line; else our own."),
    ] = None,
    folder: Folder = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Check a published report: nothing in it was changed.

    Its signature, its place in the register, its precision and its cost. Needs neither data nor
    workspace, only the publisher's key (privseg keys show). Exit code 5 when anything was changed.
    It checks the receipt of an erasure, too, and the evidence of a consent (with both keys).
    """
    from privseg.engine import verify_report  # noqa: PLC0415  # saves a second for --help
    from privseg.release.verify import CHECKS  # noqa: PLC0415  # likewise

    checks = verify_report(report, key=_text(key), workspace=folder)
    emit(
        {"ok": True, "checks": list(checks)},
        as_json=as_json,
        text=[
            "OK: the report is as it was published" if checks == CHECKS else "OK: it holds",
            *(line for check in checks for line in wrapped(check, indent="  ", after="    ")),
        ],
    )


def _text(key: str | None) -> str | None:
    """Return a key as text; what names a file is replaced by what the file holds.

    Raises:
        typer.BadParameter: the file holds anything but a key.
    """
    if key is None or not Path(key).is_file():
        return key
    try:
        return " ".join(Path(key).read_text("ascii").split())
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{key} holds no verifier key", param_hint="--key") from None

# SPDX-License-Identifier: Apache-2.0
"""privseg verify: check a published report with no data and no workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import emit, epilog, wrapped
from privseg.cli.session import HERE, Folder, Json

EXAMPLE = "privseg verify out/report.json --key release.vkey"


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("verify", epilog=epilog(EXAMPLE, "{ok, checks, trusts, witnessed}"))(verify)


def verify(
    report: Annotated[Path, typer.Argument(help="A published report, a receipt, or evidence.")],
    key: Annotated[
        str | None,
        typer.Option(help="The publisher's key, or a file of keys, one a line; else our own."),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(help="The key of a witness that must have signed; may be repeated."),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="The head that witnesses signed, as a kit has it.")
    ] = None,
    folder: Folder = HERE,
    *,
    as_json: Json = False,
) -> None:
    """Check a published report: nothing in it was changed.

    Its signature, its place in the register, its precision and its cost; and say what nobody can
    check from outside. Needs neither data nor workspace nor network, only the publisher's key
    (privseg keys show). Exit code 5 when anything was changed; the field is named.
    It checks the receipt of an erasure, too, and the evidence of a consent (with both keys).
    With --witness it says when a witness saw the register with this report in it.
    """
    from privseg.engine import verify_report  # noqa: PLC0415  # saves a second for --help
    from privseg.engine.audit.witnessing import seen_by  # noqa: PLC0415  # loaded with the engine
    from privseg.release import exact_verify  # noqa: PLC0415  # loaded by the check
    from privseg.release.verify import CHECKS, TRUSTS  # noqa: PLC0415  # loaded by the check

    checks = verify_report(report, key=_text(key), workspace=folder)
    seen = (
        seen_by(report, [_text(w) or "" for w in witness or ()], cosigned=checkpoint)
        if witness
        else {}
    )
    trusts = TRUSTS if checks == CHECKS else ()
    reports = (CHECKS, exact_verify.CHECKS_TABLES, exact_verify.CHECKS_RECORDS)
    said = "OK: the report is as it was published" if checks in reports else "OK: it holds"
    emit(
        {
            "ok": True,
            "checks": list(checks),
            "trusts": list(trusts),
            "witnessed": {name: at.isoformat() for name, at in seen.items()},
        },
        as_json=as_json,
        text=[
            said,
            *(f"witnessed by {name} at {at:%Y-%m-%d %H:%M:%S} UTC" for name, at in seen.items()),
            *_listed("checked", checks),
            *_listed("taken on trust", trusts),
        ],
    )


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield lines under a title; nothing where there are none."""
    if lines:
        yield title
    for line in lines:
        yield from wrapped(line, indent="  ", after="    ")


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

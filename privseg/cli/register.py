# SPDX-License-Identifier: Apache-2.0
"""privseg register: the registers that law asks for, from policy and from what was really done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.registers.views import Register

app = typer.Typer(
    name="register",
    help="Registers of processing and releases.",
    epilog="Example:  privseg register processing --out processing.html",
    no_args_is_help=True,
)
PROCESSING = "{privseg, made_at, observed_since, responsible, activities, findings}"
RELEASES = (
    "{privseg, made_at, controller, supervised_by, risk_analysis, review_days, releases, findings}"
)
Out = Annotated[
    Path | None, typer.Option("--out", help="A new .html, .json or .csv file; else only findings.")
]
In = Annotated[str | None, typer.Option("--language", help="en or de; the workspace's if absent.")]


@app.command(
    "processing", epilog=epilog("privseg register processing --out processing.html", PROCESSING)
)
def processing(
    out: Out = None,
    language: In = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the records of processing.

    GDPR Art. 30: from the policy and from what the log says was read and handed over; where the
    two differ, or something is missing, that is a finding. The page prints on A4.
    """
    with workspace(folder, role) as ws, working("reading the record"):
        found = ws.register_processing(out=out, language=language)
    _tell(found, out, as_json=as_json)


@app.command("releases", epilog=epilog("privseg register releases --out releases.html", RELEASES))
def releases(
    out: Out = None,
    language: In = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the register of releases.

    Each is checked against its signature: what was released, when, how precisely and at which
    privacy loss. It is also the register that Quebec asks for.
    """
    with workspace(folder, role) as ws, working("checking every release"):
        found = ws.register_releases(out=out, language=language)
    _tell(found, out, as_json=as_json)


def _tell(found: Register, out: Path | None, *, as_json: bool) -> None:
    """Print the findings, or the whole register as JSON."""
    lines = [line for f in found.findings for line in wrapped(f.says, after="  ")]
    emit(found.document, as_json=as_json, text=lines or ["nothing is missing and nothing differs"])
    if out is not None:
        say(f"wrote {out}")

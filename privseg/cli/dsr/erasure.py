# SPDX-License-Identifier: Apache-2.0
"""privseg dsr receipt, suppressed, matches, kept: what is left to do after an erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, emit, epilog, say
from privseg.cli.session import (
    HERE,
    As,
    Folder,
    IdFrom,
    IdKind,
    Json,
    countable,
    subject,
    workspace,
)

Out = Annotated[Path | None, typer.Option(help="The folder for the file.")]
SUPPRESSED = "{suppressed, requests, kept, back}"


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command(
        "suppressed",
        epilog=epilog("echo C0000017 | privseg dsr suppressed --id-from -", SUPPRESSED),
    )(suppressed)
    app.command(
        "matches", epilog=epilog("privseg dsr matches", "[{at, source, people, requests}]")
    )(matches)
    app.command(
        "kept",
        epilog=epilog(
            "privseg dsr kept", "[{number, request, source, rows, ground, article, until}]"
        ),
    )(kept)


def suppressed(
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Say whether somebody was erased here.

    On the suppression list, imports pass them over in silence. Other systems that are reached in
    place are searched for them, too: after a restore they may hold them again.
    """
    with workspace(folder, role) as ws:
        found = ws.suppressed(subject(ws, id_kind))
    back = dict(found.back or {})
    emit(
        {"suppressed": found.is_suppressed, "requests": list(found.requests),
         "kept": list(found.kept), "back": back},
        as_json=as_json,
        text=[
            "on the suppression list" if found.is_suppressed else "not on the suppression list",
            *(f"erased by request {number}" for number in found.requests),
            *(f"kept: number {number} (privseg dsr kept)" for number in found.kept),
            *(f"{name} holds rows of theirs: {rows}" for name, rows in back.items()),
        ],
    )  # fmt: skip


def matches(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List imports that named erased people.

    Whoever imported the file is not told. Ask who keeps it to delete them there, too.
    """
    with workspace(folder, role) as ws:
        found = ws.suppression_matches()
    rows = [
        (m.at.isoformat(" ", "minutes")[:16], m.source, str(m.people),
         ", ".join(map(str, m.requests)))
        for m in found
    ]  # fmt: skip
    table = Table(("when (UTC)", "source", "people ", "erased by request"), rows)
    emit(
        [{"at": m.at.isoformat(), "source": m.source, "people": m.people,
          "requests": list(m.requests)} for m in found],
        as_json=as_json,
        text=table.lines() if rows else ["no import named anybody who was erased"],
    )  # fmt: skip


def kept(
    number: Annotated[
        int | None,
        typer.Argument(help="Open what is kept under it, for a legal claim.", callback=countable),
    ] = None,
    out: Out = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """List what other laws keep of erased people.

    With a number, open it for a legal claim. Only counsel opens anything; that they did is on the
    log first.
    """
    with workspace(folder, role) as ws:
        if number is not None:
            written = ws.open_kept(number, out=out)
            emit({"file": str(written)}, as_json=as_json, text=[f"wrote {written}"])
            if not as_json:
                say("next: use it for the claim alone, then delete it")
            return
        found = ws.kept()
    rows = [
        (str(k.number), str(k.case), k.source, str(k.rows), k.ground, k.until.isoformat())
        for k in found
    ]
    headings = ("no. ", "request ", "source", "rows ", "ground", "until")
    emit(
        [{"number": k.number, "request": k.case, "source": k.source, "rows": k.rows,
          "ground": k.ground, "article": k.article, "until": k.until.isoformat()} for k in found],
        as_json=as_json,
        text=Table(headings, rows).lines() if rows else ["nothing is kept of erased people"],
    )  # fmt: skip

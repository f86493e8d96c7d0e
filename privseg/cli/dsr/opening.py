# SPDX-License-Identifier: Apache-2.0
"""privseg dsr open, list, show: the case files."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.open_ends import end_lines, open_ends
from privseg.cli.dsr.showing import (
    CASE,
    Number,
    days_left,
    document,
    handing_out,
    lines,
    next_step,
    table,
)
from privseg.cli.output import emit, epilog, note, say
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, IdFrom, IdKind, Json, past, subject, workspace
from privseg.dsr import Asked, IdentityLevel, RequestKind
from privseg.terms import Category, Jurisdiction, Purpose

if TYPE_CHECKING:
    from privseg.dsr import Case


SHOWN = CASE.replace("places}", "places, linked}")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("open", epilog=epilog("echo C0000017 | privseg dsr open access --id-from -", CASE))(
        open_
    )
    app.command("list", epilog=epilog("privseg dsr list", f"[{CASE}]"))(list_)
    app.command("show", epilog=epilog("privseg dsr show 1", SHOWN))(show)


def open_(
    kind: Annotated[
        RequestKind, typer.Argument(help="What the person asks for.", show_choices=False)
    ],
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    received: Annotated[
        str | None, typer.Option(help="The day it arrived, or time (ISO), here; now if absent.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    identity: Annotated[
        IdentityLevel | None,
        typer.Option(help="account: the person was signed in when they asked.", metavar="account"),
    ] = None,
    manner: Annotated[
        str, typer.Option(help="How it came: letter, email, form, phone, account, agent, invited.")
    ] = "letter",
    purpose: Annotated[
        str | None, typer.Option(help="The one purpose it is about; all if absent.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="A category of data it is about; all if absent.")
    ] = None,
    details_from: Annotated[
        Path | None,
        typer.Option(help="A file (privseg: request/1) with corrections, statement, language."),
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option(help="Where the person says they live: DE, US-CA.")
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Carry it out at once as well.")] = False,
    as_json: Json = False,
) -> None:
    """Open a request and start its clock.

    KIND is one of access, categories, portability, erasure, rectification, restriction,
    lift_restriction, object_marketing, objection, withdraw_consent, opt_out_sale,
    opt_out_profiling, opt_in, limit.
    """
    asked = _asked(purpose, category or [], details_from)
    files: list[Path] = []
    with workspace(folder, role) as ws:
        case = ws.open_request(
            kind,
            subject(ws, id_kind),
            received_at=past(received, ws.zone),
            manner=manner,
            identity=identity,
            asked=asked,
            where=None if jurisdiction is None else _place(jurisdiction),
        )
        if run:
            with working(f"carrying out request {case.number}"):
                files = ws.run_request(case.number)
            case = ws.request(case.number)
        zone = ws.zone
    _told(case, files, zone, as_json=as_json, ran=run)


def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List every request with its state and deadline."""
    with workspace(folder, role) as ws:
        cases, zone = ws.requests(), ws.zone
        ends = open_ends(ws)
    today = datetime.now(zone).date()
    told = [document(c, zone) for c in cases]
    emit(told, as_json=as_json, text=table(cases, today, zone))
    if ends:
        numbers = ", ".join(map(str, ends))
        note("still to do:", f"request {numbers}; see: privseg dsr due", colour="yellow")
    late = [str(c.number) for c in cases if (left := days_left(c, today)) is not None and left < 0]
    if late:
        note("overdue:", f"answer request {', '.join(late)} first", colour="red")


def show(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show one request."""
    with workspace(folder, role) as ws:
        case, zone = ws.request(number), ws.zone
        linked = [each.number for each in ws.requests() if each.goes_with == number]
        ends = open_ends(ws).get(number, [])
    also = [f"linked      request {', '.join(map(str, linked))}"] if linked else []
    told = {**document(case, zone), "linked": linked}
    emit(told, as_json=as_json, text=[*lines(case, zone), *also])
    if not as_json and case.state.is_open:
        say(next_step(case))
    if not as_json:
        for line in end_lines(number, ends):
            say(line)


def _told(case: Case, files: list[Path], zone: tzinfo, *, as_json: bool, ran: bool) -> None:
    """Print a request that was opened, and perhaps carried out."""
    more = {"files": [str(f) for f in files]} if ran else {}
    text = [*lines(case, zone), *(f"wrote {f}" for f in files)]
    emit({**document(case, zone), **more}, as_json=as_json, text=text)
    if not as_json:
        for line in handing_out(case, files) if ran else (next_step(case),):
            say(line)


def _asked(purpose: str | None, categories: list[str], details: Path | None) -> Asked:
    """Return what exactly is asked for."""
    from privseg.loaders.request_details import (  # noqa: PLC0415  # --help needs no loader
        RequestDetails,
        load_request_details,
    )

    said = RequestDetails() if details is None else load_request_details(details)
    return said.asked(
        purpose=None if purpose is None else Purpose(purpose),
        categories=[Category(each) for each in categories],
    )


def _place(code: str) -> Jurisdiction:
    """Return where somebody lives.

    Raises:
        typer.BadParameter: it is no code of a country or region.
    """
    from privseg.engine.consent.act import JURISDICTION  # noqa: PLC0415  # as for --help

    if not JURISDICTION.fullmatch(code):
        raise typer.BadParameter("give a code such as DE or US-CA for --jurisdiction")
    return Jurisdiction(code)

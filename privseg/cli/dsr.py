# SPDX-License-Identifier: Apache-2.0
"""privseg dsr: a person's request, from the letter to the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.cases import days_left, document, lines, planned, table
from privseg.cli.output import emit, epilog, note, say
from privseg.cli.progress import working
from privseg.cli.session import (
    HERE,
    As,
    Folder,
    IdFrom,
    IdKind,
    Json,
    countable,
    past,
    subject,
    workspace,
)
from privseg.dsr import Case, CaseState, RequestKind

app = typer.Typer(
    name="dsr",
    help="Answer data-subject requests.",
    epilog="Example:  privseg dsr list",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(help="The request's number.", callback=countable)]
CASE = "{number, kind, state, received_at, law, confirm_by, answer_by, legal_limit}"
RUN = "{number, kind, done, erases, stays, files}"


@app.command("open", epilog=epilog("echo C0000017 | privseg dsr open access --id-from -", CASE))
def open_(
    kind: Annotated[RequestKind, typer.Argument(help="What the person asks for.")],
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    received: Annotated[
        str | None, typer.Option(help="When it arrived (ISO); now if absent.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Open a request and start its clock."""
    arrived = past(received)
    with workspace(folder, role) as ws:
        case = ws.open_request(kind, subject(ws, id_kind), received_at=arrived)
    emit(document(case), as_json=as_json, text=lines(case))
    if not as_json:
        say(_next(case))


@app.command("list", epilog=epilog("privseg dsr list", f"[{CASE}]"))
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List every request with its state and deadline."""
    with workspace(folder, role) as ws:
        cases = ws.requests()
    today = datetime.now(UTC).date()
    emit([document(c) for c in cases], as_json=as_json, text=table(cases, today))
    late = [str(c.number) for c in cases if (left := days_left(c, today)) is not None and left < 0]
    if late:
        note("overdue:", f"answer request {', '.join(late)} first", colour="red")


@app.command("show", epilog=epilog("privseg dsr show 1", CASE))
def show(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show one request."""
    with workspace(folder, role) as ws:
        case = ws.request(number)
    emit(document(case), as_json=as_json, text=lines(case))
    if not as_json and case.state is not CaseState.DONE:
        say(_next(case))


@app.command("run", epilog=epilog("privseg dsr run 1 --out answers", RUN))
def run(
    number: Number,
    out: Annotated[Path | None, typer.Option(help="The folder for the answer's files.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it only the plan is shown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer an access request, or erase.

    An erasure shows its plan first (looking is on the log); with --yes it is done, and leaves a
    receipt.
    """
    erases: dict[str, int] = {}
    stays: list[str] = []
    files: list[Path] = []
    with workspace(folder, role) as ws:
        case = ws.request(number)
        done = case.state is CaseState.DONE  # then only its receipt is written once more
        asks = dry_run or (case.kind is RequestKind.ERASURE and not yes and not done)
        if asks and case.kind is RequestKind.ERASURE:
            plan = ws.plan_erasure(number)
            erases, stays = dict(plan.erases), list(plan.stays)
        elif not asks:
            with working(f"answering request {number}"):
                files = ws.run_request(number, out=out)
    emit(
        {"number": number, "kind": case.kind.value, "done": not asks, "erases": erases,
         "stays": stays, "files": [str(f) for f in files]},
        as_json=as_json,
        text=planned(case, erases, stays) if asks else [f"wrote {f}" for f in files],
    )  # fmt: skip
    if not as_json:
        for line in () if asks else _provisional(case, files):
            say(line)
        say(_after(case, asks=asks))


def _provisional(case: Case, files: list[Path]) -> Iterator[str]:
    """Yield which backups of keys keep an erasure's receipt provisional."""
    if case.kind is not RequestKind.ERASURE:
        return
    for file in files:
        for backup in json.loads(file.read_bytes())["receipt"]["outstanding_backups"]:
            yield f"the receipt is PROVISIONAL: key backup {backup['id']} may open older copies"
            yield f"  once it is destroyed: privseg keys forget-backup {backup['id']}"


def _after(case: Case, *, asks: bool) -> str:
    """Return what to do after a request was run, or only shown."""
    again = f"privseg dsr run {case.number}"
    if case.kind is RequestKind.ACCESS:
        if asks:
            return f"nothing was read; to do it: {again}"
        return "next: hand them to the person alone, then delete them"
    if asks:
        return f"nothing was erased; to do it: {again} --yes"
    return "next: send the receipt to the person, and keep it"


def _next(case: Case) -> str:
    """Return the command that takes a request further."""
    erasing = case.kind is RequestKind.ERASURE
    return f"next: privseg dsr run {case.number}" + (" --dry-run" if erasing else "")

# SPDX-License-Identifier: Apache-2.0
"""privseg dsr: a person's request, from the letter to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, emit, epilog, note, say, wrapped
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
    id_from: IdFrom,
    id_kind: IdKind = "customer_number",
    received: Annotated[
        str | None, typer.Option(help="When it arrived (ISO); now if absent.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Open a request and start its clock."""
    person, arrived = subject(id_from, id_kind), past(received)
    with workspace(folder, role) as ws:
        case = ws.open_request(kind, person, received_at=arrived)
    emit(_document(case), as_json=as_json, text=_lines(case))
    if not as_json:
        say(_next(case))


@app.command("list", epilog=epilog("privseg dsr list", f"[{CASE}]"))
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List every request with its state and deadline."""
    with workspace(folder, role) as ws:
        cases = ws.requests()
    today = datetime.now(UTC).date()
    emit([_document(c) for c in cases], as_json=as_json, text=_table(cases, today))
    late = [str(c.number) for c in cases if (left := _days_left(c, today)) is not None and left < 0]
    if late:
        note("overdue:", f"answer request {', '.join(late)} first", colour="red")


@app.command("show", epilog=epilog("privseg dsr show 1", CASE))
def show(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show one request."""
    with workspace(folder, role) as ws:
        case = ws.request(number)
    emit(_document(case), as_json=as_json, text=_lines(case))
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
        asks = dry_run or (case.kind is RequestKind.ERASURE and not yes)
        if asks and case.kind is RequestKind.ERASURE:
            planned = ws.plan_erasure(number)
            erases, stays = dict(planned.erases), list(planned.stays)
        elif not asks:
            with working(f"answering request {number}"):
                files = ws.run_request(number, out=out)
    emit(
        {"number": number, "kind": case.kind.value, "done": not asks, "erases": erases,
         "stays": stays, "files": [str(f) for f in files]},
        as_json=as_json,
        text=_planned(case, erases, stays) if asks else [f"wrote {f}" for f in files],
    )  # fmt: skip
    if not as_json:
        say(_after(case, asks=asks))


def _planned(case: Case, erases: dict[str, int], stays: list[str]) -> list[str]:
    """Return what running a request would do."""
    if case.kind is RequestKind.ACCESS:
        return [f"would answer request {case.number}: a page to read, and the same as JSON"]
    return [
        "would erase",
        *(f"  {n:>6,}  {what}" for what, n in erases.items()),
        "would stay",
        *(line for text in stays for line in wrapped(text, indent="  ", after="    ")),
    ]


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


def _table(cases: Sequence[Case], today: date) -> list[str]:
    """Return every request as a row, with the days left to answer it."""
    if not cases:
        return ["no requests yet"]
    rows = [
        (str(c.number), c.kind.value, c.state.value, _minutes(c),
         str(c.deadlines.answer_by), "" if left is None else str(left), c.deadlines.law)
        for c in cases
        for left in (_days_left(c, today),)
    ]  # fmt: skip
    headings = ("no. ", "kind", "state", "received (UTC)", "answer by", "days left ", "law")
    return Table(headings, rows).lines()


def _days_left(case: Case, today: date) -> int | None:
    """Return the days left to answer a request; None when it is answered."""
    done = case.state is CaseState.DONE
    return None if done else (case.deadlines.answer_by - today).days


def _minutes(case: Case) -> str:
    """Return when a request arrived, to the minute, in UTC."""
    return case.received_at.astimezone(UTC).isoformat(" ", "minutes")[:16]


def _lines(case: Case) -> list[str]:
    """Return one request as lines."""
    clock = case.deadlines
    moved = clock.legal_limit != clock.answer_by
    return [
        f"request {case.number}: {case.kind.value}, {case.state.value}",
        f"received    {_minutes(case)} UTC",
        *([f"confirm by  {clock.confirm_by}"] if clock.confirm_by else []),
        f"answer by   {clock.answer_by} ({clock.law})",
        *([f"legal limit {clock.legal_limit}"] if moved else []),
    ]


def _document(case: Case) -> dict[str, object]:
    """Return one request as JSON; who asked is not in it."""
    return {
        "number": case.number, "kind": case.kind.value, "state": case.state.value,
        "received_at": case.received_at.isoformat(), "law": case.deadlines.law,
        "answer_by": case.deadlines.answer_by.isoformat(),
        "legal_limit": case.deadlines.legal_limit.isoformat(),
        "confirm_by": case.deadlines.confirm_by and case.deadlines.confirm_by.isoformat(),
    }  # fmt: skip

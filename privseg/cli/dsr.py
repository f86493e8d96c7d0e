# SPDX-License-Identifier: Apache-2.0
"""privseg dsr: a person's request, from the letter to the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, emit, say
from privseg.cli.session import HERE, As, Folder, IdFrom, IdKind, Json, moment, subject, workspace
from privseg.dsr import Case, RequestKind
from privseg.terms import StaffRole

app = typer.Typer(name="dsr", help="Answer data-subject requests.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The request's number.")]


@app.command("open", epilog="Example:  echo C-000017 | privseg dsr open access --id-from -")
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
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        case = ws.open_request(kind, subject(id_from, id_kind), received_at=moment(received))
    emit(_document(case), as_json=as_json, text=_lines(case))
    if not as_json:
        say(f"next: privseg dsr run {case.number}" + (" --dry-run" if kind == "erasure" else ""))


@app.command("list")
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List every request with its state and deadline."""
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        cases = ws.requests()
    rows = [
        (str(c.number), c.kind.value, c.state.value, f"{c.received_at:%Y-%m-%d}",
         f"{c.deadlines.answer_by:%Y-%m-%d}", c.deadlines.law)
        for c in cases
    ]  # fmt: skip
    headings = ("no. ", "kind", "state", "received", "answer by", "law")
    emit([_document(c) for c in cases], as_json=as_json, text=Table(headings, rows).lines())


@app.command("show")
def show(number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Show one request."""
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        case = ws.request(number)
    emit(_document(case), as_json=as_json, text=_lines(case))


@app.command(
    "run", epilog="Example:  privseg dsr run 1 --out answers   (an erasure asks for --yes)"
)
def run(
    number: Number,
    out: Annotated[Path | None, typer.Option(help="The folder for the answer's files.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what an erasure removes.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it only the plan is shown.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer an access request, or erase: first the plan, with --yes the deed and a receipt."""
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        case = ws.request(number)
        if case.kind is RequestKind.ERASURE and (dry_run or not yes):
            planned = ws.plan_erasure(number)
            emit(
                {"erases": dict(planned.erases), "stays": list(planned.stays)},
                as_json=as_json,
                text=["would erase", *(f"  {n:>6,}  {what}" for what, n in planned.erases),
                      "would stay", *(f"  {line}" for line in planned.stays)],
            )  # fmt: skip
            say(f"nothing was erased; to do it: privseg dsr run {number} --yes")
            return
        files = ws.run_request(number, out=out)
    emit([str(f) for f in files], as_json=as_json, text=[f"wrote {f}" for f in files])


def _lines(case: Case) -> list[str]:
    """Return one request as lines."""
    clock = case.deadlines
    confirm = [f"confirm by  {clock.confirm_by:%Y-%m-%d}"] if clock.confirm_by else []
    return [
        f"request {case.number}: {case.kind.value}, {case.state.value}",
        f"received    {case.received_at:%Y-%m-%d}",
        *confirm,
        f"answer by   {clock.answer_by:%Y-%m-%d} ({clock.law})",
        *(
            [f"legal limit {clock.legal_limit:%Y-%m-%d}"]
            if clock.legal_limit != clock.answer_by
            else []
        ),
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

# SPDX-License-Identifier: Apache-2.0
"""privseg dsr run: carrying a request out, after its plan was shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.dsr.rights import RAN_ALL, day_of, run_all
from privseg.cli.dsr.showing import handing_out, planned
from privseg.cli.output import emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, countable, workspace
from privseg.dsr import Case, RequestKind
from privseg.dsr.kinds import ANSWERED

RUN = "{number, kind, done, erases, others, stays, files}"
ALL = f"with --all: {RAN_ALL}"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", epilog=epilog("privseg dsr run 1 --out answers", RUN, ALL))(run)


def run(
    number: Annotated[
        int | None, typer.Argument(help="The request's number.", callback=countable)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The folder for the answer's files.")] = None,
    folder: Folder = HERE,
    role: As = None,
    kind: Annotated[
        RequestKind | None,
        typer.Option(help="With --all: only requests of this kind.", metavar="<kind>"),
    ] = None,
    due_before: Annotated[
        str | None, typer.Option(help="With --all: only those due before a day (ISO).")
    ] = None,
    on: Annotated[
        str | None, typer.Option(help="The day on which a restriction ends; in a week if absent.")
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every request that is ready.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it only the plan is shown.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Write an answer in plain files, to check or to print.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Carry a request out: answer it, correct, obey, erase.

    An erasure shows its plan first (looking is on the log); with --yes it is done, and leaves a
    receipt. A restriction is lifted in two runs: the first writes the letter that tells the day,
    the second lifts on that day or later.
    """
    if every is (number is not None) or (not every and (kind or due_before)) or (every and on):
        raise typer.BadParameter("name one request, or say --all (with --kind, --due-before)")
    if number is None:
        return run_all(
            kind=kind, due_before=due_before, out=out, folder=folder, role=role,
            dry_run=dry_run, yes=yes, as_json=as_json,
        )  # fmt: skip
    return _run_one(
        number, out, folder, role, day_of(on), dry_run=dry_run, yes=yes, plain=plain,
        as_json=as_json,
    )  # fmt: skip


def _run_one(
    number: int,
    out: Path | None,
    folder: Path,
    role: As,
    on: date | None,
    *,
    dry_run: bool,
    yes: bool,
    plain: bool,
    as_json: bool,
) -> None:
    """Carry one request out, or show what that would do."""
    erases: dict[str, int] = {}
    stays: list[str] = []
    others: list[str] = []
    files: list[Path] = []
    with workspace(folder, role) as ws:
        case = ws.request(number)
        over = case.is_done  # then only its receipt is written once more
        asks = dry_run or (case.kind is RequestKind.ERASURE and not yes and not over)
        if asks and case.kind is RequestKind.ERASURE:
            plan = ws.plan_erasure(number)
            erases, stays, others = dict(plan.erases), list(plan.stays), list(plan.others)
        elif not asks:
            with working(f"answering request {number}"):
                files = ws.run_request(number, out=out, plain=plain, on=on)
            case = ws.request(number)
    done = not asks and case.lifts_on is None  # a day that was told has not come
    plan_lines = planned(case, erases, others, stays)
    emit(
        {"number": number, "kind": case.kind.value, "done": done, "erases": erases,
         "others": others, "stays": stays, "files": [str(f) for f in files]},
        as_json=as_json,
        text=plan_lines if asks else [f"wrote {f}" for f in files] or ["done"],
    )  # fmt: skip
    if not as_json:
        for line in () if asks else _provisional(case, files):
            say(line)
        for line in _after(case, files, asks=asks, plain=plain):
            say(line)


def _provisional(case: Case, files: list[Path]) -> Iterator[str]:
    """Yield what keeps an erasure's receipt provisional."""
    if case.kind is not RequestKind.ERASURE:
        return
    for file in (f for f in files if f.name.endswith("-receipt.json")):
        receipt = json.loads(file.read_bytes())["receipt"]
        for because in receipt["provisional_because"]:
            yield from wrapped(f"the receipt is PROVISIONAL: {because}", after="  ")
        for backup in receipt["outstanding_backups"]:
            yield f"once it is destroyed: privseg keys forget-backup {backup['id']}"


def _after(case: Case, files: list[Path], *, asks: bool, plain: bool) -> tuple[str, ...]:
    """Return what to do after a request was run, or only shown."""
    again = f"privseg dsr run {case.number}"
    answered = case.kind in ANSWERED
    if asks and answered:
        return (f"nothing was read; to do it: {again}",)
    if asks and case.kind is RequestKind.ERASURE:
        return (f"nothing was erased; to do it: {again} --yes",)
    if asks:
        return (f"nothing was done; to do it: {again}",)
    if plain and answered:
        return (f"next: look at them, then: privseg dsr seal {case.number}",)
    return handing_out(case, files)

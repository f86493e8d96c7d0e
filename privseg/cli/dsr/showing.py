# SPDX-License-Identifier: Apache-2.0
"""Data-subject requests as people read them: deadlines, days left, what an erasure would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, wrapped
from privseg.cli.session import countable
from privseg.dsr import Case, CaseState, RequestKind
from privseg.dsr.clock import local_day
from privseg.dsr.kinds import ANSWERED

Number = Annotated[int, typer.Argument(help="The request's number.", callback=countable)]
MIDNIGHT = time()
CASE = (
    "{number, kind, state, received_at, law, confirm_by, answer_by, legal_limit, manner, identity, "
    "duplicate_of, appeal_of, goes_with, places}"
)


def planned(case: Case, erases: dict[str, int], others: list[str], stays: list[str]) -> list[str]:
    """Return what running a request would do."""
    if case.kind in ANSWERED:
        return [f"would answer request {case.number}: a sealed page, and a letter that opens it"]
    if case.kind is not RequestKind.ERASURE:
        what = case.kind.value.replace("_", " ")
        return [
            f"would carry out request {case.number} ({what}), and write the letter that says so"
        ]
    return [
        "would erase",
        *(f"  {n:>6,}  {what}" for what, n in erases.items()),
        *(["others would do"] if others else []),
        *(line for text in others for line in wrapped(text, indent="  ", after="    ")),
        "would stay",
        *(line for text in stays for line in wrapped(text, indent="  ", after="    ")),
    ]


def table(cases: Sequence[Case], today: date, zone: tzinfo) -> list[str]:
    """Return every request as a row, with its local day and the days left to answer it."""
    if not cases:
        return ["no requests yet"]
    rows = [
        (str(c.number), c.kind.value, c.state.value, str(local_day(c.received_at, zone)),
         str(c.deadlines.answer_by), "" if left is None else str(left), c.deadlines.law)
        for c in cases
        for left in (days_left(c, today),)
    ]  # fmt: skip
    headings = ("no. ", "kind", "state", "received", "answer by", "days left ", "law")
    return Table(headings, rows).lines()


def days_left(case: Case, today: date) -> int | None:
    """Return the days left to answer a request; None when it is answered."""
    return (case.deadlines.answer_by - today).days if case.state.is_open else None


def _received(case: Case, zone: tzinfo) -> str:
    """Return when a request arrived, where the workspace is: a day, and its time if it has one."""
    there = case.received_at.astimezone(zone)
    if there.time() == MIDNIGHT:  # a day was given
        return there.date().isoformat()
    return f"{there.replace(tzinfo=None).isoformat(' ', 'minutes')} {zone}"


def lines(case: Case, zone: tzinfo) -> list[str]:
    """Return one request as lines."""
    clock = case.deadlines
    moved = clock.legal_limit != clock.answer_by
    return [
        f"request {case.number}: {case.kind.value}, {case.state.value}",
        f"received    {_received(case, zone)}",
        *([f"place       {case.places}"] if case.places else []),
        *([f"confirm by  {clock.confirm_by}"] if clock.confirm_by else []),
        f"answer by   {clock.answer_by} ({clock.law})",
        *([f"legal limit {clock.legal_limit}"] if moved else []),
        *([f"lifts on    {case.lifts_on}: privseg dsr run {case.number}"] if case.lifts_on else []),
        *([f"identity    {case.identity.value}"] if case.identity else []),
        *([f"same as     request {case.duplicate_of}, still open"] if case.duplicate_of else []),
        *([f"appeals     request {case.appeal_of}"] if case.appeal_of else []),
        *([f"goes with   request {case.goes_with}, of a linked profile"] if case.goes_with else []),
    ]


def document(case: Case, zone: tzinfo) -> dict[str, object]:
    """Return one request as JSON, times as they are in a zone; who asked is not in it."""
    return {
        "number": case.number, "kind": case.kind.value, "state": case.state.value,
        "received_at": case.received_at.astimezone(zone).isoformat(), "law": case.deadlines.law,
        "answer_by": case.deadlines.answer_by.isoformat(),
        "legal_limit": case.deadlines.legal_limit.isoformat(),
        "confirm_by": case.deadlines.confirm_by and case.deadlines.confirm_by.isoformat(),
        "manner": case.manner, "identity": case.identity and case.identity.value,
        "duplicate_of": case.duplicate_of, "appeal_of": case.appeal_of,
        "goes_with": case.goes_with, "places": case.places and str(case.places),
    }  # fmt: skip


def next_step(case: Case) -> str:
    """Return the command that takes a request further."""
    if case.lifts_on is not None and case.state is CaseState.RUNNING:
        return f"next, on {case.lifts_on}: privseg dsr run {case.number}"
    return f"next: privseg dsr {_NEXT.get(case.state, 'show')} {case.number}{_more(case)}"


_NEXT = {
    CaseState.RECEIVED: "plan",
    CaseState.IDENTITY: "verify",
    CaseState.ASSESSED: "run",
    CaseState.PLANNED: "run",
    CaseState.RUNNING: "run",
    CaseState.DONE: "close",
    CaseState.PARTLY_DONE: "close",
    CaseState.REFUSED: "close",
    CaseState.WITHDRAWN: "close",
}


def handing_out(case: Case, files: Sequence[Path]) -> tuple[str, ...]:
    """Return what to do with what carrying out a request wrote: send it, and only then close."""
    if case.lifts_on is not None and case.state is CaseState.RUNNING:
        return (f"next: send the letter now; on {case.lifts_on}: privseg dsr run {case.number}",)
    names = [f.name for f in files]
    if any(n.endswith(CODE_LETTER) for n in names):
        return (
            "next: send the letter to the person",
            f"  with the code that comes back: privseg dsr opt-in {case.number} --code-from -",
        )
    close = f"  then: privseg dsr close {case.number}"
    if any(n.endswith(SEALED) for n in names):
        return (
            "next: send the sealed page; send the letter with the passphrase apart from it",
            f"{close} (removes both here; the passphrase is kept nowhere)",
        )
    sent = _sent(names)
    return (f"next: send {sent}", close) if sent else (next_step(case),)


def _sent(names: Sequence[str]) -> str:
    """Return what of the files that were written goes to the person; nothing for none."""
    has_letter = any(n.endswith(".html") for n in names)
    if any(n.endswith(RECEIPT) for n in names):
        what = "the letter and the receipt" if has_letter else "the receipt"
        return f"{what} to the person, and keep the receipt"
    if not has_letter:
        return ""
    return "the letter to the person" if len(names) == 1 else "the letters"


SEALED, CODE_LETTER, RECEIPT = ".sealed.html", ".opt_in_confirm.html", "-receipt.json"
"""How the names of files end that are handed out in ways of their own."""


def _more(case: Case) -> str:
    """Return the options of the next command."""
    if case.state is CaseState.IDENTITY:
        return " --points-from -"
    runs = _NEXT.get(case.state) == "run"
    return " --dry-run" if runs and case.kind is RequestKind.ERASURE else ""

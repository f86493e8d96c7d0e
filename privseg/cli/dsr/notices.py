# SPDX-License-Identifier: Apache-2.0
"""privseg dsr notices: which recipients have been told what people asked for, and telling them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, countable, workspace

if TYPE_CHECKING:
    from privseg.engine.notices.delivering import Delivered
    from privseg.store.notices import StoredNotice

SHAPE = "{notices: [{id, request, recipient, act, made_at, how, attempts, next_at, why, file}]}"
HOW = {"letter_written": "letter, not posted", "letter": "letter, posted"}
WAITING = 1  # the exit code when a recipient that is due could not be told


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("notices", epilog=epilog("privseg dsr notices --send", SHAPE))(notices)


def notices(
    folder: Folder = HERE,
    role: As = None,
    *,
    send: Annotated[
        bool, typer.Option("--send/--list", help="Deliver what is due; else only list.")
    ] = False,
    request: Annotated[
        int | None, typer.Option(help="Of this request alone, due or not.", callback=countable)
    ] = None,
    letters: Annotated[
        bool, typer.Option("--letters", help="Write letters also to those with a webhook.")
    ] = False,
    posted: Annotated[
        int | None,
        typer.Option(help="This request's letters were posted.", callback=countable),
    ] = None,
    to: Annotated[str | None, typer.Option(help="With --posted: only to this recipient.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder for letters.")] = None,
    as_json: Json = False,
) -> None:
    """Tell recipients what people ask for.

    That somebody was erased, corrected or restricted, or objects.

    A recipient with an https address gets signed JSON; one with a postal address gets a letter,
    to print and post; say so with --posted, then it was told. Until then --send --request N
    --letters writes it again. What is not taken waits and is tried again: put --send into your
    scheduler. Exit code 1 when a recipient could not be told.
    """
    if (posted is not None and (send or letters or request)) or (to and posted is None):
        raise typer.BadParameter("say --posted N (--to RECIPIENT), or --send")
    with workspace(folder, role) as ws:
        if send:
            with working("telling recipients"):
                sent = ws.send_notices(request=request, out=out, by_letter=letters)
        else:
            sent = []
        gone = [] if posted is None else ws.posted_notices(posted, recipient=to)
        request = request if posted is None else posted
        every = [n for n in ws.recipient_notices() if request in {None, n.case_number}]
    by_id = {s.notice_id: s for s in sent}
    document = {"notices": [_document(n, by_id.get(n.notice_id)) for n in every]}
    emit(document, as_json=as_json, text=_table(every))
    if not as_json:
        _talk(sent)
        for line in _after_posting(gone):
            say(line)
    if any(s.how is None for s in sent):
        raise typer.Exit(WAITING)


def _talk(sent: list[Delivered]) -> None:
    """Say what became of each notice."""
    for one in sent:
        if one.path is not None:
            say(f"wrote {one.path}: print it and post it,")
            say(f"  then: privseg dsr notices --posted {one.case_number}")
        elif one.how is None:
            for line in wrapped(f"{one.recipient} was not told: {one.why}", after="  "):
                say(line)


def _after_posting(gone: list[StoredNotice]) -> list[str]:
    """Return what to do once letters were posted."""
    if not gone:
        return []
    lines = ["the letters were removed from the folder of answers; delete other copies of them"]
    if any(n.kind == "erased" for n in gone):
        lines.append(f"next: privseg dsr receipt {gone[0].case_number}")
    return lines


def _document(notice: StoredNotice, sent: Delivered | None) -> dict[str, object]:
    """Return one notice as JSON; of whom it is, is not in it."""
    return {
        "id": notice.notice_id,
        "request": notice.case_number,
        "recipient": notice.recipient,
        "act": notice.kind,
        "made_at": notice.made_at.isoformat(),
        "how": None if notice.is_waiting else notice.how,
        "attempts": notice.attempts,
        "next_at": notice.next_at.isoformat() if notice.is_waiting else None,
        "why": sent.why if sent else "",
        "file": str(sent.path) if sent and sent.path else None,
    }


def _table(found: list[StoredNotice]) -> list[str]:
    """Return every notice as a row."""
    if not found:
        return ["no recipient has to be told anything"]
    rows = [
        (
            str(n.case_number), n.recipient, n.kind.replace("_", " "), _minutes(n.made_at),
            HOW.get(n.how, n.how), str(n.attempts),
            _minutes(n.next_at) if n.is_waiting else "",
        )
        for n in found
    ]  # fmt: skip
    headings = ("no. ", "recipient", "act", "since (UTC)", "told by", "tries ", "next (UTC)")
    return Table(headings, rows).lines()


def _minutes(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(" ", "minutes")[:16]

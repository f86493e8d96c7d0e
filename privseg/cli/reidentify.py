# SPDX-License-Identifier: Apache-2.0
"""privseg reidentify: who is behind a pseudonym, asked by one person and approved by another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from privseg.cli.output import Table, emit, epilog, say
from privseg.cli.session import HERE, As, Folder, Json, countable, workspace

if TYPE_CHECKING:
    from privseg.engine.reidentify.asking import ReidentificationView

app = typer.Typer(
    name="reidentify",
    help="Name the people behind pseudonyms: it takes two.",
    epilog="Example:  privseg reidentify list",
    no_args_is_help=True,
)
Number = Annotated[int, typer.Argument(help="The request's number.", callback=countable)]
REQUEST = (
    "{number, state, purpose, identifiers, people, reason_code, asked_by, asked_at, "
    "approved_by, until, opened, opens}"
)
OPENED = "{number, file, named, not_eligible, not_found, state}"
ASK = (
    "privseg reidentify ask --purpose fraud --recipient lab --epoch 2026 "
    "--reason-code FR-17 --pseudonyms list.txt"
)


def _source(given: str) -> str:
    """Refuse a pseudonym in the arguments: others on the machine can see them.

    Raises:
        typer.BadParameter: it is neither a file nor standard input.
    """
    if given != "-" and not Path(given).is_file():
        raise typer.BadParameter("name a file of pseudonyms, one a line, or - for standard input")
    return given


@app.command("ask", epilog=epilog(ASK, REQUEST))
def ask(  # one option for each thing that a request says
    purpose: Annotated[str, typer.Option(help="What the people are to be named for.")],
    recipient: Annotated[str, typer.Option(help="Whom the pseudonyms were made for.")],
    epoch: Annotated[str, typer.Option(help="The epoch they were made in.")],
    pseudonyms: Annotated[
        str, typer.Option(help="A file with one a line; - for stdin.", callback=_source)
    ],
    reason_code: Annotated[
        str, typer.Option(help="The number of the case elsewhere; nothing personal.")
    ],
    *,
    of_purpose: Annotated[
        str | None, typer.Option(help="The purpose they were made for, if it is another.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Name only this kind (repeat it); default: all.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    as_json: Json = False,
) -> None:
    """Ask who is behind pseudonyms.

    Nothing is looked up before somebody else has approved it. The policy's purpose says who may
    ask, how many people one request may name, by which identifiers, and for how long.
    """
    from privseg.pseudonym import Domain  # noqa: PLC0415  # saves time for --help
    from privseg.terms import Purpose  # noqa: PLC0415  # likewise

    domain = Domain(Purpose(of_purpose or purpose), recipient=recipient, epoch=epoch)
    with workspace(folder, role) as ws:
        found = ws.ask_reidentification(
            Purpose(purpose),
            _lines(pseudonyms),
            domain=domain,
            reason_code=reason_code,
            identifiers=kind or (),
        )
    _print(found, as_json=as_json)
    if not as_json:
        say(f"next: somebody else runs: privseg reidentify approve {found.number}")


@app.command("list", epilog=epilog("privseg reidentify list", f"[{REQUEST}]"))
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List requests, newest first.

    It names who asked and approved, and never whom a request is about. Looking is on the log.
    """
    with workspace(folder, role) as ws:
        found = ws.reidentifications()
    emit([_document(r) for r in found], as_json=as_json, text=_table(found))


@app.command("approve", epilog=epilog("privseg reidentify approve 1", REQUEST))
def approve(
    number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Approve what another person asked.

    From now on they may open it, as long and as often as the policy says. Who approves never opens.
    """
    with workspace(folder, role) as ws:
        found = ws.approve_reidentification(number)
    _print(found, as_json=as_json)
    if not as_json:
        say(f"next: {found.asked_by} runs: privseg reidentify open {number} --out FILE")


@app.command("refuse", epilog=epilog("privseg reidentify refuse 1", REQUEST))
def refuse(
    number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Refuse what another person asked, for good."""
    with workspace(folder, role) as ws:
        found = ws.refuse_reidentification(number)
    _print(found, as_json=as_json)


@app.command("withdraw", epilog=epilog("privseg reidentify withdraw 1", REQUEST))
def withdraw(
    number: Number, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Take back what you asked or approved: nobody is named."""
    with workspace(folder, role) as ws:
        found = ws.withdraw_reidentification(number)
    _print(found, as_json=as_json)


@app.command("open", epilog=epilog("privseg reidentify open 1 --out named.json", OPENED))
def open_(
    number: Number,
    out: Annotated[Path, typer.Option(help="A new file, for its owner alone.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the people of an approved request into a file.

    Only who asked can, in time, and as often as it was approved for. Who has withdrawn or objected
    since, or restricted the use of their data, is left out and counted. It is on the log first.
    """
    with workspace(folder, role) as ws:
        found = ws.open_reidentification(number, out=out)
    document = {
        "number": found.number, "file": str(found.file), "named": found.named,
        "not_eligible": found.not_eligible, "not_found": found.not_found,
        "state": found.state.value,
    }  # fmt: skip
    lines = [
        f"wrote {found.file}",
        f"named        {found.named}",
        f"not eligible {found.not_eligible}",
        f"not found    {found.not_found}",
    ]
    emit(document, as_json=as_json, text=lines)
    if not as_json:
        say("next: use it for this purpose alone, then delete it")


def _lines(source: str) -> list[str]:
    """Return the lines of a file, or of standard input.

    Raises:
        typer.BadParameter: it is not text, or there is no standard input.
    """
    try:
        if source != "-":
            return Path(source).read_text("ascii").splitlines()
        stdin: TextIO | None = sys.stdin  # None when the shell closed it
        if stdin is None:
            raise typer.BadParameter("standard input is closed; pass the pseudonyms on it")
        return stdin.read().splitlines()
    except UnicodeDecodeError:
        raise typer.BadParameter("the pseudonyms are not plain text") from None


def _print(found: ReidentificationView, *, as_json: bool) -> None:
    """Print how a request stands."""
    lines = [
        f"re-identification {found.number}: {found.state.value}",
        f"purpose     {found.purpose} ({found.reason_code})",
        f"pseudonyms  {found.people}",
        f"to be named {', '.join(found.identifiers)}",
        f"asked by    {found.asked_by}",
        f"approved by {found.approved_by or 'nobody'}",
        f"until       {found.until.isoformat(' ', 'minutes')[:16]} UTC",
    ]
    emit(_document(found), as_json=as_json, text=lines)


def _table(found: Sequence[ReidentificationView]) -> list[str]:
    """Return requests as rows."""
    if not found:
        return ["nobody has asked who is behind a pseudonym"]
    headings = ("no. ", "state", "purpose", "case", "asked by", "approved by", "until (UTC)")
    rows = [
        (str(r.number), r.state.value, r.purpose, r.reason_code, r.asked_by,
         r.approved_by or "", r.until.isoformat(" ", "minutes")[:16])
        for r in found
    ]  # fmt: skip
    return Table(headings, rows).lines()


def _document(found: ReidentificationView) -> dict[str, object]:
    """Return a request as JSON."""
    return {
        "number": found.number, "state": found.state.value, "purpose": found.purpose,
        "identifiers": list(found.identifiers), "people": found.people,
        "reason_code": found.reason_code, "asked_by": found.asked_by,
        "asked_at": found.asked_at.isoformat(), "approved_by": found.approved_by,
        "until": found.until.isoformat(), "opened": found.opened, "opens": found.opens,
    }  # fmt: skip

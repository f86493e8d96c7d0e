# SPDX-License-Identifier: Apache-2.0
"""privseg dsr write, letter, letters, guide: what is sent to people, and how to go about it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.showing import Number
from privseg.cli.output import Table, emit, epilog, hand_over, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.report.letter_kinds import LetterKind

KINDS = (
    "received, identity_needed, extended, refused, done, partly_done, nothing_held, held, "
    "passphrase, erased, withdrawn, appeal_decided, restriction_lifted, opt_in_confirm, notice, "
    "work_order"
)  # as ``report.letter_kinds`` has them; --help does not load it, a test compares the two
WRITTEN = "{number, letter, file}"
NEEDS = "with --dry-run {number, letter, needs}"
KEPT = "[{name, at}]"
AGAIN = "{name, page} | {name, file}"
FILES = "{folder, files}"
Facts = Annotated[
    Path | None,
    typer.Option("--facts-from", help="A file with the letter's facts (privseg: letter/1)."),
]
NewFile = Annotated[Path | None, typer.Option("--out", help="A new file, your own alone.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("write", epilog=epilog("privseg dsr write 1 received", WRITTEN, NEEDS))(write)
    app.command(
        "letter", epilog=epilog("privseg dsr letter 1 received --out again.html", KEPT, AGAIN)
    )(letter)
    app.command("letters", epilog=epilog("privseg dsr letters --out specimens", FILES))(letters)
    app.command("guide", epilog=epilog("privseg dsr guide --out guide.html", "{file}"))(guide)


def write(
    number: Number,
    kind: Annotated[str, typer.Argument(help=f"Which letter: {KINDS}.")],
    facts_from: Facts = None,
    out: Annotated[Path | None, typer.Option(help="The folder for the letter.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which facts the letter needs; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a letter of a request.

    A copy is kept sealed in the case, and the log says that it was written.
    """
    from privseg.report.letter_kinds import OWN  # noqa: PLC0415  # not for --help

    which = _kind(kind)
    if dry_run:
        needs = {name: shape.value for name, shape in OWN[which].items()}
        lines = [f"{name}: {what}" for name, what in needs.items()] or ["it needs no facts"]
        emit({"number": number, "letter": kind, "needs": needs}, as_json=as_json, text=lines)
        return
    from privseg.loaders.letter_file import load_letter  # noqa: PLC0415  # not for --help

    facts = {} if facts_from is None else load_letter(facts_from)
    with workspace(folder, role) as ws:
        file = ws.write_letter(number, which, facts=facts, out=out)
    document = {"number": number, "letter": kind, "file": str(file)}
    emit(document, as_json=as_json, text=f"wrote {file}")


def letter(
    number: Number,
    name: Annotated[str | None, typer.Argument(help="Its name; without one all are told.")] = None,
    out: NewFile = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """List a request's letters, or write one again."""
    with workspace(folder, role) as ws:
        if name is not None:
            _again(name, ws.letter_again(number, name), out, as_json=as_json)
            return
        kept = ws.letters(number)
    rows = [(k.name, k.at.astimezone(UTC).isoformat(" ", "minutes")[:16]) for k in kept]
    table = Table(("letter", "written (UTC)"), rows).lines() if rows else ["no letters yet"]
    emit([{"name": k.name, "at": k.at.isoformat()} for k in kept], as_json=as_json, text=table)


def letters(
    out: Annotated[Path, typer.Option(help="A new folder.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write a specimen of every letter.

    With invented facts, in every language. A workspace has templates of its own in letters/.
    """
    with workspace(folder, role) as ws:
        files = ws.letter_specimens(out)
    emit(
        {"folder": str(out), "files": [f.name for f in files]},
        as_json=as_json,
        text=f"wrote {len(files)} files; look at them: {out / 'index.html'}",
    )


def guide(
    out: Annotated[Path, typer.Option(help="A new file.")],
    language: Annotated[str, typer.Option(help="en or de; the workspace's if absent.")] = "",
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the guide to requests, to print.

    From a letter to the closed case, with this workspace's own names, laws and contact.
    """
    from privseg.engine.private_files import write_new  # noqa: PLC0415  # not for --help

    with workspace(folder, role) as ws:
        page = ws.request_guide(language=language or None)
    write_new(out, page.encode())
    emit({"file": str(out)}, as_json=as_json, text=f"wrote {out}")
    if not as_json:
        say("next: open it in a browser and print it")


def _again(name: str, page: bytes, out: Path | None, *, as_json: bool) -> None:
    """Hand out a letter: as it is, or in a JSON document."""
    if not as_json:
        hand_over(page, out)
    elif out is None:
        emit({"name": name, "page": page.decode("utf-8")}, as_json=True, text="")
    else:
        from privseg.engine.private_files import write_new  # noqa: PLC0415  # not for --help

        write_new(out, page)
        emit({"name": name, "file": str(out)}, as_json=True, text="")


def _kind(name: str) -> LetterKind:
    """Return which letter is meant.

    Raises:
        typer.BadParameter: there is none of this name.
    """
    from privseg.report.letter_kinds import LetterKind  # noqa: PLC0415  # not for --help

    if name not in set(LetterKind):
        raise typer.BadParameter(f"there is no such letter; there are {KINDS}")
    return LetterKind(name)

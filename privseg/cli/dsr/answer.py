# SPDX-License-Identifier: Apache-2.0
"""privseg dsr seal, read-answer: answers that only the person opens, and opening one."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.dsr.showing import Number, handing_out
from privseg.cli.output import emit, epilog, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

SEALED = "{number, files}"
READ = "{files: [{name, media}]}"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("seal", epilog=epilog("privseg dsr seal 1", SEALED))(seal)
    example = "privseg dsr read-answer request-1.sealed.html --passphrase-from -"
    app.command("read-answer", epilog=epilog(example, READ))(read_answer)


def seal(
    number: Number,
    out: Annotated[Path | None, typer.Option(help="The folder of the answer's files.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Seal an answer that was written plain.

    The plain files are removed; nothing is read of anybody anew.
    """
    with workspace(folder, role) as ws:
        files, case = ws.seal_answer(number, out=out), ws.request(number)
    emit(
        {"number": number, "files": [str(f) for f in files]},
        as_json=as_json,
        text=[f"wrote {f}" for f in files],
    )
    if not as_json:
        for line in handing_out(case, files):
            say(line)


def _from_stdin(given: str) -> str:
    """Refuse a passphrase in the arguments, where every user of the machine can see it.

    Raises:
        typer.BadParameter: it says anything but standard input.
    """
    if given != "-":
        raise typer.BadParameter("pass the passphrase on standard input: --passphrase-from -")
    return given


def read_answer(
    file: Annotated[Path, typer.Argument(help="The sealed page.", exists=True, dir_okay=False)],
    passphrase_from: Annotated[  # noqa: ARG001  # its callback sees that it is standard input
        str,
        typer.Option(help="Where the passphrase comes from: - for stdin.", callback=_from_stdin),
    ],
    out: Annotated[
        Path | None, typer.Option(help="A new folder for the files; else they are only listed.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Open a sealed answer without a browser.

    No workspace is needed, and nothing is on the log: the answer is the person's.
    """
    from privseg.engine.answers.sealing import opened_answer  # noqa: PLC0415  # saves time for --help

    files = opened_answer(file.read_bytes(), _typed())
    if out is not None:
        from privseg.engine.private_files import write_new  # noqa: PLC0415  # likewise

        for each in files:
            write_new(out / _plain_name(each.name), each.text.encode())
    emit(
        {"files": [{"name": f.name, "media": f.media} for f in files]},
        as_json=as_json,
        text=[f.name for f in files],
    )
    if not as_json:
        say(f"wrote them into {out}" if out else "next: --out FOLDER writes them")


def _typed() -> str:
    """Return a passphrase from standard input.

    Raises:
        typer.BadParameter: there is none.
    """
    if sys.stdin is None:
        raise typer.BadParameter("standard input is closed; pass the passphrase on it")
    if sys.stdin.isatty():
        say("type the passphrase, then Enter:")
    return sys.stdin.readline().strip()


def _plain_name(name: str) -> str:
    """Return a name out of a sealed file, if it is one and no path.

    Raises:
        typer.BadParameter: it is not.
    """
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("a file in it has a name that is none; nothing of it was written")
    return name

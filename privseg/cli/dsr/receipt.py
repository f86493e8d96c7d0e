# SPDX-License-Identifier: Apache-2.0
"""privseg dsr receipt: an erasure's receipt again, checked without a workspace, claimed, opened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from privseg.cli.output import emit, epilog, say
from privseg.cli.session import (
    HERE,
    As,
    Folder,
    FromStdin,
    IdKind,
    Json,
    countable,
    read_identifier,
    subject,
    workspace,
)

WRITTEN = "{request, file}"
CHECKED = "with --check {ok, request, erased_at, provisional, because, theirs}"
OPENED = "with --opening {before, after}"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("receipt", epilog=epilog("privseg dsr receipt 1", WRITTEN, CHECKED, OPENED))(
        receipt
    )


def receipt(  # noqa: PLR0917  # typer makes options of them
    number: Annotated[
        int | None, typer.Argument(help="The erasure's number.", callback=countable)
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="A receipt to check; needs no workspace.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="With --check: the publisher's key, or a file of it.")
    ] = None,
    secret_from: Annotated[
        str | None,
        typer.Option(help="With --check: - for the letter's secret on stdin: is it theirs?"),
    ] = None,
    id_from: FromStdin = None,
    id_kind: IdKind = None,
    out: Annotated[Path | None, typer.Option(help="The folder for the file.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    opening: Annotated[
        bool, typer.Option("--opening", help="For an auditor: how far the log had come.")
    ] = False,
    search: Annotated[
        bool, typer.Option("--search", help="Search again for the person, and sign anew.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write an erasure's receipt, or check one.

    A check needs no workspace, only the publisher's key.

    With --check and --secret-from - it says whether a receipt is that of whoever has the secret on
    their letter. Exit code 5 when a receipt was changed, 3 when the secret is another one's.
    """
    if (number is None) == (check is None):
        raise typer.BadParameter("give the number of an erasure, or --check FILE")
    if check is not None:
        _check(check, key, secret_from, folder, as_json=as_json)
        return
    assert number is not None
    with workspace(folder, role) as ws:
        if opening:
            opened = {which: o.document() for which, o in ws.erasure_openings(number).items()}
            emit(opened, as_json=as_json, text=_opened(opened))
            return
        if search:
            if id_from is None:
                raise typer.BadParameter("whom to search for is passed on stdin: --id-from -")
            found = ws.search_erased(number, subject(ws, id_kind))
            say(f"searched {found.files} files: {found.elsewhere} that are not ours name them")
            for place in found.where:
                say(f"  {place}")
        written = ws.erasure_receipt(number, out=out)
    emit({"request": number, "file": str(written)}, as_json=as_json, text=[f"wrote {written}"])


def _check(
    path: Path, key: str | None, secret_from: str | None, folder: Path, *, as_json: bool
) -> None:
    """Check a receipt, and whose it is.

    Raises:
        typer.BadParameter: the secret stands on the command line, where others see it.
    """
    from privseg.engine.checking import checked_receipt  # noqa: PLC0415  # saves a second

    if secret_from not in {None, "-"}:
        raise typer.BadParameter("pass the secret on standard input: --secret-from -")
    document = checked_receipt(path, key=key, workspace=folder)
    theirs = None if secret_from is None else _is_theirs(document)
    emit(
        {"ok": True, "request": document["request"], "erased_at": document["erased_at"],
         "provisional": document["provisional"], "because": document["provisional_because"],
         "theirs": theirs},
        as_json=as_json,
        text=list(_said(document, theirs)),
    )  # fmt: skip
    if theirs is False:
        raise typer.Exit(3)


def _is_theirs(document: dict[str, Any]) -> bool:
    from privseg.dsr import is_claimed, read_secret  # noqa: PLC0415  # for this alone

    return is_claimed(document, read_secret(read_identifier()))


def _said(document: dict[str, Any], theirs: bool | None) -> list[str]:  # noqa: FBT001 - an answer
    """Return what a check found, in lines."""
    controller, number = document["controller"], document["request"]
    day = document["erased_at"][:10]
    found = [f"OK: {controller} signed this receipt of request {number}, erased {day}"]
    found += [f"PROVISIONAL: {because}" for because in document["provisional_because"]]
    if theirs is not None:
        found.append("the secret is this receipt's" if theirs else "the secret is not this one's")
    return found


def _opened(opened: dict[str, dict[str, object]]) -> list[str]:
    """Return the openings in lines."""
    return [
        f"{which}: {said['size']} entries, root {said['root']}, salt {said['salt']}"
        for which, said in opened.items()
    ]

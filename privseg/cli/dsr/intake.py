# SPDX-License-Identifier: Apache-2.0
"""privseg dsr import: a file of requests, all of them opened or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import count, emit, epilog, say
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.rights.intake import RequestsImported

IMPORTED = "{file, rows, opened, known, rejected: [{row, column, why}], requests, dry_run, files}"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    example = "privseg dsr import requests.csv --dry-run"
    app.command("import", epilog=epilog(example, IMPORTED))(import_)


def import_(
    file: Annotated[
        Path, typer.Argument(help="A CSV file, one request a row.", exists=True, dir_okay=False)
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write which row became which request to this new file.")
    ] = None,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Put rows that cannot be taken into this new file and open the rest."),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check, open nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Open the requests of a file, all or none.

    Every row is checked first, and every mistake of every row is told at once.

    Columns: kind, identifier; if there: identifier_kind, received, manner, jurisdiction, purpose,
    categories, language, identity, reference. A row that was taken before, by its reference or its
    content, opens nothing again.

    Kinds are those of dsr open --help, but rectification and appeal, which are opened by hand.
    Manners are letter, email, form, phone, account, agent, invited and import, the usual one.
    """
    with workspace(folder, role) as ws, working(f"reading {file.name}") as tell:
        done = ws.import_requests(
            file, dry_run=dry_run, quarantine=quarantine, report=out, tell=tell
        )
    files = [*done.files, *([out] if out is not None and not dry_run else [])]
    emit(
        _document(done, files, dry_run=dry_run),
        as_json=as_json,
        text=_lines(done, files, dry_run=dry_run),
    )
    if not as_json:
        say(
            "nothing was opened; do it without --dry-run"
            if dry_run
            else "next: privseg dsr run --all --dry-run"
        )


def _document(done: RequestsImported, files: list[Path], *, dry_run: bool) -> dict[str, object]:
    """Return an import as JSON; it names no person."""
    return {
        "file": done.file, "rows": done.rows, "dry_run": dry_run,
        "opened": done.would_open if dry_run else done.new, "known": done.known,
        "rejected": [{"row": m.row, "column": m.column, "why": m.why} for m in done.rejected],
        "requests": [{"row": o.row, "reference": o.reference, "number": o.case.number}
                     for o in done.opened],
        "files": [str(f) for f in files],
    }  # fmt: skip


def _lines(done: RequestsImported, files: list[Path], *, dry_run: bool) -> list[str]:
    """Return what an import did, or would do."""
    from privseg.loaders.requests_csv import mistake_lines  # noqa: PLC0415  # not for --help

    number = done.would_open if dry_run else done.new
    verb = "would open" if dry_run else "opened"
    known = [f"{count(done.known, 'row')} taken before: nothing opened again"] * bool(done.known)
    aside = len({m.row for m in done.rejected})
    return [
        f"{verb} {count(number, 'request')} of {count(done.rows, 'row')}",
        *known,
        *([f"{count(aside, 'row')} set aside"] if aside else []),
        *(f"  {line}" for line in mistake_lines(done.rejected)),
        *(f"wrote {f}" for f in files),
    ]

# SPDX-License-Identifier: Apache-2.0
"""privseg source: bring data in, see what is there, open the next edition."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, count, emit, epilog, say, wrapped
from privseg.cli.progress import sized, working
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.errors import InputError

if TYPE_CHECKING:
    from privseg.engine import Imported
    from privseg.policy import Source

app = typer.Typer(
    name="source",
    help="Bring data in and fix what reports read.",
    epilog="Example:  privseg source import crm customers.csv --dry-run",
    no_args_is_help=True,
)
FILE = Annotated[Path, typer.Argument(help="A CSV, Parquet or JSON-lines file.")]
LISTED = "[{source, holds, event, identifiers, categories, columns, special}]"
IMPORTED = "{source, rows, rejected, rounded, snapshot, quarantine, dry_run}"


class OutputExistsError(InputError):
    """A file is to be written where something is already; nothing was changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already, and is not overwritten; name a new file")
        self.path = path


@app.command("import", epilog=epilog("privseg source import crm customers.csv", IMPORTED))
def import_(
    source: Annotated[str, typer.Argument(help="The source's name in the catalogue.")],
    file: FILE,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Put rows that cannot be read into this new file and take the rest."),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check, change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import a file into a source: all of it or nothing.

    Identifiers go to the vault, the rest to the encrypted column store. Importing a file again
    replaces what is known of the people and accounts in it, and events with the same id; a list is
    replaced whole. How many were known before is never told.
    """
    with workspace(folder, role) as ws, working(f"importing {sized(file)}"):
        try:
            done = ws.import_source(source, file, quarantine=quarantine, dry_run=dry_run)
        except InputError as error:
            if getattr(error, "problems", ()):
                error.add_note("to take the other rows: add --quarantine rejected.csv")
            raise
    emit(_document(done, dry_run=dry_run), as_json=as_json, text=_lines(done, dry_run=dry_run))
    if not as_json:
        say("nothing was changed; import it without --dry-run" if dry_run else _next(done))


@app.command(
    "propose",
    epilog=epilog("privseg source propose customers.csv --out policies/mine.yaml", "{policy, out}"),
)
def propose(
    file: FILE,
    name: Annotated[
        str | None, typer.Option(help="The source's name; else from the file's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write it to this new file instead of printing it.")
    ] = None,
    *,
    survey: Annotated[
        bool,
        typer.Option("--survey", help="A survey's export: each question a consent of its own."),
    ] = False,
    free_text: Annotated[
        bool, typer.Option("--free-text", help="With --survey: what people wrote, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Propose a policy for a file's columns, to be confirmed.

    Likely identifiers and sensitive columns are marked; nothing is imported. The text holds names
    of columns, and no value of anybody but those of short lists such as countries. Of a survey,
    free text and what tells how it was filled in are left out.
    """
    if free_text and not survey:
        raise typer.BadParameter("it is for --survey", param_hint="--free-text")
    if out is not None and out.exists():
        raise OutputExistsError(out)
    from privseg.engine import propose_policy  # noqa: PLC0415  # saves a second for --help

    proposal = propose_policy(file, name=name, survey=survey, free_text=free_text)
    if out is not None:
        out.write_text(proposal, "utf-8")
    emit(
        {"policy": proposal, "out": str(out) if out else None},
        as_json=as_json,
        text=proposal if out is None else f"wrote {out}",
    )
    if not as_json:
        say("every line is a guess: confirm roles and categories, then save it under policies/")


@app.command("list", epilog=epilog("privseg source list", LISTED))
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List the sources of the catalogue and what they hold."""
    with workspace(folder, role) as ws:
        sources = list(ws.policy.catalogue.sources.values())
    emit([_facts(s) for s in sources], as_json=as_json, text=_table(sources))
    if not as_json:
        say("next: privseg source import SOURCE FILE")


@app.command("snapshot", epilog=epilog("privseg source snapshot", "{edition, at}"))
def snapshot(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Open a new edition: data and consents as they are now.

    The next reports read it. Without this an edition is opened by the first report of each day. A
    new edition does not renew the privacy budget.
    """
    with workspace(folder, role) as ws:
        edition = ws.open_edition()
    emit(
        {"edition": edition.edition_id, "at": edition.at.isoformat()},
        as_json=as_json,
        text=f"opened edition {edition.edition_id[:8]} at {edition.at:%Y-%m-%d %H:%M} UTC",
    )
    if not as_json:
        say("next: privseg report run NAME --dry-run")


def _document(done: Imported, *, dry_run: bool) -> dict[str, object]:
    """Return an import as JSON."""
    return {
        "source": done.source, "rows": done.rows, "rejected": done.rejected,
        "rounded": dict(done.rounded), "snapshot": done.snapshot, "dry_run": dry_run,
        "quarantine": str(done.quarantine) if done.quarantine else None,
    }  # fmt: skip


def _lines(done: Imported, *, dry_run: bool) -> list[str]:
    """Return what an import did, or would do."""
    aside = f", {done.rejected:,} set aside" if done.rejected else ""
    where = f" in {done.quarantine}" if done.quarantine else ""
    return [
        f"{'would import' if dry_run else 'imported'} {count(done.rows, 'row')}{aside}{where}",
        *(
            f"  {column}: {count(n, 'amount')} rounded to the minor unit"
            for column, n in done.rounded.items()
            if n
        ),
    ]


def _next(done: Imported) -> str:
    """Return what to do after an import."""
    if done.quarantine:
        return f"next: correct {done.quarantine}, then import it into {done.source}"
    return "next: privseg consent import FILE, or privseg source snapshot to report on it"


def _facts(source: Source) -> dict[str, object]:
    """Return what a source holds, as JSON."""
    return {
        "source": source.name, "holds": source.kind.value, "event": source.event,
        "identifiers": [c.identifier for c in source.columns if c.identifier],
        "categories": _categories([source]), "columns": [c.attribute for c in source.columns],
        "special": _special(source),
    }  # fmt: skip


def _table(sources: Sequence[Source]) -> list[str]:
    """Return sources as a table, and the categories that people are asked about."""
    rows = [
        (s.name, s.event or s.kind.value, str(len(s.columns)),
         ", ".join(c.identifier for c in s.columns if c.identifier), ", ".join(_special(s)) or "-")
        for s in sources
    ]  # fmt: skip
    return [
        *Table(("source", "holds", "columns ", "identifiers", "special"), rows).lines(),
        "",
        *wrapped(f"categories: {', '.join(_categories(sources)) or '-'}", after="  "),
    ]


def _categories(sources: Sequence[Source]) -> list[str]:
    """Return the categories of data that sources hold."""
    named = {c.category for s in sources for c in s.columns} | {s.category for s in sources}
    return sorted(c for c in named if c is not None)


def _special(source: Source) -> list[str]:
    """Return what is of special categories (GDPR 9): the bare fact, and columns."""
    fact = [source.event or source.name] if source.special else []
    return fact + [c.attribute for c in source.columns if c.special]


@app.command(
    "expire",
    epilog=epilog("privseg source expire", "{dry_run, tables: [{table, rows, cells, files}]}"),
)
def expire(
    folder: Folder = HERE,
    role: As = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what.")] = False,
    as_json: Json = False,
) -> None:
    """Take off the disk what has passed its retention. Without --yes nothing is changed.

    Expired values are unreadable already; this writes their files anew without them and destroys
    the old files' keys.
    """
    with workspace(folder, role) as ws, working("looking for what has expired"):
        done = [p for p in ws.expire(dry_run=not yes) if p.files]
    emit(
        {"dry_run": not yes, "tables": [
            {"table": p.table, "rows": p.rows, "cells": p.cells, "files": p.files} for p in done]},
        as_json=as_json,
        text=[f"{p.table}: {count(p.rows, 'row')} and {count(p.cells, 'further value')} "
              f"{'removed' if yes else 'would go'}" for p in done] or ["nothing has expired"],
    )  # fmt: skip
    if done and not yes and not as_json:
        say("nothing was changed; do it with: privseg source expire --yes")

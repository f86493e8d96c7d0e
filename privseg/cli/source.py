# SPDX-License-Identifier: Apache-2.0
"""privseg source: bring data in, see what is there, open the next edition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, emit, say
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import StaffRole

app = typer.Typer(
    name="source", help="Bring data in and fix what reports read.", no_args_is_help=True
)

FILE = Annotated[Path, typer.Argument(help="A CSV, Parquet or JSON-lines file.")]


@app.command("import", epilog="Example:  privseg source import crm customers.csv")
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
    """Import a file into a source of the catalogue: all of it or nothing.

    Identifiers go to the vault, the rest to the encrypted column store. Importing a file again
    replaces people's attributes and events with the same id.
    """
    with workspace(folder, role, StaffRole.ENGINEER) as ws:
        done = ws.import_source(source, file, quarantine=quarantine, dry_run=dry_run)
    emit(
        {"source": done.source, "rows": done.rows, "rejected": done.rejected,
         "rounded": dict(done.rounded), "snapshot": done.snapshot, "dry_run": dry_run},
        as_json=as_json,
        text=_imported(done.rows, done.rejected, done.rounded, dry_run=dry_run),
    )  # fmt: skip
    if not dry_run and not as_json:
        say("next: privseg consent import FILE, or privseg source snapshot to report on it")


def _imported(rows: int, rejected: int, rounded: object, *, dry_run: bool) -> list[str]:
    """Return the lines that say what an import did."""
    verb = "would import" if dry_run else "imported"
    lines = [f"{verb} {rows:,} rows" + (f", {rejected:,} set aside" if rejected else "")]
    pairs = rounded.items() if isinstance(rounded, dict) else ()
    return lines + [
        f"  {column}: {n:,} amounts rounded to the minor unit" for column, n in pairs if n
    ]


@app.command(
    "propose", epilog="Example:  privseg source propose customers.csv > policies/mine.yaml"
)
def propose(
    file: FILE,
    name: Annotated[
        str | None, typer.Option(help="The source's name; else from the file's.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Propose a policy with a catalogue from a file's columns, for a person to confirm.

    Likely identifiers and sensitive columns are marked; nothing is imported.
    """
    from privseg.engine import propose_policy  # noqa: PLC0415  # saves a second for --help

    proposal = propose_policy(file, name=name)
    emit({"policy": proposal}, as_json=as_json, text=proposal)
    say("every line is a guess: confirm roles and categories, then save it under policies/")


@app.command("list")
def list_(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List the sources of the catalogue: what they hold and which columns are sensitive."""
    with workspace(folder, role, StaffRole.ENGINEER) as ws:
        sources = list(ws.policy.catalogue.sources.values())
    rows = [
        (s.name, s.kind.value, s.event or "", str(len(s.columns)),
         ", ".join(c.attribute for c in s.columns if c.special) or "-")
        for s in sources
    ]  # fmt: skip
    emit(
        [{"source": s.name, "holds": s.kind.value, "event": s.event,
          "columns": [c.attribute for c in s.columns]} for s in sources],
        as_json=as_json,
        text=Table(("source", "holds", "event", "columns ", "special"), rows).lines(),
    )  # fmt: skip


@app.command("snapshot", epilog="Example:  privseg source snapshot")
def snapshot(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Open a new edition: the next reports read the data and consents as they are now.

    Without this an edition is opened by the first report of each day. A new edition does not
    renew the privacy budget.
    """
    with workspace(folder, role, StaffRole.ANALYST) as ws:
        edition = ws.open_edition()
    emit(
        {"edition": edition.edition_id, "at": edition.at.isoformat()},
        as_json=as_json,
        text=f"opened edition {edition.edition_id[:8]} at {edition.at:%Y-%m-%d %H:%M} UTC",
    )

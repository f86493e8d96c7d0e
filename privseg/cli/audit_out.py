# SPDX-License-Identifier: Apache-2.0
"""privseg audit: what goes out of the house: exports, proofs, kits and anchors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.audit import Number, app, warn
from privseg.cli.output import count, emit, epilog, note, say
from privseg.cli.session import HERE, As, Folder, Json, workspace

NewFolder = Annotated[Path, typer.Argument(help="A new folder.")]
FAILED = 1


@app.command(
    "export",
    epilog=epilog("privseg audit export out && python3 audit/verify.py out", "{folder, files}"),
)
def export(
    out: NewFolder,
    folder: Folder = HERE,
    role: As = None,
    *,
    tiles: Annotated[
        bool, typer.Option("--tlog-tiles", help="As C2SP tlog-tiles: the one format there is.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Write the log as tiles that other tools can check.

    The format is C2SP tlog-tiles; audit/verify.py checks it without privseg. Bodies, which hold
    people sets, stay inside. The folder is there once it is whole, or not at all.
    """
    del tiles  # a name for what it writes, so that another format can be asked for one day
    with workspace(folder, role) as ws:
        files = ws.audit_export(out)
        warn(ws)
    emit(
        {"folder": str(out), "files": files},
        as_json=as_json,
        text=f"wrote {count(files, 'file')} to {out}",
    )
    if not as_json:
        say(f"next: python3 audit/verify.py {out}")


@app.command(
    "prove", epilog=epilog("privseg audit prove 12 --out proof", "{sequence, size, proof, entry}")
)
def prove(
    number: Number,
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")] = HERE,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the proof that one entry is in the log: two small files.

    A C2SP tlog-proof under the log's signed head, and the entry's bytes. Whoever has the log's key
    can check them without the log: verify.py --proof FILE --key VKEY.
    """
    with workspace(folder, role) as ws:
        made = ws.audit_prove(number, out)
        warn(ws)
    document = {
        "sequence": made.sequence,
        "size": made.size,
        "proof": str(made.proof),
        "entry": str(made.entry),
    }
    text = f"wrote {made.proof} and {made.entry.name}: entry {made.sequence} of {made.size:,}"
    emit(document, as_json=as_json, text=text)
    if not as_json:
        say(f"next: python3 audit/verify.py --proof {made.proof} --key VKEY")


@app.command(
    "kit", epilog=epilog("privseg audit kit for-the-authority", "{folder, dry_run, contents}")
)
def kit(
    out: NewFolder,
    folder: Folder = HERE,
    role: As = None,
    *,
    bodies: Annotated[
        bool,
        typer.Option("--bodies", help="With the bodies of entries, which name people by number."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go in.")] = False,
    as_json: Json = False,
) -> None:
    """Write everything that a regulator needs into one folder.

    The log with its keys and the heads kept elsewhere, the register of releases, each release, the
    specification and the verifier, and a README that says what to run first. Bodies, which are
    personal data, go in with --bodies alone. The folder is there once it is whole, or not at all.
    """
    with workspace(folder, role) as ws:
        made = ws.plan_audit_kit(bodies=bodies) if dry_run else ws.audit_kit(out, bodies=bodies)
        warn(ws)
    lines = [f"  {what}: {number:,}" for what, number in made.items().items()]
    said = f"would write to {out}" if dry_run else f"wrote {out}"
    document = {"folder": str(out), "dry_run": dry_run, "contents": dict(made.items())}
    emit(document, as_json=as_json, text=[said, *lines])
    if bodies:
        note(
            "personal data:", "bodies name people by number; hand it over as such", colour="yellow"
        )


@app.command(
    "anchor", epilog=epilog("privseg audit anchor /mnt/write-once", "[{folder, size, failure}]")
)
def anchor(
    where: Annotated[
        Path | None, typer.Argument(help="A folder away from here; else those of privseg.yaml.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Keep the log's newest signed head in a folder away from it.

    What a head covers cannot be cut off or rewritten unnoticed any more: audit verify and verify.py
    compare. A file is written once and never changed. Exit code 1 when a folder failed.
    """
    with workspace(folder, role) as ws:
        kept = ws.audit_anchor(where)
    document = [{"folder": k.folder, "size": k.size, "failure": k.failure} for k in kept]
    lines = [f"kept the head of {k.size:,} entries in {k.folder}" for k in kept if not k.failure]
    emit(document, as_json=as_json, text=lines)
    failures = [k.failure for k in kept if k.failure]
    for failure in failures:
        note("error:", failure, colour="red")
    if failures:
        raise typer.Exit(FAILED)

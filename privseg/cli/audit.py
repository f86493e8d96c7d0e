# SPDX-License-Identifier: Apache-2.0
"""privseg audit: read the log, check it, hand it out. Reading it is itself on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, emit, note
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.terms import StaffRole

app = typer.Typer(name="audit", help="Read and check the audit log.", no_args_is_help=True)


@app.command("tail", epilog="Example:  privseg audit tail -n 20")
def tail(
    count: Annotated[int, typer.Option("-n", min=1, help="How many entries.")] = 10,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Print the newest entries: when, what, who, how it ended."""
    with workspace(folder, role, StaffRole.AUDITOR) as ws:
        entries = ws.audit_tail(count)
    rows = [
        tuple(str(e[k])[:19] for k in ("sequence", "time", "kind", "outcome", "actor", "about"))
        for e in entries
    ]
    headings = ("no. ", "when (UTC)", "kind", "outcome", "role", "about")
    emit(entries, as_json=as_json, text=Table(headings, rows).lines())


@app.command("verify", epilog="Example:  privseg audit verify")
def verify(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Check every entry, the tree, the signature, the remembered head; name the first bad entry.

    Exit code 0 when the log holds, 5 when it was tampered with.
    """
    with workspace(folder, role, StaffRole.AUDITOR) as ws:
        report = ws.audit_verify()
    emit(
        report,
        as_json=as_json,
        text=[f"{'OK' if report['ok'] else 'TAMPERED'}: {report['size']} entries",
            *_first_bad(report["first_bad"]),
              *(f"  {line}" for line in _lines(report["findings"]))],
    )  # fmt: skip
    if not report["ok"]:
        note("tampered:", "keep the workspace as it is and call the auditor", colour="red")
        raise typer.Exit(5)


@app.command("export", epilog="Example:  privseg audit export out && python3 audit/verify.py out")
def export(
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the log as tiles (C2SP tlog-tiles) that audit/verify.py and other tools can check.

    Bodies, which hold people sets, stay inside.
    """
    with workspace(folder, role, StaffRole.AUDITOR) as ws:
        files = ws.audit_export(out)
    emit(
        {"folder": str(out), "files": files}, as_json=as_json, text=f"wrote {files} files to {out}"
    )


def _first_bad(number: object) -> list[str]:
    """Return the line that names the first bad entry, if one can be named."""
    return [] if number is None else [f"  the first bad entry is {number}"]


def _lines(findings: object) -> list[str]:
    """Return findings as lines."""
    return [str(f) for f in findings] if isinstance(findings, list) else []

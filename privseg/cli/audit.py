# SPDX-License-Identifier: Apache-2.0
"""privseg audit: read the log, check it, hand it out. Reading it is itself on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, count, emit, epilog, note, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

app = typer.Typer(
    name="audit",
    help="Read and check the audit log.",
    epilog="Example:  privseg audit verify",
    no_args_is_help=True,
)
TAMPERED = 5
MINUTES = len("2026-11-21T21:04")


@app.command(
    "tail",
    epilog=epilog(
        "privseg audit tail -n 20", "[{sequence, time, kind, outcome, actor, about, header}]"
    ),
)
def tail(
    number: Annotated[int, typer.Option("-n", min=1, help="How many entries.")] = 10,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Print the newest entries: when, what, who, how it ended."""
    with workspace(folder, role) as ws:
        entries = ws.audit_tail(number)
    emit(entries, as_json=as_json, text=_table(entries))


@app.command(
    "verify",
    epilog=epilog(
        "privseg audit verify", "{ok, size, first_bad, remembered, intact, erased, findings}"
    ),
)
def verify(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Check the whole log; name the first bad entry.

    Every entry, the tree, the signature and the remembered head. Exit code 5 when the log was
    tampered with.
    """
    with workspace(folder, role) as ws:
        report = ws.audit_verify()
    emit(report, as_json=as_json, text=_verdict(report))
    if not report["ok"]:
        note("tampered:", "keep the workspace as it is and call the auditor", colour="red")
        raise typer.Exit(TAMPERED)


@app.command(
    "export",
    epilog=epilog("privseg audit export out && python3 audit/verify.py out", "{folder, files}"),
)
def export(
    out: Annotated[Path, typer.Argument(help="A new folder.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the log as tiles that other tools can check.

    The format is C2SP tlog-tiles; audit/verify.py checks it without privseg. Bodies, which hold
    people sets, stay inside.
    """
    with workspace(folder, role) as ws:
        files = ws.audit_export(out)
    emit(
        {"folder": str(out), "files": files},
        as_json=as_json,
        text=f"wrote {count(files, 'file')} to {out}",
    )
    if not as_json:
        say(f"next: python3 audit/verify.py {out}")


def _table(entries: list[dict[str, object]]) -> list[str]:
    """Return entries as a table."""
    rows = [
        (str(e["sequence"]), str(e["time"])[:MINUTES].replace("T", " "), str(e["kind"]),
         str(e["outcome"]), str(e["actor"]), str(e["about"]))
        for e in entries
    ]  # fmt: skip
    return Table(("no. ", "when (UTC)", "kind", "outcome", "role", "about"), rows).lines()


def _verdict(report: dict[str, object]) -> list[str]:
    """Return whether the log holds, and all that was found odd."""
    first, findings = report["first_bad"], report["findings"]
    odd = [str(f) for f in findings] if isinstance(findings, list) else []
    return [
        f"{'OK' if report['ok'] else 'TAMPERED'}: {report['size']:,} entries",
        *([] if first is None else [f"  the first bad entry is {first}"]),
        *(line for finding in odd for line in wrapped(finding, indent="  ", after="    ")),
    ]

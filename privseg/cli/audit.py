# SPDX-License-Identifier: Apache-2.0
"""privseg audit: read the log and check it. Reading it is itself on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, emit, epilog, note, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, countable, workspace

if TYPE_CHECKING:
    from privseg.engine import Workspace

app = typer.Typer(
    name="audit",
    help="Read, check and hand out the audit log.",
    epilog="Example:  privseg audit verify",
    no_args_is_help=True,
)
TAMPERED = 5
MINUTES = len("2026-11-21T21:04")
SHOWN_VERIFY = (
    "{ok, state, size, first_bad, intact, erased, anchored, unanchored, unanchored_since, "
    "anchor_folders, anchor_failures, remembered, seconds, warnings, findings}"
)
Number = Annotated[int, typer.Argument(min=0, help="The entry's number.", callback=countable)]


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
        warn(ws)
    emit(entries, as_json=as_json, text=_table(entries))


@app.command(
    "show",
    epilog=epilog(
        "privseg audit show 12",
        "{sequence, time, kind, outcome, actor, header, body, body_state, boot_id, monotonic_ns, "
        "commitment, leaf, entries}",
    ),
)
def show(
    number: Number,
    folder: Folder = HERE,
    role: As = None,
    *,
    sets: Annotated[
        bool, typer.Option("--sets", help="The sets of people themselves, by number.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print one entry, and its body if it was not erased.

    Of a set of people it says how many they are; --sets prints the set, encoded. Who they are is
    never in the log.
    """
    with workspace(folder, role) as ws:
        entry = ws.audit_show(number, sets=sets)
        warn(ws)
    emit(entry, as_json=as_json, text=_entry(entry))


@app.command("verify", epilog=epilog("privseg audit verify", SHOWN_VERIFY))
def verify(
    anchors: Annotated[
        list[Path] | None,
        typer.Option("--anchors", help="A folder of heads kept elsewhere; may be repeated."),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Check the whole log; name the first bad entry.

    Every entry and body, the tree, the signatures, the heads kept elsewhere, and the histories that
    the workspace keeps beside the log. Exit code 5 when anything was tampered with.
    """
    with workspace(folder, role) as ws:
        report = ws.audit_verify(anchors=anchors or ())
    emit(report, as_json=as_json, text=_verdict(report))
    if not report["ok"]:
        note("tampered:", "keep the workspace as it is and call the auditor", colour="red")
        raise typer.Exit(TAMPERED)


def warn(ws: Workspace) -> None:
    """Say on standard error how much of the log nobody else has seen, if it is too much.

    Where no folder of anchors is known, that is for ``verify`` and ``doctor`` to say.
    """
    from datetime import UTC, datetime  # noqa: PLC0415  # only where it is asked

    window = ws.audit_window()
    if not window.folders or not (window.failures or window.is_over(datetime.now(UTC))):
        return
    since = "" if window.since is None else f" (since {window.since:%Y-%m-%d %H:%M} UTC)"
    note(
        "anchors:",
        f"the last {window.entries:,} entries{since} are kept nowhere else",
        colour="yellow",
    )
    for failure in window.failures:
        say(f"  {failure}")


def _table(entries: list[dict[str, object]]) -> list[str]:
    """Return entries as a table."""
    rows = [
        (str(e["sequence"]), str(e["time"])[:MINUTES].replace("T", " "), str(e["kind"]),
         str(e["outcome"]), str(e["actor"]), str(e["about"]))
        for e in entries
    ]  # fmt: skip
    return Table(("no. ", "when (UTC)", "kind", "outcome", "role", "about"), rows).lines()


def _entry(entry: dict[str, object]) -> list[str]:
    """Return one entry, its header and its body."""
    plain = ("sequence", "time", "kind", "outcome", "actor", "commitment", "leaf")
    lines = [f"{name:<11}{entry[name]}" for name in plain]
    lines += ["header", *_indented(entry["header"])]
    if entry["body"] is None:
        return [*lines, f"body       {entry['body_state']}"]
    return [*lines, f"body       {entry['body_state']}", *_indented(entry["body"])]


def _indented(value: object) -> list[str]:
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    return [f"  {line}" for line in text.split("\n")]


def _verdict(report: dict[str, object]) -> list[str]:
    """Return whether the log holds, what nobody else has seen of it, and all that was odd."""
    first, findings, failed = (report[k] for k in ("first_bad", "findings", "anchor_failures"))
    odd = [str(f) for f in findings] if isinstance(findings, list) else []
    why = [str(f) for f in failed] if isinstance(failed, list) else []
    erased = f", {report['erased']:,} bodies lawfully erased" if report["erased"] else ""
    held = f"OK: {report['size']:,} entries{erased}"
    verdict = held if report["ok"] else f"TAMPERED: {report['size']:,} entries"
    return [
        f"{verdict} (in {report['seconds']:.1f} s)",
        *([] if first is None else [f"  the first bad entry is {first}"]),
        *wrapped(_unseen(report), indent="  ", after="    "),
        *(line for each in [*why, *odd] for line in wrapped(each, indent="  ", after="    ")),
    ]


def _unseen(report: dict[str, object]) -> str:
    """Return how much of the log is known to nobody else."""
    since = str(report["unanchored_since"])[:MINUTES].replace("T", " ")
    if not report["anchor_folders"] and not report["anchored"]:
        return (
            "no head of it is kept elsewhere: whoever holds the machine could cut its end off "
            "unnoticed (privseg audit anchor; audit: {anchors: [...]} in privseg.yaml)"
        )
    if not report["unanchored"]:
        return "all of it is kept elsewhere"
    last = int(str(report["unanchored"]))
    which = "last entry" if last == 1 else f"last {last:,} entries"
    return f"the {which} (since {since}) {'is' if last == 1 else 'are'} known to nobody else"

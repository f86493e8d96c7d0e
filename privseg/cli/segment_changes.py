# SPDX-License-Identifier: Apache-2.0
"""privseg segment history, diff, propose, approve: versions, and who may change them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names
from privseg.cli.output import Table, emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.segment.changes import SegmentStanding
    from privseg.engine.segment.diff import SegmentChange
    from privseg.engine.segment.history import SegmentHistory
    from privseg.engine.segment.versions import SegmentDiff

CHANGED = 6
SHOWN = 12
MOST = 2  # versions that can be compared
HISTORY = (
    "{segment, in_force, in_folder, definitions: [{version, taken_in_at, by, role, proposed_by, "
    "approved_by}], runs: [{run, at, version, edition, role, outcome, report}]}"
)
DIFF = "{segment, old, new, changes: [{mark, what, old, new, within}]}"
STANDING = "{segments: [{segment, version, in_force, needs_approval, authors, approved_by}]}"
Name = Annotated[str, typer.Argument(help="The segment.", autocompletion=names.segments)]
Named = Annotated[
    str,
    typer.Argument(help="A segment, or a file that holds one.", autocompletion=names.segments),
]
Versions = Annotated[
    list[str] | None,
    typer.Argument(help="One or two versions: 8 or more digits each."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to their group."""
    example = "privseg segment history lapsed-big-spenders"
    app.command("history", epilog=epilog(example, HISTORY))(history)
    app.command("diff", epilog=epilog("privseg segment diff draft.yaml", DIFF))(diff)
    example = "privseg segment propose lapsed-big-spenders"
    app.command("propose", epilog=epilog(example, STANDING))(propose)
    example = "privseg segment approve lapsed-big-spenders 1f0c2d3e"
    app.command("approve", epilog=epilog(example, STANDING))(approve)


def history(name: Name, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List a segment's versions and runs, from the log.

    Who brought each version in and when, and every run that used it. Never how many people.
    """
    with workspace(folder, role) as ws:
        found = ws.segment_history(name)
    emit(_history(found), as_json=as_json, text=_history_lines(found))


def diff(
    named: Named,
    versions: Versions = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what changes from one definition to another.

    + is new, - is gone, ~ is changed. Without versions, from the definition in force to the file's;
    with one, from that version; with two, between them. Exit code 6 when something changes.
    """
    if versions and len(versions) > MOST:
        raise typer.BadParameter("name one or two versions")
    with workspace(folder, role) as ws:
        found = ws.segment_diff(named, versions or ())
    document = {
        "segment": found.segment, "old": found.old, "new": found.new,
        "changes": [_change(c) for c in found.changes],
    }  # fmt: skip
    emit(document, as_json=as_json, text=_diff_lines(found))
    if found.changes:
        raise typer.Exit(CHANGED)


def propose(name: Name, folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Put a changed segment forward, as its file is.

    Where the policy asks for approval you become its author, as does whoever owns the file; else
    it comes into force at once.
    """
    with workspace(folder, role) as ws:
        found = ws.propose_segment(name)
    _print(found, as_json=as_json)
    waiting = [s for s in found if s.needs_approval and s.approved_by is None]
    if waiting and not as_json:
        say(f"next: somebody else: privseg segment approve {name} {found[-1].version[:SHOWN]}")


def approve(
    name: Name,
    version: Annotated[str, typer.Argument(help="Which one: 8 or more digits of its version.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Approve a version that somebody else proposed.

    Look first: privseg segment diff, and privseg segment plan.
    """
    with workspace(folder, role) as ws:
        found = ws.approve_segment(name, version)
    _print((found,), as_json=as_json)


def _history(found: SegmentHistory) -> dict[str, object]:
    """Return a history as JSON."""
    return {
        "segment": found.segment, "in_force": found.in_force, "in_folder": found.in_folder,
        "definitions": [
            {"version": d.version, "by": d.by, "role": d.role, "approved_by": d.approved_by,
             "taken_in_at": d.taken_in_at.isoformat() if d.taken_in_at else None,
             "proposed_by": list(d.proposed_by)}
            for d in found.definitions
        ],
        "runs": [
            {"run": r.run_id, "at": r.at.isoformat(), "version": r.version, "role": r.role,
             "edition": r.edition_id, "outcome": r.outcome, "report": r.report}
            for r in found.runs
        ],
    }  # fmt: skip


def _history_lines(found: SegmentHistory) -> list[str]:
    """Return a history as two tables."""
    if not found.definitions and not found.runs:
        return [f"{found.segment} was never used"]
    versions = [
        (d.version[:SHOWN], _day(d.taken_in_at), f"{d.by} ({d.role})" if d.by else "",
         d.approved_by, "in force" if d.version == found.in_force else "")
        for d in found.definitions
    ]  # fmt: skip
    runs = [
        (_day(r.at), r.version[:SHOWN], r.role, r.report or "run", r.outcome) for r in found.runs
    ]
    headings = ("version", "first used", "by", "approved by", "")
    return [
        *Table(headings, versions).lines(),
        "",
        *Table(("when", "version", "role", "for", "outcome"), runs).lines(),
    ]


def _change(change: SegmentChange) -> dict[str, str]:
    """Return one change as JSON."""
    return {
        "mark": str(change.mark), "what": change.what, "old": change.old, "new": change.new,
        "within": change.within,
    }  # fmt: skip


def _diff_lines(found: SegmentDiff) -> list[str]:
    """Return a comparison as lines."""
    head = f"{found.segment}: {found.old[:SHOWN]} to {found.new[:SHOWN]}"
    if not found.changes:
        return [f"{head}: no change"]
    return [head, *(line for c in found.changes for line in _changed(c))]


def _changed(change: SegmentChange) -> list[str]:
    """Return one change as lines."""
    where = f" (in {change.within})" if change.within else ""
    if change.old and change.new:
        text = f"{change.what}: {change.old} -> {change.new}"
    else:
        text = f"{change.what}: {change.old or change.new}".rstrip(": ")
    return wrapped(f"{change.mark} {text}{where}", after="    ")


def _print(found: tuple[SegmentStanding, ...], *, as_json: bool) -> None:
    """Print how versions stand."""
    document = {
        "segments": [
            {"segment": s.segment, "version": s.version, "in_force": s.in_force,
             "needs_approval": s.needs_approval, "authors": list(s.authors),
             "approved_by": s.approved_by}
            for s in found
        ]
    }  # fmt: skip
    emit(document, as_json=as_json, text=[line for s in found for line in _stands(s)])


def _stands(found: SegmentStanding) -> list[str]:
    """Return how one version stands in words."""
    if not found.is_change:
        state = "in force"
    elif found.approved_by:
        state = f"approved by {found.approved_by}; it comes into force when it is used"
    elif found.needs_approval:
        state = f"waits for a second person; authors: {', '.join(found.authors) or 'nobody'}"
    else:
        state = "comes into force when it is used"
    return wrapped(f"{found.segment} {found.version[:SHOWN]}: {state}", after="    ")


def _day(moment: datetime | None) -> str:
    """Return a moment as a day and time."""
    return moment.isoformat()[:16].replace("T", " ") if moment else ""

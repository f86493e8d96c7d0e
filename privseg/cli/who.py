# SPDX-License-Identifier: Apache-2.0
"""privseg who person, read, rebuild: who read whose data, from the log. Asking is itself on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import who_breach
from privseg.cli.output import Table, count, emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, IdFrom, IdKind, Json, subject, workspace
from privseg.cli.who_asked import (
    Attributes,
    Categories,
    Purposes,
    Releases,
    Reports,
    Roles,
    Runs,
    Segmenters,
    Segments,
    Since,
    Until,
    Users,
    people_count,
    wanted,
)

if TYPE_CHECKING:
    from privseg.engine.who.views import RunTold, WhoRead, WhoReadPerson

app = typer.Typer(
    name="who",
    help="Who read whose data, and what a breach concerns.",
    epilog="Example:  privseg who read --attribute religion --since 2026-05-01",
    no_args_is_help=True,
)
RUN = (
    "entry, run, began, ended, completed, role, user, segmenter, purpose, attributes, categories, "
    "segments, policy, reports, releases, concern"
)
PERSON = (
    "{privseg, asked_at, is_known, profiles, since, whole, limits, named, "
    f"reads: [{{{RUN}, found_in, because}}]}}"
)
READ = (
    "{privseg, asked_at, asked, people, people_read, bound, limits, denied, unsure, "
    f"runs: [{{{RUN}, people}}]}}"
)
MINUTES = len("2026-11-21T21:04")
CSV_COLUMNS = (
    "entry", "run", "began", "ended", "concern", "people", "role", "user", "segmenter", "purpose",
    "attributes", "categories", "segments", "reports", "releases",
)  # fmt: skip


@app.command("person", epilog=epilog("privseg who person --id-from - < number.txt", PERSON))
def person(
    id_from: IdFrom,
    id_kind: IdKind = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Tell who read one person's data: every run that did, or may have.

    The identifier comes on standard input. The question goes on the log with the person it is
    about, and the person's own answer (privseg dsr) tells of it.
    """
    del id_from  # "-", checked: standard input
    with workspace(folder, role) as ws:
        told = ws.who_read_person(subject(ws, id_kind))
    emit(told.document(), as_json=as_json, text=_person(told))


@app.command("read", epilog=epilog("privseg who read --attribute religion", READ))
def read(
    *,
    attribute: Attributes = None,
    category: Categories = None,
    purpose: Purposes = None,
    segmenter: Segmenters = None,
    segment: Segments = None,
    report: Reports = None,
    release: Releases = None,
    run: Runs = None,
    by_role: Roles = None,
    user: Users = None,
    since: Since = None,
    until: Until = None,
    folder: Folder = HERE,
    role: As = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the runs as CSV.")] = False,
    as_json: Json = False,
) -> None:
    """List the runs that read something, and how many people.

    By attribute, category, purpose, segment, report, role, user, window.

    Options narrow; one given twice means either. The number of people is exact and stays inside:
    it is for auditors and compliance officers. Refused attempts are told, too.
    """
    asked = wanted(
        attributes=attribute, categories=category, purposes=purpose, segmenters=segmenter,
        segments=segment, reports=report, releases=release, runs=run, roles=by_role, users=user,
        since=since, until=until,
    )  # fmt: skip
    if as_csv and as_json:
        raise typer.BadParameter("choose --csv or --json")
    with workspace(folder, role) as ws:
        found = ws.who_read(asked)
    if as_csv:
        typer.echo(_csv(found), nl=False)
        return
    emit(found.document(), as_json=as_json, text=_runs(found))


@app.command("rebuild", epilog=epilog("privseg who rebuild", "{entries}"))
def rebuild(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Build the index of reads anew from the log's entries and bodies.

    It holds nothing that the log does not: where it is behind or was changed, questions are
    refused until this is done.
    """
    with workspace(folder, role) as ws:
        entries = ws.rebuild_reads()
    say("the index of reads is built anew")
    text = f"entries of the log that tell of reads: {entries:,}"
    emit({"entries": entries}, as_json=as_json, text=text)


who_breach.register(app)


def _person(told: WhoReadPerson) -> list[str]:
    """Return a person's answer as text."""
    rows = [
        (_minutes(r.run), r.concern, f"{r.run.segmenter} ({r.run.role})", r.run.purpose,
         ", ".join(r.run.attributes), "?" if r.found_in is None else ", ".join(r.found_in) or "-")
        for r in told.reads
    ]  # fmt: skip
    heads = ("when (UTC)", "what", "by", "for", "attributes", "found in")
    table = Table(heads, rows).lines() if rows else []
    looked = [
        f"{n.at.isoformat()[:MINUTES]}  {n.verb} by {n.user or 'somebody'} ({n.role})"
        for n in told.named
    ]
    head = f"{count(len(told.reads), 'run')} read this person, or may have"
    if not told.reads and told.whole:
        head = "nobody: no run could read this person"
    if not told.is_known:
        head = "unknown"
    return [head, *table, *(["looked up:", *looked] if looked else []), *_limits(told.limits)]


def _runs(found: WhoRead) -> list[str]:
    """Return runs as text."""
    rows = [
        (str(r.run.entry), _minutes(r.run), r.run.user or "?", r.run.role, r.run.purpose,
         ", ".join(r.run.attributes), "?" if r.people is None else f"{r.people:,}")
        for r in (*found.runs, *found.unsure)
    ]  # fmt: skip
    heads = ("no. ", "when (UTC)", "user", "role", "for", "attributes", "people ")
    people = f"{count(len(found.runs), 'run')}, {people_count(found.people)}"
    denied = [
        f"denied: {d.at.isoformat()[:MINUTES]} {d.user or '?'} ({d.role}), {d.segmenter}: "
        f"{', '.join(d.attributes) or '-'} ({d.reason})"
        for d in found.denied
    ]
    unsure = [f"{count(len(found.unsure), 'run')} more may be meant"] if found.unsure else []
    none = () if rows or unsure or denied else ("check names and times: a typing error finds none",)
    return [
        f"{people} ({found.bound})",
        *none,
        *(Table(heads, rows).lines() if rows else []),
        *unsure,
        *(line for text in denied for line in wrapped(text, after="  ")),
        *_limits(found.limits),
    ]


def _csv(found: WhoRead) -> str:
    """Return the runs as CSV; text that a spreadsheet would run is made harmless."""
    import csv  # noqa: PLC0415  # on this path only
    import io  # noqa: PLC0415

    from privseg.report.export_csv import harmless  # noqa: PLC0415  # --help needs no report

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for run in (*found.runs, *found.unsure):
        document = run.document()
        writer.writerow([_cell(document[name], harmless) for name in CSV_COLUMNS])
    return out.getvalue()


def _cell(value: object, harmless: Callable[[str], str]) -> str:
    """Return a cell: numbers as they are, lists joined, nothing for what nobody can say."""
    if isinstance(value, int):
        return str(value)
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return harmless(text)


def _limits(limits: tuple[str, ...]) -> list[str]:
    """Return why something cannot be said."""
    return [line for text in limits for line in wrapped(text, indent="  ", after="    ")]


def _minutes(run: RunTold) -> str:
    return run.began.isoformat()[:MINUTES].replace("T", " ")

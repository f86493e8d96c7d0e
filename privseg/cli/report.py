# SPDX-License-Identifier: Apache-2.0
"""privseg report: what it would cost, then the numbers with their error bars."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names
from privseg.cli.explained import explained, explanation
from privseg.cli.foreseen import foreseen, foreseen_lines
from privseg.cli.output import Table, emit, epilog, harmless, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privseg.engine import Published
    from privseg.engine.report.published import Format
    from privseg.report import Language, Part

app = typer.Typer(
    name="report",
    help="Protected reports on segments.",
    epilog="Example:  privseg report run lapsed-big-spenders --by country --dry-run",
    no_args_is_help=True,
)
UNAFFORDABLE = 4
Name = Annotated[
    str,
    typer.Argument(help="A report, a report file, or one segment.", autocompletion=names.reports),
]
Also = Annotated[
    list[str] | None, typer.Option("--also", help="Also write the numbers as csv or xlsx.")
]
By = Annotated[str | None, typer.Option(help="Also break down by this attribute.")]
RELEASE = "the release itself, as privseg verify reads it"
DRY_RUN = (
    "with --dry-run {report, plan, rho, selection_delta, rho_left, numbers: [{table, measure, "
    "unit, decimals, half_width, rho, people_shown_half_the_time, people_shown_nearly_always, "
    "events_needed}]}"
)
PLAN = (
    "{report, title, plan, segmenter, purpose, segments, reads, tables: [{name, title, kind, by: "
    "[{what, keys}], segments, cells, groups_per_person, min_people, measures: [{name, kind, what, "
    "days, label, unit, decimals, lower, upper, events_per_person, rho}], derived}], "
    "not_included, rho, selection_delta, epsilon}"
)


class OutFolderError(InputError):
    """The folder for a report's files cannot be used; nothing was read or charged."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} cannot be made or written, nothing was read or charged; "
            "name another folder with --out"
        )
        self.folder = folder


@app.command(
    "run", epilog=epilog("privseg report run lapsed-big-spenders --by country", RELEASE, DRY_RUN)
)
def run(
    name: Name,
    by: By = None,
    out: Annotated[Path | None, typer.Option(help="The folder for page and release.")] = None,
    also: Also = None,
    language: Annotated[
        str, typer.Option("--language", help="Of the page: a code such as en.")
    ] = "en",
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print cost and expected error bars; read nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a protected report: a page, and its proof.

    The same report on the same edition costs nothing and gives the same answer.
    """
    with workspace(folder, role) as ws:
        if dry_run:
            plan, expected = ws.plan_report(name, by=by)
            left = ws.budget_left(plan.purpose)
            emit(foreseen(plan, expected, left), as_json=as_json,
                 text=foreseen_lines(plan, expected, left))  # fmt: skip
            for warning in ws.report_warnings(name, by=by):
                say(f"warning: {warning}")
            if not as_json:
                say("nothing was read or charged; run it without --dry-run")
            return
        target, words = out or ws.folder / "out", _language(language)
        _require_writable(target)
        with working(f"making {name}"):
            published = ws.report(name, by=by)
        stem = Path(name).stem + (f"-by-{by}" if by else "")
        page, release, *others = published.write(
            target, name=stem, also=_formats(also or []), language=words
        )
    _print(published, as_json=as_json)
    say(f"\nopen  {page}")
    for other in others:
        say(f"      {other}")
    say(f"check privseg verify {release}")


@app.command(
    "check", epilog=epilog("privseg report check customer-overview", "{report, plan, affordable}")
)
def check(
    name: Name, by: By = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Say whether a report could run; nothing is read.

    Its definition, the policy's leave, its bounds, and the budget (exit code 4 when that does not
    cover it).
    """
    with workspace(folder, role) as ws:
        plan, _ = ws.plan_report(name, by=by)
        left = ws.budget_left(plan.purpose)
        affordable = plan.loss.rho <= left.rho and plan.loss.delta <= left.delta
    emit(
        {"report": plan.name, "plan": plan.plan_hash, "affordable": affordable},
        as_json=as_json,
        text=f"{plan.name}: sound" + ("" if affordable else ", but the budget does not cover it"),
    )
    if not affordable:
        raise typer.Exit(UNAFFORDABLE)
    if not as_json:
        say(f"next: privseg report explain {name}")


@app.command("explain", epilog=epilog("privseg report explain customer-overview", PLAN))
def explain(
    name: Name, by: By = None, folder: Folder = HERE, role: As = None, *, as_json: Json = False
) -> None:
    """Say in words what a report asks, its bounds and its cost.

    Nothing is read. The bounds come from the policy, never from data: in how many cells a person
    counts (m), and how much of one person counts in a cell (U).
    """
    with workspace(folder, role) as ws:
        plan, expected = ws.plan_report(name, by=by)
        views = ws.segment_views([segment for segment, _ in plan.segments])
        title = ws.policy.purposes[plan.purpose].title
    emit(explanation(plan), as_json=as_json, text=explained(plan, expected, views, title))
    if not as_json:
        say(f"next: privseg report run {name} --dry-run")


def _require_writable(folder: Path) -> None:
    """Refuse an output folder that cannot be made, before anything is charged.

    Raises:
        OutFolderError: it is no folder, or may not be written.
    """
    there = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    try:
        with TemporaryFile(dir=there):
            return
    except OSError:
        raise OutFolderError(folder) from None


def _print(published: Published, *, as_json: bool) -> None:
    """Print a release: its numbers as tables, or its very bytes, which verify as they are."""
    if as_json:
        typer.echo(published.document.decode("utf-8"), nl=False)
    else:
        typer.echo(harmless("\n".join(_lines(published))))


def _lines(published: Published) -> list[str]:
    """Return the release's numbers as lines: a block per quantity."""
    bulletin = published.bulletin()
    lines: list[str] = []
    for section in bulletin.sections:
        lines += [*wrapped(section.title, after="  "), ""]
        for part in section.parts:
            lines += [*_part(part), ""]
        lines += _remarks(section.remarks)
    return [*lines, *wrapped(bulletin.not_included)]


def _part(part: Part) -> list[str]:
    """Return one quantity: its numbers, and what is said of them."""
    lines = wrapped(f"{part.quantity} ({part.unit})" if part.unit else part.quantity, indent="  ")
    if part.grid is not None:
        rows = [
            (*r.labels, r.withheld or r.estimate, "" if r.withheld else r.interval)
            for r in part.grid.rows
        ]
        headings = (*part.grid.heads, "about ", "19 times in 20 within ")
        lines += [f"    {line}" for line in Table(headings, rows, width=76).lines()]
    for sentence in part.sentences:
        lines += wrapped(sentence, indent="    ", after="    ")
    return [*lines, *_remarks(part.remarks)]


def _remarks(remarks: Iterable[str]) -> list[str]:
    """Return what a reader must know, each as a line of its own."""
    return [line for r in remarks for line in wrapped(r, indent="    ", after="    ")]


def _formats(named: Iterable[str]) -> list[Format]:
    """Return the formats that are named.

    Raises:
        BadParameter: there is no such format.
    """
    from privseg.engine.report.published import Format  # noqa: PLC0415  # loaded with the workspace

    known = [f.value for f in Format]
    for name in named:
        if name not in known:
            raise typer.BadParameter(f"{name!r}: one of {', '.join(known)}", param_hint="--also")
    return [Format(name) for name in named]


def _language(code: str) -> Language:
    """Return the language of a page."""
    from privseg.report import language  # noqa: PLC0415  # loaded with the workspace

    return language(code)

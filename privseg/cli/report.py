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
    from privseg.engine import Published

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
By = Annotated[str | None, typer.Option(help="Also break down by this attribute.")]
RELEASE = "the release itself, as privseg verify reads it"
DRY_RUN = (
    "with --dry-run {report, plan, rho, selection_delta, rho_left, numbers: [{table, measure, "
    "unit, decimals, half_width, rho, people_shown_half_the_time, people_shown_nearly_always, "
    "events_needed}]}"
)
PLAN = (
    "{report, title, plan, segmenter, purpose, segments, reads, tables: [{name, title, by, keys, "
    "groups_per_person, min_people, measures: [{name, kind, attribute, days, label, unit, "
    "decimals, lower, upper, events_per_person, rho}]}], not_included, rho, selection_delta, "
    "epsilon}"
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
            (plan, expected), left = ws.plan_report(name, by=by), ws.budget().rho_left
            emit(foreseen(plan, expected, left), as_json=as_json,
                 text=foreseen_lines(plan, expected, left))  # fmt: skip
            for warning in ws.report_warnings(name, by=by):
                say(f"warning: {warning}")
            if not as_json:
                say("nothing was read or charged; run it without --dry-run")
            return
        target = out or ws.folder / "out"
        _require_writable(target)
        with working(f"making {name}"):
            published = ws.report(name, by=by)
        page, release = published.write(target, name=Path(name).stem + (f"-by-{by}" if by else ""))
    _print(published, as_json=as_json)
    say(f"\nopen  {page}\ncheck privseg verify {release}")


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
        affordable = plan.loss.rho <= ws.budget().rho_left
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
        rows = [
            (f"{r.label}{', ' + r.group if r.group else ''}",
             r.withheld or r.estimate, "" if r.withheld else r.interval)
            for r in section.rows
        ]  # fmt: skip
        headings = (section.unit, "about ", "19 times in 20 within ")
        table = Table(headings, rows, width=78)
        lines += [section.quantity, *(f"  {line}" for line in table.lines()), ""]
    return [*lines, *wrapped(bulletin.not_included)]

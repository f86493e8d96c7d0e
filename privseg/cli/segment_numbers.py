# SPDX-License-Identifier: Apache-2.0
"""privseg segment preview, plan: how big it is, and who would come and go, protected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privseg.cli import names
from privseg.cli.foreseen import foreseen_lines
from privseg.cli.output import Table, emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine import Workspace
    from privseg.engine.segment.numbers import SegmentNumbers
    from privseg.protect import PrivacyLoss
    from privseg.release import ExpectedError

SHAPE = (
    "{segment, version, before, rho, selection_delta, rho_left, was_known, "
    "expected: [{table, measure, half_width, people_shown_half_the_time, "
    "people_shown_nearly_always}], "
    "numbers: [{table, segment, group, measure, about, low, high, withheld}]}"
)
Named = Annotated[
    str,
    typer.Argument(help="A segment, or a file that holds one.", autocompletion=names.segments),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print cost and expected error bar; read nothing.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to their group."""
    example = "privseg segment preview lapsed-big-spenders --dry-run"
    app.command("preview", epilog=epilog(example, SHAPE))(preview)
    app.command("plan", epilog=epilog("privseg segment plan draft.yaml", SHAPE))(plan)


def preview(
    named: Named,
    by: Annotated[str | None, typer.Option(help="Also break down by this attribute.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say how big a segment is, give or take.

    Protected and charged like a report, and never exact. A file need not be in the workspace yet.
    Asking the same again on the same edition is free.
    """
    with workspace(folder, role) as ws, working(f"previewing {named}"):
        found = ws.preview_segment(named, by=by, dry_run=dry_run)
        left = _left(ws, found)
    _print(found, left, as_json=as_json, dry_run=dry_run)


def plan(
    named: Named,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say how many would enter and leave a changed segment.

    Compares a file, or the workspace's segment, with the definition in force, among the people
    that both may read. Protected and charged; never who. Where nothing would change it is free.
    """
    with workspace(folder, role) as ws, working(f"planning {named}"):
        found = ws.plan_segment(named, dry_run=dry_run)
        left = _left(ws, found)
    _print(found, left, as_json=as_json, dry_run=dry_run)


def _left(ws: Workspace, found: SegmentNumbers) -> PrivacyLoss:
    """Return what may still be spent on such a question."""
    from privseg.protect import PrivacyLoss  # noqa: PLC0415  # loaded with the workspace

    if found.plan is None:  # no number is needed
        return PrivacyLoss(ws.budget().rho_left)
    return ws.budget_left(found.plan.purpose)


def _print(found: SegmentNumbers, left: PrivacyLoss, *, as_json: bool, dry_run: bool) -> None:
    """Print a question's cost, and its answer if there is one."""
    emit(_document(found, left), as_json=as_json, text=_lines(found, left))
    if as_json or found.plan is None:
        return
    if dry_run:
        say("nothing was read or charged; run it without --dry-run")
    elif found.was_known:
        say("answered before on this edition: free")
    else:
        say(f"charged: rho {found.plan.loss.rho}")


def _document(found: SegmentNumbers, left: PrivacyLoss) -> dict[str, object]:
    """Return it as JSON; exact fractions as text."""
    loss = found.plan.loss if found.plan else None
    return {
        "segment": found.segment,
        "version": found.version,
        "before": found.before,
        "rho": str(loss.rho) if loss else "0",
        "selection_delta": str(loss.delta) if loss else "0",
        "rho_left": str(left.rho),
        "was_known": found.was_known,
        "expected": [_expected(e) for e in found.expected],
        "numbers": list(_numbers(found)),
    }


def _expected(e: ExpectedError) -> dict[str, object]:
    """Return one number's precision as JSON."""
    return {
        "table": e.table, "measure": e.measure, "half_width": e.half_width,
        "people_shown_half_the_time": e.people_shown_half_the_time,
        "people_shown_nearly_always": e.people_shown_nearly_always,
    }  # fmt: skip


def _numbers(found: SegmentNumbers) -> list[dict[str, Any]]:
    """Return the numbers of an answer."""
    if found.published is None:
        return []
    from privseg.release.table import rows  # noqa: PLC0415  # loaded with the workspace

    return [
        {"table": r.table, "segment": r.segment, "group": r.group, "measure": r.measure,
         "about": r.estimate.value if r.estimate else None,
         "low": r.estimate.low if r.estimate else None,
         "high": r.estimate.high if r.estimate else None,
         "withheld": r.withheld.value if r.withheld else None}
        for r in rows(found.published.statement)
    ]  # fmt: skip


def _lines(found: SegmentNumbers, left: PrivacyLoss) -> list[str]:
    """Return it in words."""
    if found.plan is None:
        return wrapped(f"{found.segment}: nobody would enter or leave: it is what is in force")
    if found.published is None:
        return foreseen_lines(found.plan, found.expected, left)
    rows = [_row(n) for n in _numbers(found)]
    table = Table(("who", "about ", "19 times in 20 within "), rows)
    return [f"{found.segment} {found.version[:12]}", *table.lines()]


def _row(number: dict[str, Any]) -> Sequence[str]:
    """Return one number as a row."""
    who = number["segment"] or "not included (no consent)"
    label = f"{who}, {number['group']}" if number["group"] else who
    if number["about"] is None:
        return label, "withheld: too few people", ""
    return label, f"{number['about']:,}", f"{number['low']:,} to {number['high']:,}"

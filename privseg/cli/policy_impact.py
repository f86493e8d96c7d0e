# SPDX-License-Identifier: Apache-2.0
"""privseg policy impact: what a new policy does to segments, reports and numbers of people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.policy.impact import Impact, PolicyImpact
    from privseg.engine.report.look import CountsCost, ProtectedCount

SHAPE = (
    "{old, new, segments: [{name, fate, reasons, before, after}], "
    "reports: [{name, fate, reasons}], rho, selection_delta, half_width, edition}"
)
Dry = Annotated[
    bool, typer.Option("--dry-run", help="Print cost and error bar; count nobody, charge nothing.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""
    example = "privseg policy impact ../new/policies --dry-run"
    app.command("impact", epilog=epilog(example, SHAPE))(impact)


def impact(
    new: Annotated[Path, typer.Argument(help="The new policy, a file or folder.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Say what a new policy does, and to how many people.

    Which segments and reports change follows from the rules. The numbers are protected and charged
    to the one budget, like a report's: who may be read is itself about people. The same question
    on the same edition costs nothing.
    """
    with workspace(folder, role) as ws:
        told = ws.foresee_impact(new) if dry_run else ws.policy_impact(new)
        left = ws.budget().rho_left
    emit(_document(told), as_json=as_json, text=_lines(told))
    if as_json:
        return
    if dry_run and told.cost is not None:
        enough = "" if told.cost.loss.rho <= left else "  (not enough)"
        say(f"nobody was counted or charged; rho {float(left):.4f} is left this year{enough}")
    if told.counted is not None and told.counted.was_known:
        say("asked before of this edition: nothing was charged")


def _document(told: PolicyImpact) -> dict[str, object]:
    """Return an impact as JSON; exact numbers as text."""
    cost = told.cost
    return {
        "old": told.old, "new": told.new,
        "segments": [
            {**_fate(i), "before": _count(told, f"{i.name}.before"),
             "after": _count(told, f"{i.name}.after")}
            for i in told.segments
        ],
        "reports": [_fate(i) for i in told.reports],
        "rho": str(cost.loss.rho) if cost else "0",
        "selection_delta": str(cost.loss.delta) if cost else "0",
        "half_width": cost.half_width if cost else None,
        "edition": told.counted.edition_id if told.counted else None,
    }  # fmt: skip


def _fate(i: Impact) -> dict[str, object]:
    """Return what becomes of one thing as JSON."""
    return {"name": i.name, "fate": str(i.fate), "reasons": list(i.reasons)}


def _count(told: PolicyImpact, label: str) -> dict[str, int | None] | None:
    """Return a protected number as JSON; None where nothing was counted."""
    found = _found(told, label)
    return None if found is None else {"people": found.people, "low": found.low, "high": found.high}


def _found(told: PolicyImpact, label: str) -> ProtectedCount | None:
    """Return the number with a label, if it was asked for."""
    counts = told.counted.counts if told.counted else ()
    return next((c for c in counts if c.label == label), None)


def _lines(told: PolicyImpact) -> list[str]:
    """Return an impact as lines: segments, reports, why what is refused is, and the cost."""
    segments = [
        (i.name, str(i.fate), _shown(told, f"{i.name}.before"), _shown(told, f"{i.name}.after"))
        for i in told.segments
    ]
    reports = [(i.name, str(i.fate)) for i in told.reports]
    refused = [i for i in (*told.segments, *told.reports) if i.fate.value == "refused"]
    return [
        *Table(("segment", "becomes", "may be read before ", "after "), segments).lines(),
        *(["", *Table(("report", "becomes"), reports).lines()] if reports else []),
        *(line for i in refused for line in ("", *_why(i))),
        "",
        *_cost(told.cost),
    ]


def _why(i: Impact) -> list[str]:
    """Return why something is refused."""
    first = wrapped(f"{i.name} would be refused:")
    return [*first, *(line for r in i.reasons for line in wrapped(r, indent="  ", after="    "))]


def _shown(told: PolicyImpact, label: str) -> str:
    """Return a number with its interval, or why there is none."""
    found = _found(told, label)
    if found is None:
        return "" if told.counted else "-"
    if found.is_withheld:
        return "too few"
    return f"{found.people:,} ({found.low:,} to {found.high:,})"


def _cost(cost: CountsCost | None) -> list[str]:
    """Return what the numbers cost."""
    if cost is None:
        return ["nobody's eligibility changes: there is nothing to count, and nothing to pay"]
    text = (
        f"cost: rho {cost.loss.rho}, delta {float(cost.loss.delta):g}, whatever the numbers are; "
        f"each is within {cost.half_width:,} of the truth 19 times in 20, and shown half the time "
        f"from {cost.shown_half_the_time:,} people, nearly always from "
        f"{cost.shown_nearly_always:,}"
    )
    return wrapped(text)

# SPDX-License-Identifier: Apache-2.0
"""privseg consent taint, quarantine, resolve, notice, coverage, rebuild: for the officer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.output import Table, count, emit, epilog, say, wrapped
from privseg.cli.session import (
    HERE,
    As,
    Folder,
    FromStdin,
    IdKind,
    Json,
    moment,
    workspace,
)
from privseg.cli.session import subject as read_subject
from privseg.terms import Purpose

if TYPE_CHECKING:
    from privseg.engine.views import CoverageView, NoticeView, Quarantined, TaintedRun

TAINT = "{runs: [{run, at, segmenter, purpose, people, reports, releases}]}"
QUARANTINE = "{waiting: [{position, act, event_time, record_time, purpose, resolved}]}"
NOTICES = "{notices: [{name, languages, purposes, replaces, says, lacks}]}"
COVERAGE = (
    "{rho, delta, half_width, smallest_shown, was_known, counts: [{label, people, low, high}]}"
)
REBUILT = "{sets, differed}"


def taint(
    id_from: FromStdin = None,
    id_kind: IdKind = None,
    since: Annotated[str | None, typer.Option(help="Only runs from then on (ISO).")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """List the past runs and reports that a late no taints.

    They were lawful: nobody knew. Now somebody does, and decides what to do about them.
    """
    begins = moment(since)
    with workspace(folder, role) as ws:
        who = None if id_from is None else read_subject(ws, id_kind)
        runs = ws.taint(who, since=begins)
    emit({"runs": [_run(r) for r in runs]}, as_json=as_json, text=_runs(runs))


def quarantine(
    folder: Folder = HERE,
    role: As = None,
    *,
    settled: Annotated[bool, typer.Option("--all", help="Settled ones, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the events that were set aside.

    Each denies what it bears on until it is settled (privseg consent resolve).
    """
    with workspace(folder, role) as ws:
        waiting = ws.quarantined(settled=settled)
    emit({"waiting": [_aside(q) for q in waiting]}, as_json=as_json, text=_asides(waiting))


def resolve(
    position: Annotated[int, typer.Argument(help="Its ledger position.", min=1, max=2**63 - 1)],
    outcome: Annotated[str, typer.Argument(help="accept or discard.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Settle an event that was set aside.

    Accepted, it counts from now on; discarded, it never did.
    """
    if outcome not in {"accept", "discard"}:
        raise typer.BadParameter("say accept or discard")
    with workspace(folder, role) as ws:
        settled = ws.resolve(position, outcome)
    emit(
        {"position": settled, "settles": position, "outcome": outcome},
        as_json=as_json,
        text=f"position {position}: {outcome}ed, ledger position {settled}",
    )


def coverage(
    purpose: Annotated[str | None, typer.Option(help="Only this purpose.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would cost; count nobody.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how many people allow what.

    Protected, and charged to the budget of all reports.

    Who consents is about people, too. Asking again on the same day is free.
    """
    with workspace(folder, role) as ws:
        view = ws.coverage(purpose=Purpose(purpose) if purpose else None, dry_run=dry_run)
    emit(_covered(view), as_json=as_json, text=_coverage_lines(view))
    if dry_run and not as_json:
        say("nothing was read or charged")


def notice(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List the notices: versions, languages, and what they lack."""
    with workspace(folder, role) as ws:
        found = ws.notices()
    emit({"notices": [_notice(n) for n in found]}, as_json=as_json, text=_notices(found))


def rebuild(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """Fold who may be read anew from every event.

    It says how many kept sets had differed: none should.
    """
    with workspace(folder, role) as ws:
        differed = ws.rebuild_consents()
    wrong = {name: n for name, n in differed.items() if n}
    emit(
        {"sets": len(differed), "differed": wrong},
        as_json=as_json,
        text=f"{count(len(differed), 'set')} folded anew; {len(wrong)} had differed",
    )
    if wrong:
        say("what was kept had been wrong: run privseg audit verify, and report it")
        raise typer.Exit(5)


def _run(run: TaintedRun) -> dict[str, object]:
    """Return a tainted run as JSON."""
    return {
        "run": run.run_id, "at": run.at.isoformat(), "segmenter": run.segmenter,
        "purpose": run.purpose, "people": run.people, "reports": list(run.reports),
        "releases": list(run.releases),
    }  # fmt: skip


def _runs(runs: tuple[TaintedRun, ...]) -> list[str]:
    """Return tainted runs as a table."""
    if not runs:
        return ["no run is tainted: nobody had said no before one that read them"]
    rows = [
        (r.at.isoformat()[:16].replace("T", " "), ", ".join(r.reports) or "(nothing published)",
         r.segmenter, f"{r.people:,}")
        for r in runs
    ]  # fmt: skip
    return Table(("when (UTC)", "report", "segmenter", "people"), rows).lines()


def _aside(event: Quarantined) -> dict[str, object]:
    """Return an event set aside as JSON."""
    return {
        "position": event.position, "act": event.act, "purpose": event.purpose,
        "event_time": event.event_time.isoformat(), "record_time": event.record_time.isoformat(),
        "resolved": event.resolved,
    }  # fmt: skip


def _asides(events: tuple[Quarantined, ...]) -> list[str]:
    """Return events set aside as a table."""
    if not events:
        return ["nothing waits"]
    rows = [
        (str(e.position), e.act.replace("_", " "), e.purpose or "all",
         e.event_time.isoformat()[:16].replace("T", " "), e.resolved or "waits")
        for e in events
    ]  # fmt: skip
    return Table(("no. ", "act", "purpose", "says it was (UTC)", "outcome"), rows).lines()


def _covered(view: CoverageView) -> dict[str, object]:
    """Return coverage as JSON; exact fractions as text."""
    cost = view.cost
    return {
        "rho": str(cost.loss.rho), "delta": str(cost.loss.delta), "half_width": cost.half_width,
        "smallest_shown": cost.smallest_shown, "was_known": view.was_known,
        "counts": [{"label": c.label, "people": c.people, "low": c.low, "high": c.high}
                   for c in view.counts],
    }  # fmt: skip


def _coverage_lines(view: CoverageView) -> list[str]:
    """Return coverage as a table, or its cost."""
    cost = view.cost
    about = [
        f"{count(len(view.labels), 'number')}: each +-{cost.half_width} people, 19 times in 20",
        f"cost: rho {cost.loss.rho}, delta {float(cost.loss.delta):.0e}",
        f"a number shows half the time from {cost.shown_half_the_time} people",
    ]
    if not view.counts:
        return [line for text in about for line in wrapped(text, after="  ")]
    rows = [
        (*c.label.split(" / "), "withheld" if c.is_withheld else f"{c.people:,}",
         "" if c.is_withheld else f"{c.low:,} to {c.high:,}")
        for c in view.counts
    ]  # fmt: skip
    again = ["(answered before: nothing was charged)"] if view.was_known else []
    return [*Table(("purpose", "data", "people", "between"), rows).lines(), "", *again]


def _notice(found: NoticeView) -> dict[str, object]:
    """Return a notice as JSON."""
    return {
        "name": found.name, "languages": dict(found.languages), "purposes": list(found.purposes),
        "replaces": list(found.replaces), "says": list(found.says), "lacks": list(found.lacks),
    }  # fmt: skip


def _notices(found: tuple[NoticeView, ...]) -> list[str]:
    """Return notices as paragraphs."""
    lines: list[str] = []
    for each in found:
        lines.append(each.name)
        texts = ", ".join(f"{lang or 'text'} {sha[:12]}" for lang, sha in each.languages.items())
        facts = [
            ("texts (SHA-256)", texts), ("purposes", ", ".join(each.purposes)),
            ("grants still stand of", ", ".join(each.replaces)), ("says", ", ".join(each.says)),
            ("a law would have it say", ", ".join(each.lacks)),
        ]  # fmt: skip
        for what, said in facts:
            if said:
                lines += wrapped(f"{what}: {said}", indent="  ", after="    ")
    return lines or ["the policy has no notice"]


VERBS: dict[str, tuple[Callable[..., None], str]] = {
    "taint": (taint, epilog("privseg consent taint --since 2026-03-01", TAINT)),
    "quarantine": (quarantine, epilog("privseg consent quarantine", QUARANTINE)),
    "resolve": (
        resolve,
        epilog("privseg consent resolve 17 discard", "{position, settles, outcome}"),
    ),
    "coverage": (coverage, epilog("privseg consent coverage --dry-run", COVERAGE)),
    "notice": (notice, epilog("privseg consent notice", NOTICES)),
    "rebuild": (rebuild, epilog("privseg consent rebuild", REBUILT)),
}

# SPDX-License-Identifier: Apache-2.0
"""privseg dsr run --all, opt-in, disputed, settle: many requests, second steps, second thoughts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.showing import Number
from privseg.cli.output import Table, count, emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, read_identifier, workspace
from privseg.dsr import RequestKind

if TYPE_CHECKING:
    from privseg.engine.rights.disputing import Disputed
    from privseg.engine.rights.running_many import RanMany

RAN_ALL = "[{number, kind, state, why, files}]"
DISPUTED = "[{number, request, source, attribute, corrected_at, seen, last_seen}]"
FAILED = 1  # the exit code when a request failed
SHOWN = 5  # requests named with a reason


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    example = "echo CODE-FROM-THE-LETTER | privseg dsr opt-in 7 --code-from -"
    app.command("opt-in", epilog=epilog(example, "{number, granted, files}"))(opt_in)
    app.command("disputed", epilog=epilog("privseg dsr disputed", DISPUTED))(disputed)
    app.command("settle", epilog=epilog("privseg dsr settle 3 keep", "{number, outcome}"))(settle)


def run_all(
    *,
    kind: RequestKind | None,
    due_before: str | None,
    out: Path | None,
    folder: Path,
    role: As,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Run every request that is ready, and say why each other one is not.

    Raises:
        typer.Exit: with code 1, when a request failed.
    """
    before = day_of(due_before)
    with workspace(folder, role) as ws, working("running requests") as tell:
        ran = ws.run_requests(
            kind=kind, due_before=before, erases=yes, out=out, dry_run=dry_run, tell=tell
        )
    emit([_document(r) for r in ran], as_json=as_json, text=_lines(ran))
    if not as_json:
        say(_after(ran, dry_run=dry_run))
    if any(r.state.value == "failed" for r in ran):
        raise typer.Exit(FAILED)


def opt_in(
    number: Number,
    code_from: Annotated[
        str, typer.Option("--code-from", help="Where the letter's code comes from: - for stdin.")
    ],
    out: Annotated[Path | None, typer.Option(help="The folder for the letter.")] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Grant again what a person confirmed.

    With the code of their letter: the second of two steps.
    """
    if code_from != "-":
        raise typer.BadParameter("pass the code on standard input", param_hint="--code-from -")
    with workspace(folder, role) as ws:
        files = ws.confirm_opt_in(number, read_identifier(), out=out)
    emit(
        {"number": number, "granted": True, "files": [str(f) for f in files]},
        as_json=as_json,
        text=["granted: the person confirmed it", *(f"wrote {f}" for f in files)],
    )
    if not as_json:
        say("next: send the letter to the person")


def disputed(folder: Folder = HERE, role: As = None, *, as_json: Json = False) -> None:
    """List corrections that an import disputes.

    They stand until they are settled.
    """
    with workspace(folder, role) as ws:
        found = ws.disputed()
    emit([_dispute(d) for d in found], as_json=as_json, text=_disputes(found))
    if not as_json and found:
        say("next: correct the source, then privseg dsr settle NUMBER keep")


def settle(
    number: Annotated[int, typer.Argument(help="The correction's number.", min=1)],
    outcome: Annotated[str, typer.Argument(help="keep the correction, or release it.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Settle a correction that an import disputes.

    Keep it, or let imports count again.
    """
    with workspace(folder, role) as ws:
        ws.settle_disputed(number, outcome)
    emit({"number": number, "outcome": outcome}, as_json=as_json, text=f"settled: {outcome}")
    if not as_json:
        say("see the others: privseg dsr disputed")


def day_of(text: str | None) -> date | None:
    """Return a day given on the command line.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("give a day, such as 2026-12-24") from None


def _document(ran: RanMany) -> dict[str, object]:
    """Return one request as JSON."""
    return {
        "number": ran.number, "kind": ran.kind.value, "state": ran.state.value, "why": ran.why,
        "files": [str(f) for f in ran.files],
    }  # fmt: skip


def _lines(ran: Sequence[RanMany]) -> list[str]:
    """Return how many ended how, and why some were not run; each reason once."""
    if not ran:
        return ["no request is open that could be run"]
    ended = Counter(r.state.value for r in ran)
    reasons: dict[str, list[int]] = {}
    for one in ran:
        if one.why:
            reasons.setdefault(one.why, []).append(one.number)
    return [
        ", ".join(f"{n:,} {state}" for state, n in ended.items()),
        *(line for why, which in reasons.items() for line in _reason(why, which)),
    ]


def _reason(why: str, which: Sequence[int]) -> list[str]:
    """Return a reason and the first requests that it is of."""
    more = len(which) - SHOWN
    shown = ", ".join(map(str, which[:SHOWN])) + (f" and {more:,} more" if more > 0 else "")
    return wrapped(f"request {shown}: {why}", indent="  ", after="    ")


def _after(ran: Sequence[RanMany], *, dry_run: bool) -> str:
    """Return what to do next."""
    if dry_run:
        return "nothing was run; do it without --dry-run"
    files = sum(len(r.files) for r in ran)
    return f"next: send what was written ({count(files, 'file')}), then privseg dsr list"


def _dispute(found: Disputed) -> dict[str, object]:
    """Return one dispute as JSON."""
    return {
        "number": found.number, "request": found.case, "source": found.source,
        "attribute": found.attribute, "corrected_at": found.corrected_at.isoformat(),
        "seen": found.seen, "last_seen": found.last_seen and found.last_seen.isoformat(),
    }  # fmt: skip


def _disputes(found: Sequence[Disputed]) -> list[str]:
    """Return disputes as a table."""
    if not found:
        return ["no import has brought back what was corrected"]
    rows = [
        (str(d.number), str(d.case), d.source, d.attribute, str(d.seen),
         "" if d.last_seen is None else d.last_seen.date().isoformat())
        for d in found
    ]  # fmt: skip
    headings = ("no. ", "request ", "source", "attribute", "times ", "last")
    return Table(headings, rows).lines()

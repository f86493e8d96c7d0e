# SPDX-License-Identifier: Apache-2.0
"""privseg run, also as privseg segment run: find members and keep them; print no size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import names
from privseg.cli.output import emit, epilog, say, wrapped
from privseg.cli.progress import working
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.segment.running import SegmentRan

FAILED, REFUSED = 1, 3
SHAPE = "{ran: [{segment, state, version, edition, why}], not_due, busy}"
Names = Annotated[
    list[str] | None,
    typer.Argument(help="Segments to run.", autocompletion=names.segments),
]
Due = Annotated[bool, typer.Option("--due", help="Run those whose schedule (every:) says so.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("run", epilog=epilog("privseg run --due", SHAPE))(run)


def register_in_group(app: typer.Typer) -> None:
    """Add the verb to its group."""
    example = "privseg segment run lapsed-big-spenders"
    app.command("run", epilog=epilog(example, SHAPE))(run)


def run(
    wanted: Names = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    is_due: Due = False,
    as_json: Json = False,
) -> None:
    """Find the members of segments and keep who they are.

    No number is printed or released, so nothing is charged. One segment that fails does not stop
    the others: exit code 1 if any failed, else 3 if any was refused. Without --as each runs in a
    role of yours that the policy lets run it. --due is for a scheduler such as cron.
    """
    if is_due == bool(wanted):
        raise typer.BadParameter("name segments to run, or say --due")
    with workspace(folder, role) as ws, working("running segments"):
        if is_due:
            done = ws.run_due()
            ran, not_due, is_busy = done.ran, done.not_due, done.is_busy
        else:
            ran, not_due, is_busy = ws.run_segments(wanted or []), (), False
    document = {"ran": [_document(r) for r in ran], "not_due": list(not_due), "busy": is_busy}
    emit(document, as_json=as_json, text=_lines(ran, not_due, is_busy=is_busy))
    _leave(ran, as_json=as_json)


def _leave(ran: Iterable[SegmentRan], *, as_json: bool) -> None:
    """Leave with the exit code of the worst that happened."""
    states = {str(r.state) for r in ran}
    if "failed" in states:
        raise typer.Exit(FAILED)
    if "refused" in states:
        raise typer.Exit(REFUSED)
    if states and not as_json:
        say("next: privseg segment history SEGMENT")


def _document(ran: SegmentRan) -> dict[str, object]:
    """Return what became of one segment as JSON."""
    return {
        "segment": ran.segment, "state": str(ran.state), "version": ran.version,
        "edition": ran.edition_id, "why": ran.why,
    }  # fmt: skip


def _lines(ran: Iterable[SegmentRan], not_due: Iterable[str], *, is_busy: bool) -> list[str]:
    """Return what was done as lines."""
    if is_busy:
        return ["another process is running what is due; nothing was done here"]
    lines = [line for r in ran for line in _line(r)]
    lines += [f"{name}: not due" for name in not_due]
    return lines or ["nothing is due: no segment has a schedule (every:)"]


def _line(ran: SegmentRan) -> list[str]:
    """Return what became of one segment."""
    version = f" (version {ran.version[:12]})" if ran.version else ""
    why = f": {ran.why}" if ran.why else ""
    return wrapped(f"{ran.segment}: {ran.state}{version}{why}", after="    ")

# SPDX-License-Identifier: Apache-2.0
"""privseg dsr verify: making sure who asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.given import STDIN, OutFolder, lines_from, paper_from
from privseg.cli.dsr.showing import CASE, Number, document, lines, next_step
from privseg.cli.output import emit, epilog, say
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.dsr.points import parse_points

if TYPE_CHECKING:
    from privseg.engine import Workspace

SHAPE = CASE.replace("{", "{matched, ")
NO_MATCH = 3  # the exit code: the policy of identity says no
_WAYS = "--points-from -, --account, --agent FILE, --guardian FILE or --ask"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    example = "privseg dsr verify 1 --points-from - < points.txt"
    app.command("verify", epilog=epilog(example, SHAPE))(verify)


def verify(
    number: Number,
    points_from: Annotated[
        str | None,
        typer.Option(help="Data points from stdin (-), a line each: email: ..., city: ..."),
    ] = None,
    declaration: Annotated[
        Path | None, typer.Option(help="The signed declaration, where three points are needed.")
    ] = None,
    agent: Annotated[
        Path | None, typer.Option(help="The signed permission that an agent brings.")
    ] = None,
    guardian: Annotated[
        Path | None, typer.Option(help="The proof that a parent or guardian brings.")
    ] = None,
    out: OutFolder = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    account: Annotated[
        bool, typer.Option("--account", help="The person was signed in to an account of theirs.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Write the letter that asks the person for proof.")
    ] = False,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="The person told us that the agent may ask.")
    ] = False,
    attorney: Annotated[
        bool, typer.Option("--attorney", help="The agent's paper is a power of attorney.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Identify the person of a request: by one way of several.

    Data points are compared with what is held; the answer is yes or no, never which one failed.
    """
    ways = [points_from is not None, account, agent is not None, guardian is not None, ask]
    if sum(ways) != 1:
        raise typer.BadParameter(f"say in one way how the person is identified: {_WAYS}")
    letter, matched = None, True
    with workspace(folder, role) as ws:
        if ask:
            _, letter = ws.ask_identity(number, out=out)
            matched = False
        elif points_from is not None:
            matched = _points(ws, number, points_from, declaration)
        elif agent is not None:
            paper = paper_from(agent) or b""
            ws.verify_agent(number, paper, confirmed=confirmed, attorney=attorney)
        elif guardian is not None:
            ws.verify_guardian(number, paper_from(guardian) or b"")
        else:
            ws.verify_account(number)
        case, zone = ws.request(number), ws.zone
    files = [] if letter is None else [f"wrote {letter}"]
    told = {"matched": matched, **document(case, zone)}
    emit(told, as_json=as_json, text=[*lines(case, zone), *files])
    if not as_json:
        say(next_step(case) if matched or ask else _failed(number))
    if not matched and not ask:
        raise typer.Exit(NO_MATCH)


def _points(ws: Workspace, number: int, given: str, declaration: Path | None) -> bool:
    """Compare the data points that come on standard input."""
    if given != STDIN:
        raise typer.BadParameter("pass the data points on standard input: --points-from -")
    paper = paper_from(declaration)
    return ws.verify_points(number, parse_points(lines_from(given)), declaration=paper)


def _failed(number: int) -> str:
    """Return what to do when the points were not what is held."""
    return (
        f"not identified, and the log has the attempt; ask for other points "
        f"(privseg dsr verify {number} --ask), or refuse it"
    )

# SPDX-License-Identifier: Apache-2.0
"""The options every verb shares, and the workspace it works in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from privseg.cli.output import say
from privseg.terms import StaffRole, SubjectId

if TYPE_CHECKING:
    from privseg.engine import Workspace


def _from_stdin(given: str) -> str:
    """Refuse an identifier in the arguments, before anything is done.

    Arguments can be seen by every user of a machine and stay in its shells' histories.

    Raises:
        typer.BadParameter: it says anything but standard input.
    """
    if given != "-":
        raise typer.BadParameter(
            "pass the identifier on standard input: --id-from - "
            "(arguments are visible to others on this machine)"
        )
    return given


Folder = Annotated[
    Path,
    typer.Option("--workspace", "-w", help="The workspace's folder.", envvar="PRIVSEG_WORKSPACE"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
As = Annotated[
    StaffRole | None,
    typer.Option("--as", help="The role to act in, of those privseg.yaml gives your user."),
]
IdFrom = Annotated[
    str,
    typer.Option(
        "--id-from",
        help="Where the person's identifier comes from: - for stdin.",
        callback=_from_stdin,
    ),
]
FromStdin = Annotated[
    str | None,
    typer.Option(
        "--id-from",
        help="Only one person, whose identifier comes from stdin: -.",
        callback=lambda given: None if given is None else _from_stdin(given),
    ),
]
IdKind = Annotated[
    str | None,
    typer.Option("--id-kind", help="Its kind: email, ...; else that by which rows name people."),
]
HERE = Path()
LARGEST = 2**63 - 1  # what the database can number


@contextmanager
def workspace(folder: Path, role: StaffRole | None) -> Iterator[Workspace]:
    """Open the workspace that ``folder`` is or lies in, in ``role`` or each verb's usual one."""
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help

    with Workspace.open(folder, role=role) as opened:
        yield opened


def subject(ws: Workspace, id_kind: str | None) -> SubjectId:
    """Return the person whose identifier comes on standard input."""
    return SubjectId(kind_of(ws, id_kind), read_identifier())


def kind_of(ws: Workspace, given: str | None) -> str:
    """Return which kind of identifier is meant: as given, else the one by which rows name people.

    Raises:
        typer.BadParameter: rows name people in several ways, or in none.
    """
    from privseg.policy import SourceKind  # noqa: PLC0415  # --help needs no policy

    named = (SourceKind.PEOPLE, SourceKind.EVENTS)  # nobody is asked for by a list
    sources = [s for s in ws.policy.catalogue.sources.values() if s.kind in named]
    used = {c.identifier for s in sources for c in s.columns if c.name == s.person}
    kinds = sorted(kind for kind in used if kind is not None)
    if given is not None or len(kinds) == 1:
        return given or kinds[0]
    which = f"one of {', '.join(kinds)}" if kinds else "as the catalogue calls it"
    raise typer.BadParameter(f"say which kind of identifier it is, {which}: --id-kind KIND")


def read_identifier() -> str:
    """Return an identifier from standard input.

    Raises:
        typer.BadParameter: there is no standard input, or no text on it.
    """
    stdin: TextIO | None = sys.stdin  # None when the shell closed it
    if stdin is None:
        raise typer.BadParameter("standard input is closed; pass the identifier on it")
    if stdin.isatty():
        say("type the identifier, then Enter:")
    try:
        return stdin.readline().strip()
    except UnicodeDecodeError:
        raise typer.BadParameter("standard input is not UTF-8 text") from None


def countable(number: int | None) -> int | None:
    """Return a number given on the command line, if anything can have it.

    Raises:
        typer.BadParameter: it is beyond 64 bits.
    """
    if number is not None and abs(number) > LARGEST:
        raise typer.BadParameter("nothing has a number as large as this")
    return number


def moment(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """Return an ISO moment given on the command line, in UTC; a bare date or time is of ``zone``.

    A day begins at its midnight in that zone.

    Raises:
        typer.BadParameter: it is not one.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter("give an ISO date or time, such as 2026-03-03T12:00Z") from None


def past(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """Return an ISO moment that has been; what happened cannot lie ahead.

    Raises:
        typer.BadParameter: it is none, or lies ahead.
    """
    found = moment(text, zone)
    if found is not None and found > datetime.now(UTC):
        raise typer.BadParameter(f"{text} lies ahead; give when it happened")
    return found

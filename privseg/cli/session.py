# SPDX-License-Identifier: Apache-2.0
"""The options every verb shares, and the workspace it works in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from privseg.cli.output import say
from privseg.terms import StaffRole, SubjectId

if TYPE_CHECKING:
    from privseg.engine import Workspace

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
    str, typer.Option("--id-from", help="Where the person's identifier comes from: - for stdin.")
]
IdKind = Annotated[
    str, typer.Option("--id-kind", help="Its kind in the catalogue: email, customer_number, ...")
]
HERE = Path()
LARGEST = 2**63 - 1  # what the database can number


@contextmanager
def workspace(folder: Path, role: StaffRole | None) -> Iterator[Workspace]:
    """Open the workspace that ``folder`` is or lies in, in ``role`` or each verb's usual one."""
    from privseg.engine import Workspace  # noqa: PLC0415  # saves a second for --help

    with Workspace.open(folder, role=role) as opened:
        yield opened


def subject(id_from: str, id_kind: str) -> SubjectId:
    """Return the person whose identifier comes on standard input."""
    return SubjectId(id_kind, read_identifier(id_from))


def read_identifier(given: str) -> str:
    """Return an identifier from standard input; anything but ``-`` is refused.

    Arguments can be seen by every user of a machine and stay in its shells' histories.

    Raises:
        typer.BadParameter: it was given in the arguments, or is no text.
    """
    if given != "-":
        raise typer.BadParameter(
            "pass the identifier on standard input: --id-from - "
            "(arguments are visible to others on this machine)"
        )
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


def moment(text: str | None) -> datetime | None:
    """Return an ISO moment given on the command line, in UTC; so is a bare date or time.

    Raises:
        typer.BadParameter: it is not one.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter("give an ISO date or time, such as 2026-03-03T12:00Z") from None


def past(text: str | None) -> datetime | None:
    """Return an ISO moment that has been; what happened cannot lie ahead.

    Raises:
        typer.BadParameter: it is none, or lies ahead.
    """
    found = moment(text)
    if found is not None and found > datetime.now(UTC):
        raise typer.BadParameter(f"{text} lies ahead; give when it happened")
    return found

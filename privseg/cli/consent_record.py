# SPDX-License-Identifier: Apache-2.0
"""privseg consent record: one act of one person. Withdrawing takes no more than granting."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from privseg.cli.acts import Act, require_complete
from privseg.cli.output import emit, say
from privseg.cli.session import (
    HERE,
    As,
    Folder,
    IdFrom,
    IdKind,
    Json,
    moment,
    past,
    read_identifier,
    workspace,
)
from privseg.cli.session import subject as read_subject
from privseg.terms import Category, Purpose

EXAMPLE = (
    "echo ada@example.com | privseg consent record withdraw --id-kind email --id-from - "
    "--purpose marketing.lifecycle"
)
SHAPE = "{act, position}"
MOST_EVIDENCE = 16 * 1024 * 1024  # bytes: a scanned letter, not an archive
BY = ("subject", "guardian", "agent", "staff")
DAYS = re.compile(r"([1-9][0-9]{0,5})d")


def _by(given: str | None) -> str | None:
    """Return whose word it is.

    Raises:
        typer.BadParameter: nobody is called so.
    """
    if given is not None and given not in BY:
        raise typer.BadParameter(f"name one of: {', '.join(BY)}")
    return given


def _days(given: str | None) -> int | None:
    """Return a number of days written as 365d.

    Raises:
        typer.BadParameter: it is not.
    """
    if given is None:
        return None
    found = DAYS.fullmatch(given)
    if found is None:
        raise typer.BadParameter("write it as days: 365d")
    return int(found[1])


def _evidence(path: Path | None) -> bytes | None:
    """Return what proves the act.

    Raises:
        typer.BadParameter: the file is empty or too large.
    """
    if path is None:
        return None
    data = path.read_bytes()
    if not 0 < len(data) <= MOST_EVIDENCE:
        raise typer.BadParameter("evidence has 1 byte to 16 MiB")
    return data


def record(  # noqa: PLR0917  # typer makes options of them
    act: Act,
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    purpose: Annotated[str | None, typer.Option(help="The purpose; none means every one.")] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="A category; again for more. A grant must name them.")
    ] = None,
    notice: Annotated[str | None, typer.Option(help="id@version of the notice shown.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the notice shown: en, de, ...")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="When the person acted (ISO); now if absent.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Whose word it is: subject, guardian, agent or staff.", callback=_by),
    ] = None,
    method: Annotated[str, typer.Option(help="form, double_opt_in, signed_paper or api.")] = "form",
    expires: Annotated[str | None, typer.Option(help="A grant ends then (ISO).")] = None,
    until: Annotated[str | None, typer.Option(help="A grant ends when this has happened.")] = None,
    uses: Annotated[
        int | None, typer.Option(help="A grant is good for so many reports.", min=1, max=10**9)
    ] = None,
    idle: Annotated[
        str | None, typer.Option(help="A grant ends after so long without activity: 730d.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(help="attest_jurisdiction: DE, US-CA; happened: what, as grants call it."),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="A file that proves it; sealed.", exists=True, dir_okay=False),
    ] = None,
    other_kind: Annotated[
        str | None,
        typer.Option(help="merge, unmerge: kind of the other profile's identifier."),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    explicit: Annotated[bool, typer.Option("--explicit", help="An explicit act (GDPR 9).")] = False,
    as_json: Json = False,
) -> None:
    """Record one act of one person, from the very next read on.

    A withdrawal that reaches you late counts from when the person acted: give --at. What follows
    the identifier on a second line of standard input: a date of birth (attest_age), or the other
    profile's identifier (merge, unmerge).
    """
    require_complete(act, purpose, category, value)
    said: dict[str, Any] = {
        "notice": notice, "language": language, "event_time": past(at), "authority": by,
        "method": _method(method), "expires_at": moment(expires), "until": until, "uses": uses,
        "idle_days": _days(idle), "evidence": _evidence(evidence),
        "explicit": explicit,
    }  # fmt: skip
    with workspace(folder, role) as ws:
        who = read_subject(ws, id_kind)
        position = ws.record_consent(
            who,
            act=act,
            purpose=Purpose(purpose) if purpose else None,
            categories=frozenset(Category(c) for c in category or ()),
            value=read_identifier() if act == "attest_age" else value,
            other=read_subject(ws, other_kind) if act in {"merge", "unmerge"} else None,
            **said,
        )
    where = "" if position is None else f", ledger position {position}"
    emit({"act": act, "position": position}, as_json=as_json, text=f"recorded: {act}{where}")
    if not as_json:
        say("see it: privseg consent show --id-from -")


def _method(given: str) -> str:
    """Return how an act was made.

    Raises:
        typer.BadParameter: it is none that a person makes on purpose.
    """
    known = ("form", "double_opt_in", "signed_paper", "api")
    if given not in known:
        raise typer.BadParameter(f"name one of: {', '.join(known)}")
    return given

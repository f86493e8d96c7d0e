# SPDX-License-Identifier: Apache-2.0
"""privseg consent: record what people did, show what it means. Withdrawing is as easy as giving."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.acts import Act, require_complete
from privseg.cli.output import Table, count, emit, epilog, say, yes
from privseg.cli.progress import sized, working
from privseg.cli.session import (
    HERE,
    As,
    Folder,
    IdFrom,
    IdKind,
    Json,
    countable,
    kind_of,
    moment,
    past,
    subject,
    workspace,
)
from privseg.terms import Category, Purpose

if TYPE_CHECKING:
    from privseg.engine import ConsentView

app = typer.Typer(
    name="consent",
    help="Record consents and show what they allow.",
    epilog="Example:  echo C0000017 | privseg consent show --id-from -",
    no_args_is_help=True,
)
WITHDRAW = (
    "echo ada@example.com | privseg consent record withdraw --id-kind email --id-from - "
    "--purpose marketing.lifecycle"
)
SHOWN = (
    "{known, standing: [{purpose, category, allowed, status, reasons}], history: [{position, act, "
    "event_time, record_time, purpose, categories, notice, method}]}"
)


@app.command(
    "import", epilog=epilog("privseg consent import consents.csv", "{rows, recorded, unchanged}")
)
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or JSON-lines file of events.")],
    id_kind: IdKind = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Record a file of consent events: all of it or nothing.

    Columns: event_id, person, act, event_time, and as needed purpose, categories, explicit,
    notice, method, authority, jurisdiction, expires_at, value. An event that comes again changes
    nothing.
    """
    with workspace(folder, role) as ws, working(f"recording {sized(file)}"):
        done = ws.import_consents(file, id_kind=kind_of(ws, id_kind))
    emit(
        {"rows": done.rows, "recorded": done.recorded, "unchanged": done.unchanged},
        as_json=as_json,
        text=f"read {count(done.rows, 'event')}: {done.recorded:,} recorded, "
        f"{done.unchanged:,} known",
    )
    if not as_json:
        say("next: privseg source snapshot, then privseg report run NAME --dry-run")


@app.command("record", epilog=epilog(WITHDRAW, "{act, position}"))
def record(  # noqa: PLR0917  # typer makes options of them
    act: Act,
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    purpose: Annotated[str | None, typer.Option(help="The purpose; none means every one.")] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="A category; again for more. A grant must name them.")
    ] = None,
    notice: Annotated[str | None, typer.Option(help="id@version of the notice shown.")] = None,
    at: Annotated[
        str | None, typer.Option(help="When the person acted (ISO); now if absent.")
    ] = None,
    value: Annotated[
        str | None, typer.Option(help="For attest_jurisdiction: a code such as DE or US-CA.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    explicit: Annotated[bool, typer.Option("--explicit", help="An explicit act (GDPR 9).")] = False,
    as_json: Json = False,
) -> None:
    """Record one act of one person, from the very next read on.

    A withdrawal that reaches you late counts from when the person acted: give --at.
    """
    require_complete(act, purpose, category, value)
    acted = past(at)
    with workspace(folder, role) as ws:
        position = ws.record_consent(
            subject(ws, id_kind),
            act=act,
            purpose=Purpose(purpose) if purpose else None,
            categories=frozenset(Category(c) for c in category or ()),
            notice=notice,
            event_time=acted,
            explicit=explicit,
            value=value,
        )
    where = "" if position is None else f", ledger position {position}"
    emit({"act": act, "position": position}, as_json=as_json, text=f"recorded: {act}{where}")
    if not as_json:
        say("see it: privseg consent show --id-from -")


@app.command("show", epilog=epilog("echo C0000017 | privseg consent show --id-from -", SHOWN))
def show(
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    at: Annotated[str | None, typer.Option(help="Judge this moment (ISO) instead of now.")] = None,
    known_at: Annotated[
        int | None,
        typer.Option(help="Look only as far as this ledger position.", callback=countable),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what one person allows, why, and everything they did."""
    judged = moment(at)
    with workspace(folder, role) as ws:
        view = ws.consent_of(subject(ws, id_kind), at=judged, known_at=known_at)
    emit(_document(view), as_json=as_json, text=_lines(view))


def _document(view: ConsentView) -> dict[str, object]:
    """Return a person's standing as JSON."""
    return {
        "known": view.known, "history": [dict(e) for e in view.history],
        "standing": [{"purpose": s.purpose, "category": s.category, "allowed": s.allowed,
                      "status": s.status, "reasons": list(s.reasons)} for s in view.standing],
    }  # fmt: skip


def _lines(view: ConsentView) -> list[str]:
    """Return a person's standing and history as two tables."""
    if not view.known:
        return ["this person is not known here, so every answer is no (unknown person)"]
    standing = [
        (s.purpose, s.category, yes(s.allowed), _because(s.status, s.reasons))
        for s in view.standing
    ]
    history = [
        (str(e["position"]), str(e["event_time"])[:16].replace("T", " "), _words(str(e["act"])),
         str(e["purpose"] or "all"), str(e["categories"]))
        for e in view.history
    ]  # fmt: skip
    return [
        *Table(("purpose", "data", "may use", "because"), standing).lines(),
        "",
        *Table(("no. ", "when (UTC)", "act", "purpose", "data"), history).lines(),
    ]


def _because(status: str, reasons: tuple[str, ...]) -> str:
    """Return a status with its reasons, each said once, in words."""
    return ", ".join(_words(code) for code in dict.fromkeys((status, *reasons)))


def _words(code: str) -> str:
    """Return a code as words: attest_age becomes attest age."""
    return code.replace("_", " ")

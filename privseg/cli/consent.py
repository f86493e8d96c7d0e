# SPDX-License-Identifier: Apache-2.0
"""privseg consent: record what people did, show what it means. Withdrawing is as easy as giving."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privseg.cli.output import Table, emit, say
from privseg.cli.session import HERE, As, Folder, IdFrom, IdKind, Json, moment, subject, workspace
from privseg.terms import Category, Purpose, StaffRole

app = typer.Typer(
    name="consent", help="Record consents and show what they allow.", no_args_is_help=True
)


@app.command("import", epilog="Example:  privseg consent import consents.csv")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or JSON-lines file of events.")],
    id_kind: IdKind = "customer_number",
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
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        done = ws.import_consents(file, id_kind=id_kind)
    emit(
        {"rows": done.rows, "recorded": done.recorded, "unchanged": done.unchanged},
        as_json=as_json,
        text=f"read {done.rows:,} events: {done.recorded:,} recorded, {done.unchanged:,} known",
    )


@app.command(
    "record",
    epilog="Example:  echo ada@example.com | privseg consent record withdraw --id-kind email "
    "--id-from - --purpose marketing.lifecycle",
)
def record(  # noqa: PLR0917  # typer makes options of them
    act: Annotated[str, typer.Argument(help="grant, withdraw, refuse, object, restrict, ...")],
    id_from: IdFrom,
    id_kind: IdKind = "customer_number",
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
    """Record one act of one person; it holds from the very next read."""
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        position = ws.record_consent(
            subject(id_from, id_kind),
            act=act,
            purpose=Purpose(purpose) if purpose else None,
            categories=frozenset(Category(c) for c in category or ()),
            notice=notice,
            event_time=moment(at),
            explicit=explicit,
            value=value,
        )
    emit(
        {"position": position}, as_json=as_json, text=f"recorded: {act}, ledger position {position}"
    )
    if not as_json:
        say("see it: privseg consent show --id-from -")


@app.command("show", epilog="Example:  echo C-000017 | privseg consent show --id-from -")
def show(
    id_from: IdFrom,
    id_kind: IdKind = "customer_number",
    at: Annotated[str | None, typer.Option(help="Judge this moment (ISO) instead of now.")] = None,
    known_at: Annotated[
        int | None, typer.Option(help="Look only as far as this ledger position.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what one person has allowed, why, and everything they did."""
    with workspace(folder, role, StaffRole.COMPLIANCE_OFFICER) as ws:
        view = ws.consent_of(subject(id_from, id_kind), at=moment(at), known_at=known_at)
    standing = [
        (s.purpose, s.category, "yes" if s.allowed else "no", ", ".join((s.status, *s.reasons[:1])))
        for s in view.standing
    ]
    history = [
        (str(e["event_time"])[:16], str(e["act"]), str(e["purpose"] or "all"), str(e["categories"]))
        for e in view.history
    ]
    emit(
        {"known": view.known, "history": [dict(e) for e in view.history],
         "standing": [{"purpose": s.purpose, "category": s.category, "allowed": s.allowed,
                       "status": s.status, "reasons": list(s.reasons)} for s in view.standing]},
        as_json=as_json,
        text=[*Table(("purpose", "data", "may use", "because"), standing).lines(), "",
              *Table(("when (UTC)", "act", "purpose", "data"), history).lines()]
        if view.known else "this person is not known here, so every answer is no (unknown person)",
    )  # fmt: skip

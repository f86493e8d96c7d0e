# SPDX-License-Identifier: Apache-2.0
"""privseg consent: record what people did, show what it means. Withdrawing is as easy as giving."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli import consent_papers, consent_record, consent_watch
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
    subject,
    workspace,
)

if TYPE_CHECKING:
    from privseg.engine import Workspace
    from privseg.engine.views import ConsentsImported, ConsentView

app = typer.Typer(
    name="consent",
    help="Record consents and show what they allow.",
    epilog="Example:  echo C0000017 | privseg consent show --id-from -",
    no_args_is_help=True,
)
FORMATS = (
    "The tool it comes from: tcf, gpp, gpc, google_consent_mode, segment, fides, transcend, "
    "kantara or iso27560; absent: as --map says, else plain events."
)
NOT_TAKEN = ("unknown", "undated", "unbounded", "unread", "of_nobody", "never_answered")
SHOWN = (
    "{known, at, policy, in_force, linked, standing: [{purpose, category, allowed, status, "
    "reasons, may_ask, ask_from, ask_why}], history: [{position, act, event_time, record_time, "
    "purpose, categories, notice, method, by, explicit, language, expires_at, until, uses, "
    "idle_days, where, value, quarantined, evidence_hash}]}"
)


@app.command(
    "import",
    epilog=epilog(
        "privseg consent import consents.csv",
        f"{{rows, recorded, unchanged, unmapped, not_taken: {{{', '.join(NOT_TAKEN)}}}}}",
    ),
)
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or JSON-lines file of events.")],
    id_kind: IdKind = None,
    form: Annotated[str | None, typer.Option("--format", help=FORMATS)] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="What the file's words mean here (YAML).", exists=True),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read it, record nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Record a file of consent events: all of it or nothing.

    Plain files have the columns event_id, person, act, event_time, and as needed purpose,
    categories, explicit, notice, method, authority, jurisdiction, expires_at, value and others
    (docs/how-to/compliance-officer.md). With a banner's or another tool's file, --map says what
    its choices mean; what was not taken of it is told, with why. An event that comes again
    changes nothing.
    """
    with workspace(folder, role) as ws, working(f"recording {sized(file)}"):
        done = ws.import_consents(
            file, id_kind=_kind(ws, id_kind, mapping), form=form, mapping=mapping, dry_run=dry_run
        )
    emit(
        _import_document(done),
        as_json=as_json,
        text=[_recorded(done, dry_run=dry_run), *done.told],
    )  # fmt: skip
    if not as_json and not dry_run:
        say("next: privseg source snapshot, then privseg report run NAME --dry-run")


app.command("record", epilog=epilog(consent_record.EXAMPLE, consent_record.SHAPE))(
    consent_record.record
)


@app.command("show", epilog=epilog("echo C0000017 | privseg consent show --id-from -", SHOWN))
def show(
    id_from: IdFrom,  # noqa: ARG001  # its callback sees that it is standard input
    id_kind: IdKind = None,
    at: Annotated[str | None, typer.Option(help="Judge this moment (ISO) instead of now.")] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="Knowing what we knew then: a moment (ISO) or a ledger position."),
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what one person allows, why, and everything they did.

    --at judges an earlier moment by the policy that was in force then; --known-at leaves out what
    was recorded later. Both together say what we were allowed to do, as we knew it.
    """
    judged, known = moment(at), _known_at(known_at)
    with workspace(folder, role) as ws:
        view = ws.consent_of(subject(ws, id_kind), at=judged, known_at=known)
    emit(_document(view), as_json=as_json, text=_lines(view))


for _name, (_verb, _epilog) in (consent_watch.VERBS | consent_papers.VERBS).items():
    app.command(_name, epilog=_epilog)(_verb)


def _kind(ws: Workspace, given: str | None, mapping: Path | None) -> str:
    """Return which identifier the file names people by; a mapping may say it instead.

    Raises:
        typer.BadParameter: neither says it, and there are several.
    """
    try:
        return kind_of(ws, given)
    except typer.BadParameter:
        if mapping is None:
            raise
        return ""


def _import_document(done: ConsentsImported) -> dict[str, object]:
    """Return what an import did as JSON."""
    return {
        "rows": done.rows, "recorded": done.recorded, "unchanged": done.unchanged,
        "unmapped": dict(done.unmapped),
        "not_taken": dict.fromkeys(NOT_TAKEN, 0) | dict(done.not_taken),
    }  # fmt: skip


def _recorded(done: ConsentsImported, *, dry_run: bool) -> str:
    """Return what an import did, or would do."""
    would = "would be " if dry_run else ""
    read = f"read {count(done.rows, 'event')}: {done.recorded:,} {would}recorded"
    return f"{read}, {done.unchanged:,} known"


def _known_at(text: str | None) -> int | datetime | None:
    """Return how far to look: a ledger position, or a moment of recording."""
    if text is not None and text.isdecimal():
        return countable(int(text[:20]))
    return moment(text)


def _document(view: ConsentView) -> dict[str, object]:
    """Return a person's standing as JSON."""
    return {
        "known": view.known, "at": view.at.isoformat(), "policy": view.policy,
        "in_force": view.in_force, "linked": view.linked,
        "history": [dict(e) for e in view.history],
        "standing": [{"purpose": s.purpose, "category": s.category, "allowed": s.allowed,
                      "status": s.status, "reasons": list(s.reasons), "may_ask": s.may_ask,
                      "ask_from": s.ask_from.isoformat() if s.ask_from else None,
                      "ask_why": s.ask_why}
                     for s in view.standing],
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
    by_rules = "" if view.in_force else f" by the policy in force then ({view.policy[:12]})"
    tied = f"; tied to {count(view.linked, 'other profile')}" if view.linked else ""
    return [
        f"at {view.at.isoformat()[:16].replace('T', ' ')} UTC{by_rules}{tied}",
        *Table(("purpose", "data", "may use", "because"), standing).lines(),
        *_askable(view),
        "",
        *Table(("no. ", "when (UTC)", "act", "purpose", "data"), history).lines(),
    ]


def _askable(view: ConsentView) -> list[str]:
    """Return which purposes somebody is not to be asked for, or not yet; a line each."""
    lines = {}
    for s in view.standing:
        if s.may_ask or s.allowed:
            continue
        when = f"again before {s.ask_from.date()}" if s.ask_from else f"({_words(s.ask_why)})"
        lines[s.purpose] = f"{s.purpose}: do not ask {when}"
    return list(lines.values())


def _because(status: str, reasons: tuple[str, ...]) -> str:
    """Return a status with its reasons, each said once, in words."""
    return ", ".join(_words(code) for code in dict.fromkeys((status, *reasons)))


def _words(code: str) -> str:
    """Return a code as words: attest_age becomes attest age."""
    return code.replace("_", " ")

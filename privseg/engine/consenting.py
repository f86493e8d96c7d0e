# SPDX-License-Identifier: Apache-2.0
"""Consents in, and what they mean for one person. A record and its log entry are one change."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.consent import (
    UNRECORDED,
    Act,
    AtPosition,
    Authority,
    Event,
    Method,
    Question,
    Recorded,
    decide,
)
from privseg.dsr import RequestKind
from privseg.engine.drafting import EVENT_KEY, drafts, sealed
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.engine.scope import require_kind, require_person, require_scope
from privseg.engine.views import ConsentsImported, ConsentView, PurposeStatus
from privseg.gate import collected_from, consent_rules, notice_name
from privseg.sources import consents_from_dataframe, read_consents
from privseg.terms import Category, Ordinal, Purpose, StaffRole, SubjectId

if TYPE_CHECKING:
    import pandas as pd


class UnknownActError(UnknownNameError):
    """No consent event has this act."""

    what = "act"
    see = "privseg consent record --help"


def record_consent(
    house: House,
    subject: SubjectId,
    *,
    act: str,
    purpose: Purpose | None,
    categories: frozenset[Category],
    notice: str | None,
    event_time: datetime | None,
    explicit: bool,
    value: str | None,
    role: StaffRole,
) -> int | None:
    """Record one act of one person as they told us; return its ledger position.

    None when they were erased and say no: it is accepted, and there is nothing to record.

    Somebody unknown becomes known by it (as a number with no data); somebody erased may come
    back only by an affirmative act of their own, as a new person.

    Raises:
        UnknownNameError: an act, kind of identifier, purpose or category that is not there.
        MalformedEventError: the act lacks what it needs; nothing was recorded.
    """
    if act not in set(Act):
        raise UnknownActError(act, known=tuple(Act))
    require_person(house.policy, subject)
    require_scope(house.policy, (purpose,), categories)
    now = house.now()
    shown, sha256, purposes = _notice(house, notice, purpose, Act(act))
    with house.db.transaction():
        person = _person(
            house, subject, fresh=_is_fresh(house, act, purpose, categories, event_time)
        )
        if person is None:
            house.log.append(_entry("record", role, Recorded((), 0), purpose))
            return None
        draft = Event(
            position=UNRECORDED,
            event_key=secrets.token_bytes(16),
            content_key=b"",
            subject=person,
            controller=house.policy.controller,
            act=Act(act),
            event_time=event_time or now,
            record_time=now,
            purpose=purpose,
            categories=categories,
            explicit=explicit,
            notice=shown,
            notice_sha256=sha256,
            notice_purposes=purposes,
            method=Method.FORM,
            authority=Authority.SUBJECT,
            value=value,
        )
        recorded = house.ledger.record([sealed(draft, key=house.vault.secret(EVENT_KEY))])
        house.log.append(_entry("record", role, recorded, purpose))
    return recorded.positions[0]


def import_consents(
    house: House, data: Path | pd.DataFrame, *, id_kind: str, role: StaffRole
) -> ConsentsImported:
    """Record a file or DataFrame of events: all of it or nothing, with one log entry for the batch.

    People on the suppression list are passed over in silence.

    Raises:
        FileError, RowError: the file is not usable.
        EventConflictError: an event came again with other content.
    """
    batch = (
        read_consents(data, id_kind=id_kind)
        if isinstance(data, Path)
        else consents_from_dataframe(data, id_kind=id_kind)
    )
    require_kind(house.policy, id_kind)
    categories = {c for names in batch.words["categories"] for c in names or ()}
    require_scope(house.policy, batch.words["purpose"], categories)
    with house.db.transaction():
        recorded = house.ledger.record(drafts(house, batch))
        house.log.append(_entry("import", role, recorded, None))
    new = len(recorded.positions) - recorded.unchanged
    return ConsentsImported(batch.rows, recorded=new, unchanged=recorded.unchanged)


def consent_of(
    house: House, subject: SubjectId, *, at: datetime | None, known_at: int | None, role: StaffRole
) -> ConsentView:
    """Return one person's standing and history; looking is itself on the log.

    Somebody unknown gets a no with that reason, and nothing else.
    """
    house.log.append(AuditEvent(Kind.CONSENT, Outcome.OK, role, {"verb": "show"}))
    person = house.vault.resolve(subject)
    if person is None:
        return ConsentView(known=False, standing=(), history=())
    position = house.ledger.position() if known_at is None else known_at
    history = house.ledger.history(person, known_at=AtPosition(position))
    moment = at or house.now()
    return ConsentView(
        known=True,
        standing=standing(house, person, history, at=moment, position=position),
        history=tuple(_told(e) for e in history),
    )


def standing(
    house: House, person: Ordinal, history: Sequence[Event], *, at: datetime, position: int
) -> tuple[PurposeStatus, ...]:
    """Return what may be used of a person, per purpose and category, and why."""
    rules = consent_rules(house.policy)
    found = []
    for purpose, rule in sorted(house.policy.purposes.items()):
        for category in sorted(rule.categories):
            known = AtPosition(position, as_of=at)
            asked = Question(
                person, rules.controller, purpose, category, at, known, collected_from(house.policy)
            )
            answer = decide(rules, history, asked)
            reasons = tuple(str(r) for r in answer.reasons)
            status = str(answer.status)
            found.append(PurposeStatus(purpose, category, answer.allowed, status, reasons))
    return tuple(found)


def _person(house: House, subject: SubjectId, *, fresh: bool) -> Ordinal | None:
    """Return the person's number, enrolling somebody new; None for one erased who says no.

    An erased person's fresh affirmative act makes a new person; their refusals need no record,
    since nothing of theirs is read.
    """
    if fresh and house.vault.suppressed(subject):
        house.vault.lift_suppression(subject)
    return house.vault.enrol([[subject]])[0]


def _is_fresh(
    house: House,
    act: str,
    purpose: Purpose | None,
    categories: frozenset[Category],
    event_time: datetime | None,
) -> bool:
    """Return whether an act is a whole grant made after every erasure there ever was."""
    erasures = [c for c in house.cases.all() if c.kind is RequestKind.ERASURE]
    last = max((step.at for c in erasures for step in c.steps), default=None)
    late = event_time is None or last is None or event_time > last
    return act == Act.GRANT and purpose is not None and bool(categories) and late


def _notice(
    house: House, named: str | None, purpose: Purpose | None, act: Act
) -> tuple[str | None, str | None, frozenset[Purpose]]:
    """Return the notice shown: as named, or for a grant the one in force for its purpose."""
    known = {notice_name(n): n for n in house.policy.notices.values()}
    if named is None and act in {Act.GRANT, Act.OPT_IN} and purpose is not None:
        rule = house.policy.purposes.get(purpose)
        in_force = rule.notice if rule else None
        notice = house.policy.notices.get(in_force) if in_force else None
        named = notice_name(notice) if notice else None
    if named is None or named not in known:
        return named, None, frozenset()
    return named, known[named].sha256, known[named].purposes


def _entry(verb: str, role: StaffRole, recorded: Recorded, purpose: Purpose | None) -> AuditEvent:
    """Return the log's entry; positions are in the body, under its commitment."""
    header: dict[str, str | list[str]] = {"verb": verb}
    if purpose is not None:
        header["purpose"] = purpose
    positions = recorded.positions
    body = {
        "first": min(positions, default=0),
        "last": max(positions, default=0),
        "unchanged": recorded.unchanged,
    }
    return AuditEvent(Kind.CONSENT, Outcome.OK, role, header, body)


def _told(event: Event) -> dict[str, object]:
    """Return an event as the person or the officer reads it."""
    return {
        "position": event.position,
        "act": str(event.act),
        "event_time": event.event_time.isoformat(),
        "record_time": event.record_time.isoformat(),
        "purpose": event.purpose,
        "categories": ", ".join(sorted(event.categories)) or "all",
        "notice": event.notice,
        "method": str(event.method),
    }

# SPDX-License-Identifier: Apache-2.0
"""Whom of the recipients must be told what a person asked for: into an outbox, with the act itself.

``notify`` is part of the act's transaction: who must be told is durable with it, or nothing is.
What is delivered, and how, is ``delivering_notices``, whose names are here as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyroaring import FrozenBitMap

from privseg.dsr.case import Case
from privseg.dsr.notice import Corrected, Named, Notice, NoticeKind, people_in
from privseg.engine.dsr.steps import entry_of
from privseg.engine.house import House
from privseg.engine.notices.delivering import (
    Delivered,
    Transport,
    deliver,
    recipients_told,
    require_delivered,
    undelivered,
)
from privseg.policy.recipients import PSEUDONYM
from privseg.pseudonym import Domain
from privseg.store.disclosures import Disclosed
from privseg.store.notices import StoredNotice
from privseg.terms import Attribute, Ordinal, Purpose, StaffRole, covers

__all__ = [
    "Delivered",
    "Transport",
    "deliver",
    "forget_notices",
    "notify",
    "recipients_told",
    "require_delivered",
    "undelivered",
]

NOTIFY = "notify"  # the verb on the log, before anything leaves the house

NOTHING_TOLD = -1  # before the log's first entry

Got = list[tuple[Ordinal, Disclosed]]


def notify(
    house: House,
    number: int,
    persons: Iterable[Ordinal],
    kind: NoticeKind,
    role: StaffRole,
    *,
    purpose: Purpose | None = None,
    corrected: Sequence[Corrected] = (),
) -> list[Notice]:
    """Put a notice for every recipient concerned into the outbox, in the open transaction.

    Once for each recipient and kind of notice of a request: called again it adds none, but for who
    was handed them once more since. ``purpose`` narrows an objection or withdrawal to what was
    handed over for it, and for what lies below it.
    """
    case = house.cases.case(number)
    there = _told_up_to(house, number, kind)
    made: list[Notice] = []
    for recipient, got in sorted(_concerned(house, case, persons, kind, purpose).items()):
        if there.get(recipient, NOTHING_TOLD) < max(told.audit_index for _, told in got):
            made += _notices(house, case, kind, recipient, got, corrected)
    with house.db.transaction():
        for notice in made:
            _add(house, case, notice, role)
    return made


def _told_up_to(house: House, number: int, kind: NoticeKind) -> Mapping[str, int]:
    """Return of each recipient where on the log its newest notice of a request stands.

    The log's order, never the time: a clock that was set back would turn it round.
    """
    told: dict[str, int] = {}
    for notice in house.notices.of_case(number):
        if notice.kind == kind.value:
            known = told.get(notice.recipient, NOTHING_TOLD)
            told[notice.recipient] = max(known, notice.audit_index)
    return told


def forget_notices(house: House, person: Ordinal, *, erasure: int | None = None) -> int:
    """Take a person out of the outbox, as part of their erasure; return how many notices ended.

    Those of the erasure itself must have been told before, or written: such a letter stays, sealed,
    until somebody says that it was posted. It stands in place of those of earlier requests.
    """
    return house.notices.forget(lambda kept: person in people_in(kept), at=house.now(), but=erasure)


def _concerned(
    house: House,
    case: Case,
    persons: Iterable[Ordinal],
    kind: NoticeKind,
    purpose: Purpose | None,
) -> Mapping[str, Got]:
    """Return what each recipient that must be told was handed, of whom."""
    found: dict[str, Got] = {}
    for person in sorted(set(persons)):
        for told in house.disclosures.of(person):
            if _is_meant(house, case, told, kind, purpose):
                found.setdefault(told.recipient, []).append((person, told))
    return found


def _is_meant(
    house: House, case: Case, told: Disclosed, kind: NoticeKind, purpose: Purpose | None
) -> bool:
    """Return whether a hand-over makes its recipient one that must be told.

    Of an opt-out: third parties that got the person between the request and its effect, whose
    number is what 11 CCR § 7026(f)(2) asks for. A recipient that the policy names no more may
    have been one.
    """
    if kind is NoticeKind.OPTED_OUT:
        known = house.policy.recipients.get(told.recipient)
        is_third = known is None or known.role.decides_itself
        return is_third and told.at >= case.received_at
    return purpose is None or covers(purpose, told.purpose)


def _notices(
    house: House,
    case: Case,
    kind: NoticeKind,
    recipient: str,
    got: Got,
    corrected: Sequence[Corrected],
) -> Iterator[Notice]:
    """Yield the notice of one recipient; none where it was handed nothing of what changed."""
    fields = tuple(dict.fromkeys(field for _, told in got for field in told.fields))
    changed = tuple(c for c in corrected if c.attribute in set(map(Attribute, fields)))
    if kind is NoticeKind.CORRECTED and not changed:
        return
    yield Notice(
        notice_id=secrets.token_hex(16),
        kind=kind,
        recipient=recipient,
        controller=house.policy.controller,
        case=case.number,
        made_at=house.now(),
        reply_by=case.deadlines.answer_by.isoformat(),
        people=tuple(sorted({person for person, _ in got})),
        named=tuple(dict.fromkeys(n for person, told in got for n in _named(house, person, told))),
        fields=fields,
        corrected=changed,
    )


def _named(house: House, person: Ordinal, told: Disclosed) -> Iterator[Named]:
    """Yield how a recipient knows a person by one hand-over."""
    if told.identifier == PSEUDONYM:
        domain = Domain(told.purpose, recipient=told.recipient, epoch=told.epoch)
        yield Named(PSEUDONYM, house.vault.pseudonym(person, domain).hex(), told.purpose)
        return
    for subject in house.vault.identity(person):
        if subject.kind == told.identifier:
            yield Named(subject.kind, subject.value, told.purpose)


def _add(house: House, case: Case, notice: Notice, role: StaffRole) -> None:
    """Put one notice into the outbox and on the log, which names the people in its body."""
    people = FrozenBitMap(notice.people)
    told = {"recipient": notice.recipient}
    index = house.log.append(entry_of(NOTIFY, case, role, people, told))
    house.notices.add(
        StoredNotice(
            notice_id=notice.notice_id,
            case_number=case.number,
            recipient=notice.recipient,
            kind=notice.kind.value,
            made_at=notice.made_at,
            next_at=notice.made_at,
            audit_index=index,
            payload=notice.kept(),
        )
    )

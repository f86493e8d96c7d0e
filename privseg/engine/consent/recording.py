# SPDX-License-Identifier: Apache-2.0
"""One act of one person into the ledger. The record and its log entry are one change."""

from __future__ import annotations

import secrets
from hashlib import sha256

from privseg.audit import AuditEvent
from privseg.consent import UNRECORDED, Act, Event, Recorded
from privseg.dsr import RequestKind, StepKind
from privseg.engine.consent.act import GRANTS, LINKS, IncompleteActError, Told, require_complete
from privseg.engine.consent.drafting import EVENT_KEY, sealed
from privseg.engine.consent.ledger_entry import ledger_entry
from privseg.engine.house import House
from privseg.engine.policy.in_force import adopt
from privseg.engine.scope import require_person, require_scope
from privseg.gate import consent_rules, notice_name
from privseg.policy import Notice
from privseg.terms import Ordinal, Purpose, StaffRole, SubjectId

EVIDENCE = "consent-evidence"  # what evidence is sealed as
RAN = frozenset({StepKind.RUNNING, StepKind.DONE, StepKind.PARTLY_DONE})  # data was gone since


def record_consent(house: House, subject: SubjectId, told: Told, *, role: StaffRole) -> int | None:
    """Record one act of one person as they told us; return its ledger position.

    None when they, or the other profile of a merge, were erased: there is nothing to record.

    Somebody unknown becomes known by it (as a number with no data); somebody erased may come
    back only by an affirmative act of their own, as a new person.

    Raises:
        IncompleteActError: the act says too little to count.
        UnknownNameError: an act, kind of identifier, purpose or category that is not there.
        MalformedEventError: the act lacks what it needs; nothing was recorded.
    """
    require_recordable(house, told)
    require_person(house.policy, subject)
    if told.other is not None:
        require_person(house.policy, told.other)
    with house.db.transaction():
        adopt(house, role)
        person = _person(house, subject, fresh=_is_fresh(house, told))
        other = None if told.other is None else _person(house, told.other, fresh=False)
        if person is None or (told.act in LINKS and other is None):
            house.log.append(_entry(house, "record", role, Recorded((), 0), told))
            return None
        if person == other:
            raise IncompleteActError(told.act, "both identifiers are the same profile's")
        return record_of(house, person, told, other=other, role=role)


def require_recordable(house: House, told: Told) -> None:
    """Refuse an act that could not count, before anything is recorded.

    Raises:
        IncompleteActError: the act says too little to count.
        UnknownNameError: a purpose or category that is not there.
    """
    require_complete(told)
    require_scope(house.policy, (told.purpose,), told.categories)
    _require_known_notice(house, told)
    _require_explicit(house, told)


def record_of(
    house: House,
    person: Ordinal,
    told: Told,
    *,
    role: StaffRole,
    other: Ordinal | None = None,
    verb: str = "record",
) -> int:
    """Record an act under the people's numbers, its evidence sealed; return its position."""
    draft = sealed(_draft(house, told, person, other), key=house.vault.secret(EVENT_KEY))
    proof = told.evidence
    kept = {} if proof is None else {0: house.vault.seal(person, EVIDENCE, proof)}
    with house.db.transaction():
        recorded = house.ledger.record([draft], evidence=kept)
        house.log.append(_entry(house, verb, role, recorded, told))
    return recorded.positions[0]


def _entry(house: House, verb: str, role: StaffRole, recorded: Recorded, told: Told) -> AuditEvent:
    """Return the log's entry; what was recorded is bound by it."""
    purposes = () if told.purpose is None else (told.purpose,)
    return ledger_entry(house, verb, role, recorded, purposes=purposes)


def _draft(house: House, told: Told, person: Ordinal, other: Ordinal | None) -> Event:
    """Return the act as an event that no ledger has taken yet."""
    now = house.now()
    notice, shown = _notice(house, told)
    return Event(
        position=UNRECORDED,
        event_key=secrets.token_bytes(16),
        content_key=b"",
        subject=person,
        controller=house.policy.controller,
        act=told.act,
        event_time=told.event_time or now,
        record_time=now,
        purpose=told.purpose,
        categories=told.categories,
        explicit=told.explicit,
        notice=shown,
        notice_sha256=None if notice is None else text_of(notice, told.language),
        notice_purposes=frozenset() if notice is None else notice.purposes,
        language=told.language,
        method=told.method,
        authority=told.word_of,
        expires_at=told.expires_at,
        value=told.value,
        target=told.target if other is None else other,
        until=told.until,
        uses=told.uses,
        idle_days=told.idle_days,
        evidence_sha256=None if told.evidence is None else sha256(told.evidence).hexdigest(),
    )


def text_of(notice: Notice, language: str | None) -> str | None:
    """Return the digest of the text that was shown; None when it cannot be told which it was."""
    if language is not None and notice.texts:
        return notice.texts.get(language)
    known = set(notice.texts.values()) | ({notice.sha256} if not notice.texts else set())
    return known.pop() if len(known) == 1 else None


def _notice(house: House, told: Told) -> tuple[Notice | None, str | None]:
    """Return the notice shown, if the policy knows it, and its name.

    It is as told, or for a grant the one in force for its purpose.
    """
    known = {notice_name(n): n for n in house.policy.notices.values()}
    named = told.notice
    if named is None and told.act in GRANTS and told.purpose is not None:
        named = _in_force(house, told.purpose)
    return (None if named is None else known.get(named)), named


def _require_known_notice(house: House, told: Told) -> None:
    """Refuse a grant under a notice that nobody knows: it would be on record and allow nothing.

    Raises:
        IncompleteActError: there is no such notice or language, or it must be said which.
    """
    notice, named = _notice(house, told)
    if told.act not in GRANTS or named is None:
        return
    known = {notice_name(n): n for n in house.policy.notices.values()}
    older = {f"{n.notice_id}@{v}" for n in known.values() for v in n.replaces}
    if notice is None and named not in older:
        raise IncompleteActError(told.act, f"no notice is called so; there are {', '.join(known)}")
    if notice is not None and text_of(notice, told.language) is None:
        languages = ", ".join(sorted(notice.texts))
        raise IncompleteActError(told.act, f"say in which language it was shown: {languages}")


def _require_explicit(house: House, told: Told) -> None:
    """Refuse a grant for special categories that is not explicit: it would undo one that is.

    Raises:
        IncompleteActError: naming the categories.
    """
    rules = consent_rules(house.policy)
    rule = house.policy.purposes.get(told.purpose) if told.purpose else None
    laws = [rules.laws[j] for j in (rule.basis if rule else ()) if j in rules.laws]
    special = rules.special_categories.union(*(law.explicit for law in laws))
    named = sorted(special & told.categories)
    if told.act in GRANTS and named and not told.explicit:
        lacks = f"{', '.join(named)} needs explicit consent (GDPR 9): say that the act was explicit"
        raise IncompleteActError(told.act, lacks)


def _in_force(house: House, purpose: Purpose) -> str | None:
    """Return the name of the notice in force for a purpose."""
    rule = house.policy.purposes.get(purpose)
    notice = house.policy.notices.get(rule.notice) if rule and rule.notice else None
    return notice_name(notice) if notice else None


def _person(house: House, subject: SubjectId, *, fresh: bool) -> Ordinal | None:
    """Return the person's number, enrolling somebody new; None for one erased who says no.

    An erased person's fresh affirmative act makes a new person; their refusals need no record,
    since nothing of theirs is read.
    """
    if fresh and house.vault.suppressed(subject):
        house.vault.lift_suppression(subject)
    return house.vault.enrol([[subject]])[0]


def _is_fresh(house: House, told: Told) -> bool:
    """Return whether an act is a grant that can count, made after every erasure there ever was.

    Only such a one brings an erased person back: not one that lies ahead, is over already, or was
    given under a notice that nobody knows.
    """
    if told.act is not Act.GRANT:
        return False
    now = house.now()
    acted = told.event_time or now
    erasures = [c for c in house.cases.all() if c.kind is RequestKind.ERASURE]
    last = max((step.at for c in erasures for step in c.steps if step.kind in RAN), default=None)
    return (
        acted <= now
        and (last is None or acted > last or told.event_time is None)
        and (told.expires_at is None or told.expires_at > now)
        and _is_informed(house, told)
    )


def _is_informed(house: House, told: Told) -> bool:
    """Return whether the notice shown is the policy's, lists the purpose, and its text is known."""
    notice, _ = _notice(house, told)
    if notice is None or told.purpose not in notice.purposes:
        return False
    return text_of(notice, told.language) is not None

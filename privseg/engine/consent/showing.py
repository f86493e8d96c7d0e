# SPDX-License-Identifier: Apache-2.0
"""What consents mean for one person: now or earlier, and knowing what we knew by some day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from privseg.consent import AtPosition, AtTime, Event, KnownAt, Question, decide
from privseg.consent.asking import asking
from privseg.engine.dsr.looking import look, tied
from privseg.engine.house import House
from privseg.engine.policy.in_force import policy_at
from privseg.engine.views import ConsentView, PurposeStatus
from privseg.gate import collected_from, consent_rules
from privseg.policy import Policy
from privseg.terms import Ordinal, StaffRole, SubjectId


def consent_of(
    house: House,
    subject: SubjectId,
    *,
    at: datetime | None,
    known_at: int | datetime | None,
    role: StaffRole,
) -> ConsentView:
    """Return one person's standing and history; looking is itself on the log.

    ``at`` is the moment judged, by the policy that was in force then; ``known_at`` is how far we
    look in the ledger, a position or a moment of recording. Somebody unknown gets a no with that
    reason, and nothing else.
    """
    person = house.vault.resolve(subject)
    look(house, "consent-show", tied(house, person), role=role)
    moment = at or house.now()
    policy = policy_at(house, moment)
    known = _known(house, known_at, moment)
    history = [] if person is None else house.ledger.whole_history(person, known_at=known)
    return ConsentView(
        known=person is not None,
        standing=()
        if person is None
        else standing(policy, person, history, at=moment, known_at=known),
        history=tuple(told_of(e) for e in history if e.subject == person),
        at=moment,
        policy=policy.digest,
        in_force=policy.digest == house.policy.digest,
        linked=len({e.subject for e in history} - {person}),
    )


def standing(
    policy: Policy,
    person: Ordinal,
    history: Sequence[Event],
    *,
    at: datetime,
    known_at: KnownAt,
) -> tuple[PurposeStatus, ...]:
    """Return what may be used of a person, per purpose and category, and why.

    ``history`` is their whole one, with linked profiles'.
    """
    rules = consent_rules(policy)
    found = []
    for purpose, rule in sorted(policy.purposes.items()):
        for category in sorted(rule.categories):
            asked = Question(
                person, rules.controller, purpose, category, at, known_at, collected_from(policy)
            )
            answer = decide(rules, history, asked)
            again = asking(rules, history, asked)
            found.append(
                PurposeStatus(
                    purpose=purpose,
                    category=category,
                    allowed=answer.allowed,
                    status=str(answer.status),
                    reasons=tuple(str(r) for r in answer.reasons),
                    may_ask=again.may,
                    ask_from=again.since_or_from,
                    ask_why=str(again.reason),
                    evidence=answer.evidence,
                )
            )
    return tuple(found)


def _known(house: House, given: int | datetime | None, at: datetime) -> KnownAt:
    """Return how far to look: as asked, else as far as the ledger goes."""
    if isinstance(given, datetime):
        return AtTime(given)
    return AtPosition(house.ledger.position() if given is None else given, as_of=at)


def told_of(event: Event) -> dict[str, object]:
    """Return an event as the person or the officer reads it; None is what it does not say."""
    told: dict[str, object] = {
        "position": event.position,
        "act": str(event.act),
        "event_time": event.event_time.isoformat(),
        "record_time": event.record_time.isoformat(),
        "purpose": event.purpose,
        "categories": ", ".join(sorted(event.categories)) or "all",
        "notice": event.notice,
        "method": str(event.method),
        "by": event.authority.name.lower(),
    }
    more: dict[str, object] = {
        "explicit": event.explicit or None,
        "language": event.language,
        "expires_at": event.expires_at.isoformat() if event.expires_at else None,
        "until": event.until,
        "uses": event.uses,
        "idle_days": event.idle_days,
        "where": event.jurisdiction,
        "value": event.value,
        "quarantined": event.quarantined or None,
        "evidence_hash": event.evidence_sha256,
    }
    return told | more

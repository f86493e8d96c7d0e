# SPDX-License-Identifier: Apache-2.0
"""What proves a consent to somebody else: a receipt, an evidence bundle, a history.

All of it is personal data; that it was handed out is on the log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Entry, Kind, Outcome, Sealed, StoredEntry, parse_entry
from privseg.audit import open_body as opened
from privseg.consent import Act, AtPosition, Event, Question, decide
from privseg.consent.scope import RESTRICTIVE
from privseg.dsr.consent_receipt import Profile, PurposeFacts, receipt
from privseg.dsr.consent_states import Parties
from privseg.dsr.evidence import LogPlace, NoticeShown, PolicyApplied, bundle, signed_bundle
from privseg.dsr.evidence_check import LEAF_BYTES
from privseg.engine.consent.act import GRANTS
from privseg.engine.consent.ledger_entry import Bound
from privseg.engine.consent.recording import EVIDENCE
from privseg.engine.consent.showing import told_of
from privseg.engine.dsr.looking import look, naming, profiles_of, tied
from privseg.engine.errors import NoSuchConsentError, UnknownPersonGivenError
from privseg.engine.house import House
from privseg.engine.policy.in_force import policy_at
from privseg.engine.private_files import write_new
from privseg.gate import collected_from, consent_rules
from privseg.policy import Policy, PurposeRule
from privseg.terms import Category, Ordinal, Purpose, StaffRole, SubjectId
from privseg.tlog import TlogProof

HISTORY = "privseg.consent-history/1"
MOST_TEXT = 1024 * 1024  # bytes of a notice


def receipt_of(house: House, subject: SubjectId, *, position: int | None, role: StaffRole) -> bytes:
    """Return a person's consents as a receipt (ISO/IEC TS 27560, DPV JSON-LD).

    ``position`` asks for one act alone.

    Raises:
        UnknownPersonGivenError, NoSuchConsentError: there is nothing to give a receipt of.
    """
    look(house, "consent-receipt", profiles_of(house, subject), role=role)
    person = _person(house, subject)
    history = house.ledger.history(person)
    events = [_bounded(house.policy, e) for e in history if position in {None, e.position}]
    if not events:
        raise NoSuchConsentError(position)
    rules = house.policy.purposes
    document = receipt(
        events,
        {name: _facts(house.policy, rule, history) for name, rule in rules.items()},
        _parties(house.policy, subject),
        made_at=house.now(),
        profile=_profile(house.policy),
    )
    return _text(document)


def evidence_of(house: House, subject: SubjectId, *, position: int, role: StaffRole) -> bytes:
    """Return a signed bundle that proves one act: its words, its evidence, its place in the log.

    Raises:
        UnknownPersonGivenError, NoSuchConsentError: the person did nothing at that position.
    """
    look(house, "consent-evidence", profiles_of(house, subject), role=role)
    person = _person(house, subject)
    history = house.ledger.whole_history(person)
    event = next((e for e in history if (e.position, e.subject) == (position, person)), None)
    if event is None or event.purpose is None or event.act not in GRANTS | RESTRICTIVE:
        raise NoSuchConsentError(position)
    place = _log_place(house, position)
    policy = policy_at(house, event.record_time)
    asked = _question(house, policy, event)
    document = bundle(
        event,
        made_at=house.now(),
        purpose=asked.purpose,
        decision=decide(consent_rules(policy), _without_newer(history, event), asked),
        policy=_applied(policy, asked, house.ledger.position()),
        log=place,
        notice=_shown(house, event),
        evidence=_evidence(house, person, position),
    )
    return signed_bundle(document, house.release_signer).encode()


def export_history(house: House, out: Path, *, subject: SubjectId | None, role: StaffRole) -> int:
    """Write the history of one person, or of everybody, as JSON lines; return how many events.

    The first line says what the file is. Everybody else goes by the number that only this
    workspace can resolve; identifiers are not in it.

    Raises:
        UnknownPersonGivenError: there is no such person.
        AnswerNotWrittenError: the file exists or cannot be written; nothing is left of it.
    """
    only = None if subject is None else _person(house, subject)
    header: dict[str, str | list[str]] = {"verb": "consents", "format": "jsonl"}
    people = FrozenBitMap(house.ledger.columns().ordinal) if only is None else tied(house, only)
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, header, naming(people)))
    events = _everybody(house) if only is None else house.ledger.history(only)
    lines = [json.dumps({"privseg": HISTORY, "controller": house.policy.controller})]
    lines += [
        json.dumps({"person": e.subject, **told_of(e)}, sort_keys=True, ensure_ascii=False)
        for e in events
    ]
    write_new(out, "".join(f"{line}\n" for line in lines).encode())
    return len(events)


def _everybody(house: House) -> list[Event]:
    """Return all events in order of position."""
    columns = house.ledger.columns()
    people = sorted({int(p) for p in columns.ordinal})
    events = (e for p in people for e in house.ledger.history(Ordinal(p)))
    return sorted(events, key=lambda e: e.position)


def _person(house: House, subject: SubjectId) -> Ordinal:
    """Return whom an identifier names."""
    person = house.vault.resolve(subject)
    if person is None:
        raise UnknownPersonGivenError
    return person


def _bounded(policy: Policy, event: Event) -> Event:
    """Return a grant with the end that the policy gives it, if it has none that comes sooner."""
    rule = policy.purposes.get(event.purpose) if event.purpose else None
    if event.act is not Act.GRANT or rule is None or rule.consent_lasts_days is None:
        return event
    ends = event.event_time + timedelta(days=rule.consent_lasts_days)
    return replace(event, expires_at=min(ends, event.expires_at or ends))


def _facts(policy: Policy, rule: PurposeRule, history: Sequence[Event]) -> PurposeFacts:
    """Return what the policy says of a purpose, for a receipt; places are where they lived."""
    lived = {e.value for e in history if e.act is Act.ATTEST_JURISDICTION}
    places = tuple(sorted(place for place in rule.basis if place in lived))
    told = tuple(_called(policy, name) for name in rule.recipients)
    return PurposeFacts(rule.title, told, places, rule.retention_days)


def _called(policy: Policy, recipient: str) -> str:
    """Return what a recipient is called in full."""
    known = policy.recipients.get(recipient)
    return recipient if known is None else known.title


def _parties(policy: Policy, subject: SubjectId) -> Parties:
    """Return who a receipt is between."""
    return Parties(
        person=subject.value,
        controller=policy.controller,
        contact=policy.contact or policy.controller,
        withdrawal=policy.withdraw_at or "the way it was given, or by telling the controller",
    )


def _profile(policy: Policy) -> Profile:
    """Return the profile of a receipt: that of the GDPR only where no other law applies."""
    places = {place for rule in policy.purposes.values() for place in rule.basis}
    packs = {policy.laws[place].pack if place in policy.laws else "" for place in places}
    is_gdpr = bool(packs) and all(pack.startswith("gdpr@") for pack in packs)
    return Profile.RECORD_EU_GDPR if is_gdpr else Profile.RECORD


def _without_newer(history: Sequence[Event], event: Event) -> list[Event]:
    """Return a history without the grants that took this one's place: what it allowed itself."""
    return [
        e
        for e in history
        if e.position == event.position or e.act not in GRANTS or e.event_time < event.event_time
    ]


def _question(house: House, policy: Policy, event: Event) -> Question:
    """Return what the act answers: may its purpose use its data, from its record on?"""
    purpose = Purpose(event.purpose or "")
    rule = policy.purposes.get(purpose)
    known = rule.categories if rule else frozenset()
    category = min(event.categories or known, default=Category("unknown"))
    return Question(
        event.subject,
        policy.controller,
        purpose,
        category,
        max(event.event_time, event.record_time),
        AtPosition(house.ledger.position(), as_of=event.record_time),
        collected_from(policy),
    )


def _applied(policy: Policy, asked: Question, known_at: int) -> PolicyApplied:
    """Return which rule judged."""
    rule = policy.purposes.get(asked.purpose)
    where = str(rule.place) if rule else "no rule"
    return PolicyApplied(policy.digest, where, asked.at, known_at, asked.category)


def _shown(house: House, event: Event) -> NoticeShown | None:
    """Return the notice's text, if a file of the policy's folder still is what was shown."""
    if event.notice is None or event.notice_sha256 is None:
        return None
    for path in sorted(house.config.policies.rglob("*")):
        if _is_ours(path, house.config.policies):
            data = path.read_bytes()
            if sha256(data).hexdigest() == event.notice_sha256:
                return NoticeShown(event.notice, event.language or "", data.decode("utf-8"))
    return None


def _is_ours(path: Path, folder: Path) -> bool:
    """Return whether a path is a file of the folder, of a text's size, and no link out of it."""
    if not path.is_file() or path.stat().st_size > MOST_TEXT:
        return False
    return path.resolve().is_relative_to(folder.resolve())


def _evidence(house: House, person: Ordinal, position: int) -> bytes | None:
    """Return the evidence of an act, opened."""
    sealed = house.ledger.evidence(position)
    return None if sealed is None else house.vault.unseal(person, EVIDENCE, sealed)


def _log_place(house: House, position: int) -> LogPlace:
    """Return the log's entry of a record, opened and proved."""
    for stored in house.log.entries():
        entry = parse_entry(stored.entry_bytes)
        if entry.kind is not Kind.CONSENT or stored.body is None or stored.salt is None:
            continue
        bound = Bound.of(opened(entry, stored.salt, stored.body))
        if bound is not None and bound.first <= position <= bound.last:
            joined = house.ledger.leaves(bound.first, bound.last)
            leaves = (joined[at : at + LEAF_BYTES] for at in range(0, len(joined), LEAF_BYTES))
            return LogPlace(_sealed(entry, stored), tuple(leaves), _proof(house, entry.sequence))
    raise NoSuchConsentError(position)


def _sealed(entry: Entry, stored: StoredEntry) -> Sealed:
    """Return an entry with its body."""
    return Sealed(entry, stored.body or b"", stored.salt or b"")


def _proof(house: House, index: int) -> TlogProof:
    """Return the proof that an entry stands in the log, under its newest head."""
    with house.db.reading():  # one state: the head is over the leaves that the proof is made from
        head, (_, path) = house.log.head(), house.log.proof(index)
    return TlogProof(index, tuple(path), head)


def _text(document: dict[str, object]) -> bytes:
    """Return a document as a person opens it."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()

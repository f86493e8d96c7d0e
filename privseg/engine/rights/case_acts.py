# SPDX-License-Identifier: Apache-2.0
"""What a request records in the consent ledger: the same laws as ``consent record``.

The case is the evidence, and the id of an act follows from it: however often a request is run, each
act is recorded once. What a request recorded is found again by its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b, sha256

from privseg.consent import UNRECORDED, Act, AtPosition, Authority, Event, Method
from privseg.dsr import Case, IdentityLevel
from privseg.engine.consent.drafting import EVENT_KEY, sealed
from privseg.engine.consent.ledger_entry import ledger_entry
from privseg.engine.consent.recording import EVIDENCE
from privseg.engine.consent.showing import standing
from privseg.engine.house import House
from privseg.engine.policy.in_force import adopt
from privseg.engine.rights.concerned import Concerned
from privseg.engine.rights.kept_acts import kept_acts
from privseg.terms import Ordinal, StaffRole
from privseg.tlog import canonical

FORM = "privseg.request-act/1"
KEY_BYTES = 16
_MIDNIGHT = time()
REQUEST_ACT = b"request act"  # BLAKE2 personalisation: no id of a file's event is one of these
_REACHED = {
    Act.LIFT: frozenset({Act.RESTRICT, Act.LIMIT, Act.OBJECT}),
    Act.RELEASE_HOLD: frozenset({Act.HOLD}),
}
_WORD_OF = {IdentityLevel.AGENT: Authority.AGENT, IdentityLevel.GUARDIAN: Authority.GUARDIAN}


@dataclass(frozen=True, slots=True)
class Done:
    """An act that a request asks for, not yet recorded. ``at`` is when the person acted."""

    act: Act
    about: Concerned
    at: datetime
    authority: Authority = Authority.SUBJECT
    method: Method = Method.FORM
    phase: str = "act"  # tells apart acts of one case that say the same


def word_of(case: Case) -> Authority:
    """Return whose word a request is: the person's, or their agent's or guardian's."""
    level = case.identity
    return Authority.SUBJECT if level is None else _WORD_OF.get(level, Authority.SUBJECT)


def method_of(case: Case) -> Method:
    """Return how a request was made; each is an affirmative act, for nobody asks by silence."""
    return Method.SIGNED_PAPER if case.manner == "letter" else Method.FORM


def acted_at(house: House, case: Case) -> datetime:
    """Return when the person acted: when the request came, and no earlier than they may have.

    A request that came "on a day" begins its clock at that day's start and binds what was allowed
    until its end: else a yes of the same morning would outlive the no.
    """
    came = case.received_at
    local = came.astimezone(house.zone)
    if local.time() == _MIDNIGHT:
        day = local.date()
    elif came.astimezone(UTC).time() == _MIDNIGHT:
        day = came.astimezone(UTC).date()
    else:
        return came
    end = datetime.combine(day + timedelta(days=1), _MIDNIGHT, house.zone)
    return min(max(came, end - timedelta(microseconds=1)), house.now())


def record_acts(
    house: House, case: Case, person: Ordinal, acts: Iterable[Done], *, role: StaffRole
) -> int:
    """Record the acts of a case that are not recorded yet; return how many are new.

    In the open transaction, with the entry in the log that binds them.
    """
    proof = evidence_of(case)
    key = house.vault.secret(EVENT_KEY)
    drafts = [sealed(_draft(house, case, person, act, proof), key=key) for act in acts]
    if not drafts:
        return 0
    with house.db.transaction():
        if house.in_force.at(house.now()) != house.policy.digest:  # else nothing is to be adopted
            adopt(house, role)
        (blob,) = house.vault.seal_many(EVIDENCE, [(person, proof)])
        recorded = house.ledger.record(drafts, evidence=dict.fromkeys(range(len(drafts)), blob))
        purposes = {d.purpose for d in drafts if d.purpose is not None}
        house.log.append(ledger_entry(house, "record", role, recorded, purposes=purposes))
    return len(recorded.positions) - recorded.unchanged


def loosen(
    house: House,
    case: Case,
    person: Ordinal,
    acts: Sequence[Done],
    *,
    meant: Callable[[Event], bool],
    role: StaffRole,
) -> None:
    """Record lifts or releases, of one moment, that end the acts that are meant, and no other.

    In the ledger a lift reaches restrictions, limits and objections alike, a release every hold.
    So what stands of the others is recorded anew at the very moment of the lift, which reaches
    only what is older. Each is of the request that it was of before, whose end ends it. In the open
    transaction.
    """
    reached = frozenset().union(*(_REACHED[act.act] for act in acts))
    denying = frozenset(e.position for e in standing_acts(house, person))
    history = house.ledger.whole_history(person)
    others = list(kept_acts(history, person, reached, denying=denying))
    at = max(act.at for act in acts)
    whose = {_mark_of(each): each for each in house.cases.of_subject(person)}
    for e, about in others:
        if meant(e):
            continue
        again = Done(e.act, about, at, e.authority, e.method, f"again {case.number}/{e.position}")
        owner = whose.get(e.evidence_sha256 or "", case)
        record_acts(house, owner, person, [again], role=role)
    record_acts(house, case, person, acts, role=role)


def standing_acts(house: House, person: Ordinal) -> tuple[Event, ...]:
    """Return the acts, of the person or of linked profiles, that deny something now."""
    now = house.now()
    whole = house.ledger.whole_history(person)
    known = AtPosition(house.ledger.position(), as_of=now)
    told = standing(house.policy, person, whole, at=now, known_at=known)
    denying = {position for status in told if not status.allowed for position in status.evidence}
    return tuple(e for e in whole if e.position in denying)


def acts_of_case(house: House, case: Case, person: Ordinal) -> tuple[Event, ...]:
    """Return what a case recorded in its person's history."""
    mark = _mark_of(case)
    return tuple(e for e in house.ledger.history(person) if e.evidence_sha256 == mark)


def _mark_of(case: Case) -> str:
    """Return what an act of a case carries of its evidence."""
    return sha256(evidence_of(case)).hexdigest()


def evidence_of(case: Case) -> bytes:
    """Return what proves the acts of a case: which request they are of, and how it came."""
    return canonical(
        {
            "form": FORM,
            "case": case.number,
            "request": case.kind.value,
            "received": case.received_at.isoformat(),
            "manner": case.manner,
        }
    )


def _draft(house: House, case: Case, person: Ordinal, done: Done, proof: bytes) -> Event:
    """Return an act as an event that no ledger has taken yet."""
    now = house.now()
    return Event(
        position=UNRECORDED,
        event_key=_event_key(house, case, done),
        content_key=b"",
        subject=person,
        controller=house.policy.controller,
        act=done.act,
        event_time=min(done.at, now),
        record_time=now,
        purpose=done.about.purpose,
        categories=done.about.categories,
        method=done.method,
        authority=done.authority,
        evidence_sha256=sha256(proof).hexdigest(),
    )


def _event_key(house: House, case: Case, done: Done) -> bytes:
    """Return the id of an act of a case: the same however often it is asked for."""
    categories = sorted(done.about.categories)
    said = [case.number, done.phase, done.act.value, done.about.purpose, categories]
    key = house.vault.secret(EVENT_KEY)
    made = blake2b(canonical(said), digest_size=KEY_BYTES, key=key, person=REQUEST_ACT)
    return made.digest()

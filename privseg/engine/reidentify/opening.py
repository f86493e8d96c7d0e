# SPDX-License-Identifier: Apache-2.0
"""Opening an approved re-identification: the only place where a pseudonym leads back to a person.

The order is the promise: who asked, within the time box, under the policy of now; who of the people
may be named for the purpose *now*; the intent on the log, with exactly these people, and the
opening counted; only then are identifiers unsealed, into a file of its owner's alone. An unknown
pseudonym and one of another domain are the same: not found.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from pyroaring import BitMap, FrozenBitMap

from privseg.audit import AuditEvent, Kind, Outcome, moment_to_text, people_to_text
from privseg.engine.consent.uses import use_up
from privseg.engine.errors import AnswerThereError
from privseg.engine.house import House
from privseg.engine.policy.in_force import adopt
from privseg.engine.private_files import write_new
from privseg.engine.reidentify.asking import closed, not_allowed, rule_of, sweep, why
from privseg.engine.reidentify.errors import OwnReidentificationError
from privseg.engine.reidentify.life import Reidentification, State, Step, Taken
from privseg.engine.reidentify.matching import matched
from privseg.engine.reidentify.record import SEGMENTER, Header, Record, case_of
from privseg.errors import PolicyError, PrivsegError
from privseg.pseudonym import Pseudonym
from privseg.terms import Ordinal, Purpose, StaffRole
from privseg.vault import PersonErasedError

OPEN = "reidentify-open"
NAMED = "named"  # what the outcome calls the people who stand in the file


@dataclass(frozen=True, slots=True)
class ReidentificationOpened:
    """What an opening came to. The people are in the file and nowhere else."""

    number: int
    file: Path
    named: int
    not_eligible: int  # known, and not to be named for this purpose now
    not_found: int  # nobody's, or of another domain
    state: State


@dataclass(frozen=True, slots=True)
class _Begun:
    """An opening whose intent is on the log; who is in it is personal data."""

    request: Reidentification
    run: str
    intent: int
    role: StaffRole
    at: datetime
    policy: str
    people: FrozenBitMap = field(repr=False)
    found: dict[Ordinal, Pseudonym] = field(repr=False)


def open_request(
    house: House, number: int, *, out: Path, role: StaffRole
) -> ReidentificationOpened:
    """Name the people of an approved request in a new file, once more of as often as it allows.

    Raises:
        AnswerThereError: there is a file of that name; nothing was counted.
        UnknownReidentificationError, ReidentificationTamperedError: there is no such request.
        OwnReidentificationError, ReidentificationClosedError, NoReidentificationError: not this
            person, not any more, or not under the policy of now; the refusal is on the log.
        AnswerNotWrittenError: the file could not be written; the opening is counted.
    """
    if out.exists() or out.is_symlink():
        raise AnswerThereError(out)
    record = Record(house)
    request = _allowed(house, record, number, role)
    wanted = record.people(number)
    found = matched(house, request.asked.domain, wanted)
    begun = _begin(house, record, number, role, found)
    named = _written(house, begun, len(wanted) - len(found), out)
    return ReidentificationOpened(
        number=number,
        file=out,
        named=len(named),
        not_eligible=len(found) - len(named),
        not_found=len(wanted) - len(found),
        state=begun.request.state(begun.at),
    )


def eligible_now(house: House, purpose: Purpose, people: FrozenBitMap, at: datetime) -> BitMap:
    """Return who of ``people`` may be named for a purpose at a moment: an AND over its categories.

    Naming somebody ties all that the purpose holds of them to a name. A purpose without categories
    has nobody's consent.
    """
    found, known_at = BitMap(people), house.ledger.position()
    categories = sorted(house.policy.purposes[purpose].categories)
    for category in categories:
        found &= house.sets.people(purpose, category, at=at, known_at=known_at)
    return found if categories else BitMap()


def _allowed(house: House, record: Record, number: int, role: StaffRole) -> Reidentification:
    """Return a request that may be opened now; a refusal is on the log."""
    with house.db.transaction():
        request = record.borne_out(number)
        refused = _refused(house, request, role, house.now())
        if refused is None:
            return request
        record.deny(OPEN, role, why(refused), number=number)
    raise refused


def _refused(
    house: House, request: Reidentification, role: StaffRole, at: datetime
) -> PolicyError | None:
    """Return why the user at the keyboard may not open a request now; None where they may.

    The rules of now hold as well as those of the approval: whichever is narrower.
    """
    user = house.outside.user()
    if user != request.asked.user:
        said = "only who asked opens it"
        return OwnReidentificationError(request.number, user=user, why=said)
    approval, rule = request.approval, rule_of(house.policy, request.asked.purpose)
    if approval is not None and rule is not None:
        boxed = at >= approval.at + timedelta(hours=rule.within_hours)
        narrowed = _narrowed(request, approval, rule.opens, lapsed=boxed, at=at)
        if (refused := closed(narrowed, Step.OPENED, at)) is not None:
            return refused
    elif (refused := closed(request, Step.OPENED, at)) is not None:
        return refused
    return not_allowed(house, replace(request.asked, role=role), role)


def _narrowed(
    request: Reidentification, approval: Taken, opens: int, *, lapsed: bool, at: datetime
) -> Reidentification:
    """Return a request as the policy of now would have it approved, if that is narrower."""
    until = at if lapsed else approval.until
    least = Taken(
        Step.APPROVED, approval.user, approval.role, approval.at, approval.audit_index,
        until=until, opens=min(approval.opens, opens),
    )  # fmt: skip
    steps = tuple(least if s is approval else s for s in request.steps)
    return Reidentification(request.number, request.asked, steps)


def _begin(
    house: House,
    record: Record,
    number: int,
    role: StaffRole,
    found: dict[Ordinal, Pseudonym],
) -> _Begun:
    """Count the opening and write its intent; everything is asked again, in one transaction."""
    with house.db.transaction():
        request, at = record.borne_out(number), house.now()
        refused = _refused(house, request, role, at)
        if refused is None:
            return _begun(house, record, request, role, found, at)
        record.deny(OPEN, role, why(refused), number=number)
    raise refused


def _begun(
    house: House, record: Record, request: Reidentification, role: StaffRole,
    found: dict[Ordinal, Pseudonym], at: datetime,
) -> _Begun:  # fmt: skip
    """Write the intent with the people eligible now, and the step that counts the opening."""
    adopt(house, role)
    purpose, known = request.asked.purpose, house.vault.population.enrolled()
    people = FrozenBitMap(eligible_now(house, purpose, FrozenBitMap(found) & known, at))
    run = f"reidentify-{secrets.token_hex(8)}"
    begun = _Begun(request, run, 0, role, at, house.policy.digest, people, found)
    body = {
        "eligible": people_to_text(people),
        "ledger_position": house.ledger.position(),
        "snapshot": house.columns.snapshot(),
        "reason_code": request.asked.reason_code,
    }
    event = AuditEvent(Kind.ACCESS_INTENT, Outcome.PENDING, role, _header(begun), body)
    index = house.log.append(event)
    opened = Taken(Step.OPENED, house.outside.user(), role, at, index)
    done = record.add(request, opened, index)
    sweep(record, at)
    categories = house.policy.purposes[purpose].categories
    use_up(house, people, purpose=purpose, categories=categories, judged_at=at, role=role)
    return _Begun(done, run, index, role, at, house.policy.digest, people, found)


def _written(house: House, begun: _Begun, not_found: int, out: Path) -> FrozenBitMap:
    """Write the file and the outcome; without an outcome there is no file. Return who is named."""
    named = BitMap()
    try:
        lines = _names(house, begun, named)
        document = {
            "reidentification": begun.request.number,
            "purpose": begun.request.asked.purpose,
            "opened_at": moment_to_text(begun.at),
            "people": lines,
            "not_eligible": len(begun.found) - len(named),
            "not_found": not_found,
        }
        write_new(out, json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
    except PrivsegError:
        _end(house, begun, named, Outcome.FAILED)
        raise
    try:
        _end(house, begun, named, Outcome.OK)
    except BaseException:
        with suppress(OSError):  # what stopped us is told, not what stops the tidying
            out.unlink(missing_ok=True)
        raise
    return FrozenBitMap(named)


def _names(house: House, begun: _Begun, named: BitMap) -> list[dict[str, object]]:
    """Return each person's pseudonym and identifiers; who was erased meanwhile is left out."""
    lines: list[dict[str, object]] = []
    for person in sorted(begun.people, key=lambda p: begun.found[Ordinal(p)]):
        try:
            identities = house.vault.identity(Ordinal(person))
        except PersonErasedError:
            continue
        told: dict[str, list[str]] = {kind: [] for kind in sorted(begun.request.asked.identifiers)}
        for identity in identities:
            if identity.kind in told:
                told[identity.kind].append(identity.value)
        lines.append({"pseudonym": begun.found[Ordinal(person)].hex(), "identifiers": told})
        named.add(person)
    return lines


def _end(house: House, begun: _Begun, named: BitMap, outcome: Outcome) -> None:
    """Write the outcome: who could have been named, and who was."""
    header: Header = {**_header(begun), "of": str(begun.intent)}
    body = {
        "eligible": people_to_text(begun.people),
        "members": {NAMED: people_to_text(FrozenBitMap(named))},
        "judged_at": begun.at.isoformat(),
        "reveals": sorted(house.policy.purposes[begun.request.asked.purpose].categories),
    }
    house.log.append(AuditEvent(Kind.ACCESS_OUTCOME, outcome, begun.role, header, body))


def _header(begun: _Begun) -> Header:
    """Return what intent and outcome say in public: which kinds of identifier, never how many."""
    return {
        "run": begun.run,
        "case": case_of(begun.request.number),
        "segmenter": SEGMENTER,
        "purpose": begun.request.asked.purpose,
        "attributes": sorted(begun.request.asked.identifiers),
        "policy": begun.policy,
    }

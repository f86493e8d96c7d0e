# SPDX-License-Identifier: Apache-2.0
"""Making sure who asks: by data points, by an account, by papers; never more than the law needs.

An attempt is counted and on the log before anything is compared, alike for people that are known
here and for those that are not. The answer is yes or no: never which point failed, nor whether
there is such a person.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from privseg.consent import Act
from privseg.dsr import Case, IdentityLevel, Step, StepKind, satisfies
from privseg.dsr.identity import IdentityNeed
from privseg.dsr.points import (
    POINTS,
    TRIES_PER_CASE,
    TRIES_PER_DAY,
    Point,
    TooMuchAskedError,
    level_of,
)
from privseg.engine.dsr.clocks import moved, today, told_place
from privseg.engine.dsr.errors_case import AttemptsExhaustedError, ProofNotUsableError
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.matching import all_match, require_usable
from privseg.engine.dsr.newcomers import asked_while_unknown, person_now
from privseg.engine.dsr.steps import take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.terms import StaffRole

DECLARATION, PERMISSION, GUARDIANSHIP = "declaration", "permission", "guardianship"
OF_AGE = 18  # years, at which nobody asks for somebody else as their parent
REPLY_DAYS = 14  # in which we ask for an answer; nothing ends by itself when they are over
NEEDED = {
    IdentityNeed.REASONABLE: ("two data points that we hold about you",),
    IdentityNeed.HIGH: (
        "three data points that we hold about you",
        "a signed declaration that you are the person whom the request is about",
    ),
}
_SALT = 32  # bytes


def ask_identity(house: House, number: int, *, out: Path, role: StaffRole) -> tuple[Case, Path]:
    """Ask the person for proof; the clock stands still from now on where the law lets it.

    Raises:
        TooMuchAskedError: the law needs none, or no more than there is.
        CaseStateError: the case does not wait for it; nothing was asked.
    """
    case = house.cases.case(number)
    need = need_to_ask(house, case)
    if satisfies(case.identity, need):
        raise TooMuchAskedError(number, IdentityNeed.NONE)
    case.step_to(StepKind.IDENTITY_ASKED, house.now())
    reply_by = (today(house) + timedelta(days=REPLY_DAYS)).isoformat()
    facts = {"needed": NEEDED[need], "reply_by": reply_by}
    with house.db.transaction():
        case = take_step(
            house, number, StepKind.IDENTITY_ASKED, role=role, facts={"reply_by": reply_by}
        )
        kind = LetterKind.IDENTITY_NEEDED
        letter = write_letter(house, number, kind, facts=facts, out=out, role=role)
    return case, letter


def verify_points(
    house: House,
    number: int,
    points: Sequence[Point],
    *,
    declaration: bytes | None,
    role: StaffRole,
) -> bool:
    """Return whether all data points match what is held; the case says so from now on.

    Raises:
        TooMuchAskedError: the law needs fewer points, or none.
        MalformedPointError, PointNotUsableError: they cannot be compared; no attempt was counted.
        AttemptsExhaustedError: there were too many; nothing was compared.
    """
    case = house.cases.case(number)
    need = need_to_ask(house, case)
    if len(points) > POINTS[need] or need is IdentityNeed.NONE:
        raise TooMuchAskedError(number, need)
    level = level_of(points, need, declared=bool(declaration))
    require_usable(house, case, points)
    _count_attempt(house, number, role)
    matched = all_match(house, person_now(house, number), points)
    with house.db.transaction():
        if not matched:
            take_step(house, number, StepKind.IDENTITY_FAILED, role=role)
            return False
        paper = {} if declaration is None else _kept(house, number, DECLARATION, declaration)
        _verified(house, number, level, role=role, facts=paper)
    return True


def verify_account(house: House, number: int, *, role: StaffRole) -> Case:
    """Record that the person was signed in to an account of theirs (11 CCR § 7061).

    Raises:
        TooMuchAskedError: the law needs no proof, or there is enough.
    """
    _require_wanting(house, number)
    return _verified(house, number, IdentityLevel.ACCOUNT, role=role)


def verify_agent(
    house: House,
    number: int,
    permission: bytes,
    *,
    confirmed: bool,
    attorney: bool,
    role: StaffRole,
) -> Case:
    """Record an agent's signed permission (11 CCR § 7063; for opt-outs § 7026(j) asks no more).

    Else the person has to be identified as well, or to have ``confirmed`` to us that the agent may;
    a power of attorney (§ 7063(b)) stands for both.

    Raises:
        ProofNotUsableError: neither is so; nothing was recorded.
    """
    case = house.cases.case(number)
    need = need_of(house, case)
    if not permission.strip():
        raise ProofNotUsableError(number, "the agent's permission is an empty paper")
    if not (confirmed or attorney or satisfies(case.identity, need)):
        raise ProofNotUsableError(
            number,
            "the person is neither identified nor has confirmed to you that the agent may ask; "
            "ask the person (--confirmed), or have the agent bring a power of attorney",
        )
    basis = "attorney" if attorney else "confirmed" if confirmed else "permission"
    with house.db.transaction():
        paper = _kept(house, number, PERMISSION, permission)
        facts = {**paper, "basis": basis}
        return _verified(house, number, IdentityLevel.AGENT, role=role, facts=facts)


def verify_guardian(house: House, number: int, proof: bytes, *, role: StaffRole) -> Case:
    """Record that a parent or guardian asks for a child: the age in the consent ledger decides.

    11 CCR § 7070; GDPR Art. 8. Whoever is of age, or of no age that we know, asks for themselves.

    Raises:
        ProofNotUsableError: no attested age says that it is a child; nothing was recorded.
    """
    if not proof.strip():
        raise ProofNotUsableError(number, "the proof of guardianship is an empty paper")
    if not is_child(house, number):
        raise ProofNotUsableError(
            number, "no attested date of birth says that it is about a child, so no guardian asks"
        )
    with house.db.transaction():
        paper = _kept(house, number, GUARDIANSHIP, proof)
        return _verified(house, number, IdentityLevel.GUARDIAN, role=role, facts=paper)


def is_child(house: House, number: int) -> bool:
    """Return whether every date of birth attested for the person says that they are a child."""
    person = house.cases.subject(number)
    history = house.ledger.history(person) if person is not None else []
    born = [date.fromisoformat(e.value) for e in history if e.act is Act.ATTEST_AGE and e.value]
    now = today(house)
    return bool(born) and all(_age(day, now) < OF_AGE for day in born)


def need_of(house: House, case: Case) -> IdentityNeed:
    """Return what the law of a case asks before it is run."""
    return house.request_law(case.where).identity(case.kind)


def need_to_ask(house: House, case: Case) -> IdentityNeed:
    """Return what is asked of somebody to identify them.

    Until they are, it goes by the place that they say they live in, or else by the strictest law:
    what is attested of a person whom we know would tell a stranger that we know them.
    """
    return house.request_law(told_place(house, case)).identity(case.kind)


def attempts_left(house: House, number: int) -> int:
    """Return how many more times data points may be compared, today and for this case."""
    case = house.cases.case(number)
    theirs = _of_the_same(house, number) or [case]
    now = today(house)
    of_today = sum(today(house, s.at) == now for c in theirs for s in _tries(c))
    return max(0, min(TRIES_PER_CASE - len(_tries(case)), TRIES_PER_DAY - of_today))


def _of_the_same(house: House, number: int) -> list[Case]:
    """Return the requests of whoever a case is about; under both names of who came in since."""
    person, asker = person_now(house, number), house.cases.asker(number)
    found = house.cases.of_asker(asker) if asker is not None else []
    if person is not None:
        found += [*house.cases.of_subject(person), *asked_while_unknown(house, person)]
    return list({case.number: case for case in found}.values())


def _count_attempt(house: House, number: int, role: StaffRole) -> None:
    """Count an attempt and name whom it looks at, durably, before anything is compared."""
    with house.db.transaction():
        if not attempts_left(house, number):
            raise AttemptsExhaustedError(number)
        people = tied(house, person_now(house, number))
        take_step(house, number, StepKind.IDENTITY_TRIED, role=role, people=people)


def _tries(case: Case) -> list[Step]:
    """Return the attempts of a case."""
    return [s for s in case.steps if s.kind is StepKind.IDENTITY_TRIED]


def _require_wanting(house: House, number: int) -> None:
    """Refuse proof where the law needs none, or there is enough."""
    case = house.cases.case(number)
    need = need_of(house, case)
    if satisfies(case.identity, need):
        raise TooMuchAskedError(number, IdentityNeed.NONE if need is IdentityNeed.NONE else need)


def _verified(
    house: House,
    number: int,
    level: IdentityLevel,
    *,
    role: StaffRole,
    facts: Mapping[str, str] | None = None,
) -> Case:
    """Take the step of somebody identified, with the deadlines that a pause has moved."""
    case, at = house.cases.case(number), house.now()
    said = {"level": level.value, **(facts or {}), **moved(house, case, StepKind.VERIFIED, at)}
    return take_step(house, number, StepKind.VERIFIED, role=role, facts=said, at=at)


def _kept(house: House, number: int, name: str, paper: bytes) -> Mapping[str, str]:
    """Seal a paper in the case; return the commitment to it, which tells nothing once that is gone.

    SHA-256 over a salt and the paper: the salt is sealed with it, so that no guess can be tried.
    """
    salted = secrets.token_bytes(_SALT) + paper
    house.cases.keep_paper(number, name, salted, at=house.now())
    return {"sha256": hashlib.sha256(salted).hexdigest()}


def _age(born: date, on: date) -> int:
    """Return somebody's age; who was born on 29 February is a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

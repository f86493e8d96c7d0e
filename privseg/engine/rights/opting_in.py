# SPDX-License-Identifier: Apache-2.0
"""Opting in again, in two steps: the person asks, and then confirms separately.

11 CCR § 7028(a). The first step writes a letter with a code and allows nothing; only the code, sent
back by the person, records the grant. Whoever said no is left in peace as long as the law asks
(Cal. Civ. Code § 1798.135(c)(4)): then only they themselves can begin.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import date, datetime, timedelta
from pathlib import Path

from privseg.consent import Act, AtPosition, Method, Question, asking
from privseg.dsr import Asked, Case, CaseState, StepKind
from privseg.engine.consent.act import Told
from privseg.engine.consent.recording import record_of, require_recordable
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.outcomes import Ran
from privseg.engine.dsr.steps import person_of_case, take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.rights.case_acts import evidence_of, word_of
from privseg.engine.rights.concerned import sensitive
from privseg.errors import ConsentError, InputError
from privseg.gate import collected_from, consent_rules
from privseg.report.language import marked
from privseg.terms import Category, LawfulBasis, Ordinal, Purpose, StaffRole

INVITED = "invited"  # how a request came that we asked the person for
CODE_BYTES = 10  # 80 bits in 16 letters: nobody guesses one
REPLY = timedelta(days=30)  # how long a code is good for
CODES = "opt-in-code"  # names the secret under which codes are kept as marks
TOLD = marked("You allow it again, as you confirmed. You can say no again at any time.")


class AskedTooSoonError(ConsentError):
    """We would ask somebody who said no, before the law lets us; nothing was written."""

    def __init__(self, number: int, since: date | None) -> None:
        when = "not at all" if since is None else f"from {since.isoformat()} on"
        super().__init__(
            f"request {number} was invited by us, and this person may be asked again {when}; "
            "nothing was written: wait, or let the person come by themselves"
        )
        self.number = number
        self.since = since


class WrongCodeError(ConsentError):
    """What was sent back does not confirm the request; nothing was granted."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"this code does not confirm request {number}, or its time is over; nothing was "
            "granted: compare it with the letter, or write a new one (privseg dsr run)"
        )
        self.number = number


class NotAnOptInError(InputError):
    """A request is no opt-in that waits for its second step; nothing was granted."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} is no opt-in whose letter was written; nothing was granted: "
            f"see it with: privseg dsr show {number}"
        )
        self.number = number


def ask_to_confirm(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Write the letter with the code: the first step, which allows nothing.

    Again writes a new code, and the old one is none any more.

    Raises:
        CaseStateError: the request is over already; nothing was written.
        AskedTooSoonError: we asked for it, and it is too soon.
        IncompleteActError: the grant would not count: no notice in force, or not its language.
    """
    person = person_of_case(house, number)
    case, asked = house.cases.case(number), house.cases.asked(number)
    purpose = _purpose(asked, number)
    require_recordable(house, _told(house, case, asked))
    _require_not_too_soon(house, case, person, asked)
    code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    until = (house.now() + REPLY).astimezone(house.zone).date()
    facts = {"code": _mark(house, number, code), "reply_by": until.isoformat()}
    take_step(house, number, StepKind.RUNNING, role=role, facts=facts, people=tied(house, person))
    letter = write_letter(
        house, number, LetterKind.OPT_IN_CONFIRM, out=out, role=role,
        facts={"purpose": house.policy.purposes[purpose].title, "reply_by": until.isoformat(),
               "code": code},
    )  # fmt: skip
    return Ran([letter], StepKind.RUNNING)


def confirm(house: House, number: int, code: str, *, out: Path, role: StaffRole) -> Ran:
    """Grant what the person confirmed with the code: the second step.

    Raises:
        NotAnOptInError: no letter waits for an answer.
        WrongCodeError: it is not the code of the last letter, or too late; nothing was granted.
    """
    case = house.cases.case(number)
    person = person_of_case(house, number)
    letters = [s for s in case.steps if s.kind is StepKind.RUNNING and "code" in s.facts]
    if case.state is not CaseState.RUNNING or not letters:
        raise NotAnOptInError(number)
    facts, today = letters[-1].facts, house.now().astimezone(house.zone).date()
    given = _mark(house, number, code.replace(" ", "").replace("-", "").upper())
    in_time = today <= date.fromisoformat(facts["reply_by"])
    if not (hmac.compare_digest(given, facts["code"]) and in_time):
        raise WrongCodeError(number)
    told = _told(house, case, house.cases.asked(number))
    with house.db.transaction():
        record_of(house, person, told, role=role)
        take_step(house, number, StepKind.DONE, role=role)
    letter = write_letter(
        house, number, LetterKind.DONE, facts={"done": [TOLD]}, out=out, role=role
    )
    return Ran([letter], StepKind.DONE)


def _told(house: House, case: Case, asked: Asked) -> Told:
    """Return the grant that confirming makes: of what was named, explicit, in both steps."""
    purpose = _purpose(asked, case.number)
    return Told(
        act=_act(house, case, purpose),
        purpose=purpose,
        categories=asked.categories or _usual(house, case, purpose),
        language=asked.language,
        explicit=True,
        method=Method.DOUBLE_OPT_IN,
        authority=word_of(case),
        evidence=evidence_of(case),
    )


def _act(house: House, case: Case, purpose: Purpose) -> Act:
    """Return what it is called: a grant, or an opt-in where people must opt out."""
    basis = house.policy.purposes[purpose].basis
    here = {basis.get(case.jurisdiction)} if case.jurisdiction else set(basis.values())
    return Act.OPT_IN if here == {LawfulBasis.OPT_OUT} else Act.GRANT


def _usual(house: House, case: Case, purpose: Purpose) -> frozenset[Category]:
    """Return the categories of a purpose that need not be named: none that is sensitive."""
    rules = consent_rules(house.policy)
    return house.policy.purposes[purpose].categories - sensitive(rules, case.jurisdiction)


def _purpose(asked: Asked, number: int) -> Purpose:
    """Return the purpose that is to be allowed again."""
    if asked.purpose is None:
        raise NotAnOptInError(number)
    return asked.purpose


def _require_not_too_soon(house: House, case: Case, person: Ordinal, asked: Asked) -> None:
    """Refuse to ask somebody whose no is to be left in peace; who comes by themselves may."""
    if case.manner != INVITED:
        return
    rules, now = consent_rules(house.policy), house.now()
    whole = house.ledger.whole_history(person)
    known = AtPosition(house.ledger.position(), as_of=now)
    purpose = _purpose(asked, case.number)
    for category in sorted(_told(house, case, asked).categories):
        question = Question(
            person, rules.controller, purpose, category, now, known, collected_from(house.policy)
        )
        answer = asking(rules, whole, question)
        if not answer.may and not _is_given(str(answer.reason)):
            raise AskedTooSoonError(case.number, _day(answer.since_or_from))


def _is_given(reason: str) -> bool:
    """Return whether nothing stands in the way but that the person allows it already."""
    return reason == "given"


def _day(moment: datetime | None) -> date | None:
    """Return the day of a moment."""
    return None if moment is None else moment.date()


def _mark(house: House, number: int, code: str) -> str:
    """Return what is kept of a code: a keyed hash, for one request."""
    said = f"{number}:{code}".encode()
    return hmac.digest(house.vault.secret(CODES), said, "sha256").hex()

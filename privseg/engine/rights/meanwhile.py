# SPDX-License-Identifier: Apache-2.0
"""What happens at once when a request is opened, and what ends when it is decided.

Whoever says no is enrolled though nobody here knows them, so that the no binds what is imported
later. An objection restricts while its grounds are weighed (GDPR Art. 18(1)(d)): a hold of ours in
the ledger, because what staff impose staff can end, and no word of the person's is undone by it.
"""

from __future__ import annotations

from pathlib import Path

from privseg.consent import Act, Authority, Event, Method
from privseg.dsr import Asked, Case, RequestKind, StepKind
from privseg.dsr.case import LIFTS_ON
from privseg.dsr.kinds import OBEYED
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.outcomes import Ran
from privseg.engine.dsr.steps import take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.rights.case_acts import (
    Done,
    acted_at,
    acts_of_case,
    loosen,
    method_of,
    record_acts,
    word_of,
)
from privseg.engine.rights.concerned import (
    Concerned,
    NothingConcernedError,
    concerned,
    marketing_on_interest,
)
from privseg.engine.rights.correcting import require_correctable
from privseg.engine.rights.lifting import day_of_lift, require_day_come
from privseg.engine.scope import require_person, require_scope
from privseg.errors import InputError
from privseg.gate import consent_rules
from privseg.report.language import marked
from privseg.terms import Ordinal, StaffRole, SubjectId

DECIDED = marked("We have decided on your objection.")


class PurposeNeededError(InputError):
    """A request must say which purpose it is about; nothing was opened."""

    def __init__(self, kind: RequestKind) -> None:
        super().__init__(
            f"say which purpose this {kind.value.replace('_', ' ')} is about: --purpose P; "
            "nothing was opened"
        )
        self.kind = kind


class NothingAskedError(InputError):
    """A rectification says of no value what it should be; nothing was opened."""

    def __init__(self) -> None:
        super().__init__(
            "a rectification needs the corrections that are asked for, in a file "
            "(privseg: request/1): --details-from FILE; nothing was opened"
        )


def person_of(house: House, kind: RequestKind, subject: SubjectId) -> Ordinal | None:
    """Return whose request it is; who says no is enrolled, for the no binds later data as well.

    None for somebody unknown who asks for something, and for whoever was erased: nothing of
    theirs is read, and only an act of consent of their own brings them back.
    """
    require_person(house.policy, subject)
    if kind not in OBEYED:
        return house.vault.resolve(subject)
    return house.vault.enrol([[subject]])[0]


def require_askable(house: House, kind: RequestKind, asked: Asked) -> None:
    """Refuse, before anything is opened, what could never be carried out.

    Raises:
        UnknownPurposeError, UnknownCategoryError: the policy has none of that name.
        PurposeNeededError, NothingAskedError: the request says too little.
        CorrectionError: a correction names no value that there is, or is none that can be read.
    """
    require_scope(house.policy, (asked.purpose,), asked.categories)
    if kind is RequestKind.OPT_IN and asked.purpose not in house.policy.purposes:
        raise PurposeNeededError(kind)
    if kind is RequestKind.RECTIFICATION:
        if not asked.corrections:
            raise NothingAskedError
        require_correctable(house, asked.corrections)


def at_open(house: House, number: int, *, role: StaffRole) -> None:
    """Do what a request brings about by being made: an objection restricts what it is about.

    In the transaction that opens it, so that the very next read obeys.
    """
    case, person = house.cases.case(number), house.cases.subject(number)
    if case.kind is not RequestKind.OBJECTION or person is None:
        return
    at, word = acted_at(house, case), word_of(case)
    acts = [
        *(Done(Act.HOLD, a, at, Authority.STAFF, Method.API) for a in weighed(house, case)),
        *(Done(Act.OBJECT, a, at, word, method_of(case)) for a in never_weighed(house, case)),
    ]
    record_acts(house, case, person, acts, role=role)


def end(house: House, number: int, *, role: StaffRole, out: Path) -> dict[str, str]:
    """Tell when what an objection restricted meanwhile ends: it was refused, or taken back.

    Nothing is lifted here: the person is told before (GDPR Art. 18(3)). Returns the facts of the
    step that decides, in whose transaction this is called; none where nothing is restricted.
    """
    case, person = house.cases.case(number), house.cases.subject(number)
    if case.kind is not RequestKind.OBJECTION or person is None or not held(house, case, person):
        return {}
    day = day_of_lift(house, number).isoformat()
    facts = {"lifts_on": day, "reasons": [DECIDED]}
    write_letter(house, number, LetterKind.RESTRICTION_LIFTED, facts=facts, out=out, role=role)
    return {LIFTS_ON: day}


def lift_hold(house: House, case: Case, *, role: StaffRole) -> Ran:
    """End what an objection restricted meanwhile, on the day that the person was told or later.

    What direct marketing rested on the interest stays objected to: nobody can refuse that
    (GDPR Art. 21(3)).

    Raises:
        LiftWaitsError: the day has not come; nothing was changed.
    """
    require_day_come(house, case)
    with house.db.transaction():
        person = house.cases.subject(case.number)
        if person is not None:
            release(house, case, person, role=role)
        people = tied(house, person)
        take_step(house, case.number, StepKind.LIFTED, role=role, people=people)
    return Ran([], StepKind.LIFTED)


def release(house: House, case: Case, person: Ordinal, *, role: StaffRole) -> None:
    """Release the hold of a case, and no other; in the open transaction."""
    mine, now = held(house, case, person), house.now()
    places = {e.position for e in mine}
    ends = [
        Done(Act.RELEASE_HOLD, Concerned(e.purpose, e.categories), now, Authority.STAFF, Method.API)
        for e in mine
    ]
    if ends:
        meant = lambda event: event.position in places  # noqa: E731  # a question, asked once
        loosen(house, case, person, ends, meant=meant, role=role)


def held(house: House, case: Case, person: Ordinal) -> tuple[Event, ...]:
    """Return the holds that a case imposed while it is weighed, and that are not released."""
    acts = acts_of_case(house, case, person)
    if any(e.act is Act.RELEASE_HOLD for e in acts):
        return ()
    return tuple(e for e in acts if e.act is Act.HOLD)


def weighed(house: House, case: Case) -> tuple[Concerned, ...]:
    """Return what an objection is about whose grounds are weighed; nothing, where nothing is."""
    rules, asked = consent_rules(house.policy), house.cases.asked(case.number)
    try:
        return concerned(rules, RequestKind.OBJECTION, asked, case.jurisdiction)
    except NothingConcernedError:
        return ()


def never_weighed(house: House, case: Case) -> tuple[Concerned, ...]:
    """Return the marketing that an objection is about."""
    rules, asked = consent_rules(house.policy), house.cases.asked(case.number)
    return marketing_on_interest(rules, asked, case.jurisdiction)

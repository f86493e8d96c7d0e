# SPDX-License-Identifier: Apache-2.0
"""Carrying out what a person decides about their data: an act that the next read obeys.

The act, the notices to recipients and the step are one transaction: whoever reads afterwards sees
all of it. The letter follows; a run that was cut short before it is run again and adds no act.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from privseg.consent import Act, Authority, Event
from privseg.dsr import Case, CaseState, IdentityLevel, RequestKind, StepKind
from privseg.dsr.case import LIFTS_ON
from privseg.dsr.notice import NoticeKind
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.outcomes import Ran
from privseg.engine.dsr.steps import take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.notices.notifying import notify
from privseg.engine.rights.case_acts import (
    Done,
    acted_at,
    acts_of_case,
    loosen,
    method_of,
    record_acts,
    standing_acts,
    word_of,
)
from privseg.engine.rights.concerned import Concerned, NothingConcernedError, concerned
from privseg.engine.rights.lifting import day_of_lift, require_day_come
from privseg.engine.rights.meanwhile import lift_hold, never_weighed, release, weighed
from privseg.engine.rights.newer_yes import require_no_newer_yes
from privseg.errors import ConsentError, InputError
from privseg.gate import consent_rules
from privseg.report.language import marked
from privseg.terms import Ordinal, StaffRole

_K = RequestKind
ACT_OF: Mapping[RequestKind, Act] = {
    _K.RESTRICTION: Act.RESTRICT,
    _K.OBJECT_MARKETING: Act.OBJECT,
    _K.OBJECTION: Act.OBJECT,
    _K.WITHDRAW_CONSENT: Act.WITHDRAW,
    _K.OPT_OUT_SALE: Act.OPT_OUT,
    _K.OPT_OUT_PROFILING: Act.OPT_OUT,
    _K.LIMIT: Act.LIMIT,
}
NOTICE_OF: Mapping[RequestKind, NoticeKind] = {
    _K.RESTRICTION: NoticeKind.RESTRICTED,
    _K.LIFT_RESTRICTION: NoticeKind.RESTRICTION_LIFTED,
    _K.OBJECT_MARKETING: NoticeKind.OBJECTED,
    _K.OBJECTION: NoticeKind.OBJECTED,
    _K.WITHDRAW_CONSENT: NoticeKind.WITHDRAWN,
    _K.OPT_OUT_SALE: NoticeKind.OPTED_OUT,
    _K.OPT_OUT_PROFILING: NoticeKind.OPTED_OUT,
    _K.LIMIT: NoticeKind.LIMITED,
}
TOLD: Mapping[RequestKind, str] = {
    _K.RESTRICTION: marked("Data about you are kept from now on, and used for nothing else."),
    _K.LIFT_RESTRICTION: marked("The restriction has ended: we may use data about you again."),
    _K.OBJECT_MARKETING: marked("No data about you are used for direct marketing from now on."),
    _K.OBJECTION: marked("No data about you are used for interests of our own from now on."),
    _K.WITHDRAW_CONSENT: marked("Your consent has ended. What was done before stays lawful."),
    _K.OPT_OUT_SALE: marked("No data about you are sold, shared or used for advertising."),
    _K.OPT_OUT_PROFILING: marked("No data about you are used to decide about you by profiling."),
    _K.LIMIT: marked("Sensitive data about you are used only for what you asked us to do."),
}
"""What the person is told, in the words of letters."""
PERSON_ASKED = marked("You asked us to end it.")


class NothingRestrictedError(InputError):
    """There is no restriction of this person that could be lifted; nothing was changed."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"nothing of this person is restricted, so request {number} lifts nothing; "
            "nothing was changed: refuse it, or take it back (privseg dsr withdraw)"
        )
        self.number = number


class LiftByAgentError(ConsentError):
    """An agent asks to lift what the person restricted with their own word."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} came from an agent, and the person restricted it themselves: only "
            "their own word lifts that; nothing was changed: ask the person"
        )
        self.number = number


def obey(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Record what the person decided, effective in the very next read; then tell them.

    Law: GDPR Art. 7(3), 18, 21; Cal. Civ. Code §§ 1798.120, 1798.121; C.R.S. § 6-1-1306(1)(a).
    Somebody erased has nothing here that an act could bind: the request ends as done.

    Raises:
        CaseStateError: the request is over already; nothing was changed.
        NothingConcernedError: the policy has nothing that it is about; nothing was changed.
        NewerYesError: the person said yes again since; nothing was changed.
        LiftWaitsError: it was decided against the person, and what it restricted meanwhile ends on
            a day that has not come; nothing was changed.
    """
    case = house.cases.case(number)
    if case.lifts_on is not None:
        return lift_hold(house, case, role=role)
    person = house.cases.subject(number)
    if case.state is not CaseState.RUNNING:
        with house.db.transaction():
            take_step(house, number, StepKind.RUNNING, role=role, people=tied(house, person))
            if person is not None:
                _act(house, case, person, role=role)
    return _told(house, case, out=out, role=role)


def lift(house: House, number: int, *, out: Path, role: StaffRole, on: date | None = None) -> Ran:
    """Tell the person on which day the restriction ends; run again on that day, end it.

    GDPR Art. 18(3): they are told before. Objections and limits stay as they are: a lift of the
    restriction is not their lift; nor is it one of what the person restricted since they were told.

    Raises:
        CaseStateError: the request is over already; nothing was changed.
        NothingRestrictedError: there is nothing to lift; nothing was changed.
        LiftByAgentError: only the person can lift what they themselves asked for.
        LiftTooSoonError: the day asked for is too near; nothing was changed.
        LiftWaitsError: the day that was told has not come; nothing was changed.
    """
    case = house.cases.case(number)
    person = house.cases.subject(number)
    if case.lifts_on is not None:
        require_day_come(house, case, on)
        return _lift_now(house, case, person, role=role)
    if person is None or not _restrictions(house, person):
        raise NothingRestrictedError(number)
    _require_own_word(house, case, person)
    return _lift_later(house, number, day_of_lift(house, number, on), out=out, role=role)


def _lift_later(house: House, number: int, day: date, *, out: Path, role: StaffRole) -> Ran:
    """Write the letter that tells the day, and record it; nothing ends."""
    facts = {"lifts_on": day.isoformat(), "reasons": [PERSON_ASKED]}
    people = tied(house, house.cases.subject(number))
    told = {LIFTS_ON: day.isoformat()}
    with house.db.transaction():
        take_step(house, number, StepKind.RUNNING, role=role, facts=told, people=people)
        kind = LetterKind.RESTRICTION_LIFTED
        letter = write_letter(house, number, kind, facts=facts, out=out, role=role)
    return Ran([letter], StepKind.RUNNING)


def _lift_now(house: House, case: Case, person: Ordinal | None, *, role: StaffRole) -> Ran:
    """End the restrictions that stood when the person was told, and the request with them.

    Where the person was erased since, or nothing is restricted any more, there is nothing to end.
    """
    with house.db.transaction():
        if person is not None and _restrictions(house, person):
            (about,) = _about(house, case)
            act = Done(Act.LIFT, about, house.now(), word_of(case), method_of(case))
            told = next(s.at for s in reversed(case.steps) if LIFTS_ON in s.facts)

            def meant(event: Event) -> bool:
                return event.act is Act.RESTRICT and event.record_time <= told

            loosen(house, case, person, [act], meant=meant, role=role)
            _notify(house, case, person, role=role)
        take_step(house, case.number, StepKind.DONE, role=role, people=tied(house, person))
    return Ran([], StepKind.DONE)


def _act(house: House, case: Case, person: Ordinal, *, role: StaffRole) -> None:
    """Record the acts of a request and put the notices out, in the open transaction."""
    about, at = _about(house, case), acted_at(house, case)
    done = {(e.act, e.purpose, e.categories) for e in acts_of_case(house, case, person)}
    acts = [
        Done(ACT_OF[case.kind], each, at, word_of(case), method_of(case))
        for each in about
        if (ACT_OF[case.kind], each.purpose, each.categories) not in done
    ]
    if case.kind is RequestKind.OPT_OUT_SALE and house.cases.asked(case.number).purpose is None:
        acts.append(_as_signal(case))
    if not acts and not acts_of_case(house, case, person):
        raise NothingConcernedError(case.kind, "nothing rests on an interest that it could be to")
    record_acts(house, case, person, acts, role=role)
    require_no_newer_yes(house, case.number, person, about, at)
    if case.kind is RequestKind.OBJECTION:
        release(house, case, person, role=role)  # upheld: the objection itself stands instead
    _notify(house, case, person, role=role)


def _as_signal(case: Case) -> Done:
    """Return the act that binds whatever is ever sold or shared, by purposes not yet thought of.

    An opt-out of all sale and sharing is what a preference signal is (11 CCR § 7025(c)(1)), and
    the ledger keeps one that names no purpose to those purposes, today's and tomorrow's.
    """
    everything = Concerned(None)
    return Done(Act.SIGNAL, everything, case.received_at, word_of(case), method_of(case))


def _about(house: House, case: Case) -> tuple[Concerned, ...]:
    """Return what a request binds, one for each act.

    Raises:
        NothingConcernedError: nothing.
    """
    if case.kind is RequestKind.OBJECTION:
        return (*weighed(house, case), *never_weighed(house, case))
    rules, asked = consent_rules(house.policy), house.cases.asked(case.number)
    try:
        return concerned(rules, case.kind, asked, case.jurisdiction)
    except NothingConcernedError:
        if case.kind is RequestKind.OPT_OUT_SALE and asked.purpose is None:
            return ()  # nothing is sold today; the signal binds what may be later
        raise


def _notify(house: House, case: Case, person: Ordinal, *, role: StaffRole) -> None:
    """Put the notices to recipients into the outbox, in the open transaction (GDPR Art. 19)."""
    kind, purpose = NOTICE_OF[case.kind], house.cases.asked(case.number).purpose
    everybody = map(Ordinal, tied(house, person))
    notify(house, case.number, everybody, kind, role, purpose=purpose)


def _told(house: House, case: Case, *, out: Path, role: StaffRole) -> Ran:
    """Write the letter and end the request."""
    facts = {"done": [TOLD[case.kind]]}
    letter = write_letter(house, case.number, LetterKind.DONE, facts=facts, out=out, role=role)
    take_step(house, case.number, StepKind.DONE, role=role)
    return Ran([letter], StepKind.DONE)


def _restrictions(house: House, person: Ordinal) -> bool:
    """Return whether a restriction stands, of the person or of a profile tied to them."""
    return any(e.act is Act.RESTRICT for e in standing_acts(house, person))


def _require_own_word(house: House, case: Case, person: Ordinal) -> None:
    """Refuse an agent who would lift what the person themselves asked for."""
    if case.identity not in {IdentityLevel.AGENT, IdentityLevel.GUARDIAN}:
        return
    acts = (e for e in standing_acts(house, person) if e.act is Act.RESTRICT)
    if any(e.authority is Authority.SUBJECT for e in acts):
        raise LiftByAgentError(case.number)

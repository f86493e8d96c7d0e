# SPDX-License-Identifier: Apache-2.0
"""Legal holds: counsel keeps somebody's data from being erased, for a claim or an order.

GDPR Art. 17(3)(e), Cal. Civ. Code § 1798.145(a). A hold is a case of its own that is open until
counsel lifts it, and an act of ours in the consent ledger: held data are kept, and used for nothing
else. It covers every profile that is tied to the person's.
"""

from __future__ import annotations

from datetime import date

from pyroaring import FrozenBitMap

from privseg.consent import Act, Authority, Method
from privseg.dsr import Asked, Case, RequestKind, StepKind
from privseg.dsr.refusal import GroundNotOfLawError
from privseg.engine.dsr.clocks import today
from privseg.engine.dsr.errors_case import HeldError, NotAHoldError, ReviewDateError
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.opening import Opened, jurisdiction_of, put
from privseg.engine.dsr.steps import take_step
from privseg.engine.errors import UnknownPersonGivenError
from privseg.engine.house import House
from privseg.engine.rights.case_acts import Done, acts_of_case, loosen, record_acts
from privseg.engine.rights.concerned import Concerned
from privseg.engine.scope import require_person
from privseg.terms import Jurisdiction, Ordinal, StaffRole, SubjectId

GROUND = "LegalClaimImpaired"  # DPV: legal claims are established, exercised or defended
REASON = "hold"  # the paper that says why, sealed
EVERYTHING = Concerned(None)


def place_hold(
    house: House,
    subject: SubjectId,
    *,
    review: date,
    why: str,
    ground: str = GROUND,
    role: StaffRole,
) -> Case:
    """Keep somebody's data from being erased, until counsel lifts it.

    Raises:
        UnknownPersonGivenError: nobody here goes by that identifier.
        GroundNotOfLawError: the law does not keep data from erasure on this ground.
        ReviewDateError: the day on which it is looked at again is over.
    """
    require_person(house.policy, subject)
    person = house.vault.resolve(subject)
    if person is None:
        raise UnknownPersonGivenError
    if review <= today(house):
        raise ReviewDateError(review)
    where = jurisdiction_of(house, person)
    _require_ground(house, where, ground)
    opened = Opened(RequestKind.LEGAL_HOLD, person, None, where, house.now(), "counsel", Asked())
    with house.db.transaction():
        case = put(house, opened, role=role)
        house.cases.keep_paper(case.number, REASON, why.encode(), at=house.now())
        acts = [Done(Act.HOLD, EVERYTHING, house.now(), Authority.STAFF, Method.API)]
        record_acts(house, case, person, acts, role=role)
        facts = {"ground": ground, "review": review.isoformat()}
        return take_step(house, case.number, StepKind.RUNNING, role=role, facts=facts)


def lift_hold(house: House, number: int, *, role: StaffRole) -> Case:
    """Lift a hold; what others or the person said stays.

    Raises:
        CaseStateError: it is lifted already.
        NotAHoldError: it is another kind of request.
    """
    case, person = require_hold(house, number), house.cases.subject(number)
    case.step_to(StepKind.DONE, house.now())
    with house.db.transaction():
        if person is not None:
            mine = {e.position for e in acts_of_case(house, case, person) if e.act is Act.HOLD}
            end = Done(Act.RELEASE_HOLD, EVERYTHING, house.now(), Authority.STAFF, Method.API)
            loosen(house, case, person, [end], meant=lambda e: e.position in mine, role=role)
        take_step(house, number, StepKind.DONE, role=role)
        return take_step(house, number, StepKind.CLOSED, role=role)


def holds(house: House) -> list[Case]:
    """Return every hold, oldest first, lifted ones too."""
    return [c for c in house.cases.all() if c.kind is RequestKind.LEGAL_HOLD]


def holds_in_force(house: House) -> list[Case]:
    """Return the holds that are not lifted, oldest first."""
    return [case for case in holds(house) if case.state.is_open]


def is_held(house: House, number: int) -> bool:
    """Return whether a legal hold covers the person of a request."""
    return bool(holds_on(house, house.cases.subject(number)))


def held_people(house: House) -> FrozenBitMap:
    """Return everybody whose data is held, with every profile tied to theirs."""
    people = FrozenBitMap()
    for case in holds_in_force(house):
        people |= tied(house, house.cases.subject(case.number))
    return people


def holds_on(house: House, person: Ordinal | None) -> list[Case]:
    """Return the holds that cover a person."""
    profiles = tied(house, person)
    return [
        case
        for profile in profiles
        for case in house.cases.of_subject(Ordinal(profile))
        if case.kind is RequestKind.LEGAL_HOLD and case.state.is_open
    ]


def require_not_held(house: House, number: int, person: Ordinal | None) -> None:
    """Refuse to erase what is held.

    Raises:
        HeldError: counsel keeps it; nothing was erased.
    """
    for hold in holds_on(house, person):
        raise HeldError(number, hold.number)


def require_hold(house: House, number: int) -> Case:
    """Return a case that is a hold.

    Raises:
        NotAHoldError: it is another kind of request.
    """
    case = house.cases.case(number)
    if case.kind is not RequestKind.LEGAL_HOLD:
        raise NotAHoldError(number)
    return case


def _require_ground(house: House, where: Jurisdiction | None, ground: str) -> None:
    """Refuse a ground on which the law of a place does not keep data from erasure."""
    known = [g.code for g in house.request_law(where).grounds(RequestKind.ERASURE)]
    if ground not in known:
        raise GroundNotOfLawError(ground, kind=RequestKind.ERASURE, known=known)

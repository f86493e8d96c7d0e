# SPDX-License-Identifier: Apache-2.0
"""Assessing a request: its law, its clock, what stands against it, what running it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from privseg.dsr import RESIDUES, Case, Fate, IdentityNeed, RequestKind, StepKind, satisfies
from privseg.dsr.law import Ground
from privseg.engine.dsr.clocks import last_day_to_extend, told_place
from privseg.engine.dsr.holds import holds_on
from privseg.engine.dsr.identity import attempts_left, need_of
from privseg.engine.dsr.steps import people_of_case, take_step
from privseg.engine.erasure.plan import NOBODY_HERE, plan_erasure
from privseg.engine.house import House
from privseg.terms import StaffRole

Planner = Callable[[House, int, StaffRole], Sequence[str]]

USUAL = {
    RequestKind.ACCESS: "a copy of everything held about the person, sealed for them alone",
    RequestKind.CATEGORIES: "the categories of what is held about the person, and of who got it",
    RequestKind.PORTABILITY: "a copy, for machines, of what the person gave us",
    RequestKind.RECTIFICATION: "the corrections that were asked for, and whoever got the data told",
    RequestKind.APPEAL: "a letter with the decision; an upheld one opens the request anew",
}
OBEYS = "an act in the consent ledger, which the very next read obeys"


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What is to be known of a request before it is run.

    ``would`` is empty until the person is identified: nothing of theirs is looked at before.
    """

    case: Case
    law: str
    need: IdentityNeed
    is_identified: bool
    attempts_left: int
    extend_by: date | None
    holds: tuple[int, ...]
    grounds: tuple[Ground, ...]
    complaint: str
    would: tuple[str, ...]


def plan(house: House, number: int, *, role: StaffRole) -> CasePlan:
    """Assess a request; the case says that it was.

    Raises:
        CaseStateError: it is being run, waits for proof of identity, or is over.
    """
    case = house.cases.case(number)
    case.step_to(StepKind.PLANNED, house.now())
    law, need = house.request_law(case.where), need_of(house, case)
    told = house.request_law(told_place(house, case))
    known = satisfies(case.identity, need)
    case = take_step(
        house, number, StepKind.PLANNED, role=role, people=people_of_case(house, number)
    )
    held = holds_on(house, house.cases.subject(number)) if known else []
    return CasePlan(
        case=case,
        law=law.pack,
        need=need,
        is_identified=known,
        attempts_left=attempts_left(house, number),
        extend_by=None if case.is_extended else last_day_to_extend(house, case),
        holds=tuple(h.number for h in held),
        grounds=told.grounds(case.kind),
        complaint=told.complaint,
        would=tuple(_would(house, case, role)) if known else (),
    )


def _would(house: House, case: Case, role: StaffRole) -> Sequence[str]:
    """Return what running a request would do."""
    if case.kind in PLANNERS:
        return PLANNERS[case.kind](house, case.number, role)
    return (USUAL.get(case.kind, OBEYS),)


def _erasure(house: House, number: int, role: StaffRole) -> Sequence[str]:
    """Return what an erasure would take; of somebody unknown nothing of ours."""
    planned = plan_erasure(house, number, role=role)
    nobody = [place for place, _ in planned.erases if place == NOBODY_HERE]
    erases = [f"erase {count:,} of {what}" for what, count in planned.erases if count]
    asks = [f"others do: {line}" for line in planned.others]
    usual = {item.place for item in planned.items if item.fate is Fate.KEEP} & set(RESIDUES)
    stays = [f"stays: {line}" for line in planned.stays if line not in usual]
    see = f"privseg dsr run {number} --dry-run"
    things = "1 thing" if len(usual) == 1 else f"{len(usual)} things"
    more = f"stays of everybody erased: {things}, see: {see}"
    return [*(f"erase nothing {place}" for place in nobody), *erases, *asks, *stays, more]


PLANNERS: Mapping[RequestKind, Planner] = {RequestKind.ERASURE: _erasure}
"""What says, of a kind of request, what running it would do."""

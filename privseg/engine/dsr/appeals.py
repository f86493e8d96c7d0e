# SPDX-License-Identifier: Apache-2.0
"""Appeals: a case of their own, with a clock of their own, decided by somebody else.

C.R.S. § 6-1-1306(3): a conspicuous way to appeal, an answer in 45 days with its reasons. That
"another user" decides is ours: who refused does not judge the refusal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from privseg.audit import Kind, open_body, parse_entry
from privseg.dsr import Case, IdentityLevel, RequestKind, StepKind
from privseg.engine.dsr.errors_case import (
    NoAppealError,
    NotDecidedError,
    OwnDecisionError,
    ReasonsNeededError,
)
from privseg.engine.dsr.newcomers import forget_identifier
from privseg.engine.dsr.opening import Opened, places_again, put
from privseg.engine.dsr.outcomes import Ran
from privseg.engine.dsr.refusing import REASONS, keep_reasons
from privseg.engine.dsr.steps import take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.rights import meanwhile
from privseg.terms import StaffRole

APPEALABLE = frozenset({StepKind.REFUSED, StepKind.PARTLY_DONE})


class Outcome(StrEnum):
    """How an appeal ends."""

    UPHELD = "upheld"  # our decision changes: the request is opened anew
    DISMISSED = "dismissed"


def appeal(
    house: House, number: int, *, received_at: datetime | None, manner: str, role: StaffRole
) -> Case:
    """Open the appeal against what was refused, wholly or in part.

    Raises:
        NoAppealError: nothing was refused, the law has no appeal, or one was made already.
    """
    case = house.cases.case(number)
    _require_appealable(house, case)
    person, asker = house.cases.subject(number), house.cases.asker(number)
    opened = Opened(
        RequestKind.APPEAL, person, asker, places_again(case), received_at or house.now(), manner,
        house.cases.asked(number), appeal_of=number,
    )  # fmt: skip
    with house.db.transaction():
        return put(house, opened, role=role)


def decide(
    house: House, number: int, outcome: Outcome, reasons: Sequence[str], *, role: StaffRole
) -> Case:
    """Decide an appeal; it is told to the person when it is run.

    Raises:
        OwnDecisionError: the user at the keyboard refused the request, or nobody knows who did.
        ReasonsNeededError: there are none.
        CaseStateError: it is not open any more.
    """
    case = house.cases.case(number)
    if case.kind is not RequestKind.APPEAL or case.appeal_of is None:
        raise NoAppealError(number, "it is no appeal")
    case.step_to(StepKind.ASSESSED, house.now())
    if not reasons or not all(text.strip() for text in reasons):
        raise ReasonsNeededError("a decision")
    if _who_refused(house, case.appeal_of) in {None, house.outside.user()}:
        raise OwnDecisionError(number)
    with house.db.transaction():
        keep_reasons(house, number, reasons)
        facts = {"outcome": outcome.value}
        return take_step(house, number, StepKind.ASSESSED, role=role, facts=facts)


def run_appeal(house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
    """Tell the person how their appeal was decided; where it was upheld, open their request anew.

    Raises:
        NotDecidedError: nobody has decided it.
    """
    case = house.cases.case(number)
    outcome = decision_of(case)
    if outcome is None or case.appeal_of is None:
        raise NotDecidedError(number)
    papers = [p for p in house.cases.papers(number) if p.name == REASONS]
    reasons = json.loads(papers[-1].text) if papers else [outcome.value]
    facts = {"outcome": outcome.value, "reasons": reasons}
    with house.db.transaction():
        take_step(house, number, StepKind.RUNNING, role=role)
        again = _again(house, case.appeal_of, role) if outcome is Outcome.UPHELD else None
        kind = LetterKind.APPEAL_DECIDED
        letter = write_letter(house, number, kind, facts=facts, out=out, role=role)
        told = {} if again is None else {"again": str(again.number)}
        take_step(house, number, StepKind.DONE, role=role, facts=told)
        for over in (number, case.appeal_of):
            forget_identifier(house, over)  # an upheld one has it in the request opened anew
    return Ran([letter], StepKind.DONE)


def decision_of(case: Case) -> Outcome | None:
    """Return how an appeal was decided last; None while nobody has."""
    said = [s.facts["outcome"] for s in case.steps if "outcome" in s.facts]
    return Outcome(said[-1]) if said else None


def _again(house: House, number: int, role: StaffRole) -> Case:
    """Open a refused request anew: received today, the person identified as before."""
    old = house.cases.case(number)
    opened = Opened(
        old.kind, house.cases.subject(number), house.cases.asker(number), places_again(old),
        house.now(), old.manner, house.cases.asked(number), appeal_of=None,
        goes_with=old.goes_with,
    )  # fmt: skip
    new = put(house, opened, role=role)
    if isinstance(old.identity, IdentityLevel):
        facts = {"level": old.identity.value}
        new = take_step(house, new.number, StepKind.VERIFIED, role=role, facts=facts)
    meanwhile.at_open(house, new.number, role=role)  # restricted again while it is weighed
    return new


def _require_appealable(house: House, case: Case) -> None:
    """Refuse an appeal against what was not refused, or where the law knows none."""
    if case.kind is RequestKind.APPEAL or not any(s.kind in APPEALABLE for s in case.steps):
        raise NoAppealError(case.number, "nothing of it was refused")
    if house.request_law(case.where).appeals is None:
        raise NoAppealError(
            case.number, "the law knows no appeal to us; the letter says where to complain"
        )
    if any(c.appeal_of == case.number for c in house.cases.all()):
        raise NoAppealError(case.number, "there is an appeal against it already")


def _who_refused(house: House, number: int) -> str | None:
    """Return who refused a request, wholly or in part, by the log; None if it says so no more."""
    verbs = {kind.value for kind in APPEALABLE}
    for stored in reversed(list(house.log.entries())):
        entry = parse_entry(stored.entry_bytes)
        header = entry.header
        is_it = entry.kind is Kind.DSR and header.get("case") == str(number)
        if is_it and header.get("verb") in verbs:
            if stored.salt is None or stored.body is None:
                return None
            by = open_body(entry, stored.salt, stored.body).get("by")
            return str(by["user"]) if isinstance(by, dict) and "user" in by else None
    return None

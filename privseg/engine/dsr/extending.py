# SPDX-License-Identifier: Apache-2.0
"""Taking longer, once: told inside the first time, with the reasons.

GDPR Art. 12(3); 11 CCR § 7021(b), Cal. Civ. Code § 1798.145(h)(1); C.R.S. § 6-1-1306(2)(a).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privseg.dsr import Case, Step, StepKind
from privseg.engine.dsr.clocks import deadlines_with, last_day_to_extend, today, told_with
from privseg.engine.dsr.errors_case import NotExtendableError, ReasonsNeededError
from privseg.engine.dsr.refusing import keep_reasons
from privseg.engine.dsr.steps import require_of_person, take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.terms import StaffRole


def extend(
    house: House, number: int, reasons: Sequence[str], *, out: Path, role: StaffRole
) -> tuple[Case, Path]:
    """Extend the time of a request; return it with the letter to the person.

    Raises:
        NotExtendableError: the law does not let it, it was extended, or it is too late to say so.
        ReasonsNeededError: there are none.
        CaseStateError: the request is answered.
    """
    case, at = house.cases.case(number), house.now()
    require_of_person(case)
    case.step_to(StepKind.EXTENDED, at)
    if not reasons or not all(text.strip() for text in reasons):
        raise ReasonsNeededError("an extension")
    _require_extendable(house, case)
    facts = deadlines_with(house, case, Step(StepKind.EXTENDED, at))
    until = told_with(house, case, Step(StepKind.EXTENDED, at))["answer_by"]
    said = {"until": until, "reasons": list(reasons)}
    with house.db.transaction():
        keep_reasons(house, number, reasons)
        case = take_step(house, number, StepKind.EXTENDED, role=role, facts=facts, at=at)
        letter = write_letter(house, number, LetterKind.EXTENDED, facts=said, out=out, role=role)
    return case, letter


def _require_extendable(house: House, case: Case) -> None:
    """Refuse what the law does not let be extended, or not any more."""
    last = last_day_to_extend(house, case)
    if last is None:
        known = "" if case.identity else "; identify the person first, unless they said where"
        why = f"the law of this kind of request knows no extension{known}"
        raise NotExtendableError(case.number, why)
    if case.is_extended:
        raise NotExtendableError(case.number, "it was extended already, and that is possible once")
    if today(house) > last:
        raise NotExtendableError(case.number, f"the person had to be told by {last}")

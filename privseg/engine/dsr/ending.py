# SPDX-License-Identifier: Apache-2.0
"""Confirming the receipt of a request, taking it back, closing it."""

from __future__ import annotations

from pathlib import Path

from privseg.dsr import Case, StepKind
from privseg.engine.answers.delivering import remove_answers
from privseg.engine.dsr.linked import require_linked_withdrawable, withdraw_linked
from privseg.engine.dsr.newcomers import forget_identifier
from privseg.engine.dsr.steps import require_of_person, take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.rights import meanwhile
from privseg.terms import StaffRole


def confirm(house: House, number: int, *, out: Path, role: StaffRole) -> tuple[Case, Path]:
    """Confirm to the person that the request has come (11 CCR § 7021(a)); the letter says how.

    Raises:
        CaseStateError: the request is answered.
    """
    case = house.cases.case(number)
    require_of_person(case)
    case.step_to(StepKind.CONFIRMED, house.now())
    with house.db.transaction():
        case = take_step(house, number, StepKind.CONFIRMED, role=role)
        letter = write_letter(house, number, LetterKind.RECEIVED, out=out, role=role)
    return case, letter


def withdraw(house: House, number: int, *, out: Path, role: StaffRole) -> tuple[Case, Path]:
    """Record that the person took the request back, and confirm it to them.

    What is open for linked profiles is taken back with it: they asked once, and hear of it once.

    Raises:
        CaseStateError: it is being run, or one that goes with it; or it is over.
    """
    house.cases.case(number).step_to(StepKind.WITHDRAWN, house.now())
    require_linked_withdrawable(house, number)
    with house.db.transaction():
        facts = meanwhile.end(house, number, role=role, out=out)
        case = take_step(house, number, StepKind.WITHDRAWN, role=role, facts=facts)
        withdraw_linked(house, number, role=role)
        letter = write_letter(house, number, LetterKind.WITHDRAWN, out=out, role=role)
        forget_identifier(house, number)
    return case, letter


def close(house: House, number: int, *, role: StaffRole) -> Case:
    """Close a request that is answered; its files in the folder of answers go.

    Raises:
        CaseStateError: the person still waits for an answer, or it is closed.
    """
    case = take_step(house, number, StepKind.CLOSED, role=role)
    remove_answers(house, [number])
    return case

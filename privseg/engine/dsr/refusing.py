# SPDX-License-Identifier: Apache-2.0
"""Refusing a request: on grounds of its law, with reasons, and never without a letter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privseg.dsr import Case, StepKind
from privseg.dsr.refusal import Refusal
from privseg.engine.dsr.clocks import told_place
from privseg.engine.dsr.newcomers import forget_identifier
from privseg.engine.dsr.steps import take_step
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.engine.rights import meanwhile
from privseg.errors import PolicyError
from privseg.terms import StaffRole
from privseg.tlog import canonical

REASONS = "reasons"  # the paper that they are sealed in
UNIDENTIFIED = "IdentityVerificationFailure"  # W3C DPV; GDPR Art. 12(2), 11 CCR § 7060


class IdentifiedError(PolicyError):
    """An identified person's request is to be refused because nobody knew who asks; nothing was."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"the person of request {number} is identified, so it cannot be refused because nobody "
            f"could tell who asks; see the other grounds with: privseg dsr plan {number}"
        )
        self.number = number


def refuse(
    house: House,
    number: int,
    codes: Sequence[str],
    reasons: Sequence[str],
    *,
    out: Path,
    role: StaffRole,
) -> tuple[Case, Path]:
    """Refuse a request; return it with the letter to the person.

    Raises:
        GroundNotOfLawError: the law gives no such ground against this kind of request.
        IdentifiedError: it is to be refused for want of an identity that is there.
        IncompleteRefusalError: a ground, reasons or the route are missing.
        CaseStateError: it is not open any more, or is being run.
    """
    case = house.cases.case(number)
    case.step_to(StepKind.REFUSED, house.now())
    refusal = Refusal.of(house.request_law(told_place(house, case)), case.kind, codes, reasons)
    said = {"grounds": [g.code for g in refusal.grounds], "reasons": list(refusal.reasons)}
    if case.identity is not None and UNIDENTIFIED in said["grounds"]:
        raise IdentifiedError(number)
    with house.db.transaction():
        keep_reasons(house, number, refusal.reasons)
        letter = write_letter(house, number, LetterKind.REFUSED, facts=said, out=out, role=role)
        ends = meanwhile.end(house, number, role=role, out=out)
        facts = {"ground": refusal.code, **ends}
        case = take_step(house, number, StepKind.REFUSED, role=role, facts=facts)
        if house.request_law(case.where).appeals is None:
            forget_identifier(house, number)  # else an appeal that is upheld needs it
    return case, letter


def keep_reasons(house: House, number: int, reasons: Sequence[str]) -> None:
    """Seal the reasons that a person is given, in the case file."""
    house.cases.keep_paper(number, REASONS, canonical(list(reasons)), at=house.now())

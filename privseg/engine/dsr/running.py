# SPDX-License-Identifier: Apache-2.0
"""Running a request: one dispatch that asks for identity and holds before any kind is run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from privseg.dsr import RequestKind
from privseg.dsr.kinds import OBEYED
from privseg.engine.answers.delivering import answer_plain, answer_sealed
from privseg.engine.dsr.appeals import run_appeal
from privseg.engine.dsr.outcomes import Ran
from privseg.engine.dsr.runnable import require_runnable
from privseg.engine.erasure.run import run_erasure
from privseg.engine.house import House
from privseg.engine.rights.lifting import LiftDayError
from privseg.engine.rights.obeying import lift, obey
from privseg.engine.rights.opting_in import ask_to_confirm
from privseg.engine.rights.rectifying import rectify
from privseg.terms import StaffRole


class Runner(Protocol):
    """What carries out one kind of request.

    It records its own steps: RUNNING durable and on the log before a row is read, its end after.
    It may be run again after it was cut short.
    """

    def __call__(self, house: House, number: int, *, out: Path, role: StaffRole) -> Ran:
        """Carry out a request; return the files written and how it ended."""
        ...


RUNNERS: Mapping[RequestKind, Runner] = {
    RequestKind.ACCESS: answer_sealed,
    RequestKind.CATEGORIES: answer_sealed,
    RequestKind.PORTABILITY: answer_sealed,
    RequestKind.ERASURE: run_erasure,
    RequestKind.APPEAL: run_appeal,
    RequestKind.RECTIFICATION: rectify,
    **dict.fromkeys(OBEYED, obey),
    RequestKind.LIFT_RESTRICTION: lift,
    RequestKind.OPT_IN: ask_to_confirm,
}
"""What carries out each kind; a legal hold is placed and lifted, never run."""

PLAIN: Mapping[RequestKind, Runner] = {
    RequestKind.ACCESS: answer_plain,
    RequestKind.CATEGORIES: answer_plain,
    RequestKind.PORTABILITY: answer_plain,
}
"""What writes an answer in the open, where it was asked for in so many words."""


def run_request(
    house: House,
    number: int,
    *,
    out: Path,
    role: StaffRole,
    plain: bool = False,
    on: date | None = None,
) -> Ran:
    """Run a request: answer it, erase, or carry it out; ``on`` is the day that a restriction ends.

    Raises:
        UnknownCaseError: no request has this number.
        CaseStateError: it cannot be run from where it stands; nothing was read.
        IdentityNeededError: the person is not identified as the law asks; nothing was read.
        HeldError: counsel keeps the data from being erased; nothing was read.
        LiftWaitsError: a restriction ends on a day that has not come; nothing was changed.
        LiftDayError: a day is given for what takes effect at once; nothing was changed.
    """
    case = house.cases.case(number)
    require_runnable(house, case)
    if case.kind is RequestKind.LIFT_RESTRICTION:
        return lift(house, number, out=out, role=role, on=on)
    if on is not None:
        raise LiftDayError(number, case.kind)
    runner = (PLAIN.get(case.kind) if plain else None) or RUNNERS[case.kind]
    return runner(house, number, out=out, role=role)

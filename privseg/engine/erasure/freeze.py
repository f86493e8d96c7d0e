# SPDX-License-Identifier: Apache-2.0
"""A copy before an erasure: who asked for both gets the copy, of all that was there (Art. 15, 20).

Erasure waits for the copy, never the other way round. Which requests are answered first is durable
with the erasure's first step, so that a kill in between neither skips one nor takes its files.
A request whose person is not identified as its law asks may be anybody's: no erasure waits for it.
"""

from __future__ import annotations

from pathlib import Path

from privseg.dsr import Case, StepKind, satisfies
from privseg.dsr.kinds import ANSWERED
from privseg.engine.answers.delivering import answer_sealed
from privseg.engine.dsr.identity import need_of
from privseg.engine.dsr.newcomers import asked_while_unknown
from privseg.engine.dsr.runnable import require_runnable
from privseg.engine.house import House
from privseg.errors import InputError, PrivsegError
from privseg.terms import Ordinal, StaffRole

COPIES = "copies"  # the fact that names the requests, by their numbers


class AnswerFirstError(InputError):
    """The person asked for a copy as well, which cannot be made yet; nothing was erased."""

    def __init__(self, number: int, first: int) -> None:
        super().__init__(
            f"whoever asked for the erasure in request {number} asked for a copy, too, in request "
            f"{first}, and after an erasure there is none; nothing was erased: make that request "
            f"ready, or refuse or withdraw it (privseg dsr show {first}), then run this one again"
        )
        self.number = number
        self.first = first


def waiting_copies(house: House, person: Ordinal) -> list[Case]:
    """Return a person's requests for a copy that are proved and not answered, oldest first.

    Those that they made while nobody here knew them are theirs, too. What is not proved may be a
    stranger's, who knows an address: it gets nothing and stops nothing.
    """
    theirs = [*house.cases.of_subject(person), *asked_while_unknown(house, person)]
    ordered = sorted(theirs, key=lambda c: c.number)
    open_ = [c for c in ordered if c.kind in ANSWERED and c.state.is_open]
    return [case for case in open_ if satisfies(case.identity, need_of(house, case))]


def require_copies(house: House, number: int, person: Ordinal) -> list[int]:
    """Return which requests are answered first, each of which could be run now.

    Raises:
        AnswerFirstError: one cannot.
    """
    waiting = waiting_copies(house, person)
    for case in waiting:
        try:
            require_runnable(house, case)
        except PrivsegError as refused:
            raise AnswerFirstError(number, case.number) from refused
    return [case.number for case in waiting]


def make_copies(house: House, number: int, *, out: Path, role: StaffRole) -> list[Path]:
    """Answer what the erasure's first step named and nobody has answered since; return the files.

    They are sealed for the person (``dsr.sealed_answer``), and outlive the erasure.
    """
    files = []
    for first in copies_of(house.cases.case(number)):
        case = house.cases.case(first)
        if case.state.is_open:
            require_runnable(house, case)
            files += answer_sealed(house, first, out=out, role=role).files
    return files


def copies_of(case: Case) -> tuple[int, ...]:
    """Return the requests that an erasure answers first, as its first run said."""
    named = (
        s.facts[COPIES] for s in case.steps if s.kind is StepKind.RUNNING and COPIES in s.facts
    )
    return tuple(sorted({int(n) for text in named for n in text.split(",") if n}))

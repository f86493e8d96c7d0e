# SPDX-License-Identifier: Apache-2.0
"""Mail that nobody is known to have sent: told until somebody says that it was."""

from __future__ import annotations

import pytest

from privseg.dsr.case import Case, Step, StepKind
from privseg.dsr.kinds import RequestKind
from privseg.dsr.unsent import Mail, Unsent, unsent
from tests.unit.dsr.test_due import after, case_of

S = StepKind
ENDS = {
    "done": (after(1, S.RUNNING), after(2, S.DONE)),
    "partly done": (after(1, S.RUNNING), after(2, S.PARTLY_DONE)),
    "refused": (after(2, S.REFUSED),),
    "withdrawn": (after(2, S.WITHDRAWN),),
}


def waits(*cases: Case, written: tuple[int, ...] = (), to_post: tuple[int, ...] = ()) -> object:
    return unsent(cases, written=frozenset(written), to_post=frozenset(to_post))


def one(*steps: Step, number: int = 1, kind: RequestKind = RequestKind.ACCESS) -> Case:
    return case_of(number, kind, "DE", *steps)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_answer_waits_until_the_request_is_closed(end: tuple[Step, ...]) -> None:
    assert waits(one(*end)) == (Unsent(Mail.ANSWERS, (1,)),)
    assert waits(one(*end), written=(1,)) == (Unsent(Mail.ANSWERS, (1,)),)  # told once
    assert waits(one(*end, after(3, S.CLOSED)), written=(1,)) == ()


def test_a_letter_of_an_open_request_waits_as_long_as_its_file_is_there() -> None:
    confirmed = one(after(1, S.CONFIRMED))
    assert waits(confirmed, written=(1,)) == (Unsent(Mail.LETTERS, (1,)),)
    assert waits(confirmed) == ()
    assert waits(confirmed, written=(2,)) == ()  # a file of no request that there is


def test_a_letter_to_a_recipient_waits_after_the_request_was_closed() -> None:
    closed = one(*ENDS["done"], after(3, S.CLOSED))
    assert waits(closed, to_post=(1,)) == (Unsent(Mail.NOTICES, (1,)),)


def test_each_sort_is_told_by_itself_and_its_numbers_in_order() -> None:
    cases = [one(*ENDS["done"], number=n) for n in (9, 3)]
    assert waits(*cases, one(number=5), one(number=4), written=(5, 4, 3), to_post=(9, 1)) == (
        Unsent(Mail.ANSWERS, (3, 9)), Unsent(Mail.LETTERS, (4, 5)), Unsent(Mail.NOTICES, (1, 9)),
    )  # fmt: skip


def test_what_counsel_ordered_has_no_letter_to_a_person() -> None:
    assert waits(one(*ENDS["done"], kind=RequestKind.LEGAL_HOLD), written=(1,)) == ()

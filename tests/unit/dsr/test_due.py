# SPDX-License-Identifier: Apache-2.0
"""What must be done next about requests: in order, red when late, never after it was done."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from privseg.dsr.case import Case, Step, StepKind
from privseg.dsr.clock import first
from privseg.dsr.due import Agenda, Due, Todo, all_due, paused_until
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import ClockRule
from privseg.dsr.strictest import law_of
from privseg.engine.dsr.laws import holidays_of
from privseg.loaders.laws import shipped_packs
from privseg.terms import Jurisdiction

LAWS = {place: pack.requests for pack in shipped_packs() for place in pack.laws if pack.requests}
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
S = StepKind


def rule_of(case: Case) -> ClockRule:
    return law_of(LAWS, case.jurisdiction).clock(case.kind)


def case_of(
    number: int = 1, kind: RequestKind = RequestKind.ACCESS, where: str = "DE", *steps: Step
) -> Case:
    place = Jurisdiction(where)
    rule = law_of(LAWS, place).clock(kind)
    return Case(
        number=number,
        kind=kind,
        received_at=MONDAY,
        first_deadlines=first(rule, MONDAY.date(), holidays_of(place)),
        jurisdiction=place,
        steps=steps,
    )


def after(days: int, kind: StepKind, **facts: str) -> Step:
    return Step(kind, MONDAY + timedelta(days=days), facts)


def due_on(day: date, *cases: Case, held: tuple[int, ...] = ()) -> list[Due]:
    return all_due(
        cases,
        rule=rule_of,
        holidays=lambda case: holidays_of(case.jurisdiction),
        held=frozenset(held),
        zone=UTC,
        today=day,
    )


def told(dues: list[Due]) -> list[tuple[Todo, date]]:
    return [(due.todo, due.by) for due in dues]


def test_a_californian_is_confirmed_first_and_may_be_told_of_an_extension() -> None:
    case = case_of(1, RequestKind.ACCESS, "US-CA")
    assert told(due_on(date(2026, 3, 3), case)) == [
        (Todo.CONFIRM, date(2026, 3, 16)),
        (Todo.ANSWER, date(2026, 4, 16)),  # what must be done stands before what may be
        (Todo.EXTEND, date(2026, 4, 16)),
    ]


def test_what_was_done_is_not_due_any_more() -> None:
    confirmed = case_of(1, RequestKind.ACCESS, "US-CA", after(1, S.CONFIRMED))
    assert Todo.CONFIRM not in {d.todo for d in due_on(date(2026, 3, 3), confirmed)}
    moved = after(3, S.EXTENDED, answer_by="2026-05-31", legal_limit="2026-05-31")
    extended = case_of(1, RequestKind.ACCESS, "US-CA", after(1, S.CONFIRMED), moved)
    (due,) = due_on(date(2026, 3, 6), extended)
    assert (due.todo, due.by, due.moves) == (Todo.ANSWER, date(2026, 5, 31), 1)


@pytest.mark.parametrize("end", [S.DONE, S.PARTLY_DONE, S.REFUSED, S.WITHDRAWN])
def test_an_answered_request_is_not_due(end: StepKind) -> None:
    case = case_of(1, RequestKind.ACCESS, "US-CA", after(1, end))
    assert due_on(date(2026, 3, 3), case) == []


def test_an_extension_that_is_told_too_late_is_none() -> None:
    case = case_of()
    on_time = {d.todo for d in due_on(date(2026, 4, 2), case)}
    late = {d.todo for d in due_on(date(2026, 4, 3), case)}
    assert (on_time, late) == ({Todo.EXTEND, Todo.ANSWER}, {Todo.ANSWER})


def test_the_day_to_plan_for_is_late_before_the_laws_last_day_is() -> None:
    case = case_of(1, RequestKind.ACCESS, "US-CA")
    agenda = Agenda(date(2026, 4, 17), tuple(due_on(date(2026, 4, 17), case)))
    assert agenda.late == (1,)
    assert Agenda(date(2026, 4, 16), tuple(due_on(date(2026, 4, 16), case))).late == (1,)  # confirm
    confirmed = case_of(1, RequestKind.ACCESS, "US-CA", after(1, S.CONFIRMED))
    assert Agenda(date(2026, 4, 16), tuple(due_on(date(2026, 4, 16), confirmed))).late == ()


def test_an_extension_is_never_late_because_nobody_has_to_tell_one() -> None:
    due = next(d for d in due_on(date(2026, 3, 3), case_of()) if d.todo is Todo.EXTEND)
    assert not due.is_late(date(2030, 1, 1))


def test_the_clock_stands_still_while_identity_is_in_doubt_where_the_law_lets_it() -> None:
    asked = after(3, S.IDENTITY_ASKED)
    german = case_of(1, RequestKind.ACCESS, "DE", asked)
    due = next(d for d in due_on(date(2026, 3, 25), german) if d.todo is Todo.ANSWER)
    assert (due.by, due.stands_still) == (date(2026, 4, 22), True)  # 2 April, and twenty days
    californian = case_of(1, RequestKind.ACCESS, "US-CA", asked)
    due = next(d for d in due_on(date(2026, 3, 25), californian) if d.todo is Todo.ANSWER)
    assert (due.by, due.stands_still) == (date(2026, 4, 16), False)


def test_a_pause_that_is_over_moves_the_last_day_to_tell_an_extension() -> None:
    proved = after(13, S.VERIFIED, answer_by="2026-04-12", legal_limit="2026-04-13")
    case = case_of(1, RequestKind.ACCESS, "DE", after(3, S.IDENTITY_ASKED), proved)
    assert told(due_on(date(2026, 3, 20), case)) == [
        (Todo.ANSWER, date(2026, 4, 12)),
        (Todo.EXTEND, date(2026, 4, 12)),
    ]


def test_a_clock_that_stands_still_twice_counts_both() -> None:
    steps = (after(3, S.IDENTITY_ASKED), after(13, S.VERIFIED), after(14, S.EXTENDED),
             after(20, S.IDENTITY_ASKED))  # fmt: skip
    case = case_of(1, RequestKind.ACCESS, "DE", *steps)
    found = paused_until(
        case, rule_of(case), UTC, holidays_of(case.jurisdiction), MONDAY.date() + timedelta(25)
    )
    assert found.answer_by == date(2026, 6, 2) + timedelta(15)


def test_a_held_request_says_so_and_a_hold_itself_waits_for_counsel_alone() -> None:
    placed = after(0, S.RUNNING, review="2026-09-01", ground="LegalClaimImpaired")
    hold = case_of(2, RequestKind.LEGAL_HOLD, "DE", placed)
    found = due_on(date(2026, 4, 3), case_of(1, RequestKind.ERASURE), hold, held=(1, 2))
    assert told(found) == [(Todo.HELD, date(2026, 4, 2)), (Todo.REVIEW, date(2026, 9, 1))]
    lifted = case_of(2, RequestKind.LEGAL_HOLD, "DE", placed, after(9, S.DONE))
    assert due_on(date(2026, 4, 3), lifted) == []


def test_the_most_urgent_stands_first() -> None:
    cases = [case_of(1), case_of(2, RequestKind.LIMIT, "US-CA"), case_of(3, where="BR")]
    found = due_on(date(2026, 3, 3), *cases)
    assert [d.number for d in found if d.todo is Todo.ANSWER] == [3, 2, 1]
    assert [d.by for d in found] == sorted(d.by for d in found)

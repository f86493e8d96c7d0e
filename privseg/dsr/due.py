# SPDX-License-Identifier: Apache-2.0
"""What must be done next, and by when: a fold of the cases that are open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from enum import StrEnum

from privseg.dsr.case import Case, CaseState, StepKind
from privseg.dsr.clock import Deadlines, IsHoliday, Pause, local_day, standing, tell_by
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import ClockRule
from privseg.dsr.unsent import Unsent


class Todo(StrEnum):
    """What waits to be done about a request."""

    CONFIRM = "confirm"  # tell the person that it arrived (11 CCR § 7021(a))
    EXTEND = "extend"  # the last day on which an extension can be told; never a duty
    ANSWER = "answer"
    HELD = "held"  # to be answered, but a legal hold lies on the data
    LIFT = "lift"  # a restriction ends on the day that the person was told
    REVIEW = "review"  # a legal hold, which counsel looks at again
    TELL = "tell"  # a recipient who could not be told yet
    POST = "post"  # a letter to a recipient, which nobody has said to be posted
    PROVE = "prove"  # the people of another system, who have not said yet that it is done
    SETTLE = "settle"  # what a search found elsewhere, or another system still holds
    BACKUP = "backup"  # of the keys of before an erasure, which is to be destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing to do about one request. Nothing in it is personal.

    ``by`` is the day to plan for, ``limit`` the last one that the law gives. ``stands_still`` says
    that the clock is paused while proof of identity is awaited: then both are as if it came today.
    ``moves`` counts what moved the date so far.
    """

    number: int
    kind: RequestKind
    todo: Todo
    by: date
    limit: date
    law: str
    stands_still: bool = False
    moves: int = 0

    @property
    def must(self) -> bool:
        """Return whether it has to be done; an extension is only possible."""
        return self.todo is not Todo.EXTEND

    def days_left(self, today: date) -> int:
        """Return the days until the day to plan for; negative when it is over."""
        return (self.by - today).days

    def is_late(self, today: date) -> bool:
        """Return whether the day to plan for is over."""
        return self.must and today > self.by


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is to be done about open requests, the most urgent first, as of one day.

    ``mail`` was written and waits to be sent; it has no day of its own.
    """

    today: date
    dues: tuple[Due, ...]
    mail: tuple[Unsent, ...] = ()

    @property
    def late(self) -> tuple[int, ...]:
        """Return the requests of which something is late, by number."""
        return tuple(sorted({due.number for due in self.dues if due.is_late(self.today)}))


REVIEW_FACT = "review"  # of the step that places a hold
Rule = Callable[[Case], ClockRule]
Holidays = Callable[[Case], IsHoliday]


def all_due(
    cases: Iterable[Case],
    *,
    rule: Rule,
    holidays: Holidays,
    held: frozenset[int],
    zone: tzinfo,
    today: date,
) -> list[Due]:
    """Return everything that is to be done about open requests, the most urgent first.

    ``held`` are the numbers of the requests whose person is under a legal hold.
    """
    known = list(cases)
    waiting = [case for case in known if case.state.is_open]
    found = [
        due
        for case in waiting
        if case.kind is not RequestKind.LEGAL_HOLD and case.lifts_on is None
        for due in _of(case, rule(case), holidays(case), zone, today, held=case.number in held)
    ]
    found += [due for case in waiting for due in _review(case)]
    found += [due for case in known for due in _lift(case)]
    return sorted(found, key=by_urgency)


OPEN_ENDS = (Todo.TELL, Todo.POST, Todo.PROVE, Todo.SETTLE, Todo.BACKUP)
"""What may still have to be done about a request that was answered."""


def open_end(case: Case, todo: Todo) -> Due:
    """Return what is still to be done about a request, by the day by which it is to be answered."""
    return _due(
        case, todo, case.deadlines.answer_by, case.deadlines.legal_limit, case.deadlines.law
    )


def by_urgency(due: Due) -> tuple[date, bool, int, Todo]:
    """Return what dues are sorted by: the most urgent first."""
    return (due.by, not due.must, due.number, due.todo)


def paused_until(
    case: Case, rule: ClockRule, zone: tzinfo, is_holiday: IsHoliday, today: date
) -> Deadlines:
    """Return a case's deadlines as they are if the proof that is waited for comes today."""
    return standing(
        rule,
        local_day(case.received_at, zone),
        is_holiday,
        pauses=[*_pauses(case, zone), *_open_pause(case, zone, today)],
        is_extended=case.is_extended,
    )


def _of(
    case: Case, rule: ClockRule, is_holiday: IsHoliday, zone: tzinfo, today: date, *, held: bool
) -> Iterator[Due]:
    """Yield what is to be done about one open request."""
    clock = case.deadlines
    still = case.state is CaseState.IDENTITY and rule.may_pause
    if still:
        clock = paused_until(case, rule, zone, is_holiday, today)
    if clock.confirm_by is not None and not _was(case, StepKind.CONFIRMED):
        yield _due(case, Todo.CONFIRM, clock.confirm_by, clock.confirm_by, clock.law)
    last = None if case.is_extended else _tell_by(case, rule, is_holiday, zone)
    if last is not None and today <= last:
        yield _due(case, Todo.EXTEND, last, last, clock.law)
    todo = Todo.HELD if held else Todo.ANSWER
    yield _due(case, todo, clock.answer_by, clock.legal_limit, clock.law, still=still)


def _review(case: Case) -> Iterator[Due]:
    """Yield when counsel looks again at a legal hold that is in force."""
    if case.kind is not RequestKind.LEGAL_HOLD:
        return
    days = [step.facts[REVIEW_FACT] for step in case.steps if REVIEW_FACT in step.facts]
    for day in map(date.fromisoformat, days[-1:]):
        yield _due(case, Todo.REVIEW, day, day, case.deadlines.law)


def _lift(case: Case) -> Iterator[Due]:
    """Yield the day on which a restriction ends: told in a letter that answers the request."""
    if case.lifts_on is not None:
        yield _due(case, Todo.LIFT, case.lifts_on, case.lifts_on, case.deadlines.law)


def _tell_by(case: Case, rule: ClockRule, is_holiday: IsHoliday, zone: tzinfo) -> date | None:
    """Return the last day on which an extension of a case can be told.

    A pause that is not over yet does not move it.
    """
    return tell_by(rule, local_day(case.received_at, zone), is_holiday, _pauses(case, zone))


def _pauses(case: Case, zone: tzinfo) -> list[Pause]:
    """Return the pauses that are over, in local days."""
    return [(local_day(asked, zone), local_day(came, zone)) for asked, came in case.pauses()]


def _open_pause(case: Case, zone: tzinfo, today: date) -> Iterator[Pause]:
    """Yield the pause that is not over yet, from the first asking on, as if it ended today."""
    asked = None
    for step in case.steps:
        if step.kind is StepKind.VERIFIED:
            asked = None
        elif step.kind is StepKind.IDENTITY_ASKED:
            asked = asked or step.at
    if asked is not None and case.state is CaseState.IDENTITY:
        day = local_day(asked, zone)
        yield day, max(day, today)


def _due(case: Case, todo: Todo, by: date, limit: date, law: str, *, still: bool = False) -> Due:
    """Return one thing to do about a case."""
    moves = sum("answer_by" in step.facts for step in case.steps)
    return Due(
        number=case.number,
        kind=case.kind,
        todo=todo,
        by=by,
        limit=limit,
        law=law,
        stands_still=still,
        moves=moves,
    )


def _was(case: Case, kind: StepKind) -> bool:
    """Return whether a case took such a step."""
    return any(step.kind is kind for step in case.steps)

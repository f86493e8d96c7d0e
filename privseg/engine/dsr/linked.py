# SPDX-License-Identifier: Apache-2.0
"""Requests for profiles that are linked to the one that asked: opened by the officer, or never.

Often nobody can name such a profile: a device knows itself by a pseudonym alone. That two profiles
are one person is the controller's own word, and may be wrong: two people share a device. So it is
an act of its own, never part of opening or running, and each request stands by itself: its own
clock, answer and receipt, and any of them can be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from privseg.consent import Event
from privseg.consent.history import each_once, is_malformed
from privseg.consent.links import MERGING, PARTING, Tie, linked, tie_of
from privseg.consent.quarantine import settle
from privseg.consent.scope import bites, serves
from privseg.dsr import Case, CaseState, RequestKind, StepKind
from privseg.dsr.kinds import OF_ONE_PROFILE
from privseg.engine.dsr.clocks import moved
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.opening import Opened, places_again, put
from privseg.engine.dsr.steps import entry_of, person_of_case, take_step
from privseg.engine.house import House
from privseg.errors import InputError, PolicyError
from privseg.gate import consent_rules
from privseg.terms import Ordinal, StaffRole

LOOK = "linked"  # the verb of the entry in the log


@dataclass(frozen=True, slots=True)
class ForLinked:
    """What was opened for the linked profiles of a request, or what stands open for it already.

    ``waiting`` is how many profiles have no such request yet: those that a dry run would open.
    ``identified`` are requests from before that took the proof over now.
    """

    number: int
    waiting: int
    opened: tuple[Case, ...] = ()
    already: tuple[int, ...] = ()
    identified: tuple[int, ...] = ()


class NotForLinkedError(InputError):
    """A kind of request needs none for linked profiles; nothing was opened."""

    def __init__(self, number: int, kind: RequestKind) -> None:
        why = (
            "a correction is about a value of one profile"
            if kind is RequestKind.RECTIFICATION
            else "what it brings about holds for linked profiles by itself"
        )
        super().__init__(
            f"request {number} is {kind.value.replace('_', ' ')}: {why}; nothing was opened"
        )
        self.number = number
        self.kind = kind


class GoesWithAnotherError(InputError):
    """A request was opened for a linked profile itself; nothing was opened."""

    def __init__(self, number: int, first: int) -> None:
        super().__init__(
            f"request {number} goes with request {first} already; name that one: "
            f"privseg dsr linked {first}; nothing was opened"
        )
        self.number = number
        self.first = first


class RequestOverError(PolicyError):
    """A request is answered, so nothing goes with it any more; nothing was opened."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"request {number} is over, so nothing can go with it any more; if the person asks "
            "for their linked profiles now, open a new request (privseg dsr open) and name that "
            "one; nothing was opened"
        )
        self.number = number


def open_for_linked(
    house: House, number: int, *, dry_run: bool = False, role: StaffRole
) -> ForLinked:
    """Open the same request for every profile that is linked to the person now.

    Each has the kind, the receipt, the places, the manner, the particulars and the deadlines of the
    one that it goes with, and takes over how the person was identified. A profile for which that
    was done once is passed over; what else is open about it stops nothing.

    Raises:
        NotForLinkedError: linked profiles share what such a request brings about, or must not.
        GoesWithAnotherError: the request goes with another one itself.
        RequestOverError: it is answered.
        RequestWithoutPersonError: nobody here has the identifier that was given.
    """
    case = house.cases.case(number)
    _require_first(case)
    person = person_of_case(house, number)
    with house.db.transaction():
        house.log.append(entry_of(LOOK, case, role, tied(house, person)))
        already = requests_with(house, number)
        there = {house.cases.subject(one.number) for one in already}
        lacking = [p for p in profiles_linked_now(house, person) if p not in there]
        before = tuple(one.number for one in already)
        if dry_run:
            return ForLinked(number, len(lacking), already=before)
        proved = [one for one in already if _proved(house, case, one, role) is not one]
        opened = tuple(_opened(house, case, profile, role) for profile in lacking)
    return ForLinked(number, 0, opened, before, tuple(one.number for one in proved))


def requests_with(house: House, number: int) -> list[Case]:
    """Return the requests that were opened with another, for linked profiles."""
    return house.cases.going_with(number)


def profiles_linked_now(house: House, person: Ordinal) -> list[Ordinal]:
    """Return the profiles that are a person's by every word on record, and are not erased.

    Stricter than what restricts (``consent.links``), since here a link lets somebody see data: a
    MERGE counts only once it is in force, one that waits in quarantine or cannot be believed never,
    and any newer UNMERGE ends it, whoever said it.
    """
    at, history = house.now(), house.ledger.whole_history(person)
    merges = [e for e in _believed(house, history, at) if e.act in MERGING and serves(e, at)]
    partings = [e for e in history if e.act in PARTING and bites(e, at)]
    found = linked(person, list(_in_force(merges, partings)))
    return [profile for profile in found[1:] if house.vault.marks(profile)]


def _in_force(merges: Iterable[Event], partings: Sequence[Event]) -> Iterator[Tie]:
    """Yield the two profiles of each MERGE that nobody took back."""
    for merge in merges:
        tie = tie_of(merge)
        over = any(
            u.event_time >= merge.event_time and set(tie_of(u) or ()) == set(tie or ())
            for u in partings
        )
        if tie is not None and not over:
            yield tie


def _believed(house: House, history: Iterable[Event], at: datetime) -> Iterator[Event]:
    """Yield what profiles recorded, without what nobody can believe or what is set aside."""
    rules, theirs = consent_rules(house.policy), dict[Ordinal, list[Event]]()
    for event in history:
        if event.controller == house.policy.controller:
            theirs.setdefault(event.subject, []).append(event)
    for events in theirs.values():
        known = None if any(map(is_malformed, events)) else each_once(events)
        yield from [] if known is None else settle(rules, known, at).sound


def _require_first(case: Case) -> None:
    """Refuse what no request for a linked profile can go with."""
    if case.kind not in OF_ONE_PROFILE:
        raise NotForLinkedError(case.number, case.kind)
    if case.goes_with is not None:
        raise GoesWithAnotherError(case.number, case.goes_with)
    if not case.state.is_open:
        raise RequestOverError(case.number)


def _opened(house: House, case: Case, profile: Ordinal, role: StaffRole) -> Case:
    """Open the request of one linked profile, in the open transaction."""
    opened = Opened(
        case.kind, profile, None, places_again(case), case.received_at, case.manner,
        house.cases.asked(case.number), goes_with=case.number,
    )  # fmt: skip
    return _proved(house, case, put(house, opened, role=role), role)


def _proved(house: House, case: Case, mine: Case, role: StaffRole) -> Case:
    """Take over how the person of a request was identified; nothing where nobody knows yet."""
    is_waiting = mine.state.is_open and mine.state is not CaseState.RUNNING
    if case.identity is None or mine.identity is not None or not is_waiting:
        return mine
    at, now = house.now(), case.deadlines
    days = {"answer_by": now.answer_by.isoformat(), "legal_limit": now.legal_limit.isoformat()}
    facts = {
        "level": case.identity.value,
        "as_request": str(case.number),
        **(moved(house, mine, StepKind.VERIFIED, at) if now == case.first_deadlines else days),
    }
    return take_step(house, mine.number, StepKind.VERIFIED, role=role, facts=facts, at=at)

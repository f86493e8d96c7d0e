# SPDX-License-Identifier: Apache-2.0
"""Requests for profiles that are linked to the one that asked: opened by the officer, or never.

Often nobody can name such a profile: a device knows itself by a pseudonym alone. That two profiles
are one person is the controller's own word, and may be wrong: two people share a device. So it is
an act of its own, never part of opening or running, and each request stands by itself: its own
clock, answer and receipt, and any of them can be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyroaring import FrozenBitMap

from privseg.consent import Authority, Event
from privseg.consent.history import each_once, is_malformed
from privseg.consent.links import MERGING, PARTING, Tie, linked, tie_of
from privseg.consent.quarantine import settle
from privseg.consent.scope import AFFIRMATIVE, bites, serves
from privseg.dsr import Asked, Case, CaseState, IdentityLevel, StepKind, satisfies
from privseg.dsr.kinds import OF_ONE_PROFILE
from privseg.engine.dsr.clocks import moved
from privseg.engine.dsr.errors_linked import (
    FirstWithdrawnError,
    GoesWithAnotherError,
    NotForLinkedError,
    NotLinkedNowError,
    RequestOverError,
)
from privseg.engine.dsr.identity import need_of
from privseg.engine.dsr.looking import tied
from privseg.engine.dsr.newcomers import person_now
from privseg.engine.dsr.opening import Opened, places_with, put
from privseg.engine.dsr.steps import entry_of, take_step
from privseg.engine.errors import RequestWithoutPersonError
from privseg.engine.house import House
from privseg.gate import consent_rules
from privseg.terms import Ordinal, StaffRole

LOOK = "linked"  # the verb of the entry in the log
AS_REQUEST = "as_request"  # the fact that names the request with which a step is taken
_VOUCHING = frozenset({Authority.STAFF, Authority.SUBJECT})  # whose word opens data of a profile


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


def open_for_linked(
    house: House, number: int, *, dry_run: bool = False, role: StaffRole
) -> ForLinked:
    """Open the same request for every profile that is linked to the person now.

    Each has the kind, the receipt, the manner and the particulars of the one that it goes with,
    but what the person wrote; goes by the places of both; and takes over how the person was
    identified, where that is enough for it. A profile for which that was done once is passed over;
    what else is open about it stops nothing.

    Raises:
        NotForLinkedError: linked profiles share what such a request brings about, or must not.
        GoesWithAnotherError: the request goes with another one itself.
        RequestOverError: it is answered.
        NotLinkedNowError: a profile would take proof over that is not the person's any more.
        RequestWithoutPersonError: nobody here has the identifier that was given.
    """
    case, person = house.cases.case(number), person_now(house, number)
    _require_first(case)
    if person is None:
        raise RequestWithoutPersonError(number)
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


def withdraw_linked(house: House, number: int, *, role: StaffRole) -> None:
    """Withdraw what goes with a request that the person takes back; in the open transaction."""
    for one in _open_with(house, number):
        take_step(house, one.number, StepKind.WITHDRAWN, role=role, facts={AS_REQUEST: str(number)})


def require_linked_withdrawable(house: House, number: int) -> None:
    """Refuse to take a request back while one that goes with it is being run.

    Raises:
        CaseStateError: one is; nothing was done.
    """
    for one in _open_with(house, number):
        one.step_to(StepKind.WITHDRAWN, house.now())


def require_still_linked(house: House, case: Case) -> None:
    """Refuse to go on with a request for a linked profile that is not linked to who asked now.

    Where who asked was erased since, every tie that leads to somebody erased has to stand, and
    nobody may have parted the profile from any since the request came.

    Raises:
        FirstWithdrawnError: the person took back what it goes with.
        NotLinkedNowError: the profile may be somebody else's.
    """
    profile = house.cases.subject(case.number)
    if case.goes_with is None or profile is None:
        return  # of a profile that is erased nothing is left but its receipt
    first = house.cases.case(case.goes_with)
    if any(step.kind is StepKind.WITHDRAWN for step in first.steps):
        raise FirstWithdrawnError(case.number, first.number)
    person = person_now(house, first.number)
    if person is None:
        stands = _stands_without(house, case, profile)
    else:
        stands = profile in profiles_linked_now(house, person)
    if not stands:
        raise NotLinkedNowError(case.number, first.number)


def profiles_linked_now(house: House, person: Ordinal) -> list[Ordinal]:
    """Return the profiles that are a person's by every word on record, none of them erased.

    Stricter than what restricts (``consent.links``), since here a link lets somebody see data: a
    MERGE counts only once it is in force, by an affirmative act of the controller's or the
    person's own; one that waits in quarantine or cannot be believed never; and any newer UNMERGE
    ends it, whoever said it. Nobody can part what an erased profile ties, so that ties nothing.
    """
    ties = _ties(house, person)
    gone = _erased(house, {Ordinal(profile) for tie in ties for profile in tie})
    return linked(person, [tie for tie in ties if gone.isdisjoint(tie)])[1:]


def _stands_without(house: House, case: Case, profile: Ordinal) -> bool:
    """Return whether a profile is still that of somebody who asked, and was erased since.

    Nothing says any more who of the erased they were: it is so only if it is so of all.
    """
    gone = _erased(house, map(Ordinal, house.ledger.linked(FrozenBitMap([profile]))))
    parted = any(
        event.act in PARTING
        and profile in (tie_of(event) or ())
        and event.record_time >= case.received_at
        for event in house.ledger.whole_history(profile)
    )
    return bool(gone) and not parted and gone <= set(linked(profile, _ties(house, profile)))


def _erased(house: House, profiles: Iterable[Ordinal]) -> set[Ordinal]:
    """Return which of some profiles nobody can be looked up by any more."""
    return {profile for profile in profiles if not house.vault.marks(profile)}


def _open_with(house: House, number: int) -> list[Case]:
    """Return the requests that go with another and are not answered."""
    return [one for one in requests_with(house, number) if one.state.is_open]


def _ties(house: House, person: Ordinal) -> list[Tie]:
    """Return the ties in force among the profiles that any MERGE ever tied to a person."""
    at, history = house.now(), house.ledger.whole_history(person)
    sound = (e for e in _believed(house, history, at) if e.act in MERGING and serves(e, at))
    merges = [e for e in sound if e.authority in _VOUCHING and e.method in AFFIRMATIVE]
    partings = [e for e in history if e.act in PARTING and bites(e, at)]
    return list(_in_force(merges, partings))


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
    """Open the request of one linked profile, in the open transaction.

    What the person wrote stays in their own request: erasing them would leave it in this one.
    """
    said, places = house.cases.asked(case.number), places_with(house, case, profile)
    asked = Asked(said.purpose, said.categories, language=said.language, place=said.place)
    opened = Opened(
        case.kind, profile, None, places, case.received_at, case.manner, asked,
        goes_with=case.number,
    )  # fmt: skip
    return _proved(house, case, put(house, opened, role=role), role)


def _proved(house: House, case: Case, mine: Case, role: StaffRole) -> Case:
    """Take over how the person of a request was identified, where that is enough for this one.

    Never a guardian's papers: that a child is somebody's says nothing of another profile's age.
    """
    need, level = need_of(house, mine), case.identity
    is_waiting = mine.state.is_open and mine.state is not CaseState.RUNNING
    is_proved = mine.identity is not None and satisfies(mine.identity, need)
    if level in {None, IdentityLevel.GUARDIAN} or not is_waiting or is_proved:
        return mine
    if not satisfies(level, need):
        return mine
    require_still_linked(house, mine)
    at, facts = house.now(), {"level": level.value, AS_REQUEST: str(case.number)}
    facts |= _deadlines(house, case, mine, at)
    return take_step(house, mine.number, StepKind.VERIFIED, role=role, facts=facts, at=at)


def _deadlines(house: House, case: Case, mine: Case, at: datetime) -> Mapping[str, str]:
    """Return by when a request is to be answered whose person is identified now.

    By when the first one is, where both go by the same clock; else as its own, stricter one says.
    """
    now, same = case.deadlines, mine.first_deadlines == case.first_deadlines
    if not same or now == case.first_deadlines:
        return moved(house, mine, StepKind.VERIFIED, at)
    return {"answer_by": now.answer_by.isoformat(), "legal_limit": now.legal_limit.isoformat()}

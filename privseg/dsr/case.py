# SPDX-License-Identifier: Apache-2.0
"""A data-subject request: one case file, one clock, one trail. State is a fold of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from privseg.dsr.clock import Deadlines
from privseg.dsr.identity import IdentityLevel
from privseg.dsr.kinds import RequestKind
from privseg.dsr.places import Places, Where
from privseg.errors import InputError
from privseg.terms import Jurisdiction


class CaseState(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    IDENTITY = "waiting_for_identity"
    ASSESSED = "assessed"
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    PARTLY_DONE = "partly_done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Return whether the person still waits for an answer."""
        return self in _OPEN


class StepKind(StrEnum):
    """What can happen to a case."""

    CONFIRMED = "confirmed"  # its receipt was confirmed to the person (11 CCR § 7021(a))
    IDENTITY_ASKED = "identity_asked"
    IDENTITY_TRIED = "identity_tried"  # data points are about to be compared: an attempt
    IDENTITY_FAILED = "identity_failed"  # and they did not match
    VERIFIED = "verified"
    ASSESSED = "assessed"
    PLANNED = "planned"
    EXTENDED = "extended"
    NOTIFIED = "notified"  # recipients were told, or letters to them were written
    RUNNING = "running"
    SYSTEM_ERASING = "system_erasing"  # a system outside is about to erase
    SYSTEM_ERASED = "system_erased"
    WORK_ORDERED = "work_ordered"  # its people were asked to, by a file
    PROVED = "proved"  # and told that it is done
    DONE = "done"
    PARTLY_DONE = "partly_done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the person who had asked
    LIFTED = "lifted"  # what an objection restricted while it was weighed has ended
    CLOSED = "closed"


MANNERS = frozenset({"letter", "email", "form", "phone", "account", "agent", "import", "invited"})
"""How a request can come; ``invited``: we had asked for it."""

LIFTS_ON = "lifts_on"
"""The fact that says on which day a restriction will end, as the person was told."""

_S, _K = CaseState, StepKind
_LIFT_OVER = frozenset({_K.DONE, _K.LIFTED, _K.WITHDRAWN})
_OPEN = frozenset({_S.RECEIVED, _S.IDENTITY, _S.ASSESSED, _S.PLANNED, _S.RUNNING})
_ANSWERED = frozenset({_S.DONE, _S.PARTLY_DONE, _S.REFUSED, _S.WITHDRAWN})
_BEFORE = _OPEN - {_S.RUNNING}

_FROM: Mapping[StepKind, frozenset[CaseState]] = {
    _K.CONFIRMED: _OPEN,
    _K.IDENTITY_ASKED: _BEFORE - {_S.IDENTITY},
    _K.IDENTITY_TRIED: _BEFORE,
    _K.IDENTITY_FAILED: _BEFORE,
    _K.VERIFIED: _BEFORE,
    _K.ASSESSED: frozenset({_S.RECEIVED, _S.ASSESSED, _S.PLANNED}),
    _K.PLANNED: frozenset({_S.RECEIVED, _S.ASSESSED, _S.PLANNED}),
    _K.EXTENDED: _OPEN,
    _K.NOTIFIED: _OPEN | _ANSWERED,
    _K.RUNNING: frozenset({_S.RECEIVED, _S.ASSESSED, _S.PLANNED, _S.RUNNING}),
    _K.SYSTEM_ERASING: frozenset({_S.RUNNING}),
    _K.SYSTEM_ERASED: frozenset({_S.RUNNING}),
    _K.WORK_ORDERED: frozenset({_S.RUNNING}),
    _K.PROVED: _ANSWERED | {_S.RUNNING, _S.CLOSED},
    _K.DONE: frozenset({_S.RUNNING}),
    _K.PARTLY_DONE: frozenset({_S.RUNNING}),
    _K.REFUSED: _BEFORE,
    _K.WITHDRAWN: _BEFORE,
    _K.LIFTED: _ANSWERED | {_S.CLOSED},
    _K.CLOSED: _ANSWERED,
}
"""From which states each step can be taken."""

_TO: Mapping[StepKind, CaseState] = {
    _K.IDENTITY_ASKED: _S.IDENTITY,
    _K.VERIFIED: _S.RECEIVED,
    _K.ASSESSED: _S.ASSESSED,
    _K.PLANNED: _S.PLANNED,
    _K.RUNNING: _S.RUNNING,
    _K.DONE: _S.DONE,
    _K.PARTLY_DONE: _S.PARTLY_DONE,
    _K.REFUSED: _S.REFUSED,
    _K.WITHDRAWN: _S.WITHDRAWN,
    _K.CLOSED: _S.CLOSED,
}
"""The state that a step leads to; the others change none."""


class CaseStateError(InputError):
    """A step that a case in this state cannot take; nothing was done."""

    def __init__(self, *, number: int, state: CaseState, wanted: StepKind) -> None:
        super().__init__(
            f"request {number} is {_words(state)}, so it cannot be {_words(wanted)}; "
            f"see it with: privseg dsr show {number}"
        )
        self.number = number
        self.state = state
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case. ``facts`` are codes and dates, never personal."""

    kind: StepKind
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request. The person is an ordinal in the store, never here.

    ``first_deadlines`` are what the law gave at the start; ``deadlines`` what they are by now.
    ``jurisdiction`` is the one place that is known; ``places`` are there where several are.
    ``goes_with`` is the request for whose person this one was opened, too: for a linked profile.
    """

    number: int
    kind: RequestKind
    received_at: datetime
    first_deadlines: Deadlines
    jurisdiction: Jurisdiction | None
    manner: str = "letter"  # how it came: letter, email, form, phone, account, agent, import
    duplicate_of: int | None = None  # an open one of the same person and kind; never blocked by it
    appeal_of: int | None = None
    goes_with: int | None = None
    forgotten: bool = False  # nothing personal is kept of it any more
    places: Places | None = None
    steps: tuple[Step, ...] = ()

    @property
    def where(self) -> Where:
        """Return the place, or the places, by whose law the case goes; None: nobody knows."""
        several = None if self.places is None else self.places.all
        return self.jurisdiction or several

    @property
    def state(self) -> CaseState:
        """Return where the case stands now."""
        return fold(self.steps)

    @property
    def is_done(self) -> bool:
        """Return whether it was done, whole or in part, and perhaps closed since."""
        return any(s.kind in {StepKind.DONE, StepKind.PARTLY_DONE} for s in self.steps)

    @property
    def identity(self) -> IdentityLevel | None:
        """Return how the person was identified, if they were."""
        levels = [s.facts["level"] for s in self.steps if s.kind is StepKind.VERIFIED]
        return IdentityLevel(levels[-1]) if levels else None

    @property
    def is_extended(self) -> bool:
        """Return whether the person was told that it takes longer."""
        return any(s.kind is StepKind.EXTENDED for s in self.steps)

    def pauses(self) -> tuple[tuple[datetime, datetime], ...]:
        """Return from when to when proof of identity was waited for; what is not over is not in it.

        Only the first asking begins one: asking twice buys no time.
        """
        found, asked = [], None
        for step in self.steps:
            if step.kind is StepKind.IDENTITY_ASKED and asked is None:
                asked = step.at
            elif step.kind is StepKind.VERIFIED and asked is not None:
                found.append((asked, step.at))
                asked = None
        return tuple(found)

    @property
    def deadlines(self) -> Deadlines:
        """Return the deadlines as they are after every pause and extension."""
        found = self.first_deadlines
        for step in self.steps:
            if "answer_by" in step.facts:
                found = replace(
                    found,
                    answer_by=date.fromisoformat(step.facts["answer_by"]),
                    legal_limit=date.fromisoformat(step.facts["legal_limit"]),
                )
        return found

    @property
    def lifts_on(self) -> date | None:
        """Return the day on which a restriction will end; None where none waits for its end."""
        day: date | None = None
        for step in self.steps:
            if LIFTS_ON in step.facts:
                day = date.fromisoformat(step.facts[LIFTS_ON])
            elif step.kind in _LIFT_OVER:
                day = None
        return day

    @property
    def answered_at(self) -> datetime | None:
        """Return when it was done, partly done, refused or withdrawn."""
        ends = (s.at for s in self.steps if s.kind in _TO and _TO[s.kind] in _ANSWERED)
        return next(ends, None)

    def step_to(self, kind: StepKind, at: datetime, facts: Mapping[str, str] | None = None) -> Step:
        """Return the step.

        Who was told that a restriction ends can still take it back until it has ended.

        Raises:
            CaseStateError: the case cannot take it from where it stands.
        """
        takes_back = kind is StepKind.WITHDRAWN and self.lifts_on is not None
        is_able = takes_back and self.state is CaseState.RUNNING
        if self.state not in _FROM[kind] and not is_able:
            raise CaseStateError(number=self.number, state=self.state, wanted=kind)
        return Step(kind, at, dict(facts or {}))


def fold(steps: Sequence[Step]) -> CaseState:
    """Return the state that ``steps`` lead to; a case without steps has just been received."""
    state = CaseState.RECEIVED
    for step in steps:
        state = _TO.get(step.kind, state)
    return state


def _words(name: StrEnum) -> str:
    """Return a state or step in words."""
    return name.value.replace("_", " ")

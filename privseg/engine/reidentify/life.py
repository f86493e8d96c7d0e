# SPDX-License-Identifier: Apache-2.0
"""The life of a re-identification: asked by one person, approved by another, opened in time.

State is a fold of what was asked and the steps since, at a moment. What takes the right to open
away stays: no later step gives it back, and a clock that goes back is not believed (``at`` is the
later of the clock and the last moment on the log).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from privseg.pseudonym import Domain
from privseg.terms import Purpose, StaffRole

DECIDE_WITHIN = timedelta(days=7)  # who asked and hears nothing for so long asks anew


class Step(StrEnum):
    """What somebody did to a request."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OPENED = "opened"  # counted before anybody is named: a crash gives none back


class State(StrEnum):
    """How a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SPENT = "spent"
    LAPSED = "lapsed"


OPEN_STATES = frozenset({State.WAITING, State.APPROVED})
"""The states from which it can still come to a name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One step: who took it, when; of an approval until when and how often it may be opened."""

    step: Step
    user: str
    role: StaffRole
    at: datetime
    audit_index: int
    until: datetime | None = None
    opens: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked: for which purpose, of which domain's pseudonyms, and why."""

    purpose: Purpose
    domain: Domain
    identifiers: frozenset[str]
    reason_code: str
    user: str
    role: StaffRole
    at: datetime
    people: int  # how many pseudonyms were given


@dataclass(frozen=True, slots=True)
class Reidentification:
    """A request with everything that was done to it."""

    number: int
    asked: Asked
    steps: tuple[Taken, ...] = ()

    @property
    def approval(self) -> Taken | None:
        """Return the approval, if there was one."""
        return next((s for s in self.steps if s.step is Step.APPROVED), None)

    @property
    def opened(self) -> int:
        """Return how often it was opened."""
        return sum(s.step is Step.OPENED for s in self.steps)

    @property
    def until(self) -> datetime:
        """Return when it lapses: an open request if nobody decides, an approved one by its box."""
        approval = self.approval
        if approval is None or approval.until is None:
            return self.asked.at + DECIDE_WITHIN
        return approval.until

    def state(self, at: datetime) -> State:
        """Return how it stands at a moment."""
        taken = {s.step for s in self.steps}
        if Step.REFUSED in taken:
            return State.REFUSED
        if Step.WITHDRAWN in taken:
            return State.WITHDRAWN
        if self.approval is not None and self.opened >= self.approval.opens:
            return State.SPENT
        if at >= self.until:
            return State.LAPSED
        return State.WAITING if self.approval is None else State.APPROVED


NEEDS: dict[Step, frozenset[State]] = {
    Step.APPROVED: frozenset({State.WAITING}),
    Step.REFUSED: frozenset({State.WAITING}),
    Step.WITHDRAWN: OPEN_STATES,
    Step.OPENED: frozenset({State.APPROVED}),
}
"""The states in which each step can be taken."""


def closes(request: Reidentification, at: datetime) -> bool:
    """Return whether a request can come to no name any more, so that its list has no use."""
    return request.state(at) not in OPEN_STATES

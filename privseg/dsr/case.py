# SPDX-License-Identifier: Apache-2.0
"""A data-subject request: one case file, one clock, one trail. State is a fold of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from privseg.dsr.clock import Deadlines
from privseg.errors import InputError
from privseg.terms import Jurisdiction


class RequestKind(StrEnum):
    """What a person asks for; the other rights are not built yet and are refused by name."""

    ACCESS = "access"  # GDPR Art. 15, Cal. Civ. Code § 1798.110
    ERASURE = "erasure"  # GDPR Art. 17, Cal. Civ. Code § 1798.105


class CaseState(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    RUNNING = "running"
    DONE = "done"


_NEXT = {
    CaseState.RECEIVED: frozenset({CaseState.RUNNING}),
    CaseState.RUNNING: frozenset({CaseState.RUNNING, CaseState.DONE}),
    CaseState.DONE: frozenset[CaseState](),
}


class CaseStateError(InputError):
    """A step that a case in this state cannot take; nothing was done."""

    def __init__(self, *, number: int, state: CaseState, wanted: CaseState) -> None:
        super().__init__(
            f"request {number} is {state}, so it cannot become {wanted}; "
            f"see it with: privseg dsr show {number}"
        )
        self.number = number
        self.state = state
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case."""

    state: CaseState
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One request. The person is an ordinal in the store, never here."""

    number: int
    kind: RequestKind
    received_at: datetime
    deadlines: Deadlines
    jurisdiction: Jurisdiction | None
    steps: tuple[Step, ...]

    @property
    def state(self) -> CaseState:
        """Return where the case stands now."""
        return fold(self.steps)

    def step_to(self, state: CaseState, at: datetime) -> Step:
        """Return the step to ``state``.

        Raises:
            CaseStateError: the case cannot go there from where it stands.
        """
        if state not in _NEXT[self.state]:
            raise CaseStateError(number=self.number, state=self.state, wanted=state)
        return Step(state, at)


def fold(steps: Sequence[Step]) -> CaseState:
    """Return the state that ``steps`` lead to; a case without steps has just been received."""
    return steps[-1].state if steps else CaseState.RECEIVED

# SPDX-License-Identifier: Apache-2.0
"""A case goes forward only."""

from datetime import UTC, date, datetime

import pytest

from privseg.dsr import (
    Case,
    CaseState,
    CaseStateError,
    Deadlines,
    RequestKind,
    Step,
    StepKind,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _case(*kinds: StepKind) -> Case:
    clock = Deadlines("GDPR Art. 12(3)", date(2026, 12, 21), date(2026, 12, 21))
    steps = tuple(Step(kind, NOON) for kind in kinds)
    return Case(
        number=1,
        kind=RequestKind.ERASURE,
        received_at=NOON,
        first_deadlines=clock,
        jurisdiction=None,
        steps=steps,
    )


def test_a_case_without_steps_has_just_been_received() -> None:
    assert _case().state is CaseState.RECEIVED


def test_a_run_that_was_cut_short_can_be_run_again() -> None:
    again = _case(StepKind.RUNNING).step_to(StepKind.RUNNING, NOON)
    assert again.kind is StepKind.RUNNING


@pytest.mark.parametrize(
    "wanted", [k for k in StepKind if k not in {StepKind.PROVED, StepKind.LIFTED}]
)
def test_a_closed_case_stays_closed(wanted: StepKind) -> None:
    """Only a work order's proof may still come, and the told end of a hold that it asked for."""
    with pytest.raises(CaseStateError):
        _case(StepKind.RUNNING, StepKind.DONE, StepKind.CLOSED).step_to(wanted, NOON)


def test_an_answer_needs_a_run() -> None:
    with pytest.raises(CaseStateError):
        _case().step_to(StepKind.DONE, NOON)

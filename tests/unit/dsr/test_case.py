# SPDX-License-Identifier: Apache-2.0
"""A case goes forward only, and its documents say what they are."""

from datetime import UTC, date, datetime

import pytest

from privseg.dsr import (
    ERASURE_FORMAT,
    Case,
    CaseState,
    CaseStateError,
    Deadlines,
    Erased,
    Receipt,
    RequestKind,
    Step,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _case(*states: CaseState) -> Case:
    clock = Deadlines("GDPR Art. 12(3)", date(2026, 12, 21), date(2026, 12, 21))
    steps = tuple(Step(s, NOON) for s in states)
    return Case(1, RequestKind.ERASURE, NOON, clock, None, steps)


def test_a_case_without_steps_has_just_been_received() -> None:
    assert _case().state is CaseState.RECEIVED


def test_a_run_that_was_cut_short_can_be_run_again() -> None:
    again = _case(CaseState.RUNNING).step_to(CaseState.RUNNING, NOON)
    assert again.state is CaseState.RUNNING


@pytest.mark.parametrize("wanted", list(CaseState))
def test_a_closed_case_stays_closed(wanted: CaseState) -> None:
    with pytest.raises(CaseStateError):
        _case(CaseState.RUNNING, CaseState.DONE).step_to(wanted, NOON)


def test_an_answer_needs_a_run() -> None:
    with pytest.raises(CaseStateError):
        _case().step_to(CaseState.DONE, NOON)


def test_a_receipt_says_that_it_is_provisional_and_why() -> None:
    receipt = Receipt("shop", 1, NOON, (Erased("vault", 2, ("email",)),), ("page-1",), 5, 7, "note")
    document = receipt.document()
    assert document["privseg"] == ERASURE_FORMAT
    assert document["provisional"] is True
    assert "key file" in str(document["provisional_because"])
    assert document["residues"]

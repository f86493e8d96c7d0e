# SPDX-License-Identifier: Apache-2.0
"""A case goes forward only, and its documents say what they are."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from privseg.dsr import (
    ERASURE_FORMAT,
    Case,
    CaseState,
    CaseStateError,
    Deadlines,
    Erased,
    OutstandingBackup,
    Receipt,
    RequestKind,
    Step,
)
from privseg.dsr.erasure import without_backup

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


RECEIPT = Receipt("shop", 1, NOON, (Erased("vault", 2, ("email",)),), ("page-1",), "ab" * 32)
TWO = replace(RECEIPT, backups=(OutstandingBackup("b1", "t1"), OutstandingBackup("b2", "t2")))


def test_a_receipt_says_that_it_is_provisional_and_why() -> None:
    document = TWO.document()
    assert document["privseg"] == ERASURE_FORMAT
    assert document["provisional"] is True
    assert "backup" in str(document["provisional_because"])
    assert [b["id"] for b in document["outstanding_backups"]] == ["b1", "b2"]  # type: ignore[attr-defined]
    assert document["residues"]


def test_a_receipt_without_a_backup_of_before_is_final_and_says_what_it_does_not_cover() -> None:
    document = RECEIPT.document()
    assert (document["provisional"], document["provisional_because"]) == (False, "")
    assert "key container" in str(document["not_covered"])


def test_a_receipt_is_final_once_the_last_of_its_backups_is_destroyed() -> None:
    document = TWO.document()
    assert without_backup(document, {"b9"}) is None
    first = without_backup(document, {"b1"})
    assert first is not None
    assert (first["provisional"], first["outstanding_backups"]) == (
        True, [{"id": "b2", "made_at": "t2"}],
    )  # fmt: skip
    assert without_backup(first, {"b1"}) is None
    last = without_backup(first, {"b1", "b2"})
    assert last == RECEIPT.document()

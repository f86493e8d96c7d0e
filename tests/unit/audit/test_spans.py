# SPDX-License-Identifier: Apache-2.0
"""Runs of numbers mean the numbers in them, and cost nothing however long they are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.audit import AuditEvent, HeaderError, Kind, Outcome, Rule, check, check_header
from privseg.audit.spans import Runs, inside, outside, spans_to_texts, text_to_span, united
from privseg.terms import StaffRole
from tests.twins.memory_audit import MemoryAuditLog

numbers = st.sets(st.integers(0, 60))
spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda s: (s[0], sum(s))))


def spelt_out(runs: list[tuple[int, int]]) -> set[int]:
    return {n for first, last in runs for n in range(first, last + 1)}


@given(numbers)
def test_numbers_come_back_from_their_texts(those: set[int]) -> None:
    texts = spans_to_texts(sorted(those))
    assert spelt_out([text_to_span(text) for text in texts]) == those
    check_header(Kind.RETENTION, {"verb": "expire", "erased": texts})


@given(spans)
def test_united_runs_hold_the_same_numbers_apart_and_in_order(some: list[tuple[int, int]]) -> None:
    joined = united(some)
    assert spelt_out(joined) == spelt_out(some)
    assert all(b[0] > a[1] + 1 for a, b in pairwise(joined))


@given(numbers, spans)
def test_what_is_claimed_and_what_is_not_are_told_apart(
    those: set[int], claims: list[tuple[int, int]]
) -> None:
    runs, claimed = Runs(), united(claims)
    for number in sorted(those):
        runs.add(number)
    assert len(runs) == len(those)
    assert list(outside(runs, claimed)) == sorted(those - spelt_out(claims))
    assert list(inside(runs, claimed)) == sorted(those & spelt_out(claims))


@pytest.mark.parametrize(
    "text", ["7-7", "12-7", "07", "7-012", "-7", "7-", "7-9-12", "7 - 9", "1" * 20, "0-0", ""]
)
def test_a_run_is_spelt_in_one_way_and_ascends(text: str) -> None:
    with pytest.raises(HeaderError):
        check_header(Kind.DSR, {"verb": "done", "erased": [text]})


@pytest.mark.parametrize("text", ["0", "7", "0-1", "7-12", "0-9223372036854775807"])
def test_a_run_is_a_number_or_two(text: str) -> None:
    check_header(Kind.DSR, {"verb": "done", "erased": [text]})


def log_that_says(*erased: str, gone: tuple[int, ...]) -> list[tuple[Rule, int | None]]:
    """Return what is found in a log of five whose last entry says what was erased."""
    log = MemoryAuditLog()
    for _ in range(4):
        log.append(AuditEvent(Kind.POLICY, Outcome.OK, StaffRole.ADMIN, {"verb": "adopt"}))
    said: dict[str, str | list[str]] = {"verb": "expire", "erased": list(erased)}
    log.append(AuditEvent(Kind.RETENTION, Outcome.OK, StaffRole.ADMIN, said))
    for sequence in gone:
        log.erase_body(sequence)
    report = check(log.entries(), checkpoint_note=log.head(), verifiers=[log.signer.public])
    return [(finding.rule, finding.sequence) for finding in report.findings]


def test_a_run_erases_every_body_in_it_and_no_other() -> None:
    assert log_that_says("1-3", gone=(1, 2, 3)) == []
    assert log_that_says("1-2", gone=(1, 2, 3)) == [(Rule.BODY, 3)]
    assert log_that_says("1-3", gone=(1, 3)) == [(Rule.BODY_KEPT, 2)]


def test_nobody_can_announce_what_will_be_gone() -> None:
    """A run counts only for what came before it, however far it reaches, and costs nothing."""
    endless = "0-9223372036854775807"
    assert log_that_says(endless, gone=(0, 1, 2, 3)) == []
    assert log_that_says(endless, gone=(0, 1, 2, 3, 4)) == [(Rule.BODY, 4)]
    assert log_that_says("4-9", gone=(4,)) == [(Rule.BODY, 4)]

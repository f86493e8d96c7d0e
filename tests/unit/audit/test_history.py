# SPDX-License-Identifier: Apache-2.0
"""Who read my data."""

from dataclasses import replace

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import CommitmentError, MalformedEntryError, Outcome, StoredEntry, access_history
from privseg.terms import Attribute, Ordinal, Purpose, StaffRole
from tests.twins.demo_log import fill, intent, outcome, run
from tests.twins.memory_audit import START, MemoryAuditLog


def _log() -> MemoryAuditLog:
    log = MemoryAuditLog()
    fill(log)
    return log


def test_every_run_is_told_with_what_it_had_to_do_with_the_person() -> None:
    first, second, third = access_history(_log().entries(), Ordinal(2))
    assert (first.sequence, first.run) == (7, "a1" * 16)
    assert (first.segmenter, first.purpose) == ("crm-team", Purpose("marketing.email"))
    assert first.attributes == (Attribute("country"), Attribute("purchase.amount"))
    assert first.actor is StaffRole.MARKETER
    assert (first.eligible, first.found_in, first.outcome) == (True, ("lapsed",), Outcome.OK)
    assert first.releases == ("r1" * 8,)
    assert first.time > START
    assert (second.eligible, second.found_in, second.releases) == (True, ("lapsed",), ())
    assert (third.eligible, third.found_in, third.outcome) == (True, (), Outcome.FAILED)


def test_a_person_who_withdrew_is_outside_the_runs_that_follow() -> None:
    before, after, last = access_history(_log().entries(), Ordinal(4))
    assert (before.eligible, before.found_in) == (True, ("lapsed",))
    assert (after.eligible, after.found_in, last.eligible) == (False, (), False)
    assert [record.may_have_read for record in (before, after, last)] == [True, False, False]


def test_a_person_nobody_knows_was_read_by_nobody() -> None:
    assert not any(r.may_have_read for r in access_history(_log().entries(), Ordinal(99)))


def test_a_run_that_never_ended_stays_pending() -> None:
    log = MemoryAuditLog()
    log.append(intent("b1" * 16, FrozenBitMap({1})))
    (record,) = access_history(log.entries(), Ordinal(1))
    assert (record.outcome, record.eligible, record.found_in) == (Outcome.PENDING, True, ())


def test_an_erased_people_set_is_not_a_no() -> None:
    log = MemoryAuditLog()
    run(log, "b1" * 16, FrozenBitMap({1}), lapsed=FrozenBitMap({1}))
    log.erase_body(0)
    (record,) = access_history(log.entries(), Ordinal(1))
    assert (record.eligible, record.found_in) == (True, ("lapsed",))  # the outcome still says it
    log.erase_body(1)
    (record,) = access_history(log.entries(), Ordinal(1))
    assert (record.eligible, record.may_have_read, record.found_in) == (None, True, ())


def test_two_runs_at_once_are_kept_apart() -> None:
    log = MemoryAuditLog()
    first = log.append(intent("b1" * 16, FrozenBitMap({1})))
    second = log.append(intent("b2" * 16, FrozenBitMap({2})))
    log.append(outcome("b2" * 16, second, FrozenBitMap({2}), new=FrozenBitMap({2})))
    log.append(outcome("b1" * 16, first, FrozenBitMap({1}), lapsed=FrozenBitMap({1})))
    assert [r.found_in for r in access_history(log.entries(), Ordinal(1))] == [("lapsed",), ()]
    assert [r.found_in for r in access_history(log.entries(), Ordinal(2))] == [(), ("new",)]


def _changed(log: MemoryAuditLog, index: int, **changes: bytes | None) -> list[StoredEntry]:
    return [replace(e, **changes) if e.sequence == index else e for e in log.entries()]


@pytest.mark.parametrize("changes", [{"body": b"{}"}, {"salt": None}, {"body": None}])
def test_an_answer_is_never_given_from_a_changed_body(changes: dict[str, bytes | None]) -> None:
    with pytest.raises(CommitmentError):
        access_history(_changed(_log(), 7, **changes), Ordinal(2))


def test_an_answer_is_never_given_from_changed_bytes() -> None:
    with pytest.raises(MalformedEntryError):
        access_history(_changed(_log(), 7, entry_bytes=b"{}"), Ordinal(2))

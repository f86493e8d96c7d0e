# SPDX-License-Identifier: Apache-2.0
"""What a read is: an intent counts, an outcome says who was found, an erased body is not a no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import (
    AuditEvent,
    CommitmentError,
    Kind,
    MalformedEntryError,
    Outcome,
    StoredEntry,
    people_to_text,
)
from privseg.audit.reads import Concern, Reads, Run, concern, fold, traces
from privseg.audit.wanted import Wanted
from privseg.terms import StaffRole
from tests.twins.demo_log import fill, intent, note, outcome, run
from tests.twins.memory_audit import START, MemoryAuditLog

ONE, TWO = FrozenBitMap({1}), FrozenBitMap({2})


def asked(entries: Iterable[StoredEntry], person: int) -> Reads[bool]:
    return fold(traces(entries, lambda people: person in people))


def full() -> MemoryAuditLog:
    log = MemoryAuditLog()
    fill(log)
    return log


def found(run: Run[bool]) -> list[str]:
    return [name for name, is_in in run.members.items() if is_in]


def test_every_run_is_told_with_what_it_had_to_do_with_the_person() -> None:
    first, second, third = asked(full().entries(), 2).runs
    assert (first.intent.sequence, first.name) == (7, "a1" * 16)
    assert first.intent.one("segmenter") == "crm-team"
    assert first.attributes == {"country", "purchase.amount"}
    assert (first.role, first.releases) == (StaffRole.MARKETER, ("r1" * 8,))
    assert first.intent.time > START
    assert [concern(r) for r in (first, second, third)] == [
        Concern.READ, Concern.READ, Concern.POSSIBLE,
    ]  # fmt: skip
    assert [found(r) for r in (first, second, third)] == [["lapsed"], ["lapsed"], []]


def test_a_person_who_withdrew_is_outside_the_runs_that_follow() -> None:
    told = [concern(r) for r in asked(full().entries(), 4).runs]
    assert told == [Concern.READ, None, None]


def test_whoever_withdrew_while_a_run_was_at_work_was_read_by_it() -> None:
    log = MemoryAuditLog()
    log.append(intent("b1" * 16, FrozenBitMap({1, 2}), "lapsed"))
    log.append(outcome("b1" * 16, 0, TWO, lapsed=TWO))
    assert [concern(r) for r in asked(log.entries(), 1).runs] == [Concern.READ]


def test_a_person_nobody_knows_was_read_by_nobody() -> None:
    assert not any(concern(r) for r in asked(full().entries(), 99).runs)


@pytest.mark.parametrize("ended", [None, Outcome.FAILED])
def test_a_run_that_never_came_to_its_end_may_have_read_everybody_it_could(
    ended: Outcome | None,
) -> None:
    log = MemoryAuditLog()
    log.append(intent("b1" * 16, ONE))
    if ended:
        log.append(outcome("b1" * 16, 0, FrozenBitMap(), ended=ended))
    (told,) = asked(log.entries(), 1).runs
    assert (concern(told), told.completed) == (Concern.POSSIBLE, False)
    assert concern(asked(log.entries(), 2).runs[0]) is None


def test_an_erased_people_set_is_not_a_no() -> None:
    log = MemoryAuditLog()
    run(log, "b1" * 16, ONE, lapsed=ONE)
    log.erase_body(0)
    assert concern(asked(log.entries(), 1).runs[0]) is Concern.READ  # the outcome still says it
    assert concern(asked(log.entries(), 2).runs[0]) is Concern.UNKNOWN
    log.erase_body(1)
    assert concern(asked(log.entries(), 1).runs[0]) is Concern.UNKNOWN


def test_an_erased_body_is_told_by_the_entry_that_says_so() -> None:
    log = MemoryAuditLog()
    run(log, "b1" * 16, ONE)
    log.append(note(Kind.RETENTION, StaffRole.ADMIN, {}, verb="erase", erased=["0-1"]))
    reads = asked(log.entries(), 1)
    by = reads.erased_by(reads.runs[0].intent)
    assert by is not None
    assert by.sequence == 2
    assert reads.erased_by(by) is None


def test_two_runs_at_once_are_kept_apart() -> None:
    log = MemoryAuditLog()
    first = log.append(intent("b1" * 16, ONE))
    second = log.append(intent("b2" * 16, TWO))
    log.append(outcome("b2" * 16, second, TWO, new=TWO))
    log.append(outcome("b1" * 16, first, ONE, lapsed=ONE))
    assert [found(r) for r in asked(log.entries(), 1).runs] == [["lapsed"], []]
    assert [found(r) for r in asked(log.entries(), 2).runs] == [[], ["new"]]


def test_an_outcome_of_no_run_on_record_is_named() -> None:
    log = MemoryAuditLog()
    log.append(note(Kind.CONSENT, StaffRole.ENGINEER, {}, verb="record"))
    log.append(outcome("b1" * 16, 0, ONE))
    assert asked(log.entries(), 1).orphans == (1,)


def test_entries_that_name_people_are_told_beside_the_runs() -> None:
    log = full()
    body = {"people": people_to_text(ONE), "by": {"user": "grace"}}
    log.append(note(Kind.ACTOR, StaffRole.AUDITOR, dict(body), verb="who-person"))
    (named,) = asked(log.entries(), 1).named
    assert named.said is not None
    assert (named.one("verb"), named.said.user, named.said.sets["people"]) == (
        "who-person", "grace", True,
    )  # fmt: skip


def test_refusals_and_exports_of_no_run_are_told_apart() -> None:
    reads = asked(full().entries(), 1)
    assert [t.many("attributes") for t in reads.denied] == [("religion",)]
    assert [t.one("format") for t in reads.exports] == ["tlog-tiles"]


def _changed(log: MemoryAuditLog, index: int, **changes: bytes | None) -> list[StoredEntry]:
    return [replace(e, **changes) if e.sequence == index else e for e in log.entries()]


@pytest.mark.parametrize("changes", [{"body": b"{}"}, {"salt": None}, {"body": None}])
def test_an_answer_is_never_given_from_a_changed_body(changes: dict[str, bytes | None]) -> None:
    with pytest.raises(CommitmentError):
        asked(_changed(full(), 7, **changes), 2)


def test_an_answer_is_never_given_from_changed_bytes() -> None:
    with pytest.raises(MalformedEntryError):
        asked(_changed(full(), 7, entry_bytes=b"{}"), 2)


# --- which runs a question is about ------------------------------------------------------------

HOUR = timedelta(hours=1)


def is_for(wanted: Wanted, *events: AuditEvent, erase: bool = False) -> bool | None:
    log = MemoryAuditLog(clock=lambda n: START + n * HOUR)
    for event in events:
        log.append(event)
    for sequence in range(log.size if erase else 0):
        log.erase_body(sequence)
    (told,) = asked(log.entries(), 1).runs
    return wanted.is_for(told, categories=lambda _: frozenset({"location"}), lasting=HOUR)


WHOLE = [intent("b1" * 16, ONE, "lapsed.v1"), outcome("b1" * 16, 0, ONE, lapsed=ONE)]  # 0 h to 1 h
WINDOWS = {  # hours from, hours until -> is the run in it
    (None, None): True, (0, 1): True, (0, 0): False, (0.5, 0.6): True, (1, 2): True,
    (1.1, None): False, (None, 0): False, (None, 0.1): True, (-1, 0): False, (-1, 3): True,
}  # fmt: skip


@pytest.mark.parametrize("window", WINDOWS)
def test_a_run_is_in_a_window_when_any_moment_of_it_is(
    window: tuple[float | None, float | None],
) -> None:
    since, until = (None if h is None else START + h * HOUR for h in window)
    wanted = Wanted(since=since, until=until)
    assert is_for(wanted, *WHOLE) is WINDOWS[window]
    assert is_for(wanted, WHOLE[0]) is WINDOWS[window]  # it may have gone on as long as it could


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(attributes=frozenset({"country", "religion"})), True),
        (Wanted(attributes=frozenset({"religion"})), False),
        (Wanted(segments=frozenset({"lapsed"})), True),
        (Wanted(segments=frozenset({"lapsed.v1"})), True),
        (Wanted(segments=frozenset({"lapsed.v2"})), False),
        (Wanted(purposes=frozenset({"marketing.email"}), roles=frozenset({"analyst"})), False),
        (Wanted(runs=frozenset({"b1" * 16})), True),
        (Wanted(categories=frozenset({"location"})), True),
        (Wanted(categories=frozenset({"religion"})), False),
        (Wanted(users=frozenset({"grace"})), False),
    ],
)
def test_a_run_fits_when_it_fits_every_part(wanted: Wanted, fits: bool) -> None:  # noqa: FBT001
    assert is_for(wanted, *WHOLE) is fits


def test_a_user_that_was_erased_with_the_bodies_may_be_anybody() -> None:
    wanted = Wanted(users=frozenset({"grace"}))
    assert is_for(wanted, *WHOLE, erase=True) is None
    assert is_for(replace(wanted, roles=frozenset({"analyst"})), *WHOLE, erase=True) is False

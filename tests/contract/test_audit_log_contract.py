# SPDX-License-Identifier: Apache-2.0
"""What every audit log keeps: the port ``AuditLog``, through every adapter.

An adapter joins with a case in ``subject``: an empty log, a ``reopen`` that returns it anew from
what is durable, the verifiers of its key, and a ``transaction`` that makes what happens inside it
one.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import (
    AuditEvent,
    AuditLog,
    HeaderError,
    Kind,
    Outcome,
    UnwritableEntryError,
    check,
    export,
    open_body,
    parse_entry,
)
from privseg.audit.reads import fold, traces
from privseg.store import Database, Shared, SqlAuditLog
from privseg.terms import StaffRole
from privseg.tlog import NotPrintableError, Verifier, leaf_hash, open_checkpoint, root_hash
from tests.twins.demo_log import intent, note, outcome
from tests.twins.memory_audit import BOOT, MemoryAuditLog
from tests.twins.postgres import workspace
from tests.twins.seed_key import SeedKey
from tests.twins.store_worker import PlacedBodies


@dataclass(frozen=True)
class Subject:
    """One adapter under test."""

    log: AuditLog
    reopen: Callable[[], AuditLog]
    verifiers: list[Verifier]
    transaction: Callable[[], AbstractContextManager[object]] | None = field(default=None)


def memory() -> Subject:
    log = MemoryAuditLog()
    return Subject(log, lambda: log, [log.signer.public])


def store(where: Path | Shared) -> Subject:
    key = SeedKey("example.com/audit")
    db = Database.create(where)

    def opened(database: Database) -> SqlAuditLog:
        return SqlAuditLog(
            database,
            key,
            clock=lambda: datetime.now(UTC),
            monotonic_ns=time.monotonic_ns,
            boot_id=BOOT,
            randbytes=secrets.token_bytes,
            origin=key.name,
            bodies=PlacedBodies(),
            verifiers=[key.public],
        )

    return Subject(opened(db), lambda: opened(Database.open(where)), [key.public], db.transaction)


EVENTS = [
    note(Kind.CONFIGURATION, StaffRole.ADMIN, {}, verb="create", setting="workspace"),
    note(Kind.CONSENT, StaffRole.COMPLIANCE_OFFICER, {"subject": 4}, verb="record"),
    intent("a1" * 16, FrozenBitMap({1, 2, 4}), "lapsed"),
    outcome("a1" * 16, 2, FrozenBitMap({1, 2}), lapsed=FrozenBitMap({2})),
]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Subject:
    match request.param:
        case "memory":
            return memory()
        case "sqlite":
            return store(tmp_path / "workspace" / "privseg.sqlite")
        case _:
            return store(workspace(request.getfixturevalue("postgres"), tmp_path / "workspace"))


def test_an_empty_log_has_a_signed_head(subject: Subject) -> None:
    assert subject.log.size == 0
    assert list(subject.log.entries()) == []
    head = open_checkpoint(subject.log.head(), subject.verifiers)
    assert (head.size, head.root) == (0, root_hash([]))


def test_entries_are_numbered_from_zero_in_the_order_of_appending(subject: Subject) -> None:
    assert [subject.log.append(event) for event in EVENTS] == [0, 1, 2, 3]
    entries = [parse_entry(stored.entry_bytes) for stored in subject.log.entries()]
    assert [entry.sequence for entry in entries] == [0, 1, 2, 3]
    assert [entry.kind for entry in entries] == [event.kind for event in EVENTS]
    assert [dict(entry.header) for entry in entries] == [dict(event.header) for event in EVENTS]
    assert [entry.actor for entry in entries] == [event.actor for event in EVENTS]


def test_a_body_opens_against_its_entry(subject: Subject) -> None:
    for event in EVENTS:
        subject.log.append(event)
    for stored, event in zip(subject.log.entries(), EVENTS, strict=True):
        assert stored.salt is not None
        assert stored.body is not None
        body = open_body(parse_entry(stored.entry_bytes), stored.salt, stored.body)
        assert body == dict(event.body)


def test_no_salt_is_used_twice(subject: Subject) -> None:
    for _ in range(20):
        subject.log.append(EVENTS[0])
    stored = list(subject.log.entries())
    assert len({each.salt for each in stored}) == 20
    assert len({parse_entry(each.entry_bytes).commitment for each in stored}) == 20


def test_the_head_covers_every_entry_at_every_moment(subject: Subject) -> None:
    for event in EVENTS:
        subject.log.append(event)
        leaves = [leaf_hash(stored.entry_bytes) for stored in subject.log.entries()]
        head = open_checkpoint(subject.log.head(), subject.verifiers)
        assert (head.size, head.root) == (subject.log.size, root_hash(leaves))


def test_every_earlier_head_is_a_past_of_the_log(subject: Subject) -> None:
    heads = [subject.log.head()]
    for event in EVENTS:
        subject.log.append(event)
        heads.append(subject.log.head())
    report = check(
        subject.log.entries(),
        checkpoint_note=subject.log.head(),
        verifiers=subject.verifiers,
        anchors=heads,
    )
    assert (report.findings, report.anchored) == ((), 4)


def test_what_was_acknowledged_is_there_after_reopening(subject: Subject) -> None:
    for event in EVENTS:
        subject.log.append(event)
    before = list(subject.log.entries())
    again = subject.reopen()
    assert list(again.entries()) == before
    assert again.append(EVENTS[0]) == 4
    assert check(
        again.entries(), checkpoint_note=again.head(), verifiers=subject.verifiers
    ).is_clean


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, [0, 1, 2, 3]), (2, None, [2, 3]), (1, 3, [1, 2]), (4, None, []), (2, 2, []),
     (0, 99, [0, 1, 2, 3])],
)  # fmt: skip
def test_a_part_of_the_log_can_be_read(
    subject: Subject, start: int, end: int | None, expected: list[int]
) -> None:
    for event in EVENTS:
        subject.log.append(event)
    assert [stored.sequence for stored in subject.log.entries(start, end)] == expected


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (AuditEvent(Kind.POLICY, Outcome.OK, StaffRole.ADMIN, {"verb": "a b"}), HeaderError),
        (AuditEvent(Kind.POLICY, Outcome.OK, StaffRole.ADMIN, {}), HeaderError),
        (
            AuditEvent(Kind.POLICY, Outcome.PENDING, StaffRole.ADMIN, {"verb": "adopt"}),
            UnwritableEntryError,
        ),
        (
            AuditEvent(Kind.POLICY, Outcome.OK, StaffRole.ADMIN, {"verb": "adopt"}, {"a": 0.5}),
            NotPrintableError,
        ),
        (
            AuditEvent(
                Kind.DSR,
                Outcome.OK,
                StaffRole.ADMIN,
                {"verb": "done", "erased": [str(10**18 + i) for i in range(4_000)]},
            ),
            UnwritableEntryError,
        ),
    ],
    ids=["shape", "missing", "outcome", "float", "length"],
)
def test_an_event_that_cannot_be_recorded_changes_nothing(
    subject: Subject, event: AuditEvent, refusal: type[Exception]
) -> None:
    subject.log.append(EVENTS[0])
    before = (list(subject.log.entries()), subject.log.head())
    with pytest.raises(refusal):
        subject.log.append(event)
    assert (list(subject.log.entries()), subject.log.head()) == before
    assert subject.log.append(EVENTS[1]) == 1


def test_a_transaction_that_fails_leaves_no_entry(subject: Subject) -> None:
    if subject.transaction is None:
        pytest.skip("this adapter has no transactions")
    subject.log.append(EVENTS[0])
    before = (list(subject.log.entries()), subject.log.size)
    with pytest.raises(ZeroDivisionError), subject.transaction():
        _append_and_fail(subject.log)
    assert (list(subject.log.entries()), subject.log.size) == before
    assert subject.log.append(EVENTS[1]) == 1
    assert check(
        subject.log.entries(), checkpoint_note=subject.log.head(), verifiers=subject.verifiers
    ).is_clean


def _append_and_fail(log: AuditLog) -> None:
    assert log.append(EVENTS[1]) == 1
    raise ZeroDivisionError


def test_a_transaction_records_all_its_entries(subject: Subject) -> None:
    with (subject.transaction or nullcontext)():
        for event in EVENTS:
            subject.log.append(event)
    again = subject.reopen()
    assert again.size == len(EVENTS)
    assert check(
        again.entries(), checkpoint_note=again.head(), verifiers=subject.verifiers
    ).is_clean


def test_the_log_answers_who_read_a_persons_data(subject: Subject) -> None:
    for event in EVENTS:
        subject.log.append(event)
    (run,) = fold(traces(subject.log.entries(), lambda people: 2 in people)).runs
    assert (run.eligible, dict(run.members)) == (True, {"lapsed": True})


def test_a_log_can_be_exported(subject: Subject) -> None:
    for event in EVENTS:
        subject.log.append(event)
    paths = dict(export(subject.log.entries(), checkpoint_note=subject.log.head()))
    assert set(paths) == {"checkpoint", "tile/entries/000.p/4", "tile/0/000.p/4"}

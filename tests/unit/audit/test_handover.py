# SPDX-License-Identifier: Apache-2.0
"""A signing key that is given up signs nothing later, and the next one is vouched for by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from privseg.audit import AuditEvent, Kind, Outcome, Report, Rule, check
from privseg.audit.handover import HandoverError, KeyChain, eras, open_chain, rotation_header
from privseg.errors import IntegrityError
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, Frontier, Signer, leaf_hash, signers_of
from tests.twins.memory_audit import START, MemoryAuditLog
from tests.twins.seed_key import SeedKey

ORIGIN = "example.com/audit"
K0, K1, K2 = (SeedKey(ORIGIN, bytes([n]) * 32) for n in range(3))
PLAIN = AuditEvent(Kind.POLICY, Outcome.OK, StaffRole.ADMIN, {"verb": "adopt"})


def rotation(old: SeedKey, new: SeedKey, **header: str) -> AuditEvent:
    said = rotation_header(old.public, new.public, reason="yearly") | header
    return AuditEvent(Kind.CHECKPOINT_KEY, Outcome.OK, StaffRole.ADMIN, said)


class Log:
    """A log of nine entries with two changes of key: sizes 3 and 6."""

    def __init__(self, **wrong: str) -> None:
        self.memory = MemoryAuditLog(signer=K2)
        events = [PLAIN, PLAIN, rotation(K0, K1, **wrong), PLAIN, PLAIN, rotation(K1, K2)]
        for event in [*events, *[PLAIN] * 3]:
            self.memory.append(event)
        self.handovers = [self.note(3, K0, K1), self.note(6, K1, K2)]
        self.keys = [K0.public, K1.public, K2.public]
        self.head = self.note(9, K2)

    def note(self, size: int, *signers: Signer) -> str:
        leaves = [leaf_hash(each.entry_bytes) for each in self.memory.entries(0, size)]
        head = Checkpoint(ORIGIN, size, Frontier().append(leaves).root())
        return head.sign(signers[0], *signers[1:])

    def check(self, *anchors: str) -> Report:
        return check(
            self.memory.entries(),
            checkpoint_note=self.head,
            verifiers=self.keys,
            handovers=self.handovers,
            anchors=anchors,
        )


def found(report: Report) -> list[tuple[Rule, int | None]]:
    return [(finding.rule, finding.sequence) for finding in report.findings]


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_log_whose_key_was_changed_twice_is_clean(log: Log) -> None:
    report = log.check(log.note(2, K0), log.note(3, K0), log.note(3, K1), log.note(8, K2))
    assert found(report) == []
    assert report.anchored == 8


def test_each_key_signs_the_heads_of_its_own_time(log: Log) -> None:
    chain = open_chain(log.keys, log.handovers)
    assert [(first, last) for _, first, last in eras(chain)] == [(0, 3), (3, 6), (6, None)]
    for size, signer in [(0, K0), (3, K0), (3, K1), (6, K1), (6, K2), (7, K2)]:
        assert chain.open(log.note(size, signer)).size == size


@pytest.mark.parametrize(("size", "signer"), [(4, K0), (7, K0), (2, K1), (7, K1), (5, K2), (0, K1)])
def test_a_key_has_no_say_at_any_other_size(log: Log, size: int, signer: SeedKey) -> None:
    chain = open_chain(log.keys, log.handovers)
    with pytest.raises(HandoverError, match="no say"):
        chain.open(log.note(size, signer))
    assert found(log.check(log.note(size, signer))) == [(Rule.ANCHOR, None)]


def test_an_old_key_cannot_sign_the_newest_head(log: Log) -> None:
    for signer in (K0, K1):
        log.head = log.note(9, signer)
        assert found(log.check()) == [(Rule.CHECKPOINT, None)]


def test_both_keys_sign_the_head_that_hands_over(log: Log) -> None:
    assert signers_of(log.handovers[0]) == (
        (ORIGIN, _id(K0)),
        (ORIGIN, _id(K1)),
    )


def _id(key: SeedKey) -> bytes:
    return bytes.fromhex(key.vkey.split("+")[1])


BROKEN: dict[str, Callable[[Log], list[str]]] = {
    "is missing": lambda log: log.handovers[:1],
    "is one too many": lambda log: [*log.handovers, log.note(8, K2, K2)],
    "is signed by the old key alone": lambda log: [log.note(3, K0), log.handovers[1]],
    "is signed by the new key alone": lambda log: [log.note(3, K1), log.handovers[1]],
    "is signed in the other order": lambda log: [log.note(3, K1, K0), log.handovers[1]],
    "is signed by a stranger too": lambda log: [
        log.note(3, K0, K1, SeedKey(ORIGIN, bytes([9]) * 32)),
        log.handovers[1],
    ],
    "is signed by another key": lambda log: [log.note(3, K0, K2), log.handovers[1]],
    "comes before the one before": lambda log: [log.note(6, K0, K1), log.note(3, K1, K2)],
    "comes with the one before": lambda log: [log.note(3, K0, K1), log.note(3, K1, K2)],
    "is of an empty log": lambda log: [log.note(0, K0, K1), log.handovers[1]],
    "was changed": lambda log: [log.handovers[0].replace("\n3\n", "\n4\n"), log.handovers[1]],
    "is rubbish": lambda log: ["", log.handovers[1]],
    "is of another log": lambda log: [
        Checkpoint("example.com/other", 3, bytes(32)).sign(K0, K1), log.handovers[1]
    ],
    "is larger than the head": lambda log: [log.handovers[0], log.note(9, K1, K2)]
    if _shrunk(log) else [],
}  # fmt: skip


def _shrunk(log: Log) -> bool:
    log.head = log.note(8, K2)
    return True


@pytest.mark.parametrize("how", BROKEN)
def test_nothing_is_believed_under_keys_that_do_not_follow_from_one_another(
    log: Log, how: str
) -> None:
    log.handovers = BROKEN[how](log)
    assert found(log.check()) == [(Rule.HANDOVER, None)]


def test_a_handover_over_other_entries_is_named(log: Log) -> None:
    other = Checkpoint(ORIGIN, 3, bytes(32)).sign(K0, K1)
    log.handovers[0] = other
    assert found(log.check()) == [(Rule.HANDOVER, 2)]


@pytest.mark.parametrize(
    "wrong",
    [{"vkey": K2.vkey}, {"key_id": "00000000"}, {"previous": "00000000"}],
    ids=["another key", "another key's id", "another old key"],
)
def test_an_entry_that_names_another_key_is_no_handover(wrong: dict[str, str]) -> None:
    assert found(Log(**wrong).check()) == [(Rule.HANDOVER, 2)]


def test_a_handover_at_an_entry_that_changes_no_key_is_named(log: Log) -> None:
    log.handovers[0] = log.note(2, K0, K1)
    assert found(log.check()) == [(Rule.HANDOVER, 1), (Rule.HANDOVER, 2)]


def test_an_entry_that_changes_the_key_without_a_handover_is_named() -> None:
    log = Log()
    log.memory.append(rotation(K2, K0))
    log.head = log.note(10, K2)
    assert found(log.check()) == [(Rule.HANDOVER, 9)]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.DENIED])
def test_a_change_of_key_that_failed_needs_no_handover(outcome: Outcome) -> None:
    log = Log()
    log.memory.append(replace(rotation(K2, K0), outcome=outcome))
    log.head = log.note(10, K2)
    assert found(log.check()) == []


def test_a_log_that_was_cut_before_its_handover_is_not_clean(log: Log) -> None:
    del log.memory.stored[4:]
    assert (Rule.HANDOVER, 5) in found(log.check())
    assert (Rule.TREE_SIZE, 4) in found(log.check())


def test_a_log_without_a_key_is_not_believed(log: Log) -> None:
    log.keys = []
    assert found(log.check()) == [(Rule.HANDOVER, None)]
    with pytest.raises(IntegrityError, match="no key"):
        KeyChain(()).open(log.head)


def test_a_wall_clock_that_jumps_a_day_ahead_of_the_machine_is_flagged() -> None:
    """MemoryAuditLog's own clock goes on by a second for each entry."""
    day = timedelta(days=1)
    for jump, expected in [
        (day + timedelta(seconds=1), []),  # exactly a day beyond the second that passed
        (day + timedelta(seconds=1, microseconds=1), [(Rule.CLOCK_JUMP, 2)]),
        (timedelta(days=4_000), [(Rule.CLOCK_JUMP, 2)]),
    ]:
        moments = [START, START, START + jump, START + jump]
        log = MemoryAuditLog(signer=K0, clock=moments.__getitem__)
        for _ in moments:
            log.append(PLAIN)
        report = check(log.entries(), checkpoint_note=log.head(), verifiers=[K0.public])
        assert found(report) == expected
        assert report.is_clean


def test_a_wall_clock_may_go_on_over_a_restart_of_the_machine() -> None:
    moments = [START, START + timedelta(days=30)]
    log = MemoryAuditLog(signer=K0, clock=moments.__getitem__)
    log.append(PLAIN)
    log.boot_id = "1c" * 16
    log.append(PLAIN)
    assert found(check(log.entries(), checkpoint_note=log.head(), verifiers=[K0.public])) == []

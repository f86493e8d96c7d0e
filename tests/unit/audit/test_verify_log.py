# SPDX-License-Identifier: Apache-2.0
"""What a check of the log finds, and that it names the first bad entry."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import (
    AuditEvent,
    Finding,
    Kind,
    Outcome,
    Report,
    Rule,
    Severity,
    StoredEntry,
    check,
    parse_entry,
)
from privseg.audit.finding import MAX_PER_RULE
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, leaf_hash, root_hash
from tests.twins.demo_log import fill, intent, note, outcome, run
from tests.twins.memory_audit import START, MemoryAuditLog
from tests.twins.seed_key import SeedKey


@pytest.fixture
def log() -> MemoryAuditLog:
    log = MemoryAuditLog()
    fill(log)
    return log


def _check(log: MemoryAuditLog, entries: list[StoredEntry] | None = None, *anchors: str) -> Report:
    return check(
        log.entries() if entries is None else entries,
        checkpoint_note=log.head(),
        verifiers=[log.signer.public],
        anchors=anchors,
    )


def _found(report: Report) -> set[tuple[Rule, int | None]]:
    return {(finding.rule, finding.sequence) for finding in report.findings}


def test_an_untouched_log_is_clean(log: MemoryAuditLog) -> None:
    report = _check(log)
    assert report == Report((), size=22, intact=17, erased=5)
    assert (report.is_clean, report.first_bad) == (True, None)


def test_an_empty_log_is_clean() -> None:
    assert _check(MemoryAuditLog()) == Report((), size=0, intact=0, erased=0)


def _edited(entry: StoredEntry) -> StoredEntry:
    parsed = parse_entry(entry.entry_bytes)
    changed = replace(parsed, header={**parsed.header, "verb": "other"})
    return replace(entry, entry_bytes=changed.to_bytes())


def test_an_edited_entry_is_named(log: MemoryAuditLog) -> None:
    entries = list(log.entries())
    entries[4] = _edited(entries[4])
    report = _check(log, entries)
    assert _found(report) == {(Rule.LEAF, 4), (Rule.TREE_ROOT, None)}
    assert (report.is_clean, report.first_bad) == (False, 4)


def test_an_edited_entry_with_its_stored_hash_is_still_caught(log: MemoryAuditLog) -> None:
    entries = list(log.entries())
    forged = _edited(entries[4])
    entries[4] = replace(forged, leaf=leaf_hash(forged.entry_bytes))
    assert _found(_check(log, entries)) == {(Rule.TREE_ROOT, None)}


def test_remembered_heads_say_where_a_hidden_edit_can_be(log: MemoryAuditLog) -> None:
    heads = {size: _head_at(log, size) for size in (3, 10, 22)}
    entries = [replace(each, leaf=None) for each in log.entries()]
    entries[4] = _edited(entries[4])
    report = _check(log, entries, *heads.values())
    assert report.anchored == 3
    assert [f.rule for f in report.findings] == [Rule.FORK, Rule.FORK, Rule.TREE_ROOT]
    assert "entries 3 to 21" in report.findings[-1].message


def _head_at(log: MemoryAuditLog, size: int) -> str:
    leaves = [leaf_hash(each.entry_bytes) for each in log.entries(0, size)]
    return Checkpoint(log.signer.name, size, root_hash(leaves)).sign(log.signer)


Mutation = Callable[[list[StoredEntry]], list[StoredEntry]]


@pytest.mark.parametrize(
    ("mutate", "expected"),
    [
        (lambda e: e[:-1], {(Rule.TREE_SIZE, 21), (Rule.BODY, 5)}),
        (lambda e: e[1:], {(Rule.SEQUENCE, 0), (Rule.TREE_SIZE, 21), (Rule.PAIR, 7)}),
        (lambda e: e[:3] + e[4:], {(Rule.SEQUENCE, 3), (Rule.TREE_SIZE, 21)}),
        (lambda e: [*e[:3], e[4], e[3], *e[5:]], {(Rule.SEQUENCE, 3), (Rule.TREE_ROOT, None)}),
        (lambda e: [*e[:4], e[3], *e[4:]], {(Rule.SEQUENCE, 4), (Rule.TREE_SIZE, 22)}),
        (lambda e: [*e, e[-1]], {(Rule.SEQUENCE, 22), (Rule.TREE_SIZE, 22)}),
        (lambda _: [], {(Rule.TREE_SIZE, 0)}),
    ],
    ids=["cut", "first gone", "one gone", "swapped", "doubled", "last doubled", "emptied"],
)
def test_entries_deleted_moved_or_repeated_are_named(
    log: MemoryAuditLog, mutate: Mutation, expected: set[tuple[Rule, int | None]]
) -> None:
    report = _check(log, mutate(list(log.entries())))
    assert expected <= _found(report)
    assert not report.is_clean


def test_renumbering_after_a_deletion_does_not_help(log: MemoryAuditLog) -> None:
    entries = [e for e in log.entries() if e.sequence != 20]
    parsed = [parse_entry(e.entry_bytes) for e in entries]
    forged = [
        replace(e, sequence=i, entry_bytes=replace(p, sequence=i).to_bytes())
        for i, (e, p) in enumerate(zip(entries, parsed, strict=True))
    ]
    assert {(Rule.TREE_SIZE, 21), (Rule.LEAF, 20)} <= _found(_check(log, forged))


def test_bytes_that_are_no_entry_are_named(log: MemoryAuditLog) -> None:
    entries = list(log.entries())
    entries[6] = replace(entries[6], entry_bytes=b'{"version":"privseg.audit/2"}')
    assert {(Rule.ENTRY, 6), (Rule.LEAF, 6)} <= _found(_check(log, entries))


def test_a_head_signed_by_somebody_else_is_not_believed(log: MemoryAuditLog) -> None:
    other = SeedKey(log.signer.name, bytes(32))
    report = check(log.entries(), checkpoint_note=log.head(), verifiers=[other.public])
    assert _found(report) == {(Rule.CHECKPOINT, None)}
    assert not report.is_clean


@pytest.mark.parametrize("head", ["", "\ud800", "a\n\n— b c\n", "x" * 2_000_000])
def test_a_malformed_head_is_found_not_raised(log: MemoryAuditLog, head: str) -> None:
    report = check(log.entries(), checkpoint_note=head, verifiers=[log.signer.public])
    assert _found(report) == {(Rule.CHECKPOINT, None)}


def test_a_rolled_back_log_is_caught_by_a_remembered_head(log: MemoryAuditLog) -> None:
    remembered = log.head()
    earlier = MemoryAuditLog()
    for stored in log.entries(0, 12):
        earlier.stored.append(stored)
    earlier.frontier = earlier.frontier.append([leaf_hash(e.entry_bytes) for e in earlier.stored])
    assert (Rule.ROLLBACK, 12) in _found(_check(earlier, None, remembered))


def test_a_forked_log_is_caught_by_a_remembered_head(log: MemoryAuditLog) -> None:
    fork = MemoryAuditLog()
    for _ in range(30):
        fork.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    assert _check(fork).is_clean
    report = _check(fork, None, log.head())
    assert _found(report) == {(Rule.FORK, None)}
    assert report.anchored == 0


def test_a_remembered_head_must_hold_itself(log: MemoryAuditLog) -> None:
    foreign = Checkpoint("example.org/audit", 0, root_hash([])).sign(log.signer)
    for anchor in ("nonsense", log.head().replace("\n22\n", "\n21\n"), foreign):
        assert _found(_check(log, None, anchor)) == {(Rule.ANCHOR, None)}


def test_a_remembered_head_says_how_much_is_safe_from_cutting() -> None:
    log = MemoryAuditLog()
    run(log, "a1" * 16, FrozenBitMap({1}))
    heads = [log.head()]
    run(log, "a2" * 16, FrozenBitMap({1}))
    heads.insert(0, log.head())
    run(log, "a3" * 16, FrozenBitMap({1}))
    assert _check(log, None, *heads).anchored == 4


def test_a_changed_body_is_tampered_with(log: MemoryAuditLog) -> None:
    entries = list(log.entries())
    for changes in ({"body": b"{}x"}, {"salt": bytes(32)}, {"salt": None}, {"body": None}):
        entries[7] = replace(entries[7], **changes)
        report = _check(log, entries)
        assert _found(report) == {(Rule.BODY, 7)}
        assert (report.first_bad, report.intact) == (7, 16)


def test_a_body_gone_without_an_erasure_entry_is_tampered_with(log: MemoryAuditLog) -> None:
    log.erase_body(7)
    assert _found(_check(log)) == {(Rule.BODY, 7)}


def test_an_erasure_entry_excuses_only_entries_before_it() -> None:
    log = MemoryAuditLog()
    log.append(note(Kind.DSR, StaffRole.ADMIN, {}, verb="done", erased=["0", "1", "7"]))
    log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    log.erase_body(0)
    log.erase_body(1)
    assert _found(_check(log)) == {(Rule.BODY, 0), (Rule.BODY, 1)}


@pytest.mark.parametrize(
    ("kind", "ended", "lawful"),
    [
        (Kind.DSR, Outcome.OK, True),
        (Kind.RETENTION, Outcome.OK, True),
        (Kind.DSR, Outcome.FAILED, False),
        (Kind.RETENTION, Outcome.DENIED, False),
    ],
)
def test_only_an_erasure_that_was_done_excuses(kind: Kind, ended: Outcome, lawful: bool) -> None:  # noqa: FBT001
    log = MemoryAuditLog()
    log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    log.append(AuditEvent(kind, ended, StaffRole.ADMIN, {"verb": "erase", "erased": ["0"]}))
    log.erase_body(0)
    report = _check(log)
    assert (report.is_clean, report.erased) == (lawful, int(lawful))


def test_a_body_that_outlived_its_erasure_is_a_warning() -> None:
    log = MemoryAuditLog()
    log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    log.append(note(Kind.RETENTION, StaffRole.ADMIN, {}, verb="erase", erased=["0"]))
    report = _check(log)
    assert _found(report) == {(Rule.BODY_KEPT, 0)}
    assert (report.is_clean, report.first_bad) == (True, None)


def test_a_copy_without_bodies_is_judged_by_its_entries(log: MemoryAuditLog) -> None:
    bare = [replace(each, salt=None, body=None) for each in log.entries()]
    report = check(
        bare, checkpoint_note=log.head(), verifiers=[log.signer.public], with_bodies=False
    )
    assert report == Report((), size=22, intact=0, erased=0)


def test_an_intent_without_an_outcome_is_a_warning() -> None:
    log = MemoryAuditLog()
    log.append(intent("a1" * 16, FrozenBitMap({1})))
    run(log, "a2" * 16, FrozenBitMap({1}))
    report = _check(log)
    assert _found(report) == {(Rule.INTENT_OPEN, 0)}
    assert report.findings[0].severity is Severity.WARNING
    assert report.is_clean


def _denied(**header: str) -> AuditEvent:
    fields = {"reason": "consent changed", **header}
    return AuditEvent(Kind.ACCESS_DENIED, Outcome.DENIED, StaffRole.MARKETER, fields)


@pytest.mark.parametrize(
    "ending",
    [_denied(run="a1" * 16, of="0"), _denied(of="0"), outcome("a1" * 16, 0, FrozenBitMap())],
)
def test_an_outcome_or_a_denial_closes_its_intent(ending: AuditEvent) -> None:
    log = MemoryAuditLog()
    log.append(intent("a1" * 16, FrozenBitMap({1})))
    log.append(ending)
    assert _check(log).findings == ()


@pytest.mark.parametrize(
    "ending",
    [
        outcome("a1" * 16, 1, FrozenBitMap()),
        outcome("a1" * 16, 7, FrozenBitMap()),
        outcome("a2" * 16, 0, FrozenBitMap()),
        _denied(run="a2" * 16, of="0"),
        note(Kind.DSR, StaffRole.ADMIN, {}, verb="done", of="1"),
    ],
    ids=["itself", "the future", "another run", "another run denied", "a request ahead of time"],
)
def test_what_refers_to_the_wrong_entry_is_named(ending: AuditEvent) -> None:
    log = MemoryAuditLog()
    log.append(intent("a1" * 16, FrozenBitMap({1})))
    log.append(ending)
    assert (Rule.PAIR, 1) in _found(_check(log))


def test_a_second_outcome_of_one_intent_is_named() -> None:
    log = MemoryAuditLog()
    run(log, "a1" * 16, FrozenBitMap({1}))
    log.append(outcome("a1" * 16, 0, FrozenBitMap()))
    assert _found(_check(log)) == {(Rule.PAIR, 2)}


def test_a_denial_before_any_intent_stands_alone() -> None:
    log = MemoryAuditLog()
    log.append(_denied(segmenter="crm"))
    assert _check(log).findings == ()


def test_a_wall_clock_that_goes_back_is_flagged_once_and_not_tampering() -> None:
    times = [0, 1, 2, -60, -59, 3]
    log = MemoryAuditLog(clock=lambda i: START + timedelta(minutes=times[i]))
    for _ in times:
        log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    report = _check(log)
    assert _found(report) == {(Rule.CLOCK_WALL, 3)}
    assert report.is_clean


def test_a_monotonic_clock_is_judged_within_its_boot() -> None:
    log = MemoryAuditLog()
    forms = [("0a" * 16, 5), ("0b" * 16, 1), ("0a" * 16, 6), ("0b" * 16, 0)]
    for _ in forms:
        log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    stored = []
    for each, (boot, ticks) in zip(log.entries(), forms, strict=True):
        entry = replace(parse_entry(each.entry_bytes), boot_id=boot, monotonic_ns=ticks)
        stored.append(replace(each, entry_bytes=entry.to_bytes(), leaf=None))
    leaves = [leaf_hash(each.entry_bytes) for each in stored]
    head = Checkpoint(log.signer.name, 4, root_hash(leaves)).sign(log.signer)
    report = check(stored, checkpoint_note=head, verifiers=[log.signer.public])
    assert _found(report) == {(Rule.CLOCK_MONOTONIC, 3)}


def test_a_flood_of_findings_is_shortened_from_the_end() -> None:
    log = MemoryAuditLog()
    for number in range(50):
        log.append(intent(f"{number:032x}", FrozenBitMap({1})))
    report = _check(log)
    assert [f.sequence for f in report.findings] == list(range(MAX_PER_RULE))


def test_a_finding_says_how_bad_it_is() -> None:
    assert Finding(Rule.TREE_ROOT, None, "").severity is Severity.TAMPERED
    assert Finding(Rule.INTENT_OPEN, 1, "").severity is Severity.WARNING
    assert str(Finding(Rule.LEAF, 7, "changed")) == "tampered: entry 7: changed [leaf]"
    assert str(Finding(Rule.FORK, None, "two")) == "tampered: the log: two [fork]"

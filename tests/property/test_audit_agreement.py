# SPDX-License-Identifier: Apache-2.0
"""Two verifiers that share no code find the same things, in whatever is done to a log."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.audit import (
    AuditEvent,
    Kind,
    Outcome,
    Report,
    StoredEntry,
    check,
    check_export,
    export,
    parse_entry,
)
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, leaf_hash, root_hash
from tests.twins.demo_log import fill, intent, note, outcome
from tests.twins.memory_audit import START, MemoryAuditLog
from tests.twins.seed_key import SeedKey
from tests.twins.stand_alone import MemoryExport, found, report, verify

SIGNER = SeedKey("example.com/audit")
PUBLIC = SIGNER.public
LATER = [SeedKey(SIGNER.name, bytes([number]) * 32) for number in (1, 2)]


def _ours(report: Report) -> set[tuple[str, int | None]]:
    return {(finding.rule.value, finding.sequence) for finding in report.findings}


def _files(
    entries: list[StoredEntry], head: str, vkeys: Sequence[str] = (), handovers: Sequence[str] = ()
) -> dict[str, bytes]:
    keys = vkeys or [SIGNER.vkey]
    return dict(
        export(entries, checkpoint_note=head, vkeys=keys, handovers=handovers, with_bodies=True)
    )


def _small() -> dict[str, bytes]:
    """Return the export of a log of three entries with one erased body."""
    log = MemoryAuditLog(signer=SIGNER)
    log.append(note(Kind.CONSENT, StaffRole.COMPLIANCE_OFFICER, {"subject": 4}, verb="record"))
    log.append(note(Kind.POLICY, StaffRole.ENGINEER, {"n": 1}, verb="adopt"))
    log.append(note(Kind.DSR, StaffRole.COMPLIANCE_OFFICER, {}, verb="done", erased=["0"]))
    log.erase_body(0)
    return _files(list(log.entries()), log.head())


def _flips(files: dict[str, bytes], step: int) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield the files with one bit flipped: each bit, or one in ``step``."""
    for path, data in files.items():
        for bit in range(0, len(data) * 8, step):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            yield path, {**files, path: bytes(changed)}


def _every_flip_is_caught_by_privseg(files: dict[str, bytes], step: int = 1) -> None:
    assert check_export(files, verifiers=[PUBLIC]).is_clean
    for path, changed in _flips(files, step):
        assert not check_export(changed, verifiers=[PUBLIC]).is_clean, path


def _every_flip_is_caught_alone(files: dict[str, bytes], step: int = 1) -> None:
    """The head is checked once for the flips outside it: its signature costs a millisecond."""
    key = verify.parse_vkey(SIGNER.vkey)
    head = verify.open_checkpoint(files["checkpoint"], key)
    for path, changed in _flips(files, step):
        if path == "checkpoint":
            with pytest.raises(verify.RefusedError):
                verify.open_checkpoint(changed[path], key)
            continue
        if path == "log.vkey":
            assert found(changed, SIGNER.vkey) == {("key", None)}
            continue
        lone = verify.Check(MemoryExport(changed), head, [verify.Era(key)], set())
        lone.run()
        assert any(finding.severity == "tampered" for finding in lone.findings), path


def _smallest() -> dict[str, bytes]:
    log = MemoryAuditLog(signer=SIGNER)
    log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    return _files(list(log.entries()), log.head())


def test_every_flipped_bit_of_a_small_log_is_caught_by_privseg() -> None:
    _every_flip_is_caught_by_privseg(_smallest())


def test_every_flipped_bit_of_a_small_log_is_caught_by_the_stand_alone_verifier() -> None:
    _every_flip_is_caught_alone(_smallest())


@pytest.mark.long
def test_every_flipped_bit_of_a_log_with_an_erased_body_is_caught_by_both() -> None:
    _every_flip_is_caught_by_privseg(_small())
    _every_flip_is_caught_alone(_small())


@pytest.mark.long
def test_a_flipped_bit_in_every_part_of_the_demo_log_is_caught_by_both() -> None:
    log = MemoryAuditLog(signer=SIGNER)
    fill(log)
    files = _files(list(log.entries()), log.head())
    _every_flip_is_caught_by_privseg(files, step=9)  # eight of nine bytes, each bit in turn
    _every_flip_is_caught_alone(files, step=9)


people = st.frozensets(st.integers(0, 40), max_size=6).map(FrozenBitMap)
runs = st.sampled_from(["a1" * 16, "a2" * 16])
indices = st.integers(0, 12)
spans = st.one_of(
    indices.map(str),
    st.tuples(indices, st.integers(1, 12)).map(lambda each: f"{each[0]}-{sum(each)}"),
    st.just("0-9223372036854775807"),
)
events = st.one_of(
    st.builds(intent, runs, people),
    st.builds(outcome, runs, indices, people),
    st.builds(
        lambda named, kind, ended: AuditEvent(
            kind, ended, StaffRole.COMPLIANCE_OFFICER, {"verb": "done", "erased": named}
        ),
        st.lists(spans, max_size=3),
        st.sampled_from([Kind.DSR, Kind.RETENTION]),
        st.sampled_from([Outcome.OK, Outcome.FAILED]),
    ),
    st.builds(lambda n: note(Kind.CONSENT, StaffRole.ADMIN, {"n": n}, verb="record"), indices),
    st.builds(lambda of: note(Kind.DSR, StaffRole.ADMIN, {}, verb="x", of=str(of)), indices),
    st.sampled_from([SIGNER, *LATER]).map(
        lambda key: note(Kind.CHECKPOINT_KEY, StaffRole.ADMIN, {}, verb="rotate", vkey=key.vkey)
    ),  # a change of key that nothing follows
    st.just("hand over"),
)


@st.composite
def logs(draw: st.DrawFn, min_size: int = 0, *, keeping: bool = False) -> MemoryAuditLog:
    """A log that somebody could have written: clocks that jump, keys changed, bodies lost.

    ``keeping`` is whether it keeps its first key.
    """
    minutes = draw(st.lists(st.integers(-2_000, 2_000), min_size=4, max_size=4))
    log = MemoryAuditLog(signer=SIGNER, clock=lambda i: START + timedelta(minutes=minutes[i % 4]))
    for event in draw(st.lists(events, min_size=min_size, max_size=12)):
        if not isinstance(event, str):
            log.append(event)
        elif len(log.keys) <= len(LATER) and not keeping:
            log.rotate(LATER[len(log.keys) - 1])
    for index in draw(st.sets(st.integers(0, 11), max_size=4)):
        if index < log.size:
            log.erase_body(index)
    return log


def _forge(entry: StoredEntry) -> StoredEntry:
    parsed = parse_entry(entry.entry_bytes)
    actor = StaffRole.AUDITOR if parsed.actor is not StaffRole.AUDITOR else StaffRole.ADMIN
    return replace(entry, entry_bytes=replace(parsed, actor=actor).to_bytes(), leaf=None)


Entries = list[StoredEntry]
ON_ENTRIES: dict[str, Callable[[Entries, int, int], Entries]] = {
    "rewrite": lambda e, i, _: [*e[:i], _forge(e[i]), *e[i + 1 :]],
    "delete": lambda e, i, _: e[:i] + e[i + 1 :],
    "repeat": lambda e, i, j: [*e[:j], e[i], *e[j:]],
    "move": lambda e, i, j: [*(rest := e[:i] + e[i + 1 :])[:j], e[i], *rest[j:]],
    "cut": lambda e, i, _: e[:i],
    "body": lambda e, i, _: [*e[:i], replace(e[i], salt=bytes(32), body=b"{}"), *e[i + 1 :]],
}
ON_HANDOVERS: dict[str, Callable[[list[str]], list[str]]] = {
    "lose": lambda notes: notes[1:],
    "shuffle": lambda notes: notes[::-1],
    "repeat a note": lambda notes: notes + notes[:1],
}
OTHERS = ("an old key's head", "an old key's handover", "a byte", "a file", "nothing")


@st.composite
def mutants(draw: st.DrawFn) -> tuple[MemoryAuditLog, dict[str, bytes]]:
    """The export of a log after an attack; the attacker has no key that signs today's heads."""
    log = draw(logs(min_size=2))
    entries, notes, head = list(log.entries()), list(log.handovers), log.head()
    i, j = (draw(st.integers(0, len(entries) - 1)) for _ in "ij")
    attack = draw(st.sampled_from([*ON_ENTRIES, *ON_HANDOVERS, *OTHERS]))
    if attack in ON_ENTRIES:
        entries = ON_ENTRIES[attack](entries, i, j)
    if attack in ON_HANDOVERS:
        notes = ON_HANDOVERS[attack](notes)
    if log.earlier and attack == "an old key's head":
        head = _signed(entries, log.earlier[-1])
    if log.earlier and attack == "an old key's handover":
        notes.append(_signed(entries, log.earlier[0]))
    files = _files(_renumbered(entries), head, log.vkeys, notes)
    path = draw(st.sampled_from(["", *sorted(files.keys() - {"log.vkey", "checkpoint"})]))
    if path and attack == "a file":
        del files[path]
    if path and attack == "a byte":
        data = bytearray(files[path] or b"x")
        data[i % len(data)] ^= 1 << j % 8
        files[path] = bytes(data)
    return log, files


def _signed(entries: list[StoredEntry], key: SeedKey) -> str:
    leaves = [leaf_hash(each.entry_bytes) for each in entries]
    return Checkpoint(SIGNER.name, len(leaves), root_hash(leaves)).sign(key)


def _renumbered(entries: list[StoredEntry]) -> list[StoredEntry]:
    """Return entries as an export places them: by where they lie, not by what they say."""
    return [
        replace(each, sequence=index, leaf=leaf_hash(each.entry_bytes))
        for index, each in enumerate(entries)
    ]


def _agree(files: dict[str, bytes], log: MemoryAuditLog, *anchors: str) -> Report:
    """Check that both say the same of ``files``: findings, verdict, first bad entry, counts."""
    ours = check_export(files, verifiers=log.verifiers, anchors=anchors)
    told = report(files, log.signer.vkey, tuple(each.encode() for each in anchors))
    theirs = {(finding.rule, finding.sequence) for finding in told["findings"]}
    if ("key", None) in theirs:
        assert ("key", None) in _ours(ours)
        return ours
    assert theirs == _ours(ours)
    assert verify.first_bad(told) == ours.first_bad
    assert (verify.state_of(told) == "tampered") is not ours.is_clean
    if "size" in told:
        counted = (told["size"], told["bodies"]["intact"], told["bodies"]["erased"])
        assert counted == (ours.size, ours.intact, ours.erased)
        assert told["anchored"] == ours.anchored
    return ours


@given(logs(), st.integers(0, 12))
def test_both_find_the_same_in_any_log(log: MemoryAuditLog, size: int) -> None:
    files = _files(list(log.entries()), log.head(), log.vkeys, log.handovers)
    some = list(log.entries())[:size]
    anchors = [_signed(some, key) for key in log.keys]
    direct = check(
        log.entries(),
        checkpoint_note=log.head(),
        verifiers=log.verifiers,
        handovers=log.handovers,
        anchors=anchors,
    )
    exported = _agree(files, log, *anchors)
    if any(path.startswith("bodies/") for path in files):
        assert direct == exported


@given(mutants())
def test_both_find_the_same_in_any_attacked_log(
    attacked: tuple[MemoryAuditLog, dict[str, bytes]],
) -> None:
    log, files = attacked
    _agree(files, log, log.head())


@pytest.mark.long
@settings(max_examples=20_000)
@given(mutants())
def test_both_find_the_same_in_tens_of_thousands_of_attacked_logs(
    attacked: tuple[MemoryAuditLog, dict[str, bytes]],
) -> None:
    log, files = attacked
    _agree(files, log, log.head())


@given(logs(), st.data())
def test_whatever_an_attacker_does_to_the_entries_is_caught(
    log: MemoryAuditLog, data: st.DataObject
) -> None:
    entries = list(log.entries())
    size = len(entries)
    if size < 2:
        return
    i, j = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    attacks = {
        "rewritten": [*entries[:i], _forge(entries[i]), *entries[i + 1 :]],
        "deleted": entries[:i] + entries[i + 1 :],
        "repeated": [*entries[:i], entries[i], *entries[i:]],
        "cut": entries[:i],
        "moved": [*(rest := entries[:i] + entries[i + 1 :])[:j], entries[i], *rest[j:]],
    }
    for name, attacked in attacks.items():
        if attacked == entries:
            continue
        placed, keys = _renumbered(attacked), log.verifiers
        direct = check(placed, checkpoint_note=log.head(), verifiers=keys, handovers=log.handovers)
        assert not direct.is_clean, name
        files = _files(placed, log.head(), log.vkeys, log.handovers)
        assert found(files, SIGNER.vkey) - _warnings(), name
        assert not check_export(files, verifiers=keys).is_clean, name


def _warnings() -> set[tuple[str, int]]:
    return {(rule, index) for rule in verify.WARNINGS for index in range(20)}


@given(logs(keeping=True), logs(keeping=True), st.data())
def test_a_log_that_was_rolled_back_or_forked_is_caught_by_a_remembered_head(
    log: MemoryAuditLog, other: MemoryAuditLog, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, log.size))
    fork = [*log.entries(0, cut), *other.entries()]
    if [e.entry_bytes for e in fork[: log.size]] == [e.entry_bytes for e in log.entries()]:
        return  # the same entries, whatever became of their bodies
    placed = _renumbered(fork)
    leaves = [each.leaf or b"" for each in placed]
    head = Checkpoint(SIGNER.name, len(leaves), root_hash(leaves)).sign(SIGNER)
    direct = check(placed, checkpoint_note=head, verifiers=[PUBLIC], anchors=[log.head()])
    assert {"fork", "rollback"} & {rule for rule, _ in _ours(direct)}
    _agree(_files(placed, head), log, log.head())


@given(st.binary(max_size=120), st.sampled_from(["checkpoint", "log.vkey", "tile/0/000.p/3",
       "tile/entries/000.p/3", "bodies/001", "bodies/000.p/3", "handover/000"]))  # fmt: skip
def test_any_bytes_in_any_file_are_judged_alike(data: bytes, path: str) -> None:
    files = {**_small(), path: data}
    ours = _ours(check_export(files, verifiers=[PUBLIC]))
    theirs = found(files, SIGNER.vkey)
    if path in {"log.vkey", "checkpoint"}:  # the stand-alone verifier stops there
        assert bool(ours) == bool(theirs)
        return
    assert theirs == ours

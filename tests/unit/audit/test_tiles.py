# SPDX-License-Identifier: Apache-2.0
"""An export is C2SP tlog-tiles, and both verifiers read it."""

from dataclasses import replace
from struct import pack

import pytest

from privseg.audit import (
    Kind,
    Rule,
    StoredEntry,
    check_export,
    commit,
    export,
    parse_entry,
    tile_path,
)
from privseg.audit.tiles import hash_tiles, tiles_of
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, leaf_hash, root_hash
from tests.twins.demo_log import fill, note
from tests.twins.memory_audit import MemoryAuditLog
from tests.twins.seed_key import SeedKey
from tests.twins.stand_alone import found, verify


@pytest.fixture(scope="module")
def log() -> MemoryAuditLog:
    log = MemoryAuditLog()
    fill(log)
    return log


def _files(log: MemoryAuditLog, *, with_bodies: bool = True) -> dict[str, bytes]:
    return dict(
        export(
            log.entries(),
            checkpoint_note=log.head(),
            vkeys=log.vkeys,
            handovers=log.handovers,
            with_bodies=with_bodies,
        )
    )


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [
        (0, 256, "000"),
        (999, 256, "999"),
        (1_000, 256, "x001/000"),
        (1_234_067, 256, "x001/x234/067"),
        (0, 1, "000.p/1"),
        (273, 112, "273.p/112"),
    ],
)
def test_tile_paths_are_those_of_the_specification(number: int, width: int, path: str) -> None:
    assert tile_path(number, width) == verify.tile_path(number, width) == path


def _levels(size: int) -> dict[int, list[str]]:
    leaves = [leaf_hash(pack(">I", i)) for i in range(size)]
    levels: dict[int, list[str]] = {}
    for level, path, _, _ in hash_tiles(leaves):
        levels.setdefault(level, []).append(path)
    return levels


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_counts() -> None:
    levels = _levels(70_000)
    assert (len(levels[0]), levels[0][-1]) == (274, "273.p/112")
    assert levels[1] == ["000", "001.p/17"]
    assert levels[2] == ["000.p/1"]
    assert len(levels) == 3


def test_a_tree_of_256_has_a_full_tile_and_one_above() -> None:
    assert _levels(256) == {0: ["000"], 1: ["000.p/1"]}
    assert _levels(255) == {0: ["000.p/255"]}
    assert _levels(0) == {}
    assert list(tiles_of(0)) == []


def test_a_tile_holds_the_roots_of_the_tiles_below() -> None:
    leaves = [leaf_hash(pack(">I", i)) for i in range(600)]
    tiles = {(level, path): data for level, path, _, data in hash_tiles(leaves)}
    assert tiles[1, "000.p/2"] == root_hash(leaves[:256]) + root_hash(leaves[256:512])
    assert tiles[0, "002.p/88"] == b"".join(leaves[512:])


def test_a_bundle_holds_entries_after_their_lengths(log: MemoryAuditLog) -> None:
    bundle = _files(log)["tile/entries/000.p/22"]
    expected = b"".join(pack(">H", len(e.entry_bytes)) + e.entry_bytes for e in log.entries())
    assert bundle == expected


def test_a_bundle_of_bodies_holds_nothing_of_an_erased_one(log: MemoryAuditLog) -> None:
    bundle = _files(log)["bodies/000.p/22"]
    bodies = [(e.salt or b"") + (e.body or b"") for e in log.entries()]
    assert bodies[11] == b""
    assert bundle == b"".join(pack(">I", len(each)) + each for each in bodies)
    assert not any(p.startswith("bodies/") for p in _files(log, with_bodies=False))


def test_handovers_and_all_keys_are_exported() -> None:
    log = MemoryAuditLog()
    log.rotate(SeedKey(log.origin, bytes(32)))
    log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    files = _files(log)
    assert files["handover/000"].decode() == log.handovers[0]
    assert files["log.vkey"].decode().splitlines() == log.vkeys
    assert check_export(files, verifiers=log.verifiers).findings == ()
    assert found(files, log.vkeys[0]) == found(files, log.vkeys[1]) == set()


def test_the_head_is_written_last(log: MemoryAuditLog) -> None:
    assert list(_files(log))[-1] == "checkpoint"


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 513])
def test_both_verifiers_find_nothing_in_an_untouched_export(size: int) -> None:
    log = MemoryAuditLog()
    for _ in range(size):
        log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    files = _files(log)
    report = check_export(files, verifiers=[log.signer.public])
    assert (report.findings, report.size, report.intact) == ((), size, size)
    assert found(files, log.signer.vkey) == set()


def test_a_level_above_is_compared_with_the_tree() -> None:
    log = MemoryAuditLog()
    for _ in range(513):
        log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    files = _files(log)
    files["tile/1/000.p/2"] = files["tile/1/000.p/2"][:32] + bytes(32)
    expected = {(Rule.TILE, 0)}
    assert _both(log, files) == expected
    del files["tile/1/000.p/2"]
    assert _both(log, files) == expected


def _both(log: MemoryAuditLog, files: dict[str, bytes]) -> set[tuple[str, int | None]]:
    """Return what both verifiers find, which must be the same."""
    report = check_export(files, verifiers=[log.signer.public])
    ours = {(str(f.rule), f.sequence) for f in report.findings}
    assert found(files, log.signer.vkey) == ours
    return {(Rule(rule), sequence) for rule, sequence in ours}


def test_missing_files_are_named(log: MemoryAuditLog) -> None:
    files = _files(log)
    for path, rule in (
        ("checkpoint", Rule.CHECKPOINT),
        ("tile/0/000.p/22", Rule.TILE),
        ("tile/entries/000.p/22", Rule.BUNDLE),
    ):
        rest = {name: data for name, data in files.items() if name != path}
        assert rule in {found_rule for found_rule, _ in _both(log, rest)}


def test_a_key_beside_the_log_must_be_the_logs(log: MemoryAuditLog) -> None:
    files = _files(log)
    other = SeedKey(log.signer.name, bytes(32)).vkey
    for beside in (f"{other}\n", log.signer.vkey, "", "\n", f"{log.signer.vkey}\n\n"):
        report = check_export({**files, "log.vkey": beside.encode()}, verifiers=[log.signer.public])
        assert [f.rule for f in report.findings] == [Rule.KEY]
    del files["log.vkey"]
    assert check_export(files, verifiers=[log.signer.public]).findings == ()


@pytest.mark.parametrize("extra", ["022", "7", "0007", "x000/007", "a", "9" * 30])
def test_a_body_of_no_entry_is_found(log: MemoryAuditLog, extra: str) -> None:
    assert _both(log, {**_files(log), f"bodies/{extra}": b"x"}) == {(Rule.BODY, 22)}


def test_entries_that_lie_in_another_order_than_signed_are_found() -> None:
    log = MemoryAuditLog()
    for _ in range(3):
        log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    first, second, third = log.entries()
    moved = [second, first, third]
    files = dict(export(moved, checkpoint_note=log.head()))
    assert {(Rule.TREE_ROOT, None), (Rule.SEQUENCE, 0)} <= _both(log, files)


def test_a_head_of_fewer_entries_covers_fewer(log: MemoryAuditLog) -> None:
    part = list(log.entries(0, 5))
    leaves = [leaf_hash(e.entry_bytes) for e in part]
    head = Checkpoint(log.signer.name, 5, root_hash(leaves)).sign(log.signer)
    files = dict(export(part, checkpoint_note=head))
    assert _both(log, files) == set()


def test_an_export_knows_nothing_of_what_it_was_not_given() -> None:
    lone = StoredEntry(0, b"not an entry")
    head = Checkpoint("example.com/audit", 1, leaf_hash(b"not an entry"))
    signer = SeedKey("example.com/audit")
    files = dict(export([lone], checkpoint_note=head.sign(signer)))
    report = check_export(files, verifiers=[signer.public])
    assert [f.rule for f in report.findings] == [Rule.ENTRY]


def test_a_bundle_that_holds_more_than_its_entries_is_found(log: MemoryAuditLog) -> None:
    files = _files(log)
    files["tile/entries/000.p/22"] += b"x"
    assert _both(log, files) == {(Rule.BUNDLE, 0)}


def test_a_body_without_a_whole_salt_is_no_body() -> None:
    log = MemoryAuditLog()
    log.append(note(Kind.POLICY, StaffRole.ADMIN, {}, verb="adopt"))
    (stored,) = log.entries()
    entry = replace(parse_entry(stored.entry_bytes), commitment=commit(b"", b"{}"))
    forged = StoredEntry(0, entry.to_bytes(), b"", b"{}")
    head = Checkpoint(log.signer.name, 1, leaf_hash(forged.entry_bytes)).sign(log.signer)
    files = dict(export([forged], checkpoint_note=head, with_bodies=True))
    assert _both(log, files) == {(Rule.BODY, 0)}

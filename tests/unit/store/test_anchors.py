# SPDX-License-Identifier: Apache-2.0
"""Heads kept in folders: written once, never over another, and never in a writer's way."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from privseg.store.anchors import (
    EVERY,
    EVERY_ENTRIES,
    AnchorError,
    AnchorForkError,
    FolderAnchors,
    read_anchors,
    write_anchor,
)
from privseg.terms import to_micros
from privseg.tlog import Checkpoint
from tests.twins.seed_key import SeedKey

KEY, NEXT = SeedKey("example.com/audit"), SeedKey("example.com/audit", bytes(32))
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _note(size: int, key: SeedKey = KEY, root: bytes = b"r" * 32) -> str:
    return Checkpoint(KEY.name, size, root).sign(key)


class Hands:
    """A clock that is set by hand, and anchors that go by it."""

    def __init__(self, tmp_path: Path, *folders: Path) -> None:
        self.now = START
        self.memory = tmp_path / "anchored"
        self.folders = folders
        self.anchors = self.another_process()

    def another_process(self) -> FolderAnchors:
        return FolderAnchors(self.folders, self.memory, clock=lambda: self.now)

    def commit(self, size: int) -> None:
        self.anchors.committed(size, lambda: _note(size))

    def kept(self) -> list[int]:
        return [int(path.stem) for path in sorted(self.folders[0].glob("*.checkpoint"))]


@pytest.fixture
def away(tmp_path: Path) -> Path:
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


@pytest.fixture
def hands(tmp_path: Path, away: Path) -> Hands:
    return Hands(tmp_path, away)


def test_a_head_is_kept_every_thousand_entries_or_sixty_seconds(hands: Hands) -> None:
    hands.commit(1)
    hands.commit(2)
    hands.commit(EVERY_ENTRIES)
    assert hands.kept() == [1]
    hands.commit(1 + EVERY_ENTRIES)
    assert hands.kept() == [1, 1 + EVERY_ENTRIES]
    hands.now += EVERY - timedelta(microseconds=1)
    hands.commit(1_005)
    assert hands.kept() == [1, 1 + EVERY_ENTRIES]
    hands.now += timedelta(microseconds=1)
    hands.commit(1_006)
    assert hands.kept() == [1, 1 + EVERY_ENTRIES, 1_006]


def test_another_process_goes_on_from_what_is_remembered(hands: Hands) -> None:
    hands.commit(1)
    hands.anchors = hands.another_process()
    hands.commit(2)
    assert hands.kept() == [1]
    hands.memory.unlink()  # forgotten: rather a head too many
    hands.anchors = hands.another_process()
    hands.commit(3)
    assert hands.kept() == [1, 3]


def test_an_anchor_is_the_note_byte_for_byte_and_read_only(away: Path) -> None:
    path = write_anchor(away, 7, _note(7))
    assert path.name == "00000000000000000007.checkpoint"
    assert path.read_text() == _note(7)
    assert path.stat().st_mode & 0o777 == 0o444
    assert read_anchors(away) == [_note(7)]
    assert [each.name for each in away.iterdir()] == [path.name]


def test_another_head_of_the_same_size_is_a_fork_and_takes_no_place(away: Path) -> None:
    path = write_anchor(away, 7, _note(7))
    with pytest.raises(AnchorForkError) as fork:
        write_anchor(away, 7, _note(7, root=b"s" * 32))
    assert "ANOTHER" in str(fork.value)
    assert path.read_text() == _note(7)
    assert len(list(away.iterdir())) == 1


def test_the_same_head_signed_by_the_next_key_is_no_fork(away: Path) -> None:
    write_anchor(away, 7, _note(7))
    write_anchor(away, 7, _note(7, NEXT))
    assert read_anchors(away) == [_note(7)]


def test_what_goes_wrong_is_remembered_and_never_raised(hands: Hands, away: Path) -> None:
    hands.commit(1)
    away.rename(away.with_name("unplugged"))
    hands.commit(5_000)
    (status,) = hands.anchors.status()
    assert (status.size, status.when) == (1, START)
    assert "away" in status.failure
    assert hands.another_process().status() == [status]
    away.with_name("unplugged").rename(away)
    hands.commit(10_000)
    (status,) = hands.anchors.status()
    assert (status.size, status.failure) == (10_000, "")


def test_a_fork_is_remembered_too(hands: Hands, away: Path) -> None:
    write_anchor(away, 1, _note(1, root=b"s" * 32))
    hands.commit(1)
    (status,) = hands.anchors.status()
    assert "ANOTHER head" in status.failure


def test_one_folder_that_fails_does_not_keep_the_other_from_its_head(
    tmp_path: Path, away: Path
) -> None:
    hands = Hands(tmp_path, away, tmp_path / "absent")
    hands.commit(1)
    assert hands.kept() == [1]
    assert [bool(each.failure) for each in hands.anchors.status()] == [False, True]
    assert not (tmp_path / "absent").exists()  # a disk that is not there is not made up


def test_without_folders_nothing_is_signed_or_written(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.anchors.committed(5_000, lambda: pytest.fail("signed for nobody"))
    assert not hands.memory.exists()
    assert hands.anchors.status() == []


@pytest.mark.parametrize(
    "junk", [b"", b"nonsense", b"[1]", b'[{"folder": 1}]', b'[{"folder": []}]', b"\xff", b"{}"]
)
def test_a_memory_that_is_none_is_no_memory(hands: Hands, junk: bytes) -> None:
    hands.memory.write_bytes(junk)
    hands.commit(1)
    assert hands.kept() == [1]


def _remember(hands: Hands, size: int, at: datetime) -> None:
    row = {"folder": str(hands.folders[0]), "size": size, "at": to_micros(at), "failure": ""}
    hands.memory.write_text(json.dumps([row]))


@pytest.mark.parametrize(
    ("size", "at"),
    [
        (10**15, datetime(2100, 1, 1, tzinfo=UTC)),
        (10**15, START),
        (1, datetime(2100, 1, 1, tzinfo=UTC)),
        (-1, START),
    ],
    ids=["both", "a size above the log's", "a moment to come", "no size"],
)
def test_a_memory_that_was_changed_cannot_put_anchoring_off(
    hands: Hands, size: int, at: datetime
) -> None:
    hands.commit(1)
    _remember(hands, size, at)
    hands.anchors = hands.another_process()
    hands.commit(2)
    assert hands.kept() == [1, 2]
    hands.now += EVERY
    hands.commit(3)
    assert hands.kept() == [1, 2, 3]


def test_a_folder_that_fails_under_a_changed_memory_is_tried_again(
    hands: Hands, away: Path
) -> None:
    _remember(hands, 10**15, datetime(2100, 1, 1, tzinfo=UTC))
    away.rename(away.with_name("unplugged"))
    hands.commit(1)
    away.with_name("unplugged").rename(away)
    hands.now += EVERY
    hands.commit(2)
    assert hands.kept() == [2]


def test_a_clock_that_was_ahead_puts_nothing_off_in_the_same_process(hands: Hands) -> None:
    hands.now += timedelta(days=400)
    hands.commit(1)
    hands.now = START
    hands.commit(2)
    assert hands.kept() == [1, 2]
    hands.commit(3)
    assert hands.kept() == [1, 2]


def test_an_anchor_that_is_remembered_and_not_there_is_told_and_kept_anew(hands: Hands) -> None:
    hands.commit(1)
    assert [each.failure for each in hands.anchors.status()] == [""]
    _remember(hands, 2, START)
    (status,) = hands.anchors.status()
    assert status.size == 0
    assert "first 2 entries, and does not" in status.failure
    hands.another_process().committed(3, lambda: _note(3))
    assert hands.kept() == [1, 3]
    assert [each.failure for each in hands.anchors.status()] == [""]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnchorError):
        read_anchors(tmp_path / "absent")
    with pytest.raises(AnchorError):
        write_anchor(tmp_path / "absent", 1, _note(1))


def test_what_a_dead_process_left_is_no_anchor_and_in_nobodys_way(away: Path) -> None:
    (away / f".{1:020}.checkpoint.{os.getpid()}").write_text("half of a he")
    assert read_anchors(away) == []
    write_anchor(away, 1, _note(1))
    assert read_anchors(away) == [_note(1)]

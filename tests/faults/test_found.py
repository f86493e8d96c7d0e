# SPDX-License-Identifier: Apache-2.0
"""What the battery has found, each kept as a test of its own that needs no tracer."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from privseg.engine import Outside, Workspace
from privseg.engine.beginning import MARK, PRIVATE, WorkspaceUnfinishedError
from privseg.engine.errors import AnswerNotWrittenError, AnswerThereError
from privseg.engine.policy.taking import TAKEN, finish_taking
from privseg.engine.private_files import write_new, write_over
from privseg.vault import private_file
from tests.faults import worlds
from tests.twins import club

OUTSIDE = Outside(clock=club.Clock())


def test_keys_whose_writing_was_cut_short_between_two_names_are_not_overwritten(
    tmp_path: Path,
) -> None:
    path = tmp_path / "key.json"
    private_file.make(path, b"the only copy")
    os.link(path, private_file.unfinished(path))
    private_file.discard(path)
    assert path.read_bytes() == b"the only copy"
    assert not private_file.unfinished(path).exists()


@pytest.fixture
def cut_short(tmp_path: Path) -> Path:
    """A workspace whose making was cut short just before its end."""
    with Workspace.create(tmp_path / "ws", keys=worlds.KEYS, outside=OUTSIDE) as ws:
        named = ws._house.config.workspace_id
    (tmp_path / "ws" / PRIVATE / MARK).write_text(named, "ascii")
    return tmp_path / "ws"


def test_an_unfinished_workspace_is_not_opened(cut_short: Path) -> None:
    with pytest.raises(WorkspaceUnfinishedError, match="privseg init"):
        Workspace.open(cut_short, outside=OUTSIDE)


def test_the_same_command_makes_it_anew_with_its_keys_and_its_id(cut_short: Path) -> None:
    key = (cut_short.parent / "keys" / "key.json").read_bytes()
    named = (cut_short / PRIVATE / MARK).read_text("ascii")
    with Workspace.create(cut_short, keys=worlds.KEYS, outside=OUTSIDE) as ws:
        assert ws._house.config.workspace_id == named
        assert ws.audit_verify()["ok"]
    assert (cut_short.parent / "keys" / "key.json").read_bytes() == key


def test_a_mark_that_says_nothing_is_made_anew(cut_short: Path) -> None:
    (cut_short / PRIVATE / MARK).write_bytes(b"")
    (cut_short.parent / "keys" / "key.json").unlink()
    with Workspace.create(cut_short, keys=worlds.KEYS, outside=OUTSIDE) as ws:
        assert ws.audit_verify()["ok"]


def test_rules_that_were_taken_are_moved_to_their_place_by_the_next_opening(
    tmp_path: Path,
) -> None:
    (tmp_path / TAKEN / "policies").mkdir(parents=True)
    (tmp_path / TAKEN / "policies" / "new.yaml").write_text("new")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "old.yaml").write_text("old")
    finish_taking(tmp_path)
    finish_taking(tmp_path)
    assert [p.name for p in (tmp_path / "policies").iterdir()] == ["new.yaml"]
    assert not (tmp_path / TAKEN).exists()


def test_a_file_for_a_person_is_private_whole_and_never_written_over_unasked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "deep" / "down" / "answer.json"
    write_new(path, b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with pytest.raises(AnswerThereError):
        write_new(path, b"two")
    assert path.read_bytes() == b"one"
    write_over(path, b"three")
    assert path.read_bytes() == b"three"
    assert [p.name for p in path.parent.iterdir()] == ["answer.json"]


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    target, path = tmp_path / "somebody's", tmp_path / "answer.json"
    target.write_bytes(b"mine")
    path.symlink_to(target)
    with pytest.raises(AnswerThereError):
        write_new(path, b"x")
    write_over(path, b"x")
    assert target.read_bytes() == b"mine"
    assert not path.is_symlink()


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AnswerNotWrittenError):
        write_new(tmp_path / "file" / "answer.json", b"x")

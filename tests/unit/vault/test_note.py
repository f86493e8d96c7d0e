# SPDX-License-Identifier: Apache-2.0
"""A file beside the root key: whole, private, and known to be ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privseg.vault.note import NoteForgedError, NoteWriteError, SealedNote

KEY = bytes(range(32))


def note(
    folder: Path, *, workspace: str = "ws-1", what: str = "budget", key: bytes = KEY
) -> SealedNote:
    return SealedNote(folder / "keys" / "ws.budget", workspace=workspace, what=what, key=key)


def test_nothing_was_written_before_the_first_time(tmp_path: Path) -> None:
    assert note(tmp_path).read() is None


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.binary(max_size=60), min_size=1, max_size=3))
def test_what_was_written_last_is_read_back(tmp_path: Path, said: list[bytes]) -> None:
    for each in said:
        note(tmp_path).write(each)
    assert note(tmp_path).read() == said[-1]


def test_only_its_owner_can_reach_it(tmp_path: Path) -> None:
    note(tmp_path).write(b"42")
    assert note(tmp_path).path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "other",
    [{"workspace": "ws-2"}, {"what": "another"}, {"key": bytes(32)}],
)
def test_a_note_of_another_workspace_thing_or_key_is_refused(
    tmp_path: Path, other: dict[str, object]
) -> None:
    note(tmp_path).write(b"42")
    with pytest.raises(NoteForgedError) as refused:
        note(tmp_path, **other).read()  # type: ignore[arg-type]
    assert refused.value.exit_code == 5


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    note(tmp_path).write(b"rho 1/80")
    path = note(tmp_path).path
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(NoteForgedError):
            note(tmp_path).read()
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        with pytest.raises(NoteForgedError):
            note(tmp_path).read()


def test_what_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    note(tmp_path).write(b"old")
    beside = note(tmp_path).path.with_name(".ws.budget.new")
    beside.mkdir()  # stands where the new one is written first: root may write anywhere else
    with pytest.raises(NoteWriteError):
        note(tmp_path).write(b"new")
    assert note(tmp_path).read() == b"old"


def test_it_is_held_by_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privseg.vault.note.BUSY_SECONDS", 0.05)
    with note(tmp_path).held(), pytest.raises(NoteWriteError), note(tmp_path).held():
        pass
    with note(tmp_path).held():
        pass


def test_it_shows_neither_key_nor_place(tmp_path: Path) -> None:
    shown = repr(note(tmp_path))
    assert shown == "SealedNote('ws.budget')"
    assert os.fspath(tmp_path) not in shown

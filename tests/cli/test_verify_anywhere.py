# SPDX-License-Identifier: Apache-2.0
"""privseg verify on somebody else's machine: no workspace, no key folder, no network, no data."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from tests.cli.command_line import Shell
from tests.twins.release_world import KEY

VECTORS = Path(__file__).parents[1] / "vectors"
RELEASES = sorted(p for p in VECTORS.glob("release-*.json") if p.stem != "release-forged")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing reach a network."""

    def unreachable(*_: object, **__: object) -> NoReturn:
        pytest.fail("it asked for a network")

    monkeypatch.setattr(socket.socket, "__init__", unreachable)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("release", RELEASES, ids=lambda p: p.stem)
def test_a_report_is_checked_in_an_empty_folder_with_the_publishers_key(
    outside: Shell, release: Path
) -> None:
    answer = outside("verify", str(release), "--key", KEY.vkey)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("OK: the report is as it was published\nchecked\n  the file is a")
    assert "\ntaken on trust\n  that the code named made the draws" in answer.out
    assert list(outside.folder.iterdir()) == []
    assert not outside.keys.exists()


@pytest.mark.usefixtures("offline")
def test_in_json_it_says_what_was_checked_and_what_is_trusted(outside: Shell) -> None:
    answer = outside("verify", str(RELEASES[0]), "--key", KEY.vkey, "--json").document
    assert answer.keys() == {"ok", "checks", "trusts", "witnessed"}
    assert answer["ok"] is True
    assert len(answer["checks"]) == 7
    assert len(answer["trusts"]) == 4


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (rb'"value":(\d)', rb'"value":9\1', r"statement\.\S+\.value"),
        (rb'"epsilon":"(\d)', rb'"epsilon":"9\1', r"statement\.\S+\.epsilon"),
        (rb"privseg\.release/2", rb"privseg.release/1", "privseg"),
        (rb'"index":5', rb'"index":4', "register"),
    ],
)
def test_what_was_changed_is_named_and_nothing_is_left_behind(
    outside: Shell, tmp_path: Path, old: bytes, new: bytes, field: str
) -> None:
    forged = tmp_path / "forged.json"
    forged.write_bytes(re.sub(old, new, RELEASES[0].read_bytes(), count=1))
    answer = outside("verify", str(forged), "--key", KEY.vkey)
    assert answer.code == 5
    assert re.match(f"error: this release does not hold at {field}:", answer.err)
    assert answer.out == ""
    assert list(outside.folder.iterdir()) == []

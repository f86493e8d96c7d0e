# SPDX-License-Identifier: Apache-2.0
"""A demo shop to try the command line on; nothing of it is the user's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.command_line import Answer, Shell
from tests.cli.every_verb import every_verb


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep root keys away from the user's key folder, and colours from the tests."""
    monkeypatch.setenv("PRIVSEG_KEYS", str(tmp_path / "keys"))
    for name in ("PRIVSEG_WORKSPACE", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """What making the demo shop left."""
    folder = tmp_path_factory.mktemp("demo") / "here"
    folder.mkdir()
    return Shell(folder)("demo", "../shop", "--people", "2000")


@pytest.fixture(scope="session")
def shop(demo: Answer) -> Path:
    """The demo shop: look at it only. ``own`` is a copy that may be changed."""
    assert demo.code == 0, demo.err
    return demo.folder.parent / "shop"


@pytest.fixture
def here(shop: Path) -> Shell:
    """Somebody in the demo shop who looks, and changes nothing but the log."""
    return Shell(shop)


@pytest.fixture
def own(shop: Path, tmp_path: Path) -> Shell:
    """Somebody in a copy of the demo shop of their own."""
    return Shell.in_copy(shop, tmp_path)


@pytest.fixture(scope="module")
def ours(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Somebody in one copy of the shop for many tests, which put back what they change."""
    return Shell.in_copy(shop, tmp_path_factory.mktemp("ours"))


@pytest.fixture
def outside(tmp_path: Path) -> Shell:
    """Somebody in an empty folder."""
    (tmp_path / "empty").mkdir()
    return Shell(tmp_path / "empty")


@pytest.fixture(scope="session")
def answers(
    shop: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Mapping[str, Answer]]:
    """Every verb done in a copy of the shop, in words and as JSON: form -> command -> answer."""
    return {
        form: every_verb(shop, tmp_path_factory.mktemp(form), options)
        for form, options in (("text", ()), ("json", ("--json",)))
    }

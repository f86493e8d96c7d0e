# SPDX-License-Identifier: Apache-2.0
"""The page on PostgreSQL is run against a real server, at the address that it invents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs.console import Terminal, alike, steps

PAGE = Path(__file__).parents[2] / "docs/how-to/postgresql.md"
ADDRESS = "postgresql://privseg@db.example.com/privseg"


def test_the_page_does_what_it_shows(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVSEG_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("COLUMNS", "80")
    home = tmp_path / "home"
    home.mkdir()
    terminal, todo = Terminal(home), list(steps(PAGE.read_text("utf-8")))
    assert len(todo) >= 4
    for step in todo:
        code, printed = terminal.run(replace(step, text=step.text.replace(ADDRESS, postgres)))
        assert code == step.exit_code, printed
        assert not step.expected.strip() or alike(step.expected, printed), printed
    assert not (home / "other").exists()

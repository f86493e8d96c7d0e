# SPDX-License-Identifier: Apache-2.0
"""Shells complete verbs, options, segments, reports and acts; completing loads nothing heavy."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.cli import names
from tests.cli.command_line import Shell

SHELL = "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"


def completed(shell: Shell, line: str) -> list[str]:
    """Return what bash offers at the end of a command line."""
    words = line.split(" ")
    asked = {
        "_PRIVSEG_COMPLETE": "complete_bash",
        "COMP_WORDS": "\n".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    return shell.process(environment=asked).out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("privseg seg", ["segment"]),
        ("privseg report ", ["run", "check", "explain"]),
        ("privseg segment explain la", ["lapsed-big-spenders"]),
        ("privseg report run cu", ["customer-overview"]),
        ("privseg report run win", ["window-shoppers"]),
        ("privseg dsr open era", ["erasure"]),
        ("privseg consent record with", ["withdraw"]),
        ("privseg budget show --js", ["--json"]),
    ],
)
def test_bash_is_offered_what_fits(here: Shell, line: str, offered: list[str]) -> None:
    assert completed(here, line) == offered


def test_the_completion_for_a_shell_can_be_printed(outside: Shell) -> None:
    answer = outside.process("--show-completion", "bash", environment={SHELL: "1"})
    assert answer.code == 0
    assert "_PRIVSEG_COMPLETE=complete_bash" in answer.out


def test_names_are_found_from_a_folder_inside_the_workspace(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop / "data")
    assert "big-spenders" in names.segments("")
    assert names.reports("customer") == ["customer-overview"]


def test_outside_a_workspace_nothing_is_offered_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert names.segments("") == []
    (tmp_path / "privseg.yaml").touch()
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments/garbage.yaml").write_bytes(bytes(range(256)))
    assert names.reports("") == []

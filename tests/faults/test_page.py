# SPDX-License-Identifier: Apache-2.0
"""The page on reliability says what the battery has."""

from __future__ import annotations

from pathlib import Path

from tests.faults import table
from tests.faults.commands import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs/explanation/reliability.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]


def rows(head: tuple[str, ...]) -> list[list[str]]:
    """Return the rows of the table with this head."""
    start = ROWS.index(list(head)) + 2
    return [row for row in ROWS[start:] if len(row) == len(head)]


def test_the_page_shows_every_class_of_fault_and_none_did_harm() -> None:
    shown = rows(table.KINDS)
    assert [row[0] for row in shown] == list(table.CLASSES)
    assert all(row[-1] == "0" for row in shown)


def test_the_page_shows_every_command_and_none_was_harmed() -> None:
    shown = rows(table.PER)
    assert [row[0] for row in shown] == list(COMMANDS)
    assert all(row[-1] == "0" for row in shown)


def test_both_tables_of_the_page_are_of_one_run_and_their_sums_agree() -> None:
    def number(text: str) -> int:
        return int(text.replace(",", ""))

    kinds, commands = rows(table.KINDS), rows(table.PER)
    assert sum(number(r[1]) for r in kinds) == sum(number(r[1]) + number(r[2]) for r in commands)
    for row in kinds:
        injected, done, refused, cut, _ = map(number, row[1:])
        assert injected == done + refused + cut
    assert min(number(row[1]) for row in commands) > 0

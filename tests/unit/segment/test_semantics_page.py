# SPDX-License-Identifier: Apache-2.0
"""The page on what a condition means shows what the evaluator answers, to the letter."""

from __future__ import annotations

import re
from pathlib import Path

from privseg.segment import MAX_COST, MAX_DEPTH, MAX_NODES
from tests.docs.console import Terminal, steps

PAGE = Path(__file__).parents[3] / "docs/explanation/segment-semantics.md"


def test_every_example_of_the_page_is_what_is_answered(tmp_path: Path) -> None:
    terminal, shown = Terminal(tmp_path), 0
    for step in steps(PAGE.read_text("utf-8")):
        code, printed = terminal.run(step)
        assert code == 0, f"line {step.line}\n{printed}"
        assert printed == step.expected, f"line {step.line}"
        shown += bool(step.expected)
    assert shown > 10


def test_the_page_names_the_limits_that_hold() -> None:
    text = re.sub(r"\s+", " ", PAGE.read_text("utf-8"))
    assert f"at most {MAX_DEPTH} levels, {MAX_NODES} nodes and a cost of {MAX_COST:,}" in text

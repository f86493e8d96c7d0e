# SPDX-License-Identifier: Apache-2.0
"""The page on the red team says what the suite has."""

from __future__ import annotations

import re
from pathlib import Path

from tests.redteam import inference
from tests.redteam.chance import most_right
from tests.redteam.mutants import MUTANTS
from tests.redteam.mutants_compute import COMPUTE
from tests.redteam.mutants_exact import EXACT_BROKEN

PAGE = (Path(__file__).parents[2] / "docs/explanation/red-team.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.endswith("| holds |")]


def test_the_page_shows_every_attack_on_a_table_with_its_bound() -> None:
    shown = {row[0]: row[3] for row in ROWS}
    for name in inference.TARGETS:
        assert shown[f"who was in: {name}, rho 0.5"] == f"at most {100 * most_right(0.5):.1f} %"
    assert shown["who withdrew between two reports, rho 2 in all"].endswith("84.1 %")
    for bound in ("63.8", "55.9", "53.1"):
        assert sum(b == f"at most {bound} %" for b in shown.values()) == 2
    assert sum(name.startswith("error bar: ") for name in shown) >= 20


def test_nothing_on_the_page_is_broken() -> None:
    assert "BROKEN" not in PAGE
    assert len(ROWS) > 30


def test_the_page_counts_the_mutants_that_there_are() -> None:
    found = re.search(r"(\d+) mutants are caught", PAGE)
    assert found is not None
    assert int(found[1]) == len((*MUTANTS, *COMPUTE, *EXACT_BROKEN))

# SPDX-License-Identifier: Apache-2.0
"""The room of pages takes protected values only: nothing in it can name an exact one."""

import ast
from pathlib import Path
from typing import get_type_hints

import pytest

import privseg.report
from privseg.frames import Tally
from privseg.protect import Protected
from privseg.release import Statement
from privseg.report import compose, render, to_csv, to_xlsx
from privseg.report.bulletin import Bulletin

ROOM = Path(privseg.report.__file__).parent
MODULES = sorted(ROOM.glob("*.py"))
EXACT = {"Tally", "Segmented", "Consented", "Raw", "UnboundedTallyError", "protect"}
EXACT_ROOMS = ("compute", "vault", "store", "sources", "gate", "engine", "segment", "consent")
EXACT_MODULES = ("privseg.protect.mechanism", "privseg.protect.sampler", "privseg.frames.stages")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.name)
def test_no_module_of_the_room_imports_tallies_or_who_makes_them(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert not {a.name for a in node.names} & EXACT
        elif isinstance(node, ast.Import):
            module = " ".join(a.name for a in node.names)
        else:
            continue
        assert not any(f"privseg.{room}" in module for room in EXACT_ROOMS)
        assert module not in EXACT_MODULES


def test_what_can_be_rendered_is_a_statement_or_a_bulletin_by_its_type() -> None:
    for function in (compose, to_csv, to_xlsx):
        assert next(iter(get_type_hints(function).values())) is Statement
    assert get_type_hints(render)["bulletin"] is Bulletin
    assert get_type_hints(Statement)["protected"] is Protected


def test_a_tally_has_no_text_to_show() -> None:
    assert repr(Tally(4711, {"total": 12}, {}, {})) == "Tally(secret)"

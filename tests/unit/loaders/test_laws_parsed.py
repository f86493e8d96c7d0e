# SPDX-License-Identifier: Apache-2.0
"""What is kept of the shipped law packs is what their files say, and stands for nothing else."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from privseg.loaders.laws import load_pack, shipped_packs
from privseg.loaders.laws_parsed import KEPT, law_files, parsed, text_of
from privseg.loaders.strict_yaml import read_yaml


def test_what_is_kept_is_in_step_with_the_files_of_the_packs() -> None:
    kept = files("privseg.loaders").joinpath(KEPT).read_text("utf-8")
    assert kept == text_of(law_files()), "run privseg.loaders.laws_parsed.keep()"


@pytest.mark.parametrize(("file", "name"), list(law_files()), ids=str)
def test_a_pack_is_kept_with_every_place(file: Path, name: str) -> None:
    assert parsed(file, name) == read_yaml(file, file=name)


def test_the_packs_are_those_that_their_files_hold() -> None:
    assert shipped_packs() == tuple(load_pack(file, name=name) for file, name in law_files())


def test_a_pack_that_was_changed_is_read_from_its_file(tmp_path: Path) -> None:
    file, name = next(law_files())
    changed = tmp_path / "changed.yaml"
    changed.write_text(file.read_text("utf-8").replace("title: ", "title: Another ", 1), "utf-8")
    node = parsed(changed, name)
    assert node == read_yaml(changed, file=name)
    assert node != parsed(file, name)

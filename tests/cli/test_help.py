# SPDX-License-Identifier: Apache-2.0
"""Help that helps: every verb with an example, nothing cut off, nothing wider than a terminal."""

from __future__ import annotations

import re
import shlex

import pytest

from privseg.cli.table import columns
from tests.cli.command_line import Shell
from tests.cli.every_verb import paths, verb_of, verbs

PATHS = paths()


def names(path: tuple[str, ...]) -> str:
    return " ".join(path) or "privseg"


@pytest.mark.parametrize("path", PATHS, ids=names)
def test_help_has_an_example_and_fits_80_columns(outside: Shell, path: tuple[str, ...]) -> None:
    shown = outside(*path, "--help")
    assert shown.code == 0
    assert "Example:" in shown.out or "First steps:" in shown.out
    assert not [line for line in shown.out.splitlines() if columns(line) > 80]


@pytest.mark.parametrize("path", PATHS, ids=names)
def test_no_summary_in_a_list_of_verbs_is_cut_off(outside: Shell, path: tuple[str, ...]) -> None:
    assert "..." not in outside(*path, "-h").out.partition("Commands:")[2]


@pytest.mark.parametrize("verb", verbs())
def test_an_example_calls_the_verb_that_it_explains_with_options_that_exist(
    outside: Shell, verb: str
) -> None:
    text = " ".join(outside(*verb.split(), "--help").out.split())
    example = re.search(r"Example: (.*?)(?= JSON:|$)", text)
    assert example
    called = re.search(r"privseg ([^|&>]*)", example[1])
    assert called
    assert verb_of(called[1].strip()) == verb
    options = {word for word in shlex.split(called[1]) if word.startswith("--")}
    assert options <= set(re.findall(r"--[a-z-]+", text.partition("Options:")[2]))


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_can_print_json(outside: Shell, verb: str) -> None:
    assert "--json" in outside(*verb.split(), "--help").out


def test_without_arguments_the_help_is_shown(outside: Shell) -> None:
    assert "Usage: privseg" in outside().err + outside().out
    assert outside().code == 2


def test_a_verb_that_is_misspelled_is_named_and_the_help_is_near(outside: Shell) -> None:
    answer = outside("segmnt", "guide")
    assert answer.code == 2
    assert "segmnt" in answer.err
    assert "-h" in answer.err
    assert not answer.out

# SPDX-License-Identifier: Apache-2.0
"""Identifiers come on standard input only, and are never said again."""

from __future__ import annotations

import pytest
import typer.main

from privseg.cli.app import app
from tests.cli.command_line import Shell
from tests.cli.every_verb import paths

ADA = "C0000001"
ABOUT_ONE_PERSON = (
    "consent show --id-from {}",
    "consent record withdraw --id-from {}",
    "dsr open access --id-from {}",
)


@pytest.mark.parametrize("line", ABOUT_ONE_PERSON)
def test_an_identifier_in_the_arguments_is_refused_and_not_repeated(here: Shell, line: str) -> None:
    before = here("audit", "tail", "--json").document[-1]["sequence"]
    answer = here(*line.format(ADA).split())
    assert answer.code == 2
    assert "on standard input: --id-from -" in answer.err
    assert ADA not in answer.out + answer.err
    after = here("audit", "tail", "-n", "2", "--json").document
    assert after[-2]["sequence"] == before  # nothing between the two looks at the log


def test_no_verb_has_another_way_to_name_a_person() -> None:
    command = typer.main.get_command(app)
    named = {}
    for path in paths():
        verb = command
        for name in path:
            verb = verb.commands[name]  # type: ignore[attr-defined]
        named[path] = {option for p in verb.params for option in p.opts}
    about_people = {path for path, options in named.items() if "--id-from" in options}
    consent = ("evidence", "export", "receipt", "record", "show", "taint")
    requests = (("open",), ("receipt",), ("suppressed",), ("hold", "place"))
    others = {*(("dsr", *verb) for verb in requests), ("who", "person")}
    assert about_people == {*(("consent", verb) for verb in consent), *others}
    words = ("person", "subject", "email", "identifier", "customer", "phone")
    assert not [o for options in named.values() for o in options if any(w in o for w in words)]


@pytest.mark.parametrize("line", ABOUT_ONE_PERSON)
@pytest.mark.parametrize("given", ["", "\n", "   \n", "x" * 100_000, "C00\x1b[31m0001\n"])
def test_what_is_no_identifier_is_refused_without_being_said(
    here: Shell, line: str, given: str
) -> None:
    answer = here(*line.format("-").split(), given=given)
    assert answer.code == 1
    assert "is not usable as an identifier" in answer.err
    assert "xxx" not in answer.err
    assert not answer.out


@pytest.mark.parametrize("given", [b"\xff\xfe\n", b"C000\x00\x01\n"])
def test_bytes_that_are_no_text_are_refused(here: Shell, given: bytes) -> None:
    answer = here("consent", "show", "--id-from", "-", given=given)
    assert answer.code in {1, 2}
    assert "Traceback" not in answer.err
    assert "please report it" not in answer.err


def test_an_answer_about_a_person_does_not_name_them(own: Shell) -> None:
    for line in ABOUT_ONE_PERSON[::2]:
        answer = own(*line.format("-").split(), given=f"{ADA}\n")
        assert answer.code == 0
        assert ADA not in answer.out + answer.err


def test_a_person_who_is_not_known_is_a_no_and_not_an_error(here: Shell) -> None:
    answer = here("consent", "show", "--id-from", "-", "--json", given="nobody\n")
    assert answer.code == 0
    told = answer.document
    assert (told["known"], told["standing"], told["history"]) == (False, [], [])


@pytest.mark.parametrize(
    ("act", "options", "says"),
    [
        ("grant", "", "names --purpose and --category"),
        ("opt_in", "--purpose marketing.lifecycle", "names --purpose and --category"),
        ("attest_jurisdiction", "--value Germany", "a code such as DE or US-CA"),
        ("attest_age", "--value 20", "goes on standard input"),
        ("happened", "", "say what happened with --value"),
        ("erase", "", "privseg dsr open erasure"),
        ("resolve", "", "name one of: grant, refuse"),
        ("withdraw", "--at 2999-01-01", "lies ahead"),
        ("withdraw", "--at yesterday", "give an ISO date or time"),
    ],
)
def test_an_act_that_says_too_little_to_count_is_not_recorded(
    here: Shell, act: str, options: str, says: str
) -> None:
    asked = ("consent", "show", "--id-from", "-", "--json")
    before = here(*asked, given=f"{ADA}\n").document["history"]
    answer = here("consent", "record", act, "--id-from", "-", *options.split(), given=f"{ADA}\n")
    assert answer.code == 2
    assert says in " ".join(answer.err.split())
    assert here(*asked, given=f"{ADA}\n").document["history"] == before

# SPDX-License-Identifier: Apache-2.0
"""Every verb does its work: data on stdout, talk on stderr, JSON with the keys that its help names.

``every_verb.DAY`` runs them all in a copy of the demo shop, once in words and once as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from privseg.cli.table import columns
from tests.cli.command_line import Answer, Shell
from tests.cli.every_verb import DAY, verb_of, verbs

LINES = [line for line, _ in DAY]
WHOLE = ("source propose", "policy check", "policy test", "policy schema", "segment check",
         "keys show", "keys rotate-audit", "consent receipt")  # fmt: skip  # copied, or for editors
RELEASE = "report run customer-overview"  # its JSON is the release itself, tested on its own
OWN_FORMAT = (RELEASE, "learn run personas", "consent receipt --id-from -",
              "dsr run --all --kind opt_out_sale",  # a list: test_rights_cli.py
              "policy schema cases")  # fmt: skip  # likewise
ELSEWHERE = {  # need more than a day, or a second person
    "consent evidence", "consent resolve", "policy approve", "segment approve",
    "reidentify ask", "reidentify approve", "reidentify refuse", "reidentify withdraw",
    "dsr opt-in", "dsr settle",  # test_rights_cli.py
    "dsr appeal", "dsr decide",  # somebody else decides: tests/engine/test_request_life.py
    "reidentify open",  # the shop's policy lets nobody be named
    "keys forget-backup", "keys restore",  # test_keys_cli.py
    "tables run", "tables check", "tables explain",  # the shop has no k lineage
    "microdata run", "microdata check",
}  # fmt: skip
DRY = ("report run", "learn run", "dsr write")  # whose JSON is another one with --dry-run
PATH = re.compile(r"/\S{30,}")
Answers = Mapping[str, Mapping[str, Answer]]


def test_the_day_has_every_verb_in_it() -> None:
    assert {verb_of(line) for line in LINES} | ELSEWHERE == set(verbs())


@pytest.mark.parametrize("line", LINES)
def test_a_verb_does_its_work_and_says_something(answers: Answers, line: str) -> None:
    for answer in (answers["text"][line], answers["json"][line]):
        assert answer.code == 0, answer.err
        assert answer.out.strip()


@pytest.mark.parametrize("line", LINES)
def test_standard_output_is_data_and_never_talk(answers: Answers, line: str) -> None:
    for answer in (answers["text"][line], answers["json"][line]):
        assert not re.search(r"^(next|see it|note|error|refused):", answer.out, re.MULTILINE)


@pytest.mark.parametrize("line", LINES)
def test_with_json_standard_output_is_one_json_document(answers: Answers, line: str) -> None:
    answer = answers["json"][line]
    assert answer.document is not None
    assert "next:" not in answer.err  # hints are for people


@pytest.mark.parametrize("line", LINES)
def test_what_is_laid_out_fits_80_columns(answers: Answers, line: str) -> None:
    if verb_of(line) in WHOLE:
        return
    wide = [t for t in answers["text"][line].out.splitlines() if columns(PATH.sub("/", t)) > 80]
    assert not wide


@pytest.mark.parametrize("line", LINES)
def test_no_escape_code_is_printed_where_there_is_no_terminal(answers: Answers, line: str) -> None:
    for answer in (answers["text"][line], answers["json"][line]):
        assert "\x1b" not in answer.out + answer.err


@pytest.mark.parametrize("line", [line for line in LINES if line not in OWN_FORMAT])
def test_the_json_has_the_keys_that_the_help_names(answers: Answers, line: str) -> None:
    shown = Shell(answers["json"][line].folder)(*verb_of(line).split(), "--help").out
    shapes = [" ".join(p.split()) for p in shown.split("\n\n") if p.strip().startswith("JSON:")]
    assert shapes, "the help names no keys"
    wanted = [s for s in shapes if ("--dry-run" in s) == (verb_of(line) in DRY and "--dry" in line)]
    shape = wanted[0].removeprefix("JSON: ")
    fits(answers["json"][line].document, parsed(shape.removeprefix("with --dry-run ")))


def fits(value: Any, shape: Any) -> None:
    """Check that a document has the keys of a shape and no others, wherever the shape has keys."""
    if isinstance(shape, list):
        assert isinstance(value, list)
        for each in value:
            fits(each, shape[0])
    if isinstance(shape, dict):
        assert set(value) == set(shape)
        for key, inner in shape.items():
            fits(value[key], inner)


def parsed(shape: str) -> Any:
    """Return a shape such as ``[{a, b: [{c}]}]`` as objects, lists, and None for any value."""
    quoted = re.sub(r"([a-z_][a-z_0-9]*)", r'"\1"', shape)
    return json.loads(re.sub(r'("[a-z_0-9]+")(?=[,}])', r"\1: null", quoted))


def test_a_shape_in_the_help_is_read_as_it_is_meant() -> None:
    shape = parsed("{a, b: [{c, d}], e}")
    assert shape == {"a": None, "b": [{"c": None, "d": None}], "e": None}
    fits({"a": {"x": 1}, "b": [{"c": 1, "d": 2}], "e": []}, shape)
    for other in ({"a": 1, "b": []}, {"a": 1, "b": [{"c": 1}], "e": 1}, {"a": 1, "b": {}, "e": 1}):
        with pytest.raises(AssertionError):
            fits(other, shape)


def test_a_report_as_json_is_the_release_itself_and_verifies(answers: Answers) -> None:
    answer = answers["json"][RELEASE]
    piped = answer.folder / "piped.json"
    piped.write_text(answer.out, "utf-8")
    assert answer.document == json.loads(
        (answer.folder / "out/customer-overview.json").read_text("utf-8")
    )
    assert Shell(answer.folder)("verify", "piped.json").out.startswith("OK")


def test_json_numbers_are_numbers_and_what_must_be_exact_is_text(answers: Answers) -> None:
    budget = answers["json"]["budget show"].document
    assert isinstance(budget["reports"], int)
    assert budget["rho_spent"] == "13/80"  # a report, a preview, how many consent, and a model


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("source import crm data/crm.csv", "next: privseg consent import"),
        ("consent record withdraw --id-from - --purpose marketing.lifecycle", "see it: privseg"),
        ("source snapshot", "next: privseg report run"),
        ("segment guide", "next: privseg report run SEGMENT --dry-run"),
        ("dsr open access --id-from -", "next: privseg dsr plan 1"),
        ("dsr run 2", "to do it: privseg dsr run 2 --yes"),
        ("report run customer-overview", "check privseg verify"),
        ("audit export ../log", "next: python3 audit/verify.py"),
    ],
)
def test_the_next_useful_command_stands_at_the_end(answers: Answers, line: str, says: str) -> None:
    assert says in answers["text"][line].err.splitlines()[-1]


def test_a_report_explained_says_what_is_asked_what_bounds_it_and_what_it_costs(
    answers: Answers,
) -> None:
    text = " ".join(answers["text"]["report explain customer-overview"].out.split())
    assert "the total of purchase.amount in the 365 days before (Revenue)" in text
    assert re.search(r"of one person at most [\d,]+ EUR count in a cell \(U\)", text)
    assert re.search(r"an event counts as 0 EUR to \d+ EUR, at most \d+ events of one", text)
    assert "one person counts in at most 6 of its 36 cells (m)" in text
    assert "cost: rho 1/80 (epsilon 0.701 at delta 1e-06)" in text
    assert "Big spenders: at least 3 purchase events" in text


def test_the_consents_of_a_person_are_told_in_words(answers: Answers) -> None:
    text = answers["text"]["consent show --id-from -"].out
    assert "withdrawn" in text
    assert "never_asked" not in text
    assert "withdrawn, withdrawn" not in text
    assert text.startswith("at 20")
    assert text.splitlines()[1].split("  ")[0] == "purpose"


def test_requests_are_listed_with_the_days_that_are_left(answers: Answers) -> None:
    heading, row, *_ = answers["text"]["dsr list"].out.splitlines()
    assert "days left" in heading
    assert re.search(r" (29|30|31|32)  gdpr, Art. 12\(3\)$", row)


def test_the_log_is_shown_without_anything_being_cut_off(answers: Answers) -> None:
    text = answers["text"]["audit tail"].out
    assert "…" not in text
    assert "compliance_officer" in text


def test_a_person_new_to_it_finds_the_version(outside: Shell) -> None:
    assert re.fullmatch(r"privseg \d+\.\d+\.\d+\S*\n", outside("--version").out)


def test_the_play_names_files_to_open_and_each_is_there(outside: Shell) -> None:
    answer = outside("demo", "shop", "--people", "1000", "--play", "--json")
    assert answer.code == 0
    files = answer.document["files"]
    assert len(files) == 5
    assert all(Path(file).exists() for file in files.values())
    assert "== a marketer asks" in answer.err
    assert outside("audit", "verify", "-w", "shop").code == 0

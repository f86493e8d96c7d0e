# SPDX-License-Identifier: Apache-2.0
"""``privseg source`` with accounts, lists and surveys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import Shell

POLICY = """privseg: policy/1
catalogue:
  companies:
    holds: accounts
    account: vat
    retention: 730d
    columns:
      vat: {type: account}
      industry: {type: category, category: firmographics, values: [retail, health]}
  staff:
    holds: people
    person: email
    retention: 730d
    columns:
      email: {role: direct_identifier, identifier: email}
      company: {type: account, of: companies, category: employment}
  patients-2026:
    holds: list
    person: email
    category: illness
    special: true
    nature: health
    retention: 90d
    columns: {email: {role: direct_identifier, identifier: email}}
"""


@pytest.fixture
def club(outside: Shell) -> Shell:
    """Somebody in a new workspace with accounts and a list."""
    assert outside("init", "../club").code == 0  # beside its keys
    shell = Shell(outside.folder.parent / "club")
    (shell.folder / "policies" / "more.yaml").write_text(POLICY, "utf-8")
    return shell


def saved(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, "utf-8")
    return name


def test_the_list_of_sources_names_every_kind(club: Shell) -> None:
    told = {s["source"]: s for s in club("source", "list", "--json").document}
    assert [told[n]["holds"] for n in ("companies", "staff", "patients-2026")] == [
        "accounts", "people", "list",
    ]  # fmt: skip
    assert told["patients-2026"]["categories"] == ["illness"]
    assert told["patients-2026"]["special"] == ["patients-2026"]
    assert told["companies"]["identifiers"] == []
    assert "patients-2026" in club("source", "list").out


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("companies", "vat,industry\nX1,retail\nX2,health\n"),
        ("patients-2026", "email\nada@example.com\ngrace@example.com\n"),
        ("staff", "email,company\nada@example.com,X1\ngrace@example.com,\n"),
    ],
)
def test_every_kind_is_imported_after_a_dry_run(club: Shell, source: str, text: str) -> None:
    file = saved(club.folder, "file.csv", text)
    tried = club("source", "import", source, file, "--dry-run", "--json").document
    done = club("source", "import", source, file, "--json").document
    assert (tried["rows"], tried["dry_run"], tried["snapshot"]) == (2, True, 0)
    assert (done["rows"], done["rejected"], done["snapshot"]) == (2, 0, 1)
    assert club("source", "expire").out == "nothing has expired\n"


def test_a_list_of_strangers_and_one_of_customers_are_told_alike(club: Shell) -> None:
    known = saved(club.folder, "known.csv", "email,company\nada@example.com,\nbea@example.com,\n")
    assert club("source", "import", "staff", known).code == 0
    said = []
    for people in ("ada@example.com\nbea@example.com", "eve@example.com\nfay@example.com"):
        file = saved(club.folder, "list.csv", f"email\n{people}\n")
        answer = club("source", "import", "patients-2026", file)
        said.append((answer.code, answer.out, answer.err))
    assert said[0] == said[1]


def test_a_company_that_is_refused_is_not_named(club: Shell) -> None:
    file = saved(club.folder, "file.csv", "vat,industry\nUnmistakable Ltd,fishing\n")
    answer = club("source", "import", "companies", file)
    assert answer.code == 1
    assert "file.csv:2: column industry" in answer.err
    assert "Unmistakable" not in answer.out + answer.err


def test_a_survey_is_proposed_with_its_free_text_only_when_asked(outside: Shell) -> None:
    head = "email,How often do you come?,Anything else?\n"
    rows = "".join(
        f"p{n}@example.com,{('weekly', 'rarely')[n % 2]},said at table {n}\n" for n in range(40)
    )
    file = saved(outside.folder, "answers.csv", head + rows)
    silent = outside("source", "propose", file, "--survey", "--json").document["policy"]
    asked = outside("source", "propose", file, "--survey", "--free-text", "--json")
    assert "category: survey-how-often-do-you-come" in silent
    assert '- "Anything else?"' in silent
    assert "category: survey-anything-else" in asked.document["policy"]
    assert "said at table" not in silent + asked.out


def test_free_text_is_asked_for_only_of_a_survey(outside: Shell) -> None:
    file = saved(outside.folder, "answers.csv", "email\nada@example.com\n")
    answer = outside("source", "propose", file, "--free-text", "--out", "policy.yaml")
    assert answer.code == 2
    assert "--survey" in answer.err
    assert not (outside.folder / "policy.yaml").exists()

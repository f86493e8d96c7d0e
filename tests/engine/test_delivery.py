# SPDX-License-Identifier: Apache-2.0
"""How an answer leaves the house: sealed, its passphrase apart, and nothing of it left behind."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.dsr import CaseState, RequestKind
from privseg.dsr.identity import IdentityLevel
from privseg.engine import Workspace
from privseg.engine.answers.delivering import NoPlainAnswerError, plain_files, remove_answers
from privseg.engine.answers.sealing import opened_answer
from tests.twins import answering_club as world
from tests.twins import club

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
PASSPHRASE = re.compile(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}")
KINDS = (RequestKind.ACCESS, RequestKind.CATEGORIES, RequestKind.PORTABILITY)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The busy club. Read it only, but for requests."""
    with world.busy(tmp_path_factory.mktemp("delivery")) as opened:
        yield opened


def passphrase_in(letter: Path) -> str:
    found = PASSPHRASE.search(letter.read_text("utf-8"))
    assert found is not None
    return found[0]


def test_an_answer_leaves_the_house_sealed_with_its_passphrase_on_a_letter_apart(
    ws: Workspace, tmp_path: Path
) -> None:
    made = world.asked(ws, world.ADA, tmp_path, plain=False)
    page, letter = made
    assert sorted(tmp_path.iterdir()) == sorted(made)
    assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in made)
    assert world.ADA.email not in page.read_text("utf-8")
    assert page.name in letter.read_text("utf-8")
    files = {f.name: f.text for f in opened_answer(page.read_bytes(), passphrase_in(letter))}
    assert list(files)[:2] == ["answer.json", "answer.html"]
    told = json.loads(files["answer.json"])
    assert {i["value"] for i in told["identity"]} >= {world.ADA.email, world.ADA.number}
    assert "data-orders.csv" in files


def test_the_passphrase_is_kept_nowhere(ws: Workspace, tmp_path: Path) -> None:
    _, letter = world.asked(ws, world.GRACE, tmp_path, plain=False)
    passphrase = passphrase_in(letter)
    spellings = [passphrase.encode(), passphrase.replace("-", "").encode()]
    for path in (p for p in ws.folder.rglob("*") if p.is_file()):
        assert not [s for s in spellings if s in path.read_bytes()], path.name
    case = ws.requests()[-1]
    papers = [paper.text for paper in ws._house.cases.papers(case.number)]
    entries = [e.body for e in ws._house.log.entries() if e.body]
    assert not [t for t in (*papers, *entries) if any(s in t for s in spellings)]


def test_two_answers_have_two_passphrases(ws: Workspace, tmp_path: Path) -> None:
    letters = [world.asked(ws, world.ALAN, tmp_path / n, plain=False)[1] for n in ("a", "b")]
    assert len({passphrase_in(letter) for letter in letters}) == 2


def test_a_plain_answer_is_sealed_afterwards_and_then_gone(ws: Workspace, tmp_path: Path) -> None:
    plain = world.asked(ws, world.ADA, tmp_path)
    number = ws.requests()[-1].number
    texts = [p.read_bytes().decode("utf-8") for p in plain]
    before = len(club.log_of(ws))
    page, letter = ws.seal_answer(number, out=tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([page, letter])
    files = opened_answer(page.read_bytes(), passphrase_in(letter))
    assert sorted(f.text for f in files) == sorted(texts)
    (told,) = club.log_of(ws)[before:]
    assert told.entry.header["letter"] == "passphrase", "nobody was read anew"


def test_without_plain_files_nothing_is_sealed_and_nothing_changed(
    ws: Workspace, tmp_path: Path
) -> None:
    world.asked(ws, world.ADA, tmp_path, plain=False)
    number, before = ws.requests()[-1].number, len(club.log_of(ws))
    kept = {p: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(NoPlainAnswerError):
        ws.seal_answer(number, out=tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == kept
    assert len(club.log_of(ws)) == before


def test_a_run_that_was_cut_short_is_run_again(ws: Workspace, tmp_path: Path) -> None:
    case = ws.open_request(
        RequestKind.ACCESS, club.number(world.ADA), identity=IdentityLevel.ACCOUNT
    )
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be", "utf-8")
    with pytest.raises(Exception, match="not"):
        ws.run_request(case.number, out=blocked)
    assert ws.request(case.number).state is CaseState.RUNNING
    page, letter = ws.run_request(case.number, out=tmp_path / "out")
    assert opened_answer(page.read_bytes(), passphrase_in(letter))
    assert ws.request(case.number).state is CaseState.DONE


def test_what_was_written_for_a_request_is_removed_and_nothing_else(ws: Workspace) -> None:
    case = ws.open_request(
        RequestKind.ACCESS, club.number(world.ADA), identity=IdentityLevel.ACCOUNT
    )
    made = ws.run_request(case.number, plain=True)
    made += ws.seal_answer(case.number)
    other = ws.folder / "answers" / f"request-{case.number}0.json"
    other.write_text("{}", "utf-8")
    remove_answers(ws._house, [case.number])
    assert not [p for p in made if p.exists()]
    assert other.exists()
    assert plain_files(ws.folder / "answers", case.number) == []


# --- the published schemas -----------------------------------------------------------------------


@pytest.mark.parametrize("who", [world.ADA.number, "N9999"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_what_its_published_schema_says(
    ws: Workspace, tmp_path: Path, kind: RequestKind, who: str
) -> None:
    document = json.loads(world.asked(ws, who, tmp_path, kind)[0].read_bytes())
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))
    check = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    check.validate(document)
    for field in document:
        assert not check.is_valid({k: v for k, v in document.items() if k != field}), field
    assert not check.is_valid({**document, "more": 1})


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_of_a_schema_is_closed_and_names_all_that_it_needs(kind: RequestKind) -> None:
    schema = json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))

    def objects(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for each in node.values():
                yield from objects(each)

    for each in objects(schema):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])

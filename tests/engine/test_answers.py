# SPDX-License-Identifier: Apache-2.0
"""What an answer tells of systems, recipients, secrets, decisions and somebody unknown."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from privseg.dsr import RequestKind
from privseg.dsr.asked import Asked
from privseg.dsr.identity import IdentityLevel
from privseg.engine import Workspace
from tests.twins import answering_club as world
from tests.twins import club

KINDS = (RequestKind.ACCESS, RequestKind.CATEGORIES, RequestKind.PORTABILITY)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The busy club. Read it only, but for requests."""
    with world.busy(tmp_path_factory.mktemp("answers")) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(ws: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Ada's access answer, by the ends of its files' names."""
    out = tmp_path_factory.mktemp("ada")
    made = world.asked(ws, world.ADA, out)
    return {p.name.partition(".")[2]: p.read_bytes().decode("utf-8") for p in made}


@pytest.fixture(scope="module")
def ada(files: dict[str, str]) -> dict[str, Any]:
    return json.loads(files["json"])  # type: ignore[no-any-return]


def of_source(document: dict[str, Any], source: str) -> dict[str, Any]:
    return next(d for d in document["data"] if d["source"] == source)


def test_each_source_says_when_and_in_what_kind_of_file_it_came(ada: dict[str, Any]) -> None:
    papers = of_source(ada, "papers")
    assert papers["imports"] == [{"at": club.NOW.isoformat(), "form": "dataframe"}]
    assert papers["came_in"] == [club.NOW.isoformat()]
    assert of_source(ada, "orders")["came_in"] == [None, None, None]
    assert papers["retention_days"] == 730
    assert papers["purposes"] == ["credit", "marketing"]


def test_numbers_that_no_answer_may_show_are_told_as_held(
    files: dict[str, str], ada: dict[str, Any]
) -> None:
    """11 CCR § 7024(d). Ada lives where no such rule is; what opens an account stays secret."""
    papers = of_source(ada, "papers")
    hidden = {n["attribute"] for n in papers["not_shown"]}
    assert hidden == {"password"}
    assert papers["rows"][0]["passport"] == world.PASSPORT
    assert not any(world.PASSWORD in text for text in files.values())
    assert "password: we hold this kind of data" in files["html"]


def test_where_the_law_forbids_it_no_such_number_is_in_any_form_of_any_answer(
    ws: Workspace, tmp_path: Path
) -> None:
    """Nobody attested where "Nobody Placed" lives, so the strictest law of all counts."""
    unplaced = next(m for m in world.CROWD if m.consent == "unplaced")
    rows = world.paper_rows().assign(number=[unplaced.number, world.GRACE.number])
    ws.load(rows.iloc[:1], source="papers")
    for kind in KINDS:
        made = world.asked(ws, unplaced, tmp_path / kind, kind)
        text = "".join(p.read_text("utf-8") for p in made)
        assert not [s for s in (world.PASSPORT, world.IBAN, world.PASSWORD) if s in text]
    held = json.loads((made[0].parent.parent / "access").glob("*.json").__next__().read_bytes())
    told = {n["attribute"]: n["nature"] for n in of_source(held, "papers")["not_shown"]}
    assert told == {
        "iban": "financial_account", "passport": "government_id", "password": "account_login",
    }  # fmt: skip


def test_the_actual_recipients_are_named_with_what_they_got(ada: dict[str, Any]) -> None:
    """CJEU C-154/21."""
    (told,) = ada["recipients"]
    assert (told["recipient"], told["role"], told["country"]) == (
        "The post house",
        "processor",
        "DE",
    )
    assert told["fields"] == ["customer_number", "country"]
    (location,) = [c for c in ada["categories"] if c["category"] == "location"]
    assert location["recipients"] == ["The post house"]
    assert all(not c["recipients"] for c in ada["categories"] if c["category"] == "purchases")


def test_rows_of_other_systems_are_in_it_and_the_others_say_how_to_ask(
    ada: dict[str, Any], files: dict[str, str]
) -> None:
    systems = {s["system"]: s for s in ada["other_systems"]}
    (row,) = systems["webshop"]["rows"]
    assert (row["table"], row["values"]["shoes"]) == ("accounts", world.SHOES)
    assert systems["call-centre"]["reached"] is False
    assert systems["call-centre"]["how_to_ask"]
    assert world.SHOES in files["html"]
    assert world.SHOES in files["system-webshop-accounts.csv"]
    assert "sandals" not in "".join(files.values())


def test_a_decision_that_matters_is_told_with_its_logic_and_a_human(ada: dict[str, Any]) -> None:
    """GDPR Art. 15(1)(h), 22(3)."""
    (told,) = ada["decisions"]
    assert told["segments"] == ["creditworthy"]
    assert told["human_review"] == "write to the desk"
    logic = next(s for s in ada["segments"] if s["segment"] == "creditworthy")
    assert [c["condition"] for c in logic["clauses"]] == [
        "points is at least 10",
        "likes includes tea",
    ]


def test_each_condition_shows_the_persons_own_value(ada: dict[str, Any]) -> None:
    told = {s["segment"]: s for s in ada["segments"]}
    own = {o["of"]: o["value"] for c in told["frequent"]["clauses"] for o in c["own"]}
    assert own == {"count of purchase": 2, "country": "DE"}
    (total,) = [o for c in told["buyers"]["clauses"] for o in c["own"]]
    assert (total["of"], total["value"]) == ("sum of purchase.amount", "98.81")


def test_what_would_take_the_person_out_is_told_in_data_and_in_words(
    ada: dict[str, Any], files: dict[str, str]
) -> None:
    frequent = next(s for s in ada["segments"] if s["segment"] == "frequent")
    assert frequent["member"] is True
    ways = [[(c["kind"], c["of"], c["to"], c["number"]) for c in w] for w in frequent["ways_out"]]
    assert [("value", "country", "FR", 1)] in ways
    assert [("fewer", "purchase", None, 1)] in ways
    assert frequent["allowed_by"] == ["location", "purchases"]
    assert "country were FR" in files["html"]
    assert "1 purchase had not happened" in files["html"]


def test_a_change_that_is_told_takes_the_person_out_when_it_is_made(
    ws: Workspace, tmp_path: Path
) -> None:
    """Grace is told how; her data are changed so; the next answer says that she is out."""
    who = world.CROWD[2]
    first = json.loads(world.asked(ws, who, tmp_path)[0].read_bytes())
    member = [s for s in first["segments"] if s["member"]]
    way = next(w for s in member for w in s["ways_out"] if [c["kind"] for c in w] == ["value"])
    segment = next(s["segment"] for s in member if way in s["ways_out"])
    row = club.member_rows([who]).assign(**{way[0]["of"]: way[0]["to"]})
    ws.load(row, source="members")
    second = json.loads(world.asked(ws, who, tmp_path / "again")[0].read_bytes())
    assert not next(s for s in second["segments"] if s["segment"] == segment)["member"]


def test_segments_that_a_run_found_them_in_are_told_in_the_words_of_that_time(
    ada: dict[str, Any],
) -> None:
    assert {(m["segment"], m["found_by"]) for m in ada["memberships"]} == {
        ("frequent", "a run of the segment"), ("buyers", "a run of the segment"),
        ("buyers", "a report"),
    }  # fmt: skip
    assert all(m["meaning"] for m in ada["memberships"])


def test_an_answer_says_what_is_never_in_it(files: dict[str, str], ada: dict[str, Any]) -> None:
    assert {left["what"] for left in ada["left_out"]} == {
        "staff", "linked_profiles", "colleagues", "free_text",
    }  # fmt: skip
    assert "Text is shown as it was written" in files["html"]


def test_rights_are_those_of_the_law_of_the_place(ada: dict[str, Any]) -> None:
    assert ada["law"].startswith("gdpr@")
    articles = {r["kind"]: r["article"] for r in ada["rights"]}
    assert articles["erasure"] == "GDPR Art. 17"
    assert "opt_out_sale" not in articles or articles["opt_out_sale"] is None
    assert ada["complaint"]


# --- somebody whom nobody knows ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_unknown_gets_an_answer_of_the_same_form(
    ws: Workspace, tmp_path: Path, kind: RequestKind
) -> None:
    """Whether an answer comes, and what it looks like from outside, tells nobody who is known."""
    nobody = world.asked(ws, "N9999", tmp_path / "nobody", kind)
    alan = world.asked(ws, world.ALAN, tmp_path / "alan", kind)
    empty, full = (json.loads(f[0].read_bytes()) for f in (nobody, alan))
    assert set(empty) == set(full)
    assert {k: type(v) for k, v in empty.items()} == {k: type(v) for k, v in full.items()} or (
        empty["place"] is None
    )
    assert (empty["held"], full["held"]) == (False, True)
    assert not any(empty[k] for k in ("identity", "data", "categories", "segments") if k in empty)
    assert "We hold nothing under the identifier" in nobody[1].read_text("utf-8")


def test_the_log_of_an_answer_to_somebody_unknown_differs_in_nothing(
    ws: Workspace, tmp_path: Path
) -> None:
    def headers(who: str) -> list[set[str]]:
        before = len(club.log_of(ws))
        world.asked(ws, who, tmp_path / who)
        return [set(e.entry.header) for e in club.log_of(ws)[before:]]

    unplaced = next(m for m in world.CROWD if m.consent == "unplaced")
    assert headers("N9998") == headers(unplaced.number)


# --- lists and languages -------------------------------------------------------------------------


def test_every_list_of_the_answer_is_a_csv_that_a_spreadsheet_takes_for_text(
    files: dict[str, str], ada: dict[str, Any]
) -> None:
    tables = {name: text for name, text in files.items() if name.endswith(".csv")}
    assert {f"data-{d['source']}.csv" for d in ada["data"]} <= set(tables)
    for text in tables.values():
        cells = [c for row in csv.reader(io.StringIO(text, newline="")) for c in row]
        assert not [c for c in cells if c[:1] in "=@\t\r" and c]
    hobby = next(csv.DictReader(io.StringIO(tables["data-members.csv"], newline="")))["hobby"]
    assert hobby == "'" + str(world.ADA.hobby)
    assert of_source(ada, "members")["rows"][0]["hobby"] == world.ADA.hobby


def test_categories_tell_no_value_of_anybody(ws: Workspace, tmp_path: Path) -> None:
    """Cal. Civ. Code § 1798.110(a)(1)-(4): a lower proof of identity is enough for it."""
    made = world.asked(ws, world.ADA, tmp_path, RequestKind.CATEGORIES)
    document = json.loads(made[0].read_bytes())
    text = "".join(p.read_text("utf-8") for p in made)
    assert {c["category"] for c in document["categories"]} == {
        "interests", "location", "papers", "purchases", "secrets",
    }  # fmt: skip
    (papers,) = [c for c in document["categories"] if c["category"] == "papers"]
    assert papers["sources"] == ["papers"]
    assert "government_id" in papers["natures"]
    for value in (world.ADA.email, world.ADA.number, world.PASSPORT, "98.76", world.SHOES):
        assert value not in text


def test_the_page_is_in_the_persons_language(ws: Workspace, tmp_path: Path) -> None:
    case = ws.open_request(
        RequestKind.ACCESS, club.number(world.ADA), identity=IdentityLevel.ACCOUNT,
        asked=Asked(language="de"),
    )  # fmt: skip
    made = ws.run_request(case.number, out=tmp_path, plain=True)
    page = made[1].read_text("utf-8")
    assert '<html lang="de"' in page
    assert "Wer Ihre Daten bekommen hat" in page
    assert "country den Wert FR hätte" in page
    assert "Kreditwürdig" in page
    assert json.loads(made[0].read_bytes())["language"] == "de"


def test_why_somebody_is_in_a_segment_is_told_in_their_language(
    ws: Workspace, tmp_path: Path, ada: dict[str, Any]
) -> None:
    """The page alone is German: its document says the same English as that of everybody."""
    case = ws.open_request(
        RequestKind.ACCESS, club.number(world.ADA), identity=IdentityLevel.ACCOUNT,
        asked=Asked(language="de"),
    )  # fmt: skip
    made = ws.run_request(case.number, out=tmp_path, plain=True)
    page, document = made[1].read_text("utf-8"), json.loads(made[0].read_bytes())
    told = page.partition('id="segments"')[2].partition("</section>")[0]
    assert "Mindestens 2 Ereignisse „purchase“ in den letzten 90 Tagen. <strong>" in told
    assert "Country ist DE. <strong>" in told
    assert "<h4>Kreditwürdig</h4>" in told
    assert '<h4><span lang="en">Often here</span></h4>' in told
    labels = {s["label"] for s in document["segments"]}
    assert set(re.findall('<span lang="en">(.*?)</span>', told)) == labels - {"Kreditwürdig"}
    conditions = [[c["condition"] for c in s["clauses"]] for s in document["segments"]]
    assert conditions == [[c["condition"] for c in s["clauses"]] for s in ada["segments"]]
    assert not re.search(r"\b(at least|any|includes|in the)\b", told)


def test_a_legal_hold_of_counsel_is_no_request_of_the_person(ws: Workspace, tmp_path: Path) -> None:
    held = ws.place_hold(club.number(world.GRACE), review=date(2999, 1, 1), why="a claim")
    told = json.loads(world.asked(ws, world.GRACE, tmp_path)[0].read_bytes())
    assert held.number not in {r["number"] for r in told["requests"]}
    assert "a claim" not in json.dumps(told)

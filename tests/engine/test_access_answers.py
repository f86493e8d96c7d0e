# SPDX-License-Identifier: Apache-2.0
"""Promise 7: a person can ask what is held, who read it, for what, and why they are where."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from privseg.audit import Kind
from privseg.dsr import CaseStateError, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.answers.access import access_answer
from privseg.engine.errors import RunFailedError
from privseg.errors import PrivsegError
from privseg.release import parse_release
from privseg.terms import Purpose, StaffRole
from tests.twins import club
from tests.twins.club import Counting, Member, log_of, number, ordinal

NORA = Member(
    number="N7701",
    name='Nora <script>alert("N")</script> O\'Neil & Sons',
    hobby='gardening"><img src=x onerror=alert(1)>',
    diary="<b>quiet</b> days",
    card_text="</td></tr></table>",
    orders=((10, "98765.43"), (40, "0.05"), (200, "12.00")),
)
REX = Member(number="R7702", hobby="gardening", consent="refused", orders=((10, "80.00"),))
CROWD = club.crowd(60)
OFFICER = "grace.at.the.desk"
EVERYBODY = [NORA, REX, *CROWD]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club with runs of two segmenters, one of them failed, and a refused one. Read it only."""
    folder = tmp_path_factory.mktemp("access")
    with club.found(folder, EVERYBODY, outside=Outside(clock=club.Clock())) as ws:
        settings = ws.folder / "privseg.yaml"
    colleague = f'  "{OFFICER}": [compliance_officer]\n'
    settings.write_text(settings.read_text().replace("keys:", f"{colleague}keys:"), "utf-8")
    with club.opened(settings.parent) as ws:
        run_reports(ws)
        yield ws


def run_reports(ws: Workspace) -> None:
    """Let Nora consent to care, too, and run reports of two segmenters."""
    ws.record_consent(
        number(NORA), act="grant", purpose=Purpose("care"), explicit=True,
        categories=frozenset(ws.policy.purposes[Purpose("care")].categories),
    )  # fmt: skip
    ws.report("overview")
    with pytest.raises(PrivsegError):
        ws.report("forbidden")
    ws.role = StaffRole.ANALYST
    ws.report("carers")
    failing = Counting(ws._house, fail=ValueError())
    with pytest.raises(RunFailedError):
        ws.report("sizes")
    failing.leave()
    ws.role = None


def answered(ws: Workspace, who: Member, out: Path) -> tuple[dict[str, Any], str]:
    """Open and run an access request; return the document and the page."""
    case = ws.open_request(RequestKind.ACCESS, number(who), identity=IdentityLevel.ACCOUNT)
    document, page, *_ = ws.run_request(case.number, out=out, plain=True)
    return json.loads(document.read_text("utf-8")), page.read_text("utf-8")


@pytest.fixture(scope="module")
def nora(busy: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return answered(busy, NORA, tmp_path_factory.mktemp("nora"))


@pytest.fixture(scope="module")
def rex(busy: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    return answered(busy, REX, tmp_path_factory.mktemp("rex"))


def test_the_answer_holds_every_value_that_was_imported_about_the_person(
    nora: tuple[dict[str, Any], str],
) -> None:
    document, _ = nora
    assert {(i["kind"], i["value"]) for i in document["identity"]} == {
        ("customer_number", NORA.number), ("email", NORA.email), ("name", NORA.name),
    }  # fmt: skip
    held = {d["source"]: d["rows"] for d in document["data"]}
    assert [(r["country"], r["hobby"], r["diary"]) for r in held["members"]] == [
        ("DE", NORA.hobby, NORA.diary)
    ]
    given = club.order_rows([NORA])
    expected = sorted(zip(given["ordered"], given["amount"], given["card_text"], strict=True))
    assert sorted((r["time"], r["amount"], r["card_text"]) for r in held["orders"]) == expected


def test_every_source_purpose_and_segment_of_the_policy_is_answered_for(
    busy: Workspace, nora: tuple[dict[str, Any], str]
) -> None:
    document, _ = nora
    assert {d["source"] for d in document["data"]} == set(busy.policy.catalogue.sources)
    wanted = {(p, c) for p, rule in busy.policy.purposes.items() for c in rule.categories}
    assert {(p["purpose"], p["category"]) for p in document["purposes"]} == wanted
    assert {s["segment"] for s in document["segments"]} == set(club.SEGMENTS)
    stored = {c for d in document["data"] for c in d["categories"]}
    assert stored == {r.category for r in busy.policy.catalogue.readables.values()}


def test_the_answer_says_who_read_what_for_what_and_what_came_of_it(
    nora: tuple[dict[str, Any], str],
) -> None:
    reads = nora[0]["who_read_it"]
    told = [(r["segmenter"], r["purpose"], r["role"], r["report"], r["completed"]) for r in reads]
    assert told == [
        ("letters", "marketing", "marketer", "The club", True),
        ("carers", "care", "analyst", "Care", True),
        ("letters", "marketing", "analyst", None, False),  # it failed; it may have read
    ]
    assert [r["attributes"] for r in reads] == [
        ["country", "hobby", "purchase", "purchase.amount"], ["diary"], ["hobby", "purchase"],
    ]  # fmt: skip
    assert [r["found_in"] for r in reads] == [["buyers", "gardeners"], ["confiding"], []]


def test_the_answer_names_the_releases_that_the_person_took_part_in_and_their_cost(
    busy: Workspace, nora: tuple[dict[str, Any], str]
) -> None:
    releases = [parse_release(r.statement).statement for r in busy._house.releases.all()]
    assert len(releases) == 2
    assert [(r["title"], r["rho"]) for r in nora[0]["releases"]] == [
        ("The club", "1/8"), ("Care", "1/8"),
    ]  # fmt: skip
    assert nora[0]["privacy_loss_rho"] == "1/4"


def test_whoever_was_not_read_is_told_so(rex: tuple[dict[str, Any], str]) -> None:
    document, page = rex
    assert document["who_read_it"] == document["releases"] == []
    assert document["privacy_loss_rho"] == "0"
    assert [c["act"] for c in document["consent_history"]] == ["attest_jurisdiction", "refuse"]
    assert not any(s["member"] or s["readable"] for s in document["segments"])
    assert all(not p["allowed"] for p in document["purposes"])
    assert "<html" in page


@pytest.mark.parametrize("report", ["overview", "carers"])
def test_the_segments_told_to_each_person_are_those_that_the_engine_finds(
    busy: Workspace, report: str
) -> None:
    """The clock has stood still since the reports: their members are the people's of now."""
    outcomes = log_of(busy, Kind.ACCESS_OUTCOME)
    found = outcomes[["overview", "carers"].index(report)].members
    case = busy.open_request(RequestKind.ACCESS, number(NORA), identity=IdentityLevel.ACCOUNT)
    members = dict.fromkeys(found, 0)
    for who in EVERYBODY:
        person = ordinal(busy, who)
        told = {s.segment: s for s in access_answer(busy._house, case, person).segments}
        for name, people in found.items():
            assert told[name].member is (person in people)
            held = all(clause.held for clause in told[name].clauses)
            assert told[name].member is (told[name].readable and held)
            members[name] += told[name].member
    assert all(members.values())


def test_the_reasons_name_each_condition_and_whether_it_held(
    nora: tuple[dict[str, Any], str],
) -> None:
    told = {s["segment"]: s for s in nora[0]["segments"]}
    assert [c["held"] for c in told["buyers"]["clauses"]] == [True]
    assert "at least 50.00 EUR" in told["buyers"]["clauses"][0]["condition"]
    gardeners = {c["condition"]: c["held"] for c in told["gardeners"]["clauses"]}
    assert gardeners == {
        "hobby contains garden": True,
        "not: any purchase in the 7 days before": True,
    }
    assert told["gardeners"]["member"] is True
    assert told["diarists"]["readable"] is told["diarists"]["member"] is False


def test_the_answer_holds_nothing_of_anybody_else(nora: tuple[dict[str, Any], str]) -> None:
    texts = json.dumps(nora[0], ensure_ascii=False), nora[1]
    others = [m for m in EVERYBODY if m is not NORA]
    foreign = [t for m in others for t in (m.number, m.email, m.name) if t]
    foreign += [f"{m.number}-{i}" for m in others for i in range(len(m.orders))]
    assert len(foreign) > 150
    for text in texts:
        assert not [f for f in foreign if f in text]
        assert NORA.email in text  # the search does find


def test_the_answer_shows_no_inner_number_key_or_staff_name(
    busy: Workspace, nora: tuple[dict[str, Any], str]
) -> None:
    document, page = nora
    names = {key for d in document["data"] for row in d["rows"] for key in row}
    assert names == {"country", "hobby", "diary", "time", "amount", "card_text"}
    house = busy._house
    rows = house.columns.rows_of(ordinal(busy, NORA), "purchase", snapshot=house.columns.snapshot())
    for row in rows:
        assert bytes(row["event_id"]).hex() not in page  # type: ignore[call-overload]
    assert OFFICER in house.config.staff
    assert OFFICER not in page + json.dumps(document)


def test_the_page_is_made_of_text_whatever_a_name_or_a_cell_holds(
    nora: tuple[dict[str, Any], str],
) -> None:
    page = nora[1]
    for live in ("<script", "<img", "<b>quiet", "</table>\n</td>", "onerror=alert(1)>"):
        assert live not in page.lower()
    assert "&lt;script&gt;alert(" in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert page.count("<table") == page.count("</table>")
    for url in ("http://", "https://"):
        assert f'src="{url}' not in page


def test_answers_are_files_for_their_owner_alone(busy: Workspace, tmp_path: Path) -> None:
    case = busy.open_request(RequestKind.ACCESS, number(REX), identity=IdentityLevel.ACCOUNT)
    for path in busy.run_request(case.number, out=tmp_path / "answers"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "answers").stat().st_mode) == 0o700


def test_the_read_for_an_answer_is_itself_on_the_log_and_names_nobody(
    busy: Workspace, tmp_path: Path
) -> None:
    before = len(log_of(busy))
    answered(busy, REX, tmp_path)
    added = log_of(busy)[before:]
    assert [e.entry.header["verb"] for e in added] == ["open", "verified", "running", "done"]
    assert all(e.entry.kind is Kind.DSR for e in added)
    assert all(
        set(e.entry.header) <= {"verb", "case", "request", "level", "jurisdiction"} for e in added
    )


def test_an_answered_request_is_not_answered_twice(busy: Workspace, tmp_path: Path) -> None:
    case = busy.open_request(RequestKind.ACCESS, number(REX), identity=IdentityLevel.ACCOUNT)
    busy.run_request(case.number, out=tmp_path)
    with pytest.raises(CaseStateError):
        busy.run_request(case.number, out=tmp_path)


def test_earlier_requests_of_the_person_are_listed(busy: Workspace, tmp_path: Path) -> None:
    who = CROWD[5]
    answered(busy, who, tmp_path)
    second, _ = answered(busy, who, tmp_path)
    assert [(r["kind"], r["state"]) for r in second["requests"]] == [("access", "done")]


def test_somebody_who_was_merely_imported_gets_an_answer(tmp_path: Path) -> None:
    """No consent, no order, no run: there are data all the same."""
    with club.create(tmp_path) as ws:
        ws.load(club.member_rows([NORA]), source="members")
        ws.load(club.order_rows([REX]), source="orders")
        document, _ = answered(ws, NORA, tmp_path / "out")
    held = {d["source"]: len(d["rows"]) for d in document["data"]}
    assert held == {"members": 1, "orders": 0}
    assert document["consent_history"] == []


# --- what was added to the policy since, or left it ----------------------------------------------


NEW_SOURCE = """  visits:
    holds: events
    event: visit
    category: location
    person: number
    event_id: visit
    time: came
    columns:
      number: {role: direct_identifier, identifier: customer_number}
      door: {type: text, category: location}
purposes:
"""


def without_orders(policy: str) -> str:
    """Return the club's policy with members alone, and nobody who may segment."""
    start, end = policy.index("  orders:"), policy.index("purposes:\n  marketing:")
    rest = policy[end : policy.index("segmenters:")]
    return policy[:start] + rest.replace(", purchases]", "]")


def test_a_source_that_has_no_data_yet_does_not_stand_in_the_way_of_an_answer(
    small: Workspace, tmp_path: Path
) -> None:
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(
        policy.read_text().replace("purposes:\n  marketing:", NEW_SOURCE + "  marketing:")
    )
    with club.opened(small.folder) as ws:
        document, _ = answered(ws, CROWD[1], tmp_path / "out")
        assert {d["source"]: len(d["rows"]) for d in document["data"]}["visits"] == 0


def test_a_new_source_with_data_is_in_the_answer(small: Workspace, tmp_path: Path) -> None:
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(
        policy.read_text().replace("purposes:\n  marketing:", NEW_SOURCE + "  marketing:")
    )
    visits = pd.DataFrame(
        {"visit": ["v1"], "number": [CROWD[1].number], "came": [club.NOW.isoformat()],
         "door": ["the door at the back"]}
    )  # fmt: skip
    with club.opened(small.folder) as ws:
        ws.load(visits, source="visits")
        document, page = answered(ws, CROWD[1], tmp_path / "out")
    assert [d["rows"][0]["door"] for d in document["data"] if d["source"] == "visits"] == [
        "the door at the back"
    ]
    assert "the door at the back" in page


def test_a_new_column_does_not_stand_in_the_way_of_an_answer(
    small: Workspace, tmp_path: Path
) -> None:
    policy = small.folder / "policies" / "club.yaml"
    new = "      rank: {type: integer, category: interests}\n      hobby: {type: text"
    policy.write_text(policy.read_text().replace("      hobby: {type: text", new))
    with club.opened(small.folder) as ws:
        document, _ = answered(ws, CROWD[1], tmp_path / "out")
        (row,) = next(d["rows"] for d in document["data"] if d["source"] == "members")
    assert row["hobby"] == CROWD[1].hobby
    assert row.get("rank") is None


def test_a_new_segment_is_explained(small: Workspace, tmp_path: Path) -> None:
    (small.folder / "segments" / "germans.yaml").write_text(
        "segment: germans\nlabel: {en: Germans}\nsegmenter: letters\n"
        "where: {attribute: country, equals: DE}\n"
    )
    with club.opened(small.folder) as ws:
        document, _ = answered(ws, CROWD[1], tmp_path / "out")
    (told,) = [s for s in document["segments"] if s["segment"] == "germans"]
    assert told["member"] is (CROWD[1].country == "DE")
    (clause,) = told["clauses"]
    assert (clause["condition"], clause["held"]) == ("country is DE", told["member"])
    assert clause["own"] == [{"of": "country", "value": CROWD[1].country, "hidden": False}]


def test_data_of_a_source_that_left_the_policy_are_still_answered_for(
    small: Workspace, tmp_path: Path
) -> None:
    """They are still stored, so they are still held (GDPR Art. 15(1)(b))."""
    policy = small.folder / "policies" / "club.yaml"
    text = policy.read_text()
    start, end = text.index("      diary:"), text.index("  orders:")
    policy.write_text(text[:start] + text[end:].replace("[diary, purchase, ", "[purchase, "))
    for name in ("diarists", "confiding"):
        (small.folder / "segments" / f"{name}.yaml").unlink()
    with club.opened(small.folder) as ws:
        stored = {column for _, column, _ in ws._house.columns.values()}
        assert "diary" in stored
        document, _ = answered(ws, CROWD[1], tmp_path / "out")
    (row,) = next(d["rows"] for d in document["data"] if d["source"] == "members")
    assert row["diary"] == "quiet days"


def test_a_whole_source_that_left_the_policy_is_still_answered_for(
    small: Workspace, tmp_path: Path
) -> None:
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(without_orders(policy.read_text()))
    for name in ("buyers", "gardeners", "diarists", "confiding"):
        (small.folder / "segments" / f"{name}.yaml").unlink()
    who = CROWD[3]
    with club.opened(small.folder) as ws:
        assert list(ws.policy.catalogue.sources) == ["members"]
        document, page = answered(ws, who, tmp_path / "out")
    rows = [row for d in document["data"] if d["source"] != "members" for row in d["rows"]]
    assert len(rows) == len(who.orders) == 3
    assert {row["card_text"] for row in rows} == {who.card_text}
    assert who.card_text in page


def test_a_segment_that_its_segmenter_may_not_read_is_not_said_to_have_the_person(
    small: Workspace, tmp_path: Path
) -> None:
    """Its category is allowed for the purpose, the attribute is not among the segmenter's reads."""
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("reads: [country, hobby", "reads: [country"))
    with club.opened(small.folder) as ws:
        (view,) = ws.segment_views(["gardeners"])
        assert not view.allowed
        document, _ = answered(ws, CROWD[1], tmp_path / "out")
    (told,) = [s for s in document["segments"] if s["segment"] == "gardeners"]
    assert told["readable"] is told["member"] is False

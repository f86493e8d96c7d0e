# SPDX-License-Identifier: Apache-2.0
"""A breach: which runs, which data, how many people and who; nobody is left out."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pyroaring import FrozenBitMap

from privseg.audit import Kind, text_to_people
from privseg.audit.wanted import Wanted
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.errors import AnswerThereError, RoleError
from privseg.engine.who.breach_views import BreachAsked
from privseg.engine.who.errors import NothingToAskError, TwoBreachesError, UnknownSourceError
from privseg.engine.who.views import Bound
from privseg.terms import StaffRole
from tests.twins import club
from tests.twins.club import log_of, number, ordinal

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "breach.schema.json"
DAY = timedelta(days=1)
LEAK = BreachAsked(wanted=Wanted(segments=frozenset({"gardeners"})))


@pytest.fixture(scope="module")
def abused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A club whose analyst ran a report about diaries on the second day. It is only asked."""
    clock = club.Clock()
    folder = tmp_path_factory.mktemp("abused")
    with club.found(folder, club.crowd(60), outside=Outside(clock=clock)) as ws:
        ws.run_segments(["gardeners"])
        clock.pass_(days=1)
        ws.report("overview")
        clock.pass_(days=1)
        yield ws


def everybody(ws: Workspace) -> FrozenBitMap:
    intents = log_of(ws, Kind.ACCESS_INTENT)
    return FrozenBitMap.union(*(text_to_people(e.body["eligible"]) for e in intents))


def test_an_abused_account_tells_its_runs_data_people_and_what_else_it_did(
    abused: Workspace,
) -> None:
    user = abused._house.outside.user()
    facts = abused.breach(BreachAsked(wanted=Wanted(users=frozenset({user}))))
    assert facts.nature == "account abused"
    assert len(facts.runs) == 2
    assert (facts.people, facts.certain, facts.bound) == (
        len(everybody(abused)), len(everybody(abused)), Bound.EXACT,
    )  # fmt: skip
    assert facts.attributes == ("country", "hobby", "purchase", "purchase.amount")
    assert facts.categories == ("interests", "location", "purchases")
    assert (facts.special, "Art. 34" in facts.high_risk) == ((), True)
    assert dict(facts.records).keys() == {"members", "orders"}
    assert dict(facts.records)["members"] == facts.people
    assert len(facts.releases) == 1
    assert {(a.kind, a.verb) for a in facts.acts} >= {("import", "import")}


def test_a_window_narrows_an_account_to_what_was_read_in_it(abused: Workspace) -> None:
    user = frozenset({abused._house.outside.user()})
    second = Wanted(users=user, since=club.NOW + DAY, until=club.NOW + 2 * DAY)
    facts = abused.breach(BreachAsked(wanted=second))
    assert [run.run.reports for run in facts.runs] == [("overview",)]
    assert facts.first == club.NOW + DAY
    assert all(act.kind != "import" for act in facts.acts)


def test_a_leaked_segment_concerns_whom_it_found(abused: Workspace) -> None:
    facts = abused.breach(LEAK)
    outcomes = log_of(abused, Kind.ACCESS_OUTCOME)
    members = FrozenBitMap.union(*(e.members["gardeners"] for e in outcomes))
    assert facts.people == len(members) < len(everybody(abused))
    assert facts.nature == "result leaked"


def test_a_leaked_release_concerns_everybody_its_run_could_read(abused: Workspace) -> None:
    (release,) = (e.entry.header["release"] for e in log_of(abused, Kind.RELEASE))
    facts = abused.breach(BreachAsked(wanted=Wanted(releases=frozenset({str(release)}))))
    (run,) = facts.runs
    assert (run.run.reports, facts.people) == (("overview",), run.people)


def test_exposed_sources_concern_everybody_with_a_row_in_them_whatever_they_allowed(
    abused: Workspace,
) -> None:
    facts = abused.breach(BreachAsked(sources=frozenset({"orders"})))
    with_orders = [m for m in club.crowd(60) if m.orders]
    assert (facts.people, facts.bound) == (len(with_orders), Bound.EXACT)
    assert dict(facts.records) == {"orders": sum(len(m.orders) for m in with_orders)}
    assert facts.special == ("secrets",)
    assert set(facts.attributes) >= {"purchase.amount", "purchase.card_text", "customer_number"}
    assert "Art. 9" in facts.high_risk
    whole = abused.breach(BreachAsked(sources=frozenset({"members"})))
    assert whole.people == 60


def test_the_authority_is_told_within_72_hours_of_becoming_aware(abused: Workspace) -> None:
    aware = club.NOW + timedelta(hours=5)
    facts = abused.breach(BreachAsked(wanted=LEAK.wanted, aware_at=aware))
    assert facts.authority_by - facts.aware_at == timedelta(hours=72)
    assert facts.aware_at == aware
    assert abused.breach(LEAK).aware_at == abused._house.now()


def test_the_facts_are_a_document_of_the_published_schema(abused: Workspace) -> None:
    document = json.loads(json.dumps(abused.breach(LEAK).document()))
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    assert document["privseg"] == "privseg.breach/1"
    assert set(document["to_fill_in"].values()) == {""}
    names = json.dumps(document)
    assert not [m.number for m in club.crowd(60) if m.number in names or m.email in names]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (BreachAsked(), NothingToAskError),
        (BreachAsked(wanted=Wanted(since=club.NOW)), NothingToAskError),
        (BreachAsked(sources=frozenset({"nothing"})), UnknownSourceError),
    ],
)
def test_a_breach_of_nothing_is_refused_and_nothing_is_looked_up(
    abused: Workspace, asked: BreachAsked, error: type[Exception], tmp_path: Path
) -> None:
    before = abused._house.log.size
    with pytest.raises(error):
        abused.breach(asked)
    with pytest.raises(error):
        abused.breach_notify_list(asked, tmp_path / "list.csv")
    assert abused._house.log.size == before
    assert list(tmp_path.iterdir()) == []


def test_asking_for_a_breach_is_on_the_log(abused: Workspace) -> None:
    before = abused._house.log.size
    abused.breach(LEAK)
    (entry,) = log_of(abused)[before:]
    assert dict(entry.entry.header) == {"verb": "who-breach"}
    assert entry.body["asked"] == [["segments", "gardeners"]]


def test_the_list_of_whom_to_tell_has_every_identifier_of_theirs_and_nothing_of_others(
    abused: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "to-tell.csv"
    told = abused.breach_notify_list(LEAK, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    outcomes = log_of(abused, Kind.ACCESS_OUTCOME)
    people = FrozenBitMap.union(*(e.members["gardeners"] for e in outcomes))
    wanted = {m for m in club.crowd(60) if ordinal(abused, m) in people}
    assert {r["identifier"] for r in rows if r["kind"] == "email"} == {m.email for m in wanted}
    assert set(rows[0]) == {"person", "kind", "identifier"}
    assert (told.people, told.unreachable) == (len(wanted), 0)
    (entry,) = (e for e in log_of(abused, Kind.EXPORT) if "people" in e.body)
    assert (entry.entry.header["verb"], text_to_people(entry.body["people"])) == (
        "who-notify",
        people,
    )
    one = next(iter(wanted))
    assert "who-notify" in [n.verb for n in abused.who_read_person(number(one)).named]


def test_counting_whom_to_tell_opens_nobodys_identifiers(abused: Workspace) -> None:
    before = abused._house.log.size
    planned = abused.breach_notify_list(LEAK)
    assert planned.path is None
    (entry,) = log_of(abused)[before:]
    assert (entry.entry.header["verb"], "people" in entry.body) == ("who-notify-plan", False)
    assert planned.people > 0


def test_a_list_is_never_written_over_a_file(abused: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "to-tell.csv"
    path.write_text("kept")
    before = abused._house.log.size
    with pytest.raises(AnswerThereError):
        abused.breach_notify_list(LEAK, path)
    assert (path.read_text(), abused._house.log.size) == ("kept", before)


@pytest.mark.parametrize("role", [StaffRole.AUDITOR, StaffRole.MARKETER, StaffRole.ADMIN])
def test_the_list_of_whom_to_tell_is_for_the_compliance_officer_alone(
    abused: Workspace, tmp_path: Path, role: StaffRole
) -> None:
    def ask() -> None:
        abused.role = role
        abused.breach_notify_list(LEAK, tmp_path / "list.csv")

    try:
        with pytest.raises(RoleError):
            ask()
    finally:
        abused.role = None
    assert list(tmp_path.iterdir()) == []


def test_whoever_was_erased_since_is_counted_and_cannot_be_told(
    small: Workspace, tmp_path: Path
) -> None:
    small.run_segments(["gardeners"])
    outcome = log_of(small, Kind.ACCESS_OUTCOME)[-1]
    gone = next(m for m in club.crowd(60) if ordinal(small, m) in outcome.members["gardeners"])
    before = small.breach(LEAK)
    case = small.open_request(RequestKind.ERASURE, number(gone), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path / "receipt")
    after = small.breach(LEAK)
    assert (after.people, after.unreachable) == (before.people, 1)
    told = small.breach_notify_list(LEAK, tmp_path / "to-tell.csv")
    assert (told.people, told.unreachable) == (before.people - 1, 1)


def test_a_name_that_nothing_on_the_log_fits_is_told_and_is_no_all_clear(abused: Workspace) -> None:
    wanted = Wanted(users=frozenset({"nobody-here"}))
    facts = abused.breach(BreachAsked(wanted=wanted))
    assert facts.people == 0
    assert any("nothing on the log fits" in limit for limit in facts.limits)


def test_sources_and_runs_are_two_questions(abused: Workspace) -> None:
    size = abused._house.log.size
    asked = BreachAsked(
        wanted=Wanted(segments=frozenset({"gardeners"})), sources=frozenset({"members"})
    )
    with pytest.raises(TwoBreachesError):
        abused.breach(asked)
    assert abused._house.log.size == size


def test_whom_an_account_looked_up_outside_runs_is_concerned(
    small: Workspace, tmp_path: Path
) -> None:
    user = frozenset({small._house.outside.user()})
    case = small.open_request(RequestKind.ACCESS, number("M0009"), identity=IdentityLevel.ACCOUNT)
    small.run_request(case.number, out=tmp_path / "answer")
    facts = small.breach(BreachAsked(wanted=Wanted(users=user)))
    assert (facts.people, facts.certain) == (1, 1)
    small.role = StaffRole.MARKETER
    with pytest.raises(RoleError):
        small.audit_tail()
    small.role = None
    tried = small.breach(BreachAsked(wanted=Wanted(roles=frozenset({"marketer"}))))
    assert [(a.kind, a.verb) for a in tried.acts] == [("actor", "audit (denied)")]

# SPDX-License-Identifier: Apache-2.0
"""Many requests from one file: all checked first, all opened or none, none of them twice."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from privseg.dsr import CaseState, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.errors import AnswerThereError
from privseg.engine.rights.intake import RequestsImported
from privseg.engine.rights.running_many import RunState
from privseg.loaders.requests_csv import RequestsFileError
from privseg.store.tables_correction import IntakeRow
from privseg.terms import Ordinal
from tests.twins import club, rights_club
from tests.twins.club import Clock, Member, number

SECRET = "ada.secret@example.com"
PEOPLE = [Member(number=f"M{n:04d}", country="US") for n in range(30)]
HEADER = "kind,identifier,received,manner,jurisdiction,purpose,language,reference\n"


@pytest.fixture(scope="module")
def world(
    database: str | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, Clock]]:
    outside = Outside(clock=(clock := Clock()))
    folder = tmp_path_factory.mktemp("intake")
    with rights_club.found(folder, PEOPLE, outside=outside, database=database) as made:
        yield made, clock


@pytest.fixture
def ws(world: tuple[Workspace, Clock]) -> Workspace:
    return world[0]


def take(ws: Workspace, folder: Path, text: str, **how: object) -> RequestsImported:
    path = folder / "requests.csv"
    path.write_text(text, "utf-8")
    return ws.import_requests(path, **how)  # type: ignore[arg-type]


def state(ws: Workspace) -> tuple[object, ...]:
    """Return what an import could change."""
    house = ws._house
    return (
        len(ws.requests()),
        house.ledger.position(),
        house.log.size,
        house.vault.is_given(Ordinal(30)),
    )


def test_a_mistake_in_one_row_opens_nothing_of_the_file(ws: Workspace, tmp_path: Path) -> None:
    before = state(ws)
    with pytest.raises(RequestsFileError) as refused:
        take(ws, tmp_path, f"{HEADER}access,M0001,,,,,,\nopt_out_sale,{SECRET},2099-01-01,,,,,\n")
    assert [(m.row, m.column) for m in refused.value.mistakes] == [(3, "received")]
    assert SECRET not in str(refused.value)
    assert state(ws) == before


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"access,{SECRET}\u0007,,,,,,", "identifier"),
        ("opt_in,M0001,,,,,,", "purpose"),
        ("opt_in,M0001,,,,ads,,", "purpose"),
        ("objection,M0001,,,,nothing.such,,", "purpose"),
        ("access,M0001,,,,,xx,", "language"),
    ],
    ids=["identifier", "no purpose", "all of a kind", "unknown purpose", "language"],
)
def test_what_only_the_workspace_knows_is_checked_as_well(
    ws: Workspace, tmp_path: Path, row: str, column: str
) -> None:
    before = state(ws)
    with pytest.raises(RequestsFileError) as refused:
        take(ws, tmp_path, f"{HEADER}{row}\n")
    assert [(m.row, m.column) for m in refused.value.mistakes] == [(2, column)]
    assert SECRET not in str(refused.value)
    assert state(ws) == before


def test_one_round_tells_every_mistake_of_every_row(ws: Workspace, tmp_path: Path) -> None:
    """Of the form and of the policy alike, whatever else is wrong with a row."""
    before = state(ws)
    head = "kind,identifier,received,jurisdiction,purpose,categories,language,reference\n"
    rows = [
        "opt_in,M0001,2099-01-01,Bavaria,,,xx,W-1",  # no purpose, an unknown language
        f"objection,{SECRET}\u0007,,,nothing.such,no_category,,W-2",
        "sing,M0003,,,nothing.such,,Deutsch!,W-3",
        "access,M0004,,,,,,W-4",
        "limit,M0004,,DE,,,,W-4",  # a reference that another row has, to be done by hand
        "access,M0005,,US-CA,not a name!,,,W-6",
    ]
    with pytest.raises(RequestsFileError) as refused:
        take(ws, tmp_path, head + "\n".join(rows) + "\n", dry_run=True)
    assert [(m.row, m.column) for m in refused.value.mistakes] == [
        (2, "received"), (2, "jurisdiction"), (2, "purpose"), (2, "language"),
        (3, "identifier"), (3, "purpose"), (3, "categories"),
        (4, "kind"), (4, "purpose"), (4, "language"),
        (6, "reference"),
        (7, "purpose"),
    ]  # fmt: skip
    told = str(refused.value)
    assert "12 mistakes" in told
    assert "rows 3 to 4, column purpose: the policy has no such purpose" in told
    assert not any(value in told for value in (SECRET, "nothing.such", "no_category", "Bavaria"))
    assert state(ws) == before


def test_what_is_told_is_all_that_must_be_mended(ws: Workspace, tmp_path: Path) -> None:
    text = f"{HEADER}opt_in,M0006,2099-01-01,carrier pigeon,Bavaria,,xx,W-9\n"
    with pytest.raises(RequestsFileError) as refused:
        take(ws, tmp_path, text, dry_run=True)
    cells = dict(zip(HEADER.strip().split(","), text.splitlines()[1].split(","), strict=True))
    mended = {"received": "2026-02-01", "manner": "form", "jurisdiction": "DE", "language": "de",
              "purpose": min(ws._house.policy.purposes)}  # fmt: skip
    assert {m.column for m in refused.value.mistakes} == set(mended)
    row = ",".join((cells | mended).values())
    assert take(ws, tmp_path, f"{HEADER}{row}\n", dry_run=True).would_open == 1


def test_a_kind_of_identifier_that_is_wrong_stops_no_other_check(
    ws: Workspace, tmp_path: Path
) -> None:
    text = "kind,identifier,identifier_kind,purpose\naccess,Ada,name,nothing.such\n"
    with pytest.raises(RequestsFileError) as refused:
        take(ws, tmp_path, text)
    assert [m.column for m in refused.value.mistakes] == ["identifier_kind", "purpose"]


def test_a_kind_of_identifier_that_people_share_opens_nothing(
    ws: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(RequestsFileError):
        take(ws, tmp_path, "kind,identifier,identifier_kind\naccess,Ada,name\n")


def test_a_dry_run_says_what_would_be_opened_and_opens_nothing(
    ws: Workspace, tmp_path: Path
) -> None:
    before = state(ws)
    text = f"{HEADER}access,M0001,,,,,,\nopt_out_sale,nobody,,,,,,\n"
    done = take(ws, tmp_path, text, dry_run=True, report=tmp_path / "report.csv")
    assert (done.rows, done.would_open, done.opened) == (2, 2, ())
    assert not (tmp_path / "report.csv").exists()
    assert state(ws) == before


def test_the_same_file_opens_nothing_twice(ws: Workspace, tmp_path: Path) -> None:
    text = (
        f"{HEADER}opt_out_sale,M0002,2026-02-01,form,US-CA,,,T-1\n"
        "object_marketing,M0003,2026-02-02,email,,,de,\n"
        "object_marketing,M0003,2026-02-02,email,,,de,\n"  # the same row once more
    )
    first = take(ws, tmp_path, text, report=tmp_path / "report.csv")
    assert (first.new, first.known) == (2, 1)
    again = take(ws, tmp_path, text)
    assert (again.new, again.known) == (0, 3)
    assert [o.case.number for o in again.opened] == [o.case.number for o in first.opened]
    case = first.opened[0].case
    assert (case.manner, case.received_at.date(), case.jurisdiction) == (
        "form", date(2026, 2, 1), "US-CA",
    )  # fmt: skip
    with pytest.raises(RequestsFileError) as refused:
        take(ws, tmp_path, f"{HEADER}limit,M0002,,,,,,T-1\n")
    assert [(m.row, m.column) for m in refused.value.mistakes] == [(2, "reference")]


def test_the_report_says_which_row_became_which_request_and_names_nobody(
    ws: Workspace, tmp_path: Path
) -> None:
    report, aside = tmp_path / "report.csv", tmp_path / "aside.csv"
    text = f"{HEADER}access,M0004,,,,,,T-4\naccess,{SECRET},2099-01-01,,,,,T-5\n"
    done = take(ws, tmp_path, text, report=report, quarantine=aside)
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert [(r["row"], r["reference"], r["outcome"]) for r in rows] == [
        ("2", "T-4", "opened"), ("3", "", "set aside"),
    ]  # fmt: skip
    assert rows[0]["request"] == str(done.opened[0].case.number)
    assert "M0004" not in report.read_text()
    assert SECRET in aside.read_text()  # the officer corrects it, and imports it again
    assert {stat.S_IMODE(p.stat().st_mode) for p in (report, aside)} == {0o600}
    again = take(ws, tmp_path, aside.read_text().replace("2099-01-01", "").replace(SECRET, "M0003"))
    assert [(one.reference, one.is_new) for one in again.opened] == [("T-5", True)]
    with pytest.raises(AnswerThereError):
        take(ws, tmp_path, f"{HEADER}access,M0005,,,,,,\n", report=report)
    assert not ws._house.cases.of_subject(club.ordinal(ws, "M0005"))


def test_what_is_ready_is_run_and_one_failure_stops_no_other(ws: Workspace, tmp_path: Path) -> None:
    text = (
        f"{HEADER}opt_out_sale,M0010,2026-02-20,,,,,R-1\n"
        "opt_out_profiling,M0011,2026-02-01,,,post,,R-2\n"  # concerns nothing: it fails
        "restriction,M0012,2026-02-02,,,,,R-3\n"  # nobody knows yet who asks
        "erasure,M0013,2026-02-03,,,,,R-4\n"
        "opt_out_sale,unheard-of,2026-02-04,,,,,R-5\n"
        "objection,M0014,2026-02-05,,,,,R-6\n"
    )
    made = {str(o.reference): o.case.number for o in take(ws, tmp_path, text).opened}
    planned = {r.number: r for r in ws.run_requests(dry_run=True)}
    assert planned[made["R-1"]].state is RunState.READY
    ran = {r.number: r for r in ws.run_requests(out=tmp_path)}
    assert ran[made["R-1"]].state is RunState.DONE
    assert ran[made["R-2"]].state is RunState.FAILED
    assert ran[made["R-3"]].state is RunState.WAITING
    assert ran[made["R-4"]].state is RunState.WAITING
    assert ran[made["R-5"]].state is RunState.DONE
    assert made["R-6"] not in ran  # its grounds are somebody's to weigh
    assert ws.request(made["R-1"]).state is CaseState.DONE
    again = {r.number for r in ws.run_requests(out=tmp_path)}
    assert made["R-1"] not in again
    assert made["R-2"] in again


def test_only_what_is_named_is_run(ws: Workspace, tmp_path: Path) -> None:
    for who, day in (("M0020", "2026-02-10"), ("M0021", "2026-02-25")):
        take(ws, tmp_path, f"{HEADER}opt_out_sale,{who},{day},,US-CA,,,\n")
    early = ws.run_requests(
        kind=RequestKind.OPT_OUT_SALE, due_before=date(2026, 3, 6), out=tmp_path
    )
    assert len(early) == 1
    assert not ws.run_requests(kind=RequestKind.LIMIT, out=tmp_path)


def test_an_identity_that_a_file_attests_is_only_that_of_an_account(
    ws: Workspace, tmp_path: Path
) -> None:
    text = "kind,identifier,identity\nrestriction,M0022,account\n"
    (opened,) = take(ws, tmp_path, text).opened
    assert opened.case.identity is IdentityLevel.ACCOUNT


def test_the_record_holds_afterwards_and_names_nobody(ws: Workspace) -> None:
    assert ws.audit_verify()["findings"] == []
    assert not club.holding(["unheard-of", SECRET], ws.folder / ".privseg")
    assert ws._house.vault.resolve(number("unheard-of")) is not None


def test_a_row_is_forgotten_with_the_record_of_its_request(
    world: tuple[Workspace, Clock], tmp_path: Path
) -> None:
    """Its keyed hash goes too: nothing tells any more that this row was ever taken."""
    ws, clock = world
    text = f"{HEADER}opt_out_sale,M0029,2026-02-01,form,US-CA,,,T-99\n"
    (first,) = take(ws, tmp_path, text).opened
    made = first.case.number
    ws.run_request(made)
    rows = select(IntakeRow).where(col(IntakeRow.case_number) == made)
    assert len(ws._house.db.rows(rows)) == 1
    clock.pass_(days=12 * 366)
    assert made in {one.number for one in ws.expire_requests()}
    assert ws._house.db.rows(rows) == []

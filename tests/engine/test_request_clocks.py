# SPDX-License-Identifier: Apache-2.0
"""The clocks of requests in a whole workspace: due, calendar, yearly numbers, end of records."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import privseg
from privseg.dsr import Asked, IdentityLevel, RequestKind
from privseg.dsr.due import Todo
from privseg.engine import Workspace
from privseg.terms import Jurisdiction, StaffRole
from tests.twins import club
from tests.twins.strict_calendar import read, unescaped

SCHEMA = (
    Path(__file__).parents[2] / "docs" / "reference" / "schemas" / "request-metrics.schema.json"
)
ADA = club.number("M0001")
SECRET_WORDS = "please look behind the blue door"  # of a statement; nothing else may show it
ACCOUNT = IdentityLevel.ACCOUNT


def open_one(ws: Workspace, kind: RequestKind, subject: object = ADA, **more: object) -> int:
    return ws.open_request(kind, subject, identity=ACCOUNT, **more).number  # type: ignore[arg-type]


@pytest.fixture
def ws(small: Workspace) -> Workspace:
    return small


def dues(ws: Workspace) -> dict[tuple[int, Todo], date]:
    return {(due.number, due.todo): due.by for due in ws.due().dues}


def test_what_is_due_follows_a_request_from_letter_to_end(
    ws: Workspace, clock: club.Clock, tmp_path: Path
) -> None:
    german = open_one(ws, RequestKind.ACCESS)
    californian = ws.open_request(
        RequestKind.OPT_OUT_SALE, club.number("M7777"), where=Jurisdiction("US-CA")
    ).number
    # received on Monday 2 March 2026
    assert dues(ws) == {
        (german, Todo.EXTEND): date(2026, 4, 2),
        (german, Todo.ANSWER): date(2026, 4, 2),
        (californian, Todo.ANSWER): date(2026, 3, 23),
    }
    assert [d.number for d in ws.due(within=timedelta(days=21)).dues] == [californian]
    ws.extend_request(german, ["there are many records"], out=tmp_path / "letters")
    assert dues(ws)[german, Todo.ANSWER] == date(2026, 6, 2)
    assert (german, Todo.EXTEND) not in dues(ws)
    clock.pass_(days=22)
    assert ws.due().late == (californian,)
    assert [d.number for d in ws.due(within=timedelta(days=1)).dues] == [californian]
    ws.run_request(californian, out=tmp_path / "answers")
    assert {number for number, _ in dues(ws)} == {german}


def test_a_held_erasure_waits_and_counsel_is_reminded(ws: Workspace) -> None:
    erasure = open_one(ws, RequestKind.ERASURE)
    stranger = open_one(ws, RequestKind.ACCESS, club.number("M9999"))
    ws.role = StaffRole.COUNSEL
    hold = ws.place_hold(ADA, review=date(2026, 9, 1), why="a claim is pending").number
    ws.role = None
    found = dues(ws)
    assert (erasure, Todo.HELD) in found
    assert (erasure, Todo.ANSWER) not in found
    assert found[hold, Todo.REVIEW] == date(2026, 9, 1)
    assert (stranger, Todo.ANSWER) in found


def test_the_calendar_says_the_same_dates_and_nobodys_name(ws: Workspace, tmp_path: Path) -> None:
    open_one(ws, RequestKind.ACCESS, asked=Asked(statement=SECRET_WORDS))
    feed = tmp_path / "deadlines.ics"
    assert ws.deadline_calendar(feed) == 2
    assert feed.stat().st_mode & 0o077 == 0
    data = feed.read_bytes()
    events = read(data).inside
    starts = {event.values["DTSTART"] for event in events}
    assert starts == {f"{by:%Y%m%d}" for by in dues(ws).values()}
    said = " ".join(unescaped(value) for event in events for value in event.values.values())
    for name in (ADA.value, ADA.value.lower(), "example.com", "Grace", *SECRET_WORDS.split()[1:3]):
        assert name not in said
    assert ws.deadline_calendar(feed) == 2  # written over, not refused
    assert {e.values["UID"] for e in read(feed.read_bytes()).inside} == {
        e.values["UID"] for e in events
    }


def test_c_7102_the_numbers_of_a_year_are_californians_or_everybodys(
    ws: Workspace, clock: club.Clock, tmp_path: Path
) -> None:
    for name in ("M7771", "M7772"):
        number = ws.open_request(
            RequestKind.OPT_OUT_SALE, club.number(name), where=Jurisdiction("US-CA")
        ).number
        clock.pass_(days=3)
        ws.run_request(number, out=tmp_path / "answers")
    open_one(ws, RequestKind.ACCESS)
    numbers = ws.request_metrics(2026)
    by_right = {r.right.value: r for r in numbers.rights}
    sale = by_right["opt_out_of_sale_or_sharing"]
    assert (sale.received, sale.complied, sale.people) == (2, 2, 2)
    assert sale.median_days == Fraction(3)
    assert by_right["know"].received == 0
    for document in (numbers.document(), ws.request_metrics(2025).document()):
        Draft202012Validator(json.loads(SCHEMA.read_bytes())).validate(document)
    whole = {r.right.value: r for r in ws.request_metrics(2026, everybody=True).rights}
    assert (whole["know"].received, whole["know"].open) == (1, 1)
    assert ws.request_metrics(2025).people == 0


def answered(ws: Workspace, where: str | None, tmp_path: Path) -> int:
    """Open and carry out an opt-out of somebody new; return its number."""
    place = None if where is None else Jurisdiction(where)
    subject = club.number(f"M8{len(ws.requests()):03d}")
    asked = Asked(statement=SECRET_WORDS)
    number = ws.open_request(RequestKind.OPT_OUT_SALE, subject, where=place, asked=asked).number
    ws.run_request(number, out=tmp_path / "answers")
    return number


def expiries(ws: Workspace) -> int:
    """Return how many ends of records the log tells."""
    entries = ws.audit_tail(100)
    return sum(e["kind"] == "dsr" and e["header"]["verb"] == "expire" for e in entries)  # type: ignore[index]


def test_c_7101_records_of_requests_end_when_the_law_lets_them_and_not_before(
    ws: Workspace, clock: club.Clock, tmp_path: Path
) -> None:
    californian = answered(ws, "US-CA", tmp_path)
    german = answered(ws, "DE", tmp_path)
    nowhere = answered(ws, None, tmp_path)
    still_open = open_one(ws, RequestKind.ACCESS)
    clock.now = club.NOW.replace(year=2028)  # 2 March: the last day of 24 months
    assert ws.expire_requests() == []
    clock.pass_(days=1)
    before = expiries(ws)
    assert [over.number for over in ws.expire_requests(dry_run=True)] == [californian]
    assert expiries(ws) == before == 0  # a dry run says and does nothing
    assert not ws.request(californian).forgotten
    assert [over.number for over in ws.expire_requests()] == [californian]
    house = ws._house
    assert house.cases.subject(californian) is None
    assert house.cases.asked(californian) == Asked()
    assert house.cases.papers(californian) == []
    assert expiries(ws) == 1
    case = ws.request(californian)
    assert (case.forgotten, case.kind, case.answered_at) == (
        True, RequestKind.OPT_OUT_SALE, club.NOW,
    )  # fmt: skip
    assert ws.expire_requests() == []  # once
    clock.now = club.NOW.replace(year=2029) + timedelta(days=1)
    assert {over.number for over in ws.expire_requests()} == {german, nowhere}  # 36 months
    assert not ws.request(still_open).forgotten


def test_a_legal_hold_stops_the_end_of_a_record(
    ws: Workspace, clock: club.Clock, tmp_path: Path
) -> None:
    number = open_one(ws, RequestKind.OPT_OUT_SALE)
    ws.run_request(number, out=tmp_path / "answers")
    ws.role = StaffRole.COUNSEL
    hold = ws.place_hold(ADA, review=date(2040, 1, 1), why="a claim is pending").number
    clock.now = club.NOW.replace(year=2036)
    ws.role = None
    (over,) = ws.expire_requests()
    assert (over.number, over.held) == (number, True)
    assert not ws.request(number).forgotten
    ws.role = StaffRole.COUNSEL
    ws.lift_hold(hold)
    ws.role = None
    assert [o.number for o in ws.expire_requests() if not o.held] == [number]
    assert ws.request(number).forgotten


def test_c_7101d_no_segment_report_or_export_reads_the_records_of_requests(
    ws: Workspace, tmp_path: Path
) -> None:
    open_one(ws, RequestKind.ERASURE, asked=Asked(statement=SECRET_WORDS))
    report = ws.report("overview")
    ws.audit_export(tmp_path / "log")
    files = [p for p in (tmp_path / "log").rglob("*") if p.is_file()]
    for text in (repr(report.document), *(p.read_bytes().decode("latin-1") for p in files)):
        assert "blue door" not in text
    tables = set(ws._house.columns.tables())
    assert not tables & {"dsr_case", "dsr_step", "dsr_paper"}  # segments read these tables alone


MAY_READ = (
    *("engine.dsr.", "engine.answers.", "engine.erasure.", "engine.rights."),  # answering requests
    *("engine.letters.", "engine.notices.", "engine.systems."),
    "engine.house",  # where the parts are put together
    "engine.workspace.requests",
    "engine.audit.",  # is the log what the case files say?
    "engine.keys.recovery",  # an erasure that an older copy lacks is done again
    "engine.who.person",  # the person's own question who read their data
    "engine.consent.recording",  # an act of a request that was erased meanwhile
    "engine.audience.",  # who was told of an erasure or objection
    "store.",
    "loaders.",  # the cases of a policy's tests, which are another thing
    "gate.law_cases",
    "cli.policy_cases",
)
"""Which modules may name case files, and why: none that makes numbers, segments or exports."""
RECORDS = ("house.cases", "SqlCases", "CaseRow", "PaperRow", "StepRow", "dsr_case", "dsr_paper")


def test_c_7101d_only_the_rooms_of_requests_name_their_records() -> None:
    root = Path(privseg.__file__).parent
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in root.rglob("*.py")
        if any(word in path.read_text("utf-8") for word in RECORDS)
    }
    assert "engine.dsr.keeping" in found
    assert {name for name in found if not name.startswith(MAY_READ)} == set()

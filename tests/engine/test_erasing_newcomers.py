# SPDX-License-Identifier: Apache-2.0
"""Somebody asks while nobody here knows them, and comes in afterwards: what they asked is theirs.

Nothing of it outlives their erasure, their copy is made before, and nobody who is here by now is
told that nothing is held.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind, text_to_people
from privseg.dsr import Asked, Case, CaseState, IdentityLevel, RequestKind, StepKind
from privseg.dsr.points import TRIES_PER_DAY, Point
from privseg.engine import Workspace
from privseg.engine.dsr.appeals import Outcome
from privseg.engine.dsr.errors_case import AttemptsExhaustedError, HeldError
from privseg.engine.dsr.newcomers import identifier_of
from privseg.engine.erasure import run as running
from privseg.engine.erasure.nobody import CameMeanwhileError, NamedInFilesError
from privseg.engine.erasure.search import search
from privseg.terms import Jurisdiction, Ordinal, SubjectId
from tests.twins import club
from tests.twins.club import Member, holding, log_of, number
from tests.twins.office import Office

K = RequestKind
ACCOUNT = IdentityLevel.ACCOUNT
NEWCOMER = Member(number="Z7741CANARY", name="Zoe Canary", hobby="gardening")
BY_MAIL = SubjectId("email", NEWCOMER.email)
GERMANY, COLORADO = Jurisdiction("DE"), Jurisdiction("US-CO")


def asked(ws: Workspace, subject: SubjectId | None = None, **more: Any) -> Case:
    said = {"identity": ACCOUNT, "where": GERMANY, **more}
    return ws.open_request(K.ERASURE, subject or number(NEWCOMER), **said)


def comes_in(ws: Workspace) -> Ordinal:
    ws.load(club.member_rows([NEWCOMER]), source="members")
    found = ws._house.vault.resolve(number(NEWCOMER))
    assert found is not None
    return found


def cut_short(ws: Workspace, case: Case, out: Path) -> None:
    def fails(*_: object, **__: object) -> Path:
        raise RuntimeError("the power went")

    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(running, "write_nothing_held", fails)
        with pytest.raises(RuntimeError):
            ws.run_request(case.number, out=out)


def was_forgotten(ws: Workspace, case: Case) -> bool:
    cases = ws._house.cases
    nothing = (cases.subject(case.number), cases.asker(case.number), cases.asked(case.number))
    return nothing == (None, None, Asked()) and ws.request(case.number).forgotten


def words(page: Path) -> str:
    text = page.read_text("utf-8").rpartition("</style>")[2]
    return " ".join(re.sub("<[^>]+>", " ", text).split())


# --- nothing of what they asked outlives their erasure --------------------------------------------


def test_an_erasure_forgets_all_that_was_asked_while_nobody_knew_them(
    small: Workspace, tmp_path: Path
) -> None:
    withdrawn = asked(small, asked=Asked(statement="I am Z7741CANARY"))
    small.withdraw_request(withdrawn.number)
    refused = asked(small, identity=None)
    grounds, why = ["IdentityVerificationFailure"], ["We could not tell who asks."]
    small.refuse_request(refused.number, grounds, why, out=tmp_path / "out")
    left_open = asked(small, BY_MAIL, asked=Asked(statement="and again"))
    access = small.open_request(K.ACCESS, number(NEWCOMER), asked=Asked(statement="give me"))
    comes_in(small)
    last = asked(small)
    small.run_request(last.number, out=tmp_path / "out")
    assert all(was_forgotten(small, case) for case in (withdrawn, refused, left_open, access, last))
    assert not any(small._house.cases.papers(case.number) for case in (withdrawn, refused))
    assert holding([NEWCOMER.number, NEWCOMER.email], small.folder) == {}
    assert small.audit_verify()["ok"]


def test_another_persons_unknown_request_stays_theirs(small: Workspace, tmp_path: Path) -> None:
    other = asked(small, number("Y5551CANARY"), asked=Asked(statement="mine"))
    comes_in(small)
    small.run_request(asked(small).number, out=tmp_path / "out")
    assert identifier_of(small._house, other.number) == number("Y5551CANARY")


def test_a_request_that_was_withdrawn_keeps_no_identifier(small: Workspace) -> None:
    case = asked(small, asked=Asked(language="de"))
    small.withdraw_request(case.number)
    assert small._house.cases.asked(case.number) == Asked(language="de", place=GERMANY)


@pytest.mark.parametrize(("place", "stays"), [(GERMANY, False), (COLORADO, True)])
def test_a_refusal_keeps_the_identifier_for_an_appeal_alone(
    small: Workspace, tmp_path: Path, place: Jurisdiction, *, stays: bool
) -> None:
    case = asked(small, where=place, identity=None)
    codes, why = ["IdentityVerificationFailure"], ["We could not tell who asks."]
    small.refuse_request(case.number, codes, why, out=tmp_path / "out")
    assert (identifier_of(small._house, case.number) is not None) is stays


def test_an_upheld_appeal_moves_the_identifier_to_the_request_opened_anew(
    desk: Office, tmp_path: Path
) -> None:
    ws = desk.ws
    case = asked(ws, where=COLORADO, identity=None)
    codes, why = ["IdentityVerificationFailure"], ["We could not tell who asks."]
    ws.refuse_request(case.number, codes, why, out=tmp_path / "out")
    appeal = ws.appeal_request(case.number)
    desk.at("joan").decide_appeal(appeal.number, Outcome.UPHELD, ["we were wrong"])
    desk.ws.run_request(appeal.number, out=tmp_path / "out")
    again = int(desk.ws.request(appeal.number).steps[-1].facts["again"])
    held = [identifier_of(desk.ws._house, n) for n in (case.number, appeal.number, again)]
    assert held == [None, None, number(NEWCOMER)]


# --- a copy before --------------------------------------------------------------------------------


def test_a_copy_asked_for_while_nobody_knew_them_is_made_before_the_erasure(
    small: Workspace, tmp_path: Path
) -> None:
    access = small.open_request(K.ACCESS, number(NEWCOMER), identity=ACCOUNT)
    unproved = small.open_request(K.ACCESS, BY_MAIL)
    case = asked(small)
    person = comes_in(small)
    assert small.plan_erasure(case.number).first == (access.number,)
    files = small.run_request(case.number, out=tmp_path / "out")
    assert f"request-{access.number}.sealed.html" in {path.name for path in files}
    assert small.request(access.number).state is CaseState.DONE
    assert small.request(unproved.number).forgotten
    read = {"verb": "running", "case": str(access.number)}
    entries = [e for e in log_of(small, Kind.DSR) if read.items() <= e.entry.header.items()]
    assert [person in text_to_people(e.body["people"]) for e in entries] == [True]


# --- cut short ------------------------------------------------------------------------------------


def test_who_comes_in_after_a_run_was_cut_short_is_erased_and_not_told_that_nothing_is_held(
    small: Workspace, tmp_path: Path
) -> None:
    case = asked(small, asked=Asked(language="de"))
    cut_short(small, case, tmp_path / "out")
    comes_in(small)
    assert dict(small.plan_erasure(case.number).erases)["column store: members"] == 1
    receipt, letter = small.run_request(case.number, out=tmp_path / "out")
    assert letter.name == f"request-{case.number}.erased.html"
    assert "Ihre Daten sind gelöscht" in words(letter)
    stores = {e["store"] for e in json.loads(receipt.read_text("utf-8"))["receipt"]["erased"]}
    assert stores >= {"identity", "members"}
    assert small._house.vault.resolve(number(NEWCOMER)) is None
    assert holding([NEWCOMER.number, NEWCOMER.email], small.folder) == {}
    assert small.audit_verify()["ok"]


def test_who_comes_in_during_the_last_search_gets_no_letter_yet(
    small: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = asked(small)

    def arrives(*given: Any, **more: Any) -> Any:
        found = search(*given, **more)
        comes_in(small)
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(running, "search", arrives)
        with pytest.raises(CameMeanwhileError):
            small.run_request(case.number, out=tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.html"))
    _, letter = small.run_request(case.number, out=tmp_path / "out")
    assert letter.name == f"request-{case.number}.erased.html"


def test_counsels_order_about_them_holds_after_a_run_was_cut_short(
    small: Workspace, tmp_path: Path
) -> None:
    case = asked(small)
    cut_short(small, case, tmp_path / "out")
    comes_in(small)
    small.place_hold(number(NEWCOMER), review=club.NOW.date().replace(year=2027), why="a claim")
    size = small._house.log.size
    with pytest.raises(HeldError):
        small.run_request(case.number, out=tmp_path / "out")
    assert small._house.log.size == size
    assert small._house.vault.resolve(number(NEWCOMER)) is not None


def test_a_plan_names_the_file_that_stops_a_run_which_was_cut_short(
    small: Workspace, tmp_path: Path
) -> None:
    case = asked(small)
    cut_short(small, case, tmp_path / "out")
    note = small.folder / "old.csv"
    note.write_text(f"number\n{NEWCOMER.number}\n", "utf-8")
    with pytest.raises(NamedInFilesError):
        small.run_request(case.number, out=tmp_path / "out")
    assert any("old.csv" in line for line in small.plan_erasure(case.number).stays)
    note.unlink()
    _, letter = small.run_request(case.number, out=tmp_path / "out")
    assert "We hold no data about you" in words(letter)


# --- proving who asks -----------------------------------------------------------------------------


def test_who_came_in_since_can_prove_who_they_are_by_what_is_held_now(small: Workspace) -> None:
    case = asked(small, identity=None)
    points = [Point("email", NEWCOMER.email), Point("customer_number", NEWCOMER.number)]
    assert not small.verify_points(case.number, points)
    person = comes_in(small)
    assert small.verify_points(case.number, points)
    tried = [e for e in log_of(small, Kind.DSR) if e.entry.header["verb"] == "identity_tried"]
    assert person in text_to_people(tried[-1].body["people"])
    assert small.request(case.number).identity is not None


def test_their_attempts_are_counted_under_both_names(small: Workspace) -> None:
    wrong = [Point("email", "other@example.com"), Point("customer_number", "M0001")]
    while_unknown = [asked(small, identity=None) for _ in range(2)]
    comes_in(small)
    since = asked(small, identity=None)
    tries = 0
    for case in (*while_unknown, since):
        for _ in range(TRIES_PER_DAY // 2):
            if tries == TRIES_PER_DAY:
                break
            assert not small.verify_points(case.number, wrong)
            tries += 1
    with pytest.raises(AttemptsExhaustedError):
        small.verify_points(since.number, wrong)
    kinds = [step.kind for step in small.request(since.number).steps]
    assert StepKind.IDENTITY_TRIED not in kinds

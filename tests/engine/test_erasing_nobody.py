# SPDX-License-Identifier: Apache-2.0
"""An erasure for an identifier that nobody here has: searched for, answered, then forgotten.

The stranger is in no store of ours; another system may have them all the same.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import Kind
from privseg.dsr import (
    Asked,
    Case,
    CaseState,
    IdentityLevel,
    RequestKind,
    StepKind,
    check_receipt,
)
from privseg.dsr.due import Todo
from privseg.dsr.erasure import OF_A_REQUEST
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.errors_case import HeldError
from privseg.engine.dsr.newcomers import identifier_of
from privseg.engine.erasure import run as running
from privseg.engine.erasure.nobody import CameMeanwhileError, NamedInFilesError, StillKeptError
from privseg.engine.erasure.outside import outside_of
from privseg.engine.errors import IdentityNeededError, RequestWithoutPersonError
from privseg.terms import Jurisdiction, Ordinal, SubjectId
from privseg.vault import Ed25519Verifier
from tests.twins import club
from tests.twins.club import Member, holding, log_of, number

K = RequestKind
ACCOUNT = IdentityLevel.ACCOUNT
STRANGER = Member(number="Z7741CANARY", name="Nobody Known", hobby="gardening")
BY_MAIL = SubjectId("email", STRANGER.email)
SYSTEMS = """systems:
  crm:
    kind: sqlite
    where: ../crm.db
    tables:
      contacts: {person: email, identifier: email, columns: all, on_erasure: delete}
  archive:
    kind: work_order
    people: Example Archive
    tables:
      boxes: {person: number, identifier: customer_number, columns: all, on_erasure: delete}
"""
KEEP = "    keep: {ground: [LegalObligationImpaired], for: 10y}\n"
AFTER = "    time: ordered\n"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Workspace]:
    """A club with two other systems; the one that we reach has the stranger, by e-mail."""
    club.found(tmp_path / "world", club.crowd(20)).close()
    with closing(sqlite3.connect(tmp_path / "world" / "crm.db")) as direct:
        direct.execute("CREATE TABLE contacts (email TEXT, note TEXT)")
        rows = [(m.email, "letters") for m in (STRANGER, *club.crowd(3))]
        direct.executemany("INSERT INTO contacts VALUES (?, ?)", rows)
        direct.commit()
    with (tmp_path / "world" / "club" / "privseg.yaml").open("a", encoding="utf-8") as settings:
        settings.write(SYSTEMS)
    with Workspace.open(tmp_path / "world" / "club", outside=Outside(clock=club.Clock())) as ws:
        yield ws


def asked(ws: Workspace, subject: SubjectId | None = None, **more: Any) -> Case:
    said = {"identity": ACCOUNT, "where": Jurisdiction("DE"), **more}
    return ws.open_request(K.ERASURE, subject or number(STRANGER), **said)


def words(page: Path) -> str:
    return " ".join(
        re.sub("<[^>]+>", " ", page.read_text("utf-8").rpartition("</style>")[2]).split()
    )


def receipt_in(ws: Workspace, file: Path) -> dict[str, Any]:
    signer = ws._house.release_signer
    return check_receipt(file.read_bytes(), [Ed25519Verifier(signer.name, signer.public_key)])


def contacts(ws: Workspace) -> list[str]:
    with closing(sqlite3.connect(ws.folder.parent / "crm.db")) as direct:
        return [e for (e,) in direct.execute("SELECT email FROM contacts")]


def was_forgotten(ws: Workspace, case: Case) -> bool:
    cases = ws._house.cases
    nothing = (cases.subject(case.number), cases.asker(case.number), cases.asked(case.number))
    return nothing == (None, None, Asked()) and ws.request(case.number).forgotten


@pytest.mark.parametrize(("language", "says"), [("en", "no data about you"), ("de", "keine Daten")])
def test_the_letter_says_that_nothing_is_held_in_the_persons_language(
    small: Workspace, tmp_path: Path, language: str, says: str
) -> None:
    case = asked(small, asked=Asked(language=language))
    receipt, letter = small.run_request(case.number, out=tmp_path / "out")
    assert letter.name == f"request-{case.number}.nothing_held.html"
    assert says in words(letter)
    document = receipt_in(small, receipt)
    assert (document["erased"], document["destroyed_keys"]) == ([], [])
    assert document["residues"] == [OF_A_REQUEST]
    assert (document["search"]["found"], document["provisional"]) == (0, False)


def test_the_case_ends_done_and_says_why_and_the_record_holds(
    small: Workspace, tmp_path: Path
) -> None:
    case = asked(small)
    small.run_request(case.number, out=tmp_path / "out")
    done = small.request(case.number)
    assert done.state is CaseState.DONE
    assert done.steps[-1].facts["letter"] == "nothing_held"
    last = [e.entry.header for e in log_of(small, Kind.DSR) if e.entry.header["verb"] == "done"]
    assert [h["letter"] for h in last] == ["nothing_held"]
    report = small.audit_verify()
    assert (report["ok"], report["findings"]) == (True, [])
    small.close_request(case.number)


def test_nothing_of_the_person_is_left_and_nobody_else_loses_anything(
    small: Workspace, tmp_path: Path
) -> None:
    before = len(small.requests()), small._house.ledger.position()
    access = small.open_request(K.ACCESS, number(STRANGER), identity=ACCOUNT)
    small.run_request(access.number, out=tmp_path / "out")
    case = asked(small, asked=Asked(statement="delete me, I am Z7741CANARY"))
    waiting = small.open_request(K.ACCESS, number(STRANGER))
    small.confirm_request(case.number)
    assert identifier_of(small._house, case.number) == number(STRANGER)
    small.run_request(case.number, out=tmp_path / "out")
    assert was_forgotten(small, case)
    assert was_forgotten(small, access)  # an answered one; who waits for an answer still gets it
    assert small._house.cases.asker(waiting.number) is not None
    assert not small._house.cases.papers(case.number)
    assert holding([STRANGER.number, STRANGER.email], small.folder) == {}
    assert (len(small.requests()) - 3, small._house.ledger.position()) == before
    assert not small._house.vault.suppressed(number(STRANGER))


def test_no_access_request_keeps_the_identifier(small: Workspace) -> None:
    access = small.open_request(K.ACCESS, number(STRANGER))
    assert identifier_of(small._house, access.number) is None


def test_before_identity_the_letters_are_the_same_for_somebody_known(
    small: Workspace, tmp_path: Path
) -> None:
    def pages(who: str) -> list[str]:
        case = small.open_request(K.ERASURE, number(who), where=Jurisdiction("DE"))
        with pytest.raises(IdentityNeededError):
            small.run_request(case.number, out=tmp_path)
        assert small.plan_request(case.number).would == ()
        _, received = small.confirm_request(case.number, out=tmp_path)
        _, proof = small.ask_identity(case.number, out=tmp_path)
        same = f"Our reference {case.number} "
        assert all(same in words(page) for page in (received, proof))
        return [words(page).replace(same, "Our reference N ") for page in (received, proof)]

    assert pages("M0001") == pages(STRANGER.number)


def test_a_run_that_was_done_hands_out_its_receipt_again(small: Workspace, tmp_path: Path) -> None:
    case = asked(small)
    first, _ = small.run_request(case.number, out=tmp_path / "once")
    (again,) = small.run_request(case.number, out=tmp_path / "again")
    assert again.read_bytes() == first.read_bytes()


def test_cut_short_before_its_letter_it_is_run_again(
    small: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = asked(small)
    with monkeypatch.context() as cut:
        cut.setattr(running, "write_nothing_held", _fails)
        with pytest.raises(RuntimeError):
            small.run_request(case.number, out=tmp_path / "out")
    assert was_forgotten(small, case)
    _, letter = small.run_request(case.number, out=tmp_path / "out")
    assert "no data about you" in words(letter)
    assert small.request(case.number).state is CaseState.DONE


def _fails(*_: object, **__: object) -> Path:
    raise RuntimeError("the power went")


def test_a_plan_says_that_nothing_of_ours_would_go(small: Workspace) -> None:
    case = asked(small)
    would = small.plan_request(case.number).would
    assert would[0] == "erase nothing of ours: nobody here has the identifier that was given"
    planned = small.plan_erasure(case.number)
    assert dict(planned.erases) == {"of ours: nobody here has the identifier that was given": 0}
    assert planned.stays == (OF_A_REQUEST,)


# --- who is not unknown after all -----------------------------------------------------------------


def came_in(ws: Workspace) -> Ordinal:
    ws.load(club.member_rows([STRANGER]), source="members")
    found = ws._house.vault.resolve(number(STRANGER))
    assert found is not None
    return found


def test_who_came_in_since_is_erased_and_planned_like_anybody(
    small: Workspace, tmp_path: Path
) -> None:
    case = asked(small, BY_MAIL)
    came_in(small)
    assert dict(small.plan_erasure(case.number).erases)["column store: members"] == 1
    receipt, letter = small.run_request(case.number, out=tmp_path / "out")
    assert letter.name == f"request-{case.number}.erased.html"
    assert {e["store"] for e in receipt_in(small, receipt)["erased"]} >= {"identity", "members"}
    assert small._house.vault.resolve(number(STRANGER)) is None
    assert small.audit_verify()["ok"]


def test_counsels_order_about_who_came_in_since_is_kept(small: Workspace, tmp_path: Path) -> None:
    case = asked(small)
    came_in(small)
    review = club.NOW.date() + timedelta(days=30)
    small.place_hold(number(STRANGER), review=review, why="a claim")
    size = small._house.log.size
    with pytest.raises(HeldError):
        small.run_request(case.number, out=tmp_path / "out")
    assert (small._house.log.size, small.request(case.number).state.value) == (size, "received")
    assert small._house.vault.resolve(number(STRANGER)) is not None


def test_who_comes_in_while_other_systems_are_erased_is_erased_by_all_they_are_known_by(
    outside: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = asked(outside)  # by number, by which the other system cannot find them

    def arrives(*given: Any) -> Any:
        found = outside_of(*given)
        came_in(outside)
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("privseg.engine.erasure.nobody.outside_of", arrives)
        with pytest.raises(CameMeanwhileError):
            outside.run_request(case.number, out=tmp_path / "out")
    assert STRANGER.email in contacts(outside)
    outside.run_request(case.number, out=tmp_path / "out")
    assert STRANGER.email not in contacts(outside)
    assert outside._house.vault.resolve(number(STRANGER)) is None


def test_of_whom_a_law_keeps_rows_nobody_says_that_nothing_is_held(tmp_path: Path) -> None:
    club.found(tmp_path, club.crowd(5)).close()
    rules = tmp_path / "club" / "policies" / "club.yaml"
    rules.write_text(rules.read_text("utf-8").replace(AFTER, AFTER + KEEP), "utf-8")
    with Workspace.open(tmp_path / "club", outside=Outside(clock=club.Clock())) as ws:
        ws.load(club.order_rows([m for m in club.crowd(5) if m.number == "M0001"]), source="orders")
        first = asked(ws, number("M0001"))
        ws.run_request(first.number, out=tmp_path / "out")
        assert ws.kept()
        case, size = asked(ws, number("M0001")), ws._house.log.size
        with pytest.raises(StillKeptError):
            ws.run_request(case.number, out=tmp_path / "out")
        assert (ws._house.log.size, ws.request(case.number).state.is_open) == (size, True)


def test_a_second_request_of_somebody_who_was_erased_since_is_refused_as_before(
    small: Workspace, tmp_path: Path
) -> None:
    first, second = asked(small, number("M0001")), asked(small, number("M0001"))
    small.run_request(first.number, out=tmp_path / "out")
    size = small._house.log.size
    with pytest.raises(RequestWithoutPersonError):
        small.run_request(second.number, out=tmp_path / "out")
    assert small._house.log.size == size


def test_a_file_that_names_the_person_is_seen_to_first(small: Workspace, tmp_path: Path) -> None:
    note = small.folder / "old.csv"
    note.write_text(f"number\n{STRANGER.number}\n", "utf-8")
    case, size = asked(small), small._house.log.size
    with pytest.raises(NamedInFilesError):
        small.run_request(case.number, out=tmp_path / "out")
    assert (small._house.log.size, small.request(case.number).state) == (size, CaseState.RECEIVED)
    assert any("old.csv" in line for line in small.plan_erasure(case.number).stays)
    note.unlink()
    small.run_request(case.number, out=tmp_path / "out")


def test_a_note_about_somebody_else_that_names_them_is_told(
    small: Workspace, tmp_path: Path
) -> None:
    friend = Member(number="M0099", diary=f"met {STRANGER.number} today")
    small.load(club.member_rows([friend]), source="members")
    case = asked(small)
    receipt, letter = small.run_request(case.number, out=tmp_path / "out")
    document = receipt_in(small, receipt)
    assert (document["search"]["elsewhere"], document["provisional"]) == (1, True)
    assert letter.name == f"request-{case.number}.erased.html"
    assert "We found nothing to erase here" in words(letter)
    assert "notes about others, still name you" in words(letter)
    assert "letter" not in small.request(case.number).steps[-1].facts
    assert {d.todo for d in small.due().dues if d.number == case.number} == {Todo.SETTLE}
    again = small.search_erased(case.number, number(STRANGER))
    assert again.where == ("other people's rows of members",)
    small.run_request(asked(small, number("M0099")).number, out=tmp_path / "friend")
    assert small.search_erased(case.number, number(STRANGER)).elsewhere == 0
    (final,) = small.run_request(case.number, out=tmp_path / "final")
    assert not receipt_in(small, final)["provisional"]


# --- other systems --------------------------------------------------------------------------------


def test_another_system_is_erased_and_the_letter_tells_what_it_lost(
    outside: Workspace, tmp_path: Path
) -> None:
    case = asked(outside, BY_MAIL)
    assert dict(outside.plan_erasure(case.number).erases)["crm: contacts"] == 1
    receipt, letter = outside.run_request(case.number, out=tmp_path / "out")
    assert STRANGER.email not in contacts(outside)
    assert len(contacts(outside)) == 3
    assert letter.name == f"request-{case.number}.erased.html"
    assert "crm, contacts: 1" in words(letter)
    assert "what we knew you by" not in words(letter)
    assert "scrambled mark" not in words(letter)  # nothing like that stays of them
    crm, archive = receipt_in(outside, receipt)["systems"]
    assert [t["records"] for t in crm["tables"]] == [1]
    assert archive["unsearched"] == ["boxes"]  # by an e-mail nobody there is found
    assert "letter" not in outside.request(case.number).steps[-1].facts


def test_the_people_of_a_system_out_of_reach_are_asked_and_their_proof_ends_it(
    outside: Workspace, tmp_path: Path
) -> None:
    case = asked(outside)
    receipt, letter = outside.run_request(case.number, out=tmp_path / "out")
    assert receipt_in(outside, receipt)["provisional"]
    said = words(letter)
    assert "archive: asked to erase" in said
    assert "We found nothing to erase here" in said
    assert "Others who have, or may have, data about you" in said
    assert "We erased" not in said
    assert "what we knew you by" not in said
    assert "crm: email" in said  # by a number nobody there is found
    assert {d.todo for d in outside.due().dues if d.number == case.number} == {Todo.PROVE}
    proof = tmp_path / "proof.txt"
    proof.write_text("nothing found", "utf-8")
    outside.record_proof(case.number, "archive", proof)
    (final,) = outside.run_request(case.number, out=tmp_path / "final")
    assert not receipt_in(outside, final)["provisional"]
    assert holding([STRANGER.number], outside.folder) == {}
    assert outside.audit_verify()["ok"]


@pytest.mark.parametrize(
    ("language", "found", "rest"),
    [
        ("en", "We found no data about you", "These places could not be searched"),
        ("de", "Wir haben keine Daten über Sie gefunden", "An diesen Stellen konnten wir nicht"),
    ],
)
def test_where_no_system_has_them_either_the_letter_says_so_and_what_was_not_searched(
    outside: Workspace, tmp_path: Path, language: str, found: str, rest: str
) -> None:
    case = asked(outside, SubjectId("email", "other@example.com"), asked=Asked(language=language))
    _, letter = outside.run_request(case.number, out=tmp_path / "out")
    assert letter.name == f"request-{case.number}.nothing_held.html"
    said = words(letter)
    assert (found in said, rest in said, "archive: customer number" in said) == (True, True, True)
    assert "every place" not in said
    assert "Wir haben überall gesucht, wo wir" not in said
    kinds = [s.kind for s in outside.request(case.number).steps]
    assert kinds.count(StepKind.SYSTEM_ERASED) == 1


def test_the_receipt_of_nothing_is_of_the_published_form(small: Workspace, tmp_path: Path) -> None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    schemas = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
    schema = json.loads((schemas / "erasure-receipt.schema.json").read_text("utf-8"))
    receipt, _ = small.run_request(asked(small).number, out=tmp_path / "out")
    Draft202012Validator(schema).validate(json.loads(receipt.read_bytes()))

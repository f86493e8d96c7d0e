# SPDX-License-Identifier: Apache-2.0
"""Legal holds: counsel alone places and lifts them; what is held is neither erased nor expires."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from privseg.dsr import CaseState, IdentityLevel, RequestKind
from privseg.dsr.refusal import GroundNotOfLawError
from privseg.engine.dsr.errors_case import (
    CounselsOrderError,
    HeldError,
    NotAHoldError,
    ReviewDateError,
)
from privseg.engine.erasure import run
from privseg.engine.errors import RoleError, UnknownPersonGivenError
from privseg.terms import Ordinal, StaffRole
from tests.twins import club
from tests.twins.club import number, ordinal
from tests.twins.office import Office

REVIEW = date(2027, 6, 30)
HELD, LINKED, FREE, MEANWHILE = "M0001", "M0005", "M0007", "M0021"
ACCOUNT = IdentityLevel.ACCOUNT


@pytest.fixture(scope="module")
def sixty(database: str | None, sixty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The club of 60 beside its files, then one on a server."""
    if database is None:
        return sixty
    folder = tmp_path_factory.mktemp("sixty")
    club.found(folder, club.crowd(60), database=database).close()
    return folder


@pytest.fixture(scope="module")
def hold(desk: Office) -> int:
    return desk.at("mary").place_hold(number(HELD), review=REVIEW, why="Lovelace v. club").number


def test_a_hold_is_a_case_of_counsels_and_an_act_in_the_ledger(desk: Office, hold: int) -> None:
    case = desk.at("mary").legal_holds()[0]
    assert (case.number, case.kind, case.state) == (hold, RequestKind.LEGAL_HOLD, CaseState.RUNNING)
    assert case.steps[-1].facts == {"ground": "LegalClaimImpaired", "review": "2027-06-30"}
    assert desk.verbs(hold) == ["open", "running"]
    history = desk.at("grace").consent_of(number(HELD)).history
    assert history[-1]["act"] == "hold"
    (why,) = desk.ws._house.cases.papers(hold)
    assert why.text == b"Lovelace v. club"


def test_nobody_but_counsel_places_or_lifts_one(desk: Office, hold: int) -> None:
    for user, role in (("grace", None), ("ada", StaffRole.ADMIN), ("edith", None)):
        ws = desk.at(user, role)
        cases = len(ws._house.cases.all())
        with pytest.raises(RoleError):
            ws.place_hold(number(FREE), review=REVIEW, why="x")
        with pytest.raises(RoleError):
            ws.lift_hold(hold)
        assert len(ws._house.cases.all()) == cases
    with pytest.raises(RoleError):
        desk.at("mary").requests()
    for user in ("grace", "edith"):
        assert [c.number for c in desk.at(user).legal_holds()] == [hold]


def test_what_is_held_is_not_erased_and_the_person_can_be_told_why(
    desk: Office, hold: int, tmp_path: Path
) -> None:
    ws = desk.at("grace")
    case = ws.open_request(RequestKind.ERASURE, number(HELD), identity=ACCOUNT)
    assert ws.plan_request(case.number).holds == (hold,)
    before = desk.size()
    with pytest.raises(HeldError) as refused:
        ws.run_request(case.number, out=tmp_path)
    assert (refused.value.hold, desk.size(), list(tmp_path.iterdir())) == (hold, before, [])
    reasons = ["a court may need them"]
    done, letter = ws.refuse_request(case.number, ["LegalClaimImpaired"], reasons, out=tmp_path)
    assert done.state is CaseState.REFUSED
    assert "a court may need them" in letter.read_text("utf-8")


def test_a_hold_that_is_placed_while_an_erasure_runs_still_keeps_what_is_here(
    desk: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others were told, which takes time; counsel's order comes just then."""
    ws, tell = desk.at("grace"), run.deliver
    holds: list[int] = []

    def meanwhile(*args: Any, **how: Any) -> Any:
        placed = desk.at("mary").place_hold(number(MEANWHILE), review=REVIEW, why="just now")
        holds.append(placed.number)
        desk.at("grace")
        return tell(*args, **how)

    monkeypatch.setattr(run, "deliver", meanwhile)
    case = ws.open_request(RequestKind.ERASURE, number(MEANWHILE), identity=ACCOUNT)
    with pytest.raises(HeldError):
        ws.run_request(case.number, out=tmp_path)
    assert ws.consent_of(number(MEANWHILE)).known
    assert ws.request(case.number).state is CaseState.RUNNING
    desk.at("mary").lift_hold(*holds)


def test_a_hold_covers_every_profile_tied_to_the_persons(desk: Office, tmp_path: Path) -> None:
    ws = desk.at("grace")
    ws.record_consent(number(HELD), act="merge", other=number(LINKED))
    case = ws.open_request(RequestKind.ERASURE, number(LINKED), identity=ACCOUNT)
    with pytest.raises(HeldError):
        ws.run_request(case.number, out=tmp_path)
    ws.withdraw_request(case.number)


def test_an_access_request_of_somebody_held_is_answered(desk: Office, tmp_path: Path) -> None:
    ws = desk.at("grace")
    case = ws.open_request(RequestKind.ACCESS, number(HELD), identity=ACCOUNT)
    assert ws.run_request(case.number, out=tmp_path)


def test_a_hold_is_no_request_of_the_persons(desk: Office, hold: int) -> None:
    ws = desk.at("grace")
    before = desk.size()
    for act in (
        lambda: ws.run_request(hold),
        lambda: ws.confirm_request(hold),
        lambda: ws.extend_request(hold, ["reasons"]),
    ):
        with pytest.raises(CounselsOrderError):
            act()
    assert desk.size() == before


def test_a_hold_needs_a_person_a_ground_of_the_law_and_a_day_to_come(desk: Office) -> None:
    ws = desk.at("mary")
    before = desk.size()
    with pytest.raises(UnknownPersonGivenError):
        ws.place_hold(number("M9999"), review=REVIEW, why="x")
    with pytest.raises(GroundNotOfLawError):
        ws.place_hold(number(FREE), review=REVIEW, why="x", ground="BecauseWeLikeTo")
    with pytest.raises(ReviewDateError):
        ws.place_hold(number(FREE), review=date(2026, 3, 2), why="x")
    with pytest.raises(NotAHoldError):
        ws.lift_hold(2)
    assert desk.size() == before


@pytest.mark.usefixtures("hold")
def test_what_is_held_does_not_expire_and_what_is_not_does(desk: Office) -> None:
    """Orders are kept for 400 days from now on, and two years pass."""
    policy = desk.ws.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(
        text.replace("    holds: events\n", "    holds: events\n    retention: 400d\n")
    )
    house = desk.ws._house
    house.__dict__.pop("policy", None)
    desk.clock.pass_(days=800)
    gone = desk.at("grace").expire()
    left = _people_in(desk, "orders")
    held = {ordinal(desk.ws, HELD), ordinal(desk.ws, LINKED)}
    assert any(purged.rows for purged in gone)
    assert left
    assert left <= held
    assert house.vault.resolve(number(FREE)) not in left


def test_a_lifted_hold_holds_nothing(desk: Office, hold: int, tmp_path: Path) -> None:
    """Last in the file."""
    lifted = desk.at("mary").lift_hold(hold)
    assert lifted.state is CaseState.CLOSED
    ws = desk.at("grace")
    assert [e["act"] for e in ws.consent_of(number(HELD)).history].count("release_hold") == 1
    case = ws.open_request(RequestKind.ERASURE, number(HELD), identity=ACCOUNT)
    ws.run_request(case.number, out=tmp_path)
    assert ws.request(case.number).is_done
    report = desk.at("edith").audit_verify()
    assert report["ok"], report["findings"]


def _people_in(desk: Office, source: str) -> set[int]:
    """Return everybody whom a source has a stored row of."""
    house = desk.ws._house
    table, snapshot = house.policy.catalogue.sources[source].table, house.columns.snapshot()
    return {
        person
        for person in house.vault.population.enrolled()
        if list(house.columns.rows_of(Ordinal(person), table, snapshot=snapshot))
    }

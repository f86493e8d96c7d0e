# SPDX-License-Identifier: Apache-2.0
"""A request for a linked profile goes on only while the profile is the person's, and by its law."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from privseg.dsr import Asked, Case, CaseState, CaseStateError, IdentityLevel, RequestKind, StepKind
from privseg.dsr.points import Point
from privseg.engine.dsr.errors_linked import FirstWithdrawnError, NotLinkedNowError
from privseg.engine.errors import IdentityNeededError, RequestWithoutPersonError
from privseg.engine.rights.running_many import RunState
from privseg.terms import Jurisdiction
from tests.twins import club, office
from tests.twins.club import Member, number, ordinal
from tests.twins.office import Office

K = RequestKind
ACCOUNT = IdentityLevel.ACCOUNT
MINE, DEVICE, FARTHER = "M0006", "DEV-1", "DEV-2"
GERMAN, OTHER, NEW = "M0001", "M0002", "Z7741"
CALIFORNIA = Jurisdiction("US-CA")


@pytest.fixture
def desk(sixty: Path, tmp_path: Path) -> Iterator[Office]:
    """Two devices are linked to the person, one through the other."""
    made = office.opened(sixty, tmp_path / "office")
    tie(made, MINE, DEVICE)
    tie(made, DEVICE, FARTHER)
    made.clock.pass_(days=1)
    yield made
    made.ws.close()


def tie(desk: Office, one: str, other: str, *, act: str = "merge", **more: str) -> None:
    desk.ws.record_consent(number(one), act=act, other=number(other), **more)  # type: ignore[arg-type]


def part(desk: Office, one: str, other: str) -> None:
    desk.clock.pass_(days=1)
    tie(desk, one, other, act="unmerge")
    desk.clock.pass_(days=1)


def asked(desk: Office, kind: RequestKind = K.ACCESS, who: str = MINE, **more: object) -> Case:
    return desk.ws.open_request(kind, number(who), **more)  # type: ignore[arg-type]


def siblings(desk: Office, first: Case) -> dict[str, int]:
    """Open a request for each linked profile; return their numbers by profile."""
    desk.ws.open_for_linked(first.number)
    names = {ordinal(desk.ws, name): name for name in (DEVICE, FARTHER, OTHER)}
    found = [c for c in desk.ws.requests() if c.goes_with == first.number]
    subjects = {c.number: desk.ws._house.cases.subject(c.number) for c in found}
    return {names[who]: n for n, who in subjects.items() if who is not None}


def erase(desk: Office, who: str, out: Path) -> None:
    case = asked(desk, K.ERASURE, who, identity=ACCOUNT)
    desk.ws.run_request(case.number, out=out)


# --- is the profile the person's still? ------------------------------------------------------


def test_no_proof_is_taken_over_once_the_profile_was_parted(desk: Office) -> None:
    first = asked(desk)
    mine = siblings(desk, first)
    part(desk, MINE, DEVICE)
    desk.ws.verify_account(first.number)
    before = desk.size()
    with pytest.raises(NotLinkedNowError) as refused:
        desk.ws.open_for_linked(first.number)
    assert refused.value.number in mine.values()
    assert f"privseg dsr withdraw {refused.value.number}" in str(refused.value)
    assert desk.size() == before
    for number_ in mine.values():
        desk.ws.withdraw_request(number_)
    assert desk.ws.open_for_linked(first.number).opened == ()  # and then it goes on


@pytest.mark.parametrize("kind", [K.ACCESS, K.ERASURE])
def test_none_is_run_once_its_profile_was_parted_and_again_when_they_are_one(
    desk: Office, tmp_path: Path, kind: RequestKind
) -> None:
    mine = siblings(desk, asked(desk, kind, identity=ACCOUNT))
    part(desk, DEVICE, FARTHER)
    with pytest.raises(NotLinkedNowError):
        desk.ws.run_request(mine[FARTHER], out=tmp_path)
    ran = {one.number: one for one in desk.ws.run_requests(out=tmp_path, erases=True, dry_run=True)}
    assert ran[mine[FARTHER]].state is RunState.WAITING
    assert "not linked" in ran[mine[FARTHER]].why
    assert ran[mine[DEVICE]].state is RunState.READY
    tie(desk, MINE, FARTHER)
    desk.clock.pass_(days=1)
    assert desk.ws.run_request(mine[FARTHER], out=tmp_path)


def test_a_tie_farther_away_that_was_cut_stops_what_it_led_to(desk: Office, tmp_path: Path) -> None:
    mine = siblings(desk, asked(desk, identity=ACCOUNT))
    part(desk, MINE, DEVICE)
    for name in (DEVICE, FARTHER):
        with pytest.raises(NotLinkedNowError):
            desk.ws.run_request(mine[name], out=tmp_path)


def test_one_for_a_profile_whose_person_was_erased_since_is_run(
    desk: Office, tmp_path: Path
) -> None:
    mine = siblings(desk, asked(desk, identity=ACCOUNT))
    erase(desk, MINE, tmp_path)
    for name in (DEVICE, FARTHER):
        assert desk.ws.run_request(mine[name], out=tmp_path)


@pytest.mark.parametrize("cut", [(MINE, DEVICE), (DEVICE, FARTHER)])
def test_none_is_run_whose_profile_was_parted_before_the_person_was_erased(
    desk: Office, tmp_path: Path, cut: tuple[str, str]
) -> None:
    mine = siblings(desk, asked(desk, identity=ACCOUNT))
    part(desk, *cut)
    erase(desk, MINE, tmp_path)
    with pytest.raises(NotLinkedNowError):
        desk.ws.run_request(mine[FARTHER], out=tmp_path)


def test_in_doubt_none_is_run_whose_person_was_erased(desk: Office, tmp_path: Path) -> None:
    mine = siblings(desk, asked(desk, identity=ACCOUNT))
    part(desk, DEVICE, FARTHER)
    tie(desk, DEVICE, FARTHER)  # somebody was not sure whose it is
    desk.clock.pass_(days=1)
    erase(desk, MINE, tmp_path)
    with pytest.raises(NotLinkedNowError):
        desk.ws.run_request(mine[FARTHER], out=tmp_path)


def test_a_profile_linked_through_an_erased_one_is_nobodys(desk: Office, tmp_path: Path) -> None:
    mine = siblings(desk, asked(desk, identity=ACCOUNT))
    erase(desk, DEVICE, tmp_path)  # by a name that nobody can type any more, nobody can part them
    with pytest.raises(NotLinkedNowError):
        desk.ws.run_request(mine[FARTHER], out=tmp_path)
    found = desk.ws.open_for_linked(asked(desk, identity=ACCOUNT).number, dry_run=True)
    assert found.waiting == 0


@pytest.mark.parametrize(
    ("who", "how", "opened"),
    [
        ("staff", "api", 1),
        ("staff", "form", 1),
        ("subject", "double_opt_in", 1),
        ("subject", "signed_paper", 1),
        ("staff", "silence", 0),
        ("subject", "pre_ticked", 0),
        ("subject", "scroll", 0),
        ("subject", "dismiss", 0),
        ("agent", "signed_paper", 0),
        ("guardian", "form", 0),
    ],
)
def test_only_the_controllers_or_the_persons_own_act_opens_a_linked_profile(
    desk: Office, who: str, how: str, opened: int
) -> None:
    tie(desk, GERMAN, OTHER, authority=who, method=how)
    desk.clock.pass_(days=1)
    found = desk.ws.open_for_linked(asked(desk, who=GERMAN).number, dry_run=True)
    assert found.waiting == opened


# --- proof and law ---------------------------------------------------------------------------


def test_a_guardians_papers_open_the_childs_profile_alone(desk: Office, tmp_path: Path) -> None:
    born = (desk.clock() - timedelta(days=9 * 365)).date().isoformat()
    desk.ws.record_consent(number(MINE), act="attest_age", value=born)
    first = asked(desk)
    before = siblings(desk, first)
    desk.ws.verify_guardian(first.number, b"a birth certificate")
    assert desk.ws.open_for_linked(first.number).identified == ()
    assert {desk.ws.request(n).identity for n in before.values()} == {None}
    with pytest.raises(IdentityNeededError):
        desk.ws.run_request(before[DEVICE], out=tmp_path)
    desk.ws.verify_account(before[DEVICE])
    assert desk.ws.run_request(before[DEVICE], out=tmp_path)


def german_with_californian(desk: Office) -> tuple[Case, int]:
    """Return a request under German law and, of a profile of California, the one beside it."""
    tie(desk, GERMAN, OTHER)
    desk.ws.record_consent(number(OTHER), act="attest_jurisdiction", value=CALIFORNIA)
    desk.clock.pass_(days=1)
    first = asked(desk, who=GERMAN, where=Jurisdiction("DE"))
    return first, siblings(desk, first)[OTHER]


def test_one_goes_by_the_strictest_of_both_laws(desk: Office) -> None:
    first, mine = german_with_californian(desk)
    direct = asked(desk, who=OTHER, where=Jurisdiction("DE"))
    there = desk.ws.request(mine)
    assert there.where == ("DE", "US-CA") == direct.where
    assert there.first_deadlines == direct.first_deadlines
    assert there.first_deadlines.confirm_by is not None  # as California asks
    assert first.where == "DE"


def test_proof_that_is_too_little_for_it_is_not_taken_over(desk: Office, tmp_path: Path) -> None:
    first, mine = german_with_californian(desk)
    points = [Point("email", "m0001@example.com"), Point("customer_number", GERMAN)]
    assert desk.ws.verify_points(first.number, points)
    assert desk.ws.open_for_linked(first.number).identified == ()
    with pytest.raises(IdentityNeededError):
        desk.ws.run_request(mine, out=tmp_path)
    desk.ws.verify_account(mine)
    assert desk.ws.run_request(mine, out=tmp_path)


def test_its_stricter_clock_is_not_that_of_the_first(desk: Office) -> None:
    first, mine = german_with_californian(desk)
    desk.ws.extend_request(first.number, ["there are many of them"])
    first = desk.ws.verify_account(first.number)
    assert desk.ws.open_for_linked(first.number).identified == (mine,)
    there = desk.ws.request(mine)
    assert there.deadlines == there.first_deadlines
    assert there.deadlines.answer_by < first.deadlines.answer_by


def test_stronger_proof_is_taken_over_where_there_was_too_little(desk: Office) -> None:
    first, mine = german_with_californian(desk)
    weak = {"level": IdentityLevel.TWO_POINTS.value}
    desk.ws._house.cases.record_step(mine, StepKind.VERIFIED, at=desk.clock(), facts=weak)
    desk.ws.verify_account(first.number)
    assert desk.ws.open_for_linked(first.number).identified == (mine,)
    assert desk.ws.request(mine).identity is ACCOUNT


def test_a_place_that_nobody_knows_is_the_strictest_law_for_both(desk: Office) -> None:
    tie(desk, "DEV-7", OTHER)
    desk.clock.pass_(days=1)
    first = asked(desk, who="DEV-7")
    assert first.where is None
    assert asked(desk, who=OTHER).where == "DE"
    assert desk.ws.request(siblings(desk, first)[OTHER]).where is None


def test_what_the_person_wrote_stays_in_their_own_request(desk: Office, tmp_path: Path) -> None:
    said = Asked(statement="words of mine alone", language="de")
    first = asked(desk, identity=ACCOUNT, asked=said, where=Jurisdiction("DE"))
    mine = siblings(desk, first)
    cases = desk.ws._house.cases
    for number_ in mine.values():
        assert cases.asked(number_) == Asked(language="de", place=Jurisdiction("DE"))
    erase(desk, MINE, tmp_path)
    assert {cases.asked(n).statement for n in mine.values()} == {None}


# --- taking back, and coming in --------------------------------------------------------------


def test_who_takes_a_request_back_takes_back_what_goes_with_it(
    desk: Office, tmp_path: Path
) -> None:
    first = asked(desk, K.ERASURE, identity=ACCOUNT)
    mine = siblings(desk, first)
    desk.ws.run_request(mine[FARTHER], out=tmp_path)
    desk.ws.withdraw_request(first.number)
    assert desk.ws.request(mine[DEVICE]).state is CaseState.WITHDRAWN
    assert desk.ws.request(mine[DEVICE]).steps[-1].facts == {"as_request": str(first.number)}
    assert desk.verbs(mine[DEVICE])[-1] == "withdrawn"
    assert desk.ws.request(mine[FARTHER]).state is CaseState.DONE
    assert desk.ws.run_requests(out=tmp_path, kind=K.ERASURE, erases=True) == ()
    assert desk.ws._house.vault.resolve(number(DEVICE)) is not None
    assert desk.at("edith").audit_verify()["ok"]


def test_one_of_them_taken_back_takes_back_no_other(desk: Office) -> None:
    first = asked(desk, identity=ACCOUNT)
    mine = siblings(desk, first)
    desk.ws.withdraw_request(mine[DEVICE])
    assert desk.ws.request(first.number).state.is_open
    assert desk.ws.request(mine[FARTHER]).state.is_open


def test_nothing_is_taken_back_while_one_of_them_is_being_run(desk: Office) -> None:
    first = asked(desk, K.ERASURE, identity=ACCOUNT)
    mine = siblings(desk, first)
    desk.ws._house.cases.record_step(mine[FARTHER], StepKind.RUNNING, at=desk.clock())
    before = desk.size()
    with pytest.raises(CaseStateError) as refused:
        desk.ws.withdraw_request(first.number)
    assert (refused.value.number, desk.size()) == (mine[FARTHER], before)


def test_none_is_run_that_goes_with_one_taken_back(desk: Office, tmp_path: Path) -> None:
    first = asked(desk, K.ERASURE, identity=ACCOUNT)
    mine = siblings(desk, first)
    cases = desk.ws._house.cases  # as one that was refused, and is opened anew after an appeal
    cases.record_step(first.number, StepKind.WITHDRAWN, at=desk.clock())
    with pytest.raises(FirstWithdrawnError) as refused:
        desk.ws.run_request(mine[DEVICE], out=tmp_path)
    assert f"privseg dsr withdraw {mine[DEVICE]}" in str(refused.value)


def test_who_came_in_since_they_asked_has_linked_profiles(desk: Office, tmp_path: Path) -> None:
    first = asked(desk, K.ERASURE, NEW)
    with pytest.raises(RequestWithoutPersonError):
        desk.ws.open_for_linked(first.number)
    desk.ws.load(club.member_rows([Member(number=NEW)]), source="members")
    tie(desk, NEW, OTHER)
    desk.clock.pass_(days=1)
    mine = siblings(desk, first)
    assert set(mine) == {OTHER}
    desk.ws.verify_account(first.number)
    assert desk.ws.open_for_linked(first.number).identified == (mine[OTHER],)
    part(desk, NEW, OTHER)
    with pytest.raises(NotLinkedNowError):
        desk.ws.run_request(mine[OTHER], out=tmp_path)

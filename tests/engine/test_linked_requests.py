# SPDX-License-Identifier: Apache-2.0
"""The same request for profiles that are linked to the person's: opened by the officer, or never.

Nobody can name such a profile: here it is a device, which knows itself by a pseudonym alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.dsr import Case, CaseState, IdentityLevel, RequestKind, StepKind
from privseg.engine.dsr.errors_linked import (
    GoesWithAnotherError,
    NotForLinkedError,
    RequestOverError,
)
from privseg.engine.errors import RequestWithoutPersonError, RoleError
from privseg.terms import Jurisdiction, Ordinal, StaffRole
from tests.twins import office
from tests.twins.club import log_of, number, ordinal
from tests.twins.office import Office

K = RequestKind
ACCOUNT = IdentityLevel.ACCOUNT
MINE, DEVICE, FARTHER, LEFT, ALONE = "M0006", "DEV-1", "DEV-2", "DEV-3", "M0001"


@pytest.fixture
def desk(sixty: Path, tmp_path: Path) -> Iterator[Office]:
    """Two devices are linked to the person, one through the other; a third one was un-linked."""
    made = office.opened(sixty, tmp_path / "office")
    tie(made, MINE, DEVICE)
    tie(made, DEVICE, FARTHER)
    tie(made, MINE, LEFT)
    made.clock.pass_(days=1)
    tie(made, MINE, LEFT, act="unmerge")
    made.clock.pass_(days=1)
    yield made
    made.ws.close()


def tie(desk: Office, one: str, other: str, *, act: str = "merge") -> None:
    desk.ws.record_consent(number(one), act=act, other=number(other))


def asked(desk: Office, kind: RequestKind = K.ACCESS, **more: object) -> Case:
    return desk.ws.open_request(kind, number(MINE), **more)  # type: ignore[arg-type]


def whose(desk: Office, cases: tuple[Case, ...]) -> set[Ordinal | None]:
    return {desk.ws._house.cases.subject(case.number) for case in cases}


def both(desk: Office) -> set[Ordinal]:
    return {ordinal(desk.ws, DEVICE), ordinal(desk.ws, FARTHER)}


@pytest.mark.parametrize("kind", [K.ACCESS, K.CATEGORIES, K.PORTABILITY, K.ERASURE])
def test_the_same_request_is_opened_for_every_profile_that_is_linked_now(
    desk: Office, kind: RequestKind
) -> None:
    said = {"manner": "email", "where": Jurisdiction("US-CA")}
    received = desk.clock() - timedelta(days=3)
    case = asked(desk, kind, identity=ACCOUNT, received_at=received, **said)
    found = desk.ws.open_for_linked(case.number)
    assert whose(desk, found.opened) == both(desk)
    for mine in found.opened:
        same = {"number": case.number, "goes_with": None, "steps": case.steps}
        assert replace(mine, **same) == case  # type: ignore[arg-type]
        assert (mine.goes_with, mine.identity, mine.duplicate_of) == (case.number, ACCOUNT, None)
        assert desk.ws._house.cases.asked(mine.number) == desk.ws._house.cases.asked(case.number)


def test_nothing_is_opened_by_itself(desk: Office) -> None:
    case = asked(desk, identity=ACCOUNT)
    desk.ws.plan_request(case.number)
    desk.ws.run_request(case.number)
    assert len(desk.ws.requests()) == 1


def test_done_again_it_opens_nothing_twice(desk: Office) -> None:
    case = asked(desk)
    first = desk.ws.open_for_linked(case.number)
    again = desk.ws.open_for_linked(case.number)
    numbers = tuple(mine.number for mine in first.opened)
    assert (again.opened, again.already, again.waiting) == ((), numbers, 0)
    desk.ws.withdraw_request(numbers[0])
    assert desk.ws.open_for_linked(case.number).opened == ()  # what the officer ended stays so


def test_a_profile_linked_since_gets_its_own_when_it_is_done_again(desk: Office) -> None:
    case = asked(desk)
    desk.ws.open_for_linked(case.number)
    tie(desk, MINE, "DEV-4")
    (mine,) = desk.ws.open_for_linked(case.number).opened
    assert whose(desk, (mine,)) == {ordinal(desk.ws, "DEV-4")}


def test_a_dry_run_says_how_many_and_opens_none(desk: Office) -> None:
    case = asked(desk)
    found = desk.ws.open_for_linked(case.number, dry_run=True)
    assert (found.waiting, found.opened, found.already) == (2, (), ())
    assert desk.ws.requests() == [case]


def test_somebody_elses_request_about_a_linked_profile_stops_none(desk: Office) -> None:
    stranger = desk.ws.open_request(K.ACCESS, number(DEVICE))
    found = desk.ws.open_for_linked(asked(desk).number)
    assert whose(desk, found.opened) == both(desk)
    assert {mine.duplicate_of for mine in found.opened} == {stranger.number, None}


def test_an_unproved_request_gives_unproved_ones_which_take_the_proof_over_later(
    desk: Office,
) -> None:
    case = asked(desk)
    numbers = [mine.number for mine in desk.ws.open_for_linked(case.number).opened]
    assert {desk.ws.request(n).identity for n in numbers} == {None}
    desk.ws.verify_account(case.number)
    assert {desk.ws.request(n).identity for n in numbers} == {None}  # nor is that done by itself
    found = desk.ws.open_for_linked(case.number)
    assert (found.opened, list(found.identified)) == ((), numbers)
    steps = [desk.ws.request(n).steps[-1] for n in numbers]
    assert {s.kind for s in steps} == {StepKind.VERIFIED}
    told = {"level": ACCOUNT.value, "as_request": str(case.number)}
    assert all(s.facts.items() >= told.items() for s in steps)


def test_the_clock_of_a_linked_profiles_request_is_that_of_the_first(
    desk: Office, tmp_path: Path
) -> None:
    case = asked(desk, where=Jurisdiction("DE"))
    desk.ws.ask_identity(case.number, out=tmp_path)
    desk.clock.pass_(days=9)
    case = desk.ws.verify_account(case.number)
    assert case.deadlines != case.first_deadlines  # it stood still for nine days
    found = desk.ws.open_for_linked(case.number)
    assert {mine.deadlines.answer_by for mine in found.opened} == {case.deadlines.answer_by}


def test_each_has_an_answer_of_its_own_and_an_erasure_its_own_receipt(
    desk: Office, tmp_path: Path
) -> None:
    access = asked(desk, identity=ACCOUNT)
    erasure = asked(desk, K.ERASURE, identity=ACCOUNT)
    copies = desk.ws.open_for_linked(access.number).opened
    erasures = desk.ws.open_for_linked(erasure.number).opened
    for case in (access, *copies):
        files = {f.name for f in desk.ws.run_request(case.number, out=tmp_path)}
        assert f"request-{case.number}.sealed.html" in files
    desk.ws.run_request(erasure.number, out=tmp_path)
    devices = [desk.ws._house.cases.subject(mine.number) for mine in erasures]
    assert None not in devices  # erasing the one takes nothing of the others
    for mine in erasures:
        files = {f.name for f in desk.ws.run_request(mine.number, out=tmp_path)}
        assert f"request-{mine.number}-receipt.json" in files
    assert desk.ws._house.vault.resolve(number(DEVICE)) is None
    assert desk.ws._house.vault.resolve(number(LEFT)) is not None
    assert desk.at("edith").audit_verify()["ok"]


def test_an_erased_profile_is_none_any_more_nor_what_it_alone_linked(
    desk: Office, tmp_path: Path
) -> None:
    gone = desk.ws.open_request(K.ERASURE, number(DEVICE), identity=ACCOUNT)
    desk.ws.run_request(gone.number, out=tmp_path)
    case = asked(desk)
    assert desk.ws.open_for_linked(case.number).opened == ()
    tie(desk, MINE, FARTHER)
    found = desk.ws.open_for_linked(case.number)
    assert whose(desk, found.opened) == {ordinal(desk.ws, FARTHER)}


def test_a_link_that_nobody_vouches_for_any_more_opens_nothing(desk: Office) -> None:
    tie(desk, DEVICE, FARTHER, act="unmerge")  # at the very moment, and by whichever profile
    found = desk.ws.open_for_linked(asked(desk).number)
    assert whose(desk, found.opened) == {ordinal(desk.ws, DEVICE)}


def test_a_link_that_waits_in_quarantine_opens_nothing_until_it_is_accepted(desk: Office) -> None:
    ahead = desk.clock.now + timedelta(days=2)
    merge = {"act": "merge", "other": number("DEV-4"), "event_time": ahead}
    position = desk.ws.record_consent(number(MINE), **merge)  # type: ignore[arg-type]
    case = asked(desk)
    desk.clock.pass_(days=3)
    assert desk.ws.open_for_linked(case.number, dry_run=True).waiting == 2
    desk.ws.resolve(position, "accept")  # type: ignore[arg-type]
    assert desk.ws.open_for_linked(case.number, dry_run=True).waiting == 3


def test_the_plan_of_an_erasure_names_the_act_and_then_the_requests(desk: Office) -> None:
    case = asked(desk, K.ERASURE, identity=ACCOUNT)

    def told(number_: int) -> list[str]:
        return [s for s in desk.ws.plan_erasure(number_).stays if "linked profile" in s]

    (line,) = told(case.number)
    assert line.startswith("2 linked profiles, with identifiers and data: ")
    assert line.endswith(f"open a request for each: privseg dsr linked {case.number}")
    first, second = desk.ws.open_for_linked(case.number).opened
    (line,) = told(case.number)
    assert line == f"2 linked profiles: with requests of their own: {first.number}, {second.number}"
    (line,) = told(first.number)
    assert line == f"2 linked profiles: with requests of their own: {case.number}, {second.number}"


def test_looking_for_linked_profiles_and_opening_are_on_the_log(desk: Office) -> None:
    case = asked(desk)
    desk.ws.open_for_linked(case.number, dry_run=True)
    first, second = desk.ws.open_for_linked(case.number).opened
    found = [e.entry.header for e in log_of(desk.ws, Kind.DSR)]
    assert [h["verb"] for h in found] == ["open", "linked", "linked", "open", "open"]
    assert [(h["case"], h["of"]) for h in found[-2:]] == [
        (str(first.number), str(case.number)), (str(second.number), str(case.number)),
    ]  # fmt: skip
    assert all(desk.named("linked"))
    assert desk.at("edith").audit_verify()["ok"]


@pytest.mark.parametrize("kind", [K.OBJECT_MARKETING, K.OPT_OUT_SALE, K.RESTRICTION])
def test_what_linked_profiles_share_anyway_needs_no_request_of_theirs(
    desk: Office, kind: RequestKind
) -> None:
    case = asked(desk, kind)
    before = desk.size()
    with pytest.raises(NotForLinkedError):
        desk.ws.open_for_linked(case.number)
    assert (desk.size(), len(desk.ws.requests())) == (before, 1)


def test_a_request_that_is_over_that_goes_with_another_or_is_nobodys_gets_none(
    desk: Office, tmp_path: Path
) -> None:
    case = asked(desk, identity=ACCOUNT)
    sibling = desk.ws.open_for_linked(case.number).opened[0]
    desk.ws.run_request(case.number, out=tmp_path)
    nobodys = desk.ws.open_request(K.ACCESS, number("Z0000"))
    before = desk.size()
    for which, refused in (
        (case, RequestOverError),
        (sibling, GoesWithAnotherError),
        (nobodys, RequestWithoutPersonError),
    ):
        with pytest.raises(refused):
            desk.ws.open_for_linked(which.number)
    assert desk.size() == before


def test_only_who_answers_requests_opens_them(desk: Office) -> None:
    case = asked(desk)
    desk.at("ada", StaffRole.MARKETER)
    with pytest.raises(RoleError):
        desk.ws.open_for_linked(case.number)


def test_the_yearly_numbers_count_what_was_asked_once(desk: Office) -> None:
    case = asked(desk, where=Jurisdiction("US-CA"))
    before = desk.ws.request_metrics(desk.clock().year)
    found = desk.ws.open_for_linked(case.number)
    assert len(found.opened) == 2
    assert desk.ws.request_metrics(desk.clock().year) == before
    assert {mine.state for mine in found.opened} == {CaseState.RECEIVED}

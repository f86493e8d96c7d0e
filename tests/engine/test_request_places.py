# SPDX-License-Identifier: Apache-2.0
"""Which law a request goes by when more than one place of a person is known, and who is told."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from privseg.dsr import Case, IdentityLevel, RequestKind
from privseg.dsr.points import parse_points
from privseg.dsr.refusal import GroundNotOfLawError
from privseg.engine.answers.elsewhere import ASK
from privseg.engine.dsr.errors_case import AttemptsExhaustedError, NotExtendableError
from privseg.engine.dsr.laws import holidays_of
from privseg.engine.dsr.refusing import IdentifiedError
from privseg.terms import Jurisdiction, SubjectId
from tests.twins.club import number
from tests.twins.office import Office

K = RequestKind
ACCOUNT = IdentityLevel.ACCOUNT
DE, FR, CA = Jurisdiction("DE"), Jurisdiction("FR"), Jurisdiction("US-CA")
MEMBER, STRANGER = "M0001", "M9999"  # the one is attested to live in Germany
UNIDENTIFIED = "IdentityVerificationFailure"
WHY = ["nobody could tell who asks"]


@pytest.fixture(autouse=True)
def seated(desk: Office) -> None:
    desk.clock.pass_(days=1)
    desk.at("grace")


def opened(desk: Office, kind: RequestKind, member: str, **more: object) -> Case:
    return desk.ws.open_request(kind, number(member), **more)  # type: ignore[arg-type]


def body_of(case: Case, letter: Path) -> str:
    """Return what a letter says, without its number."""
    text = letter.read_text("utf-8").rpartition("</style>")[2]
    return text.replace(f"<dd>{case.number}</dd>", "<dd>N</dd>")


def test_two_places_under_one_law_go_by_it_with_the_attested_ones_holidays(desk: Office) -> None:
    plain = opened(desk, K.ACCESS, MEMBER)
    both = opened(desk, K.ACCESS, MEMBER, where=FR)
    assert (both.jurisdiction, both.deadlines) == (DE, plain.deadlines)
    assert str(both.places) == "attested DE, said FR: the same law"
    assert both.where == DE


def test_two_laws_are_kept_both_and_no_third_one(desk: Office) -> None:
    both = opened(desk, K.ACCESS, MEMBER, where=CA)
    law = desk.ws._house.request_law(both.where)
    alone = [desk.ws._house.request_law(place) for place in (DE, CA)]
    rules = [rule.law for rule in law.clock(K.ACCESS).rules]
    assert rules == [one.clock(K.ACCESS).law for one in alone]
    assert both.jurisdiction is None  # no consent is judged by one of them alone
    assert str(both.places) == "attested DE, said US-CA: the earlier of both laws"
    each = [opened(desk, K.ACCESS, MEMBER), opened(desk, K.ACCESS, STRANGER, where=CA)]
    assert both.deadlines.answer_by == min(case.deadlines.answer_by for case in each)
    assert not any(name in both.deadlines.law for name in ("lgpd", "pipeda"))


def test_only_where_nothing_is_known_every_law_is_kept(desk: Office) -> None:
    case = opened(desk, K.ACCESS, STRANGER)
    assert (case.where, case.places) == (None, None)
    assert len(desk.ws._house.request_law(None).clock(K.ACCESS).rules) > 2


def test_a_day_counts_as_closed_only_where_it_is_in_every_place() -> None:
    unity, new_year = date(2026, 10, 3), date(2026, 1, 1)
    both = holidays_of((DE, FR))
    assert (holidays_of(DE)(unity), both(unity), both(new_year)) == (True, False, True)


def test_an_appeals_case_goes_by_the_same_places(desk: Office, tmp_path: Path) -> None:
    colorado = Jurisdiction("US-CO")
    case = opened(desk, K.ACCESS, MEMBER, where=colorado, identity=ACCOUNT)
    desk.ws.refuse_request(case.number, ["ProcessExcessive"], ["often"], out=tmp_path)
    assert desk.ws.appeal_request(case.number).where == case.where == (DE, colorado)


def test_the_ground_of_a_refusal_names_no_machine_and_one_article(
    desk: Office, tmp_path: Path
) -> None:
    case = opened(desk, K.ACCESS, "M0002")
    _, letter = desk.ws.refuse_request(case.number, [UNIDENTIFIED], WHY, out=tmp_path)
    page = letter.read_text("utf-8")
    assert not re.search(r"@20\d\d-|\b(lgpd|gdpr|ccpa|pipeda), ", page)
    assert "every data protection law that we know; General Data Protection Regulation" in page


def test_who_is_identified_is_not_refused_because_nobody_knew_who_asks(
    desk: Office, tmp_path: Path
) -> None:
    case = opened(desk, K.ACCESS, MEMBER, identity=ACCOUNT)
    before = desk.size()
    with pytest.raises(IdentifiedError):
        desk.ws.refuse_request(case.number, [UNIDENTIFIED], WHY, out=tmp_path)
    assert (desk.size(), list(tmp_path.iterdir())) == (before, [])


def test_before_identity_no_letter_shows_which_place_is_attested(
    desk: Office, tmp_path: Path
) -> None:
    pages = []
    for member in (MEMBER, STRANGER):
        case = opened(desk, K.ACCESS, member, where=CA)
        longer, letter = desk.ws.extend_request(case.number, ["many records"], out=tmp_path)
        pages.append(body_of(case, letter))
        _, letter = desk.ws.refuse_request(case.number, [UNIDENTIFIED], WHY, out=tmp_path)
        pages.append(body_of(case, letter))
        assert longer.is_extended
    assert pages[:2] == pages[2:]


def test_before_identity_nothing_is_refused_or_longer_by_an_attested_law(desk: Office) -> None:
    for member in (MEMBER, STRANGER):
        case = opened(desk, K.ERASURE, member)
        before = desk.size()
        with pytest.raises(NotExtendableError):
            desk.ws.extend_request(case.number, ["many records"])
        with pytest.raises(GroundNotOfLawError):
            desk.ws.refuse_request(case.number, ["gdpr.17.1"], WHY)
        assert desk.size() == before


def test_attempts_of_somebody_unknown_count_however_the_identifier_is_spelt(desk: Office) -> None:
    wrong = parse_points(["email: nobody@example.com", "hobby: falconry"])
    tried = 0
    for spelling in ("new@example.com", "NEW@example.com", "New@Example.com"):
        case = desk.ws.open_request(K.ERASURE, SubjectId("email", spelling), where=DE)
        for _ in range(min(4, 10 - tried)):
            assert not desk.ws.verify_points(case.number, wrong)
            tried += 1
    with pytest.raises(AttemptsExhaustedError):
        desk.ws.verify_points(case.number, wrong)


def test_who_may_be_californian_counts_and_who_is_unknown_is_told(desk: Office) -> None:
    year = desk.clock().year
    before = desk.ws.request_metrics(year)
    opened(desk, K.CATEGORIES, MEMBER, where=CA)
    opened(desk, K.CATEGORIES, STRANGER)
    after = desk.ws.request_metrics(year)
    asked = [sum(right.received for right in one.rights) for one in (before, after)]
    assert asked[1] - asked[0] == 1
    assert after.place_unknown - before.place_unknown == 1


def test_of_a_system_that_cannot_be_reached_nothing_is_promised_but_how_to_ask() -> None:
    assert "write to us and name this system" in ASK
    assert not re.search(r"are asked|is sent", ASK)

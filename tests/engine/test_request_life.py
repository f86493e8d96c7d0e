# SPDX-License-Identifier: Apache-2.0
"""The life of a request: from the letter to the closed case, and what is refused on the way."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from privseg.dsr import (
    Asked,
    Case,
    CaseState,
    CaseStateError,
    Correction,
    IdentityLevel,
    RequestKind,
    StepKind,
)
from privseg.dsr.points import MalformedPointError, Point, TooMuchAskedError, parse_points
from privseg.dsr.refusal import GroundNotOfLawError, IncompleteRefusalError
from privseg.engine.dsr.appeals import Outcome
from privseg.engine.dsr.errors_case import (
    AttemptsExhaustedError,
    IdentityNotAttestedError,
    NoAppealError,
    NotAPersonsRequestError,
    NotDecidedError,
    NotExtendableError,
    OwnDecisionError,
    PointNotUsableError,
    ProofNotUsableError,
    ReasonsNeededError,
)
from privseg.engine.errors import IdentityNeededError, UnknownNameError
from privseg.terms import Jurisdiction, SubjectId
from tests.twins import club
from tests.twins.club import number
from tests.twins.office import Office

K = RequestKind
ACCOUNT = IdentityLevel.ACCOUNT
STRANGER = number("M9999")
WHY = ["the same was answered three times this month"]


@pytest.fixture(autouse=True)
def seated(desk: Office) -> None:
    """Grace begins every test; a day passes between two, so that attempts of one do not count."""
    desk.clock.pass_(days=1)
    desk.at("grace")


def points_of(member: str, *, hobby: str, country: str = "DE") -> tuple[Point, ...]:
    return parse_points(
        [f"email: {member.lower()}@example.com", f"hobby: {hobby}", f"country: {country}"]
    )


def opened(desk: Office, kind: RequestKind, member: str, **more: object) -> Case:
    return desk.ws.open_request(kind, number(member), **more)  # type: ignore[arg-type]


# --- opening ----------------------------------------------------------------------------------


def test_a_case_knows_its_law_its_clock_and_how_it_came(desk: Office) -> None:
    case = opened(desk, K.ACCESS, "M0001", manner="email")
    assert (case.jurisdiction, case.manner, case.state) == ("DE", "email", CaseState.RECEIVED)
    assert case.deadlines.law.startswith("gdpr")
    assert desk.verbs(case.number) == ["open"]


def test_what_is_asked_is_sealed_and_read_again(desk: Office) -> None:
    asked = Asked(language="de", statement="Everything, please.")
    case = opened(desk, K.ACCESS, "M0001", asked=asked)
    assert desk.ws._house.cases.asked(case.number) == asked


@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        (K.LEGAL_HOLD, {}, NotAPersonsRequestError),
        (K.APPEAL, {}, NotAPersonsRequestError),
        (K.ACCESS, {"identity": IdentityLevel.THREE_POINTS}, IdentityNotAttestedError),
        (K.ACCESS, {"manner": "pigeon"}, UnknownNameError),
        (K.ACCESS, {"asked": Asked(language="tlh")}, UnknownNameError),
    ],
)
def test_what_no_letter_opens_is_refused_and_nothing_is_opened(
    desk: Office, kind: RequestKind, more: dict[str, object], error: type[Exception]
) -> None:
    before = desk.size()
    with pytest.raises(error):
        opened(desk, kind, "M0001", **more)
    assert desk.size() == before


def test_duplicates_are_noted_and_neither_waits_for_the_other(desk: Office) -> None:
    first = opened(desk, K.CATEGORIES, "M0002", identity=ACCOUNT)
    second = opened(desk, K.CATEGORIES, "M0002")
    other = opened(desk, K.CATEGORIES, "M0003", identity=ACCOUNT)
    assert (first.duplicate_of, second.duplicate_of, other.duplicate_of) == (
        None,
        first.number,
        None,
    )
    desk.ws.withdraw_request(second.number)
    assert desk.ws.request(first.number).identity is ACCOUNT
    desk.ws.run_request(first.number)
    assert desk.ws.request(first.number).state is CaseState.DONE
    assert opened(desk, K.CATEGORIES, "M0002").duplicate_of is None


# --- who asks ---------------------------------------------------------------------------------


def test_nothing_is_run_before_the_person_is_identified(desk: Office) -> None:
    case = opened(desk, K.ACCESS, "M0004")
    before = desk.size()
    with pytest.raises(IdentityNeededError):
        desk.ws.run_request(case.number)
    assert desk.size() == before


def test_two_points_that_match_identify_and_the_look_is_on_the_log(desk: Office) -> None:
    case = opened(desk, K.ERASURE, "M0001", where=Jurisdiction("DE"))
    points = parse_points(["email: M0001@EXAMPLE.com ", "hobby:  garden  DESIGN"])
    assert desk.ws.verify_points(case.number, points)
    assert desk.ws.request(case.number).identity is IdentityLevel.TWO_POINTS
    assert desk.verbs(case.number) == ["open", "identity_tried", "verified"]
    assert desk.named("identity_tried")[-1]


def test_the_day_and_the_sum_of_the_last_order_are_data_points(desk: Office) -> None:
    member = club.crowd(60)[7]
    days, euros = min(member.orders)
    day = (club.NOW - timedelta(days=days)).date().isoformat()
    case = opened(desk, K.ERASURE, member.number, where=Jurisdiction("DE"))
    assert not desk.ws.verify_points(
        case.number, parse_points([f"purchase.time: {day}", "purchase.amount: 1.00"])
    )
    assert desk.ws.verify_points(
        case.number, parse_points([f"purchase.time: {day}", f"purchase.amount: {euros}"])
    )


def test_three_points_need_a_signed_declaration_whose_commitment_is_kept(desk: Office) -> None:
    case = opened(desk, K.ACCESS, "M0001")  # said to live nowhere: the strictest law
    points = points_of("M0001", hobby="Garden design")
    with pytest.raises(MalformedPointError):
        desk.ws.verify_points(case.number, points)
    assert desk.ws.verify_points(case.number, points, declaration=b"I am the one. Ada")
    done = desk.ws.request(case.number)
    assert done.identity is IdentityLevel.THREE_POINTS
    (paper,) = desk.ws._house.cases.papers(case.number)
    assert (paper.name, paper.text[32:]) == ("declaration", b"I am the one. Ada")
    assert len(done.steps[-1].facts["sha256"]) == 64


def test_an_impostor_learns_nothing_not_even_whether_somebody_is_known(desk: Office) -> None:
    told = []
    for member in ("M0005", STRANGER.value):
        case = opened(desk, K.ACCESS, member)
        points = points_of("M0005", hobby="sailing")
        answer = desk.ws.verify_points(case.number, points, declaration=b"signed")
        case = desk.ws.request(case.number)
        plan = desk.ws.plan_request(case.number)
        told.append((answer, case.state, desk.verbs(case.number), plan.would, plan.attempts_left))
    assert told[0] == told[1]
    assert not told[0][0]


def test_the_letter_that_asks_for_proof_is_the_same_for_a_stranger(
    desk: Office, tmp_path: Path
) -> None:
    pages = []
    for member in ("M0005", STRANGER.value):
        case = opened(desk, K.ACCESS, member)
        _, letter = desk.ws.ask_identity(case.number, out=tmp_path)
        text = letter.read_text("utf-8").rpartition("</style>")[2]
        pages.append(re.sub(rf"\b{case.number}\b", "N", text))
    assert "three data points" in pages[0]
    assert pages[0] == pages[1]


def test_attempts_are_bounded_for_each_case(desk: Office) -> None:
    for member in ("M0007", STRANGER.value):
        case = opened(desk, K.ERASURE, member, where=Jurisdiction("DE"))
        wrong = parse_points(["email: nobody@example.com", "hobby: falconry"])
        for _ in range(5):
            assert not desk.ws.verify_points(case.number, wrong)
        before = desk.size()
        right = parse_points(["email: m0007@example.com", "hobby: chess"])
        for points in (wrong, right):
            with pytest.raises(AttemptsExhaustedError):
                desk.ws.verify_points(case.number, points)
        assert desk.size() == before
        desk.ws.verify_account(case.number)  # a better proof still counts
        assert desk.ws.request(case.number).identity is ACCOUNT


def test_attempts_are_bounded_for_each_person_and_day(desk: Office) -> None:
    wrong = parse_points(["email: nobody@example.com", "hobby: falconry"])
    for member in ("M0010", "M8888"):
        tried = 0
        for _ in range(3):
            case = opened(desk, K.ERASURE, member, where=Jurisdiction("DE"))
            for _ in range(min(4, 10 - tried)):
                assert not desk.ws.verify_points(case.number, wrong)
                tried += 1
            desk.ws.withdraw_request(case.number)  # taking it back buys no attempts
        case = opened(desk, K.ERASURE, member, where=Jurisdiction("DE"))
        with pytest.raises(AttemptsExhaustedError):
            desk.ws.verify_points(case.number, wrong)
        desk.clock.pass_(days=1)
        case = opened(desk, K.ERASURE, member, where=Jurisdiction("DE"))
        assert not desk.ws.verify_points(case.number, wrong)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["email: a@example.com", "shoe size: 40"], PointNotUsableError),
        (["email: a@example.com"], MalformedPointError),
        (["email: a@example.com", "hobby: chess", "country: DE"], TooMuchAskedError),
    ],
)
def test_points_that_prove_nothing_or_too_much_are_refused_and_no_attempt_is_counted(
    desk: Office, lines: list[str], error: type[Exception]
) -> None:
    case = opened(desk, K.ERASURE, "M0011", where=Jurisdiction("DE"))
    before = desk.size()
    with pytest.raises(error) as refused:
        desk.ws.verify_points(case.number, parse_points(lines))
    assert desk.size() == before
    assert not any(word in str(refused.value) for word in ("example.com", "chess", "40"))


def test_a_point_of_no_known_kind_is_answered_with_the_kinds_there_are(desk: Office) -> None:
    case = opened(desk, K.ERASURE, "M0012", where=Jurisdiction("DE"))
    with pytest.raises(PointNotUsableError) as refused:
        desk.ws.verify_points(case.number, parse_points(["mail: a@example.com", "country: DE"]))
    assert {"email", "country", "hobby"} <= set(re.findall(r"\w+", str(refused.value)))


def test_the_datum_in_dispute_verifies_nobody(desk: Office) -> None:
    asked = Asked(corrections=(Correction("members", "hobby", "rowing"),))
    case = opened(desk, K.RECTIFICATION, "M0001", asked=asked, where=Jurisdiction("DE"))
    points = parse_points(["email: m0001@example.com", "hobby: Garden design"])
    with pytest.raises(PointNotUsableError):
        desk.ws.verify_points(case.number, points)
    right = parse_points(["email: m0001@example.com", "country: DE"])
    assert desk.ws.verify_points(case.number, right)


@pytest.mark.parametrize("kind", [K.OBJECT_MARKETING, K.OPT_OUT_SALE, K.LIMIT, K.WITHDRAW_CONSENT])
def test_nothing_is_asked_of_somebody_who_opts_out(desk: Office, kind: RequestKind) -> None:
    case = opened(desk, kind, "M0001")
    before = desk.size()
    for ask in (
        lambda: desk.ws.ask_identity(case.number),
        lambda: desk.ws.verify_account(case.number),
        lambda: desk.ws.verify_points(case.number, points_of("M0001", hobby="x")),
    ):
        with pytest.raises(TooMuchAskedError):
            ask()
    assert desk.size() == before


def test_an_agent_needs_the_signed_permission_and_the_person(desk: Office) -> None:
    case = opened(desk, K.ACCESS, "M0001", manner="agent")
    for permission in (b"signed", b" "):
        before = desk.size()
        with pytest.raises(ProofNotUsableError):
            desk.ws.verify_agent(case.number, permission)
        assert desk.size() == before
    done = desk.ws.verify_agent(case.number, b"signed", confirmed=True)
    assert (done.identity, done.steps[-1].facts["basis"]) == (IdentityLevel.AGENT, "confirmed")
    other = opened(desk, K.ACCESS, "M0001", manner="agent")
    done = desk.ws.verify_agent(other.number, b"a power of attorney", attorney=True)
    assert done.steps[-1].facts["basis"] == "attorney"


def test_an_agents_opt_out_needs_the_permission_alone(desk: Office) -> None:
    case = opened(desk, K.OPT_OUT_SALE, "M0001", manner="agent")
    done = desk.ws.verify_agent(case.number, b"signed")
    assert (done.identity, done.steps[-1].facts["basis"]) == (IdentityLevel.AGENT, "permission")


@pytest.mark.parametrize(
    ("member", "born", "is_child"),
    [("M0013", "2014-05-17", True), ("M0014", "1990-05-17", False), ("M0015", None, False)],
)
def test_a_guardian_asks_for_children_alone(
    desk: Office,
    member: str,
    born: str | None,
    is_child: bool,  # noqa: FBT001
) -> None:
    if born is not None:
        desk.ws.record_consent(number(member), act="attest_age", value=born)
    case = opened(desk, K.ACCESS, member)
    if is_child:
        done = desk.ws.verify_guardian(case.number, b"a birth certificate")
        assert done.identity is IdentityLevel.GUARDIAN
        return
    before = desk.size()
    with pytest.raises(ProofNotUsableError):
        desk.ws.verify_guardian(case.number, b"a birth certificate")
    assert desk.size() == before


def test_the_clock_stands_still_while_a_european_proves_who_they_are(desk: Office) -> None:
    case = opened(desk, K.ERASURE, "M0016", where=Jurisdiction("DE"))
    first = case.deadlines.answer_by
    desk.ws.ask_identity(case.number)
    desk.clock.pass_(days=10)
    done = desk.ws.verify_account(case.number)
    assert done.deadlines.answer_by == first + timedelta(days=10)
    assert done.first_deadlines.answer_by == first


def test_the_clock_runs_on_in_california(desk: Office) -> None:
    desk.ws.record_consent(number("M0017"), act="attest_jurisdiction", value="US-CA")
    fresh = SubjectId("email", "california@example.com")
    desk.ws.record_consent(fresh, act="attest_jurisdiction", value="US-CA")
    case = desk.ws.open_request(K.ERASURE, fresh)
    assert case.jurisdiction == "US-CA"
    desk.ws.ask_identity(case.number)
    desk.clock.pass_(days=10)
    assert desk.ws.verify_account(case.number).deadlines == case.deadlines


# --- longer, refused, taken back --------------------------------------------------------------


def test_the_time_is_extended_once_with_reasons_and_a_letter(desk: Office, tmp_path: Path) -> None:
    case = opened(desk, K.ACCESS, "M0020", where=Jurisdiction("DE"))
    received = case.received_at.date()
    for reasons in ([], ["  "]):
        with pytest.raises(ReasonsNeededError):
            desk.ws.extend_request(case.number, reasons, out=tmp_path)
    longer, letter = desk.ws.extend_request(case.number, ["much was asked"], out=tmp_path)
    assert longer.deadlines.answer_by >= received + timedelta(days=88)
    assert "much was asked" in letter.read_text("utf-8")
    assert letter.stat().st_mode & 0o777 == 0o600
    before = desk.size()
    with pytest.raises(NotExtendableError):
        desk.ws.extend_request(case.number, ["more"], out=tmp_path)
    assert desk.size() == before


def test_an_extension_is_told_in_the_first_time_or_not_at_all(desk: Office) -> None:
    case = opened(desk, K.ACCESS, "M0020")
    late = opened(desk, K.OBJECT_MARKETING, "M0020")
    desk.clock.pass_(days=40)
    before = desk.size()
    for number_ in (case.number, late.number):
        with pytest.raises(NotExtendableError):
            desk.ws.extend_request(number_, ["much was asked"])
    assert desk.size() == before


def test_a_refusal_states_ground_reasons_and_where_to_complain(
    desk: Office, tmp_path: Path
) -> None:
    case = opened(desk, K.ACCESS, "M0021", identity=ACCOUNT)
    done, letter = desk.ws.refuse_request(case.number, ["ProcessExcessive"], WHY, out=tmp_path)
    assert (done.state, done.steps[-1].facts) == (
        CaseState.REFUSED,
        {"ground": "ProcessExcessive"},
    )
    page = letter.read_text("utf-8")
    assert WHY[0] in page
    assert "complain" in page
    reasons = [p.text for p in desk.ws._house.cases.papers(case.number) if p.name == "reasons"]
    assert json.loads(reasons[0]) == WHY
    with pytest.raises(CaseStateError):
        desk.ws.run_request(case.number)


@pytest.mark.parametrize(
    ("kind", "grounds", "reasons", "error"),
    [
        (K.ACCESS, ["LegalClaimImpaired"], WHY, GroundNotOfLawError),
        (K.ACCESS, [], WHY, IncompleteRefusalError),
        (K.ACCESS, ["ProcessExcessive"], [], IncompleteRefusalError),
        (K.OBJECT_MARKETING, ["ProcessExcessive"], WHY, GroundNotOfLawError),
    ],
)
def test_no_refusal_without_a_ground_of_the_law_and_reasons(
    desk: Office, tmp_path: Path, kind: RequestKind, grounds: list[str], reasons: list[str],
    error: type[Exception],
) -> None:  # fmt: skip
    case = opened(desk, kind, "M0022")
    before = desk.size()
    with pytest.raises(error):
        desk.ws.refuse_request(case.number, grounds, reasons, out=tmp_path)
    assert (desk.size(), list(tmp_path.iterdir())) == (before, [])


def test_what_was_taken_back_is_over(desk: Office, tmp_path: Path) -> None:
    case = opened(desk, K.ACCESS, "M0023", identity=ACCOUNT)
    done, letter = desk.ws.withdraw_request(case.number, out=tmp_path)
    assert (done.state, letter.exists()) == (CaseState.WITHDRAWN, True)
    before = desk.size()
    for again in (
        lambda: desk.ws.withdraw_request(case.number),
        lambda: desk.ws.run_request(case.number),
        lambda: desk.ws.confirm_request(case.number),
        lambda: desk.ws.plan_request(case.number),
    ):
        with pytest.raises(CaseStateError):
            again()
    assert desk.size() == before


def test_closing_takes_the_answers_from_the_folder_and_leaves_them_sealed(desk: Office) -> None:
    case = opened(desk, K.ACCESS, "M0023", identity=ACCOUNT)
    with pytest.raises(CaseStateError):
        desk.ws.close_request(case.number)
    _, received = desk.ws.confirm_request(case.number)
    files = desk.ws.run_request(case.number)
    assert all(file.exists() for file in (received, *files))
    assert desk.ws.close_request(case.number).state is CaseState.CLOSED
    assert not any(file.exists() for file in (received, *files))
    assert desk.ws._house.cases.papers(case.number)


def test_a_plan_says_what_the_law_gives_and_looks_at_nobody_before_they_are_identified(
    desk: Office,
) -> None:
    case = opened(desk, K.ERASURE, "M0024", where=Jurisdiction("FR"))
    found = desk.ws.plan_request(case.number)
    assert (found.is_identified, found.would, found.holds) == (False, (), ())
    assert {"LegalClaimImpaired", "ProcessExcessive"} <= {g.code for g in found.grounds}
    assert found.extend_by == case.deadlines.answer_by
    desk.ws.verify_account(case.number)
    found = desk.ws.plan_request(case.number)
    assert found.is_identified
    assert any("members" in line for line in found.would)
    assert desk.ws.request(case.number).state is CaseState.PLANNED


# --- appeals ----------------------------------------------------------------------------------


@pytest.fixture
def refused(desk: Office, tmp_path: Path) -> Case:
    coloradan = SubjectId("email", "colorado@example.com")
    desk.ws.record_consent(coloradan, act="attest_jurisdiction", value="US-CO")
    case = desk.ws.open_request(K.ACCESS, coloradan, identity=ACCOUNT)
    return desk.ws.refuse_request(case.number, ["ProcessExcessive"], WHY, out=tmp_path)[0]


def test_an_appeal_has_its_own_clock_and_somebody_else_decides_it(
    desk: Office, refused: Case, tmp_path: Path
) -> None:
    appeal = desk.ws.appeal_request(refused.number)
    assert (appeal.kind, appeal.appeal_of) == (K.APPEAL, refused.number)
    day = appeal.received_at.date()
    assert appeal.deadlines.answer_by == day + timedelta(days=45)
    before = desk.size()
    with pytest.raises(NotDecidedError):
        desk.ws.run_request(appeal.number, out=tmp_path)
    with pytest.raises(OwnDecisionError):
        desk.ws.decide_appeal(appeal.number, Outcome.UPHELD, ["we were wrong"])
    assert desk.size() == before
    desk.at("joan").decide_appeal(appeal.number, Outcome.UPHELD, ["we were wrong"])
    (letter,) = desk.ws.run_request(appeal.number, out=tmp_path)
    assert "we were wrong" in letter.read_text("utf-8")
    told = desk.ws.request(appeal.number).steps[-1]
    again = desk.ws.request(int(told.facts["again"]))
    assert (told.kind, again.kind, again.identity) == (StepKind.DONE, K.ACCESS, ACCOUNT)
    with pytest.raises(NoAppealError):
        desk.ws.appeal_request(refused.number)


def test_a_dismissed_appeal_opens_nothing(desk: Office, refused: Case, tmp_path: Path) -> None:
    appeal = desk.ws.appeal_request(refused.number)
    desk.at("joan").decide_appeal(appeal.number, Outcome.DISMISSED, ["it is the fourth"])
    desk.ws.run_request(appeal.number, out=tmp_path)
    assert "again" not in desk.ws.request(appeal.number).steps[-1].facts
    assert desk.ws.requests()[-1].number == appeal.number


def test_what_was_not_refused_cannot_be_appealed(desk: Office) -> None:
    open_ = opened(desk, K.ACCESS, "M0026")
    before = desk.size()
    with pytest.raises(NoAppealError):
        desk.ws.appeal_request(open_.number)
    assert desk.size() == before


def test_the_whole_record_of_all_this_holds(desk: Office) -> None:
    """Last in the file: every step above is on the log as it is in the case files."""
    report = desk.at("edith").audit_verify()
    findings = cast("list[str]", report["findings"])
    told = [f for f in findings if "clock.jump" not in f]  # days pass between tests
    assert (report["ok"], told) == (True, [])

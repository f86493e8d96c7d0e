# SPDX-License-Identifier: Apache-2.0
"""Rights that act: the very next read obeys, and nothing else changes.

GDPR Art. 7(3), 18, 21; Cal. Civ. Code §§ 1798.120, 1798.121, 1798.135; C.R.S. § 6-1-1306(1)(a).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.consent import Act, Authority
from privseg.dsr import Asked, CaseState, IdentityLevel, RequestKind
from privseg.engine import Outside, Workspace
from privseg.engine.errors import AnswerNotWrittenError
from privseg.engine.rights.case_acts import acts_of_case, standing_acts
from privseg.engine.rights.concerned import NothingConcernedError
from privseg.engine.rights.newer_yes import NewerYesError
from privseg.engine.rights.opting_in import AskedTooSoonError, WrongCodeError
from privseg.terms import Category, Purpose
from tests.twins import club, rights_club
from tests.twins.club import Clock, Member, log_of, number, ordinal

K = RequestKind
READS = ("gardeners", "users", "posted", "banner", "court")
GERMAN = [Member(number=f"M{n:04d}", country="DE") for n in range(0, 28, 2)]
CALIFORNIAN = [Member(number=f"M{n:04d}", country="US") for n in range(1, 24, 2)]
CODE = re.compile(r"\b[A-Z2-7]{16}\b")


MARKETING = Purpose("marketing")


def grant(world: World, who: str, at: datetime) -> None:
    """Record that somebody says yes to marketing."""
    some = frozenset({Category("interests")})
    world.ws.record_consent(
        number(who), act="grant", purpose=MARKETING, categories=some, notice="terms@1",
        event_time=at, explicit=True,
    )  # fmt: skip


def allowed(world: World, who: str) -> bool:
    """Return whether marketing may use what interests somebody."""
    told = world.ws.consent_of(number(who)).standing
    return any(s.allowed for s in told if (s.purpose, s.category) == (MARKETING, "interests"))


class World:
    """A club, its clock, and what every segment finds."""

    def __init__(self, ws: Workspace, clock: Clock) -> None:
        self.ws, self.clock = ws, clock
        self.before = self.read()

    def read(self, *, runs: bool = False) -> dict[str, set[str]]:
        """Return whom each segment's run finds, or whom its gate would let through."""
        self.clock.pass_(seconds=1)
        return rights_club.read(self.ws, READS, runs=runs)

    def ask(self, kind: RequestKind, who: str, **asked: object) -> int:
        self.clock.pass_(seconds=1)
        identity = asked.pop("identity", IdentityLevel.ACCOUNT)
        manner = str(asked.pop("manner", "letter"))
        case = self.ws.open_request(
            kind, number(who), identity=identity, asked=Asked(**asked), manner=manner,  # type: ignore[arg-type]
        )  # fmt: skip
        self.clock.pass_(seconds=1)
        return case.number

    def run(self, kind: RequestKind, who: str, **asked: object) -> int:
        made = self.ask(kind, who, **asked)
        self.ws.run_request(made)
        return made

    def lost(self, who: str, *, runs: bool = False) -> set[str]:
        """Return the segments in which somebody was before the test, and is not now."""
        now = self.read(runs=runs)
        assert all(now[name] <= self.before[name] for name in READS)
        return {n for n in READS if who in self.before[n] and who not in now[n]}


@pytest.fixture(scope="module")
def world(database: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    outside = Outside(clock=(clock := Clock()))
    folder = tmp_path_factory.mktemp("rights")
    people = [*GERMAN, *CALIFORNIAN]
    with rights_club.found(folder, people, outside=outside, database=database) as ws:
        yield World(ws, clock)


@pytest.mark.parametrize(
    ("kind", "who", "lost"),
    [
        (K.OBJECT_MARKETING, "M0000", {"gardeners", "posted"}),
        (K.RESTRICTION, "M0002", {"gardeners", "users", "posted"}),
        (K.OBJECTION, "M0004", {"users", "posted"}),
        (K.OPT_OUT_SALE, "M0001", {"banner"}),
        (K.WITHDRAW_CONSENT, "M0006", {"gardeners", "users", "posted"}),
    ],
)
def test_the_very_next_read_obeys_and_only_what_the_right_is_about_ends(
    world: World, kind: RequestKind, who: str, lost: set[str]
) -> None:
    """A claim in court goes on under all of them (GDPR Art. 18(2), 21(1))."""
    made = world.run(kind, who)
    assert world.lost(who, runs=True) == lost
    assert world.lost(who) == lost
    assert world.ws.request(made).state is CaseState.DONE


def test_a_limit_ends_only_what_is_sensitive(world: World) -> None:
    world.run(K.LIMIT, "M0003", categories=frozenset({Category("interests")}))
    assert world.lost("M0003") == {"users", "banner"}
    world.run(K.LIMIT, "M0005")  # the club uses none of its secrets there
    assert world.lost("M0005") == set()


def test_profiling_is_opted_out_of_where_it_decides(world: World) -> None:
    made = world.run(K.OPT_OUT_PROFILING, "M0007")
    acts = acts_of_case(world.ws._house, world.ws.request(made), ordinal(world.ws, "M0007"))
    assert [(e.act, e.purpose) for e in acts] == [(Act.OPT_OUT, "scoring")]
    assert world.lost("M0007") == set()


def test_a_named_purpose_bounds_a_withdrawal(world: World) -> None:
    world.run(K.WITHDRAW_CONSENT, "M0008", purpose=Purpose("marketing"))
    assert world.lost("M0008") == {"gardeners"}


def test_a_run_that_was_cut_short_is_run_again_and_acts_once(world: World, tmp_path: Path) -> None:
    made = world.ask(K.OBJECT_MARKETING, "M0016")
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be")
    with pytest.raises(AnswerNotWrittenError):
        world.ws.run_request(made, out=taken)
    assert world.lost("M0016") == {"gardeners", "posted"}  # the act stands without its letter
    position = world.ws._house.ledger.position()
    world.ws.run_request(made)
    assert world.ws._house.ledger.position() == position
    assert world.ws.request(made).state is CaseState.DONE


def test_the_case_is_the_evidence_of_its_acts_and_the_log_binds_them(world: World) -> None:
    made = world.run(K.OPT_OUT_SALE, "M0009", manner="form")
    case, who = world.ws.request(made), ordinal(world.ws, "M0009")
    acts = acts_of_case(world.ws._house, case, who)
    assert {e.act for e in acts} == {Act.OPT_OUT, Act.SIGNAL}
    assert {e.authority for e in acts} == {Authority.SUBJECT}
    assert {e.event_time for e in acts} == {case.received_at}
    assert world.ws.audit_verify()["findings"] == []


def test_an_objection_upheld_stays(world: World) -> None:
    made = world.ask(K.OBJECTION, "M0022")
    world.ws.run_request(made)
    assert world.lost("M0022") == {"users", "posted"}
    stands = {e.act for e in standing_acts(world.ws._house, ordinal(world.ws, "M0022"))}
    assert stands == {Act.OBJECT}


def test_a_no_of_somebody_unknown_binds_what_is_imported_later(world: World) -> None:
    late = Member(number="M9001", country="US")
    made = world.run(K.OPT_OUT_SALE, late.number, identity=None)
    assert world.ws.request(made).state is CaseState.DONE
    twin = Member(number="M9003", country="US")
    for source, rows in (
        ("members", club.member_rows([late, twin])), ("orders", club.order_rows([late, twin])),
    ):  # fmt: skip
        world.ws.load(rows, source=source)
    consents = club.consent_rows([late, twin])
    consents["value"] = consents["value"].replace("US", "US-CA")
    world.ws.consents(consents)
    world.ws.open_edition()
    now = world.read()
    assert "M9003" in now["banner"]
    assert "M9001" not in now["banner"]
    for name in READS:
        world.before[name] = world.before[name] | now[name]


def test_a_linked_profile_is_bound_too(world: World) -> None:
    world.ws.record_consent(number("M0011"), act="merge", other=number("M0013"))
    world.run(K.OPT_OUT_SALE, "M0013")
    now = world.read()
    assert not {"M0011", "M0013"} & now["banner"]
    world.before["banner"] -= {"M0011", "M0013"}


def test_opting_in_again_takes_two_steps(world: World) -> None:
    """11 CCR § 7028(a): the first step allows nothing; nor does a wrong code, or a late one."""
    world.run(K.OPT_OUT_SALE, "M0015")
    made = world.ask(K.OPT_IN, "M0015", purpose=Purpose("ads.banners"))
    (letter,) = world.ws.run_request(made)
    (code,) = set(CODE.findall(letter.read_text("utf-8")))
    assert "banner" in world.lost("M0015")
    position = world.ws._house.ledger.position()
    with pytest.raises(WrongCodeError):
        world.ws.confirm_opt_in(made, "A" * 16)
    assert world.ws._house.ledger.position() == position
    world.clock.pass_(seconds=1)
    world.ws.confirm_opt_in(made, f"{code[:8].lower()} {code[8:]}")
    assert world.lost("M0015") == set()
    assert code not in str([e.entry.header for e in log_of(world.ws, Kind.DSR)])


def test_a_new_letter_makes_the_old_code_worthless(world: World) -> None:
    world.run(K.OPT_OUT_SALE, "M0017")
    made = world.ask(K.OPT_IN, "M0017", purpose=Purpose("ads.banners"))
    (first,) = world.ws.run_request(made)
    (old,) = set(CODE.findall(first.read_text("utf-8")))
    world.ws.run_request(made)
    with pytest.raises(WrongCodeError):
        world.ws.confirm_opt_in(made, old)
    assert "banner" in world.lost("M0017")


def test_who_said_no_is_not_asked_again_within_the_year_unless_they_come_themselves(
    world: World,
) -> None:
    """Cal. Civ. Code § 1798.135(c)(4)."""
    world.run(K.OPT_OUT_SALE, "M0019")
    asked = world.ask(K.OPT_IN, "M0019", purpose=Purpose("ads.banners"), manner="invited")
    with pytest.raises(AskedTooSoonError) as refused:
        world.ws.run_request(asked)
    assert refused.value.since is not None
    assert world.ws.request(asked).state is CaseState.RECEIVED
    own = world.ask(K.OPT_IN, "M0019", purpose=Purpose("ads.banners"))
    assert world.ws.run_request(own)


def test_a_right_against_what_is_not_there_changes_nothing(world: World) -> None:
    made = world.ask(K.OPT_OUT_PROFILING, "M0021", purpose=Purpose("post"))
    position = world.ws._house.ledger.position()
    with pytest.raises(NothingConcernedError):
        world.ws.run_request(made)
    assert world.ws._house.ledger.position() == position
    assert world.ws.request(made).state is CaseState.RECEIVED


def test_a_no_that_came_on_a_day_ends_the_yes_of_that_day(world: World) -> None:
    """The day's start begins the clock; what was allowed in the morning does not outlive it."""
    world.clock.pass_(days=1)
    yes = world.clock.now
    midnight = yes.replace(hour=0, minute=0, second=0, microsecond=0)
    grant(world, "M0024", yes)
    assert allowed(world, "M0024")
    world.clock.pass_(hours=1)
    asked = Asked(purpose=MARKETING)
    withdrawn = world.ws.open_request(
        K.WITHDRAW_CONSENT, number("M0024"), received_at=midnight, asked=asked
    ).number
    world.ws.run_request(withdrawn)
    assert not allowed(world, "M0024")
    assert world.ws.request(withdrawn).received_at == midnight


def test_no_letter_says_that_a_consent_has_ended_which_was_given_again(world: World) -> None:
    came = world.clock.now
    world.clock.pass_(days=3)
    grant(world, "M0026", world.clock.now)
    world.clock.pass_(hours=1)
    made = world.ws.open_request(
        K.WITHDRAW_CONSENT, number("M0026"), received_at=came, asked=Asked()
    ).number
    position = world.ws._house.ledger.position()
    with pytest.raises(NewerYesError):
        world.ws.run_request(made)
    assert world.ws._house.ledger.position() == position
    assert world.ws.request(made).state is CaseState.RECEIVED
    assert allowed(world, "M0026")

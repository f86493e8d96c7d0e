# SPDX-License-Identifier: Apache-2.0
"""Whoever obtained a restriction is told before it is lifted (GDPR Art. 18(3)).

A letter names the day; until then nothing changes, and from the run of that day on the next read
obeys. The same holds for what an objection restricted while it was weighed, and lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from privseg.audit import Kind
from privseg.cli.app import app
from privseg.consent import Act
from privseg.dsr import Asked, CaseState, CaseStateError, IdentityLevel, RequestKind, StepKind
from privseg.dsr.due import Due, Todo
from privseg.engine import Outside, Workspace
from privseg.engine.dsr.appeals import _again
from privseg.engine.dsr.steps import take_step
from privseg.engine.errors import AnswerNotWrittenError
from privseg.engine.rights.case_acts import standing_acts
from privseg.engine.rights.lifting import LiftDayError, LiftTooSoonError, LiftWaitsError
from privseg.engine.rights.obeying import LiftByAgentError, NothingRestrictedError
from privseg.engine.rights.running_many import RunState
from privseg.terms import Category, Purpose, StaffRole
from tests.twins import rights_club
from tests.twins.club import NOW, Clock, Member, log_of, number, ordinal

K = RequestKind
READS = ("gardeners", "users", "posted", "court")
PEOPLE = [Member(number=f"M{n:04d}", country="DE") for n in range(20)]
GROUND = "LegitimateInterestOverride"
WEEK = timedelta(days=7)


class World:
    """A club in Germany, its clock, and what every segment's gate lets through."""

    def __init__(self, ws: Workspace, clock: Clock) -> None:
        self.ws, self.clock = ws, clock

    def ask(self, kind: RequestKind, who: str, **asked: object) -> int:
        self.clock.pass_(seconds=1)
        identity = asked.pop("identity", IdentityLevel.ACCOUNT)
        case = self.ws.open_request(
            kind, number(who), identity=identity, asked=Asked(**asked),  # type: ignore[arg-type]
        )  # fmt: skip
        self.clock.pass_(seconds=1)
        return case.number

    def run(self, kind: RequestKind, who: str, **asked: object) -> int:
        made = self.ask(kind, who, **asked)
        self.ws.run_request(made)
        return made

    def refuse(self, made: int) -> None:
        self.ws.refuse_request(made, [GROUND], ["Our ground weighs more."])

    def lost(self, who: str) -> set[str]:
        """Return the segments that may not read somebody, though nobody else is missing."""
        self.clock.pass_(seconds=1)
        now = rights_club.read(self.ws, READS, runs=False)
        assert all("M0019" in now[name] for name in READS)  # of whom no test asks anything
        return {name for name in READS if who not in now[name]}

    def due(self, made: int) -> list[tuple[Todo, date]]:
        """Return what is to be done about a request."""
        found: tuple[Due, ...] = self.ws.due().dues
        return [(d.todo, d.by) for d in found if d.number == made]

    def state(self, made: int) -> tuple[object, ...]:
        """Return all that a run could change."""
        house = self.ws._house
        return (
            self.ws.request(made), house.ledger.position(), len(log_of(self.ws)),
            len(house.cases.papers(made)), house.notices.of_case(made),
        )  # fmt: skip


@pytest.fixture(scope="module")
def club(database: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    outside = Outside(clock=(clock := Clock()))
    folder = tmp_path_factory.mktemp("lifting")
    with rights_club.found(folder, PEOPLE, outside=outside, database=database) as ws:
        yield World(ws, clock)


@pytest.fixture
def world(club: World) -> World:
    return club


def test_the_first_run_tells_the_day_and_lifts_nothing(world: World) -> None:
    world.run(K.RESTRICTION, "M0000")
    restricted = world.lost("M0000")
    assert restricted == {"gardeners", "users", "posted"}
    made = world.ask(K.LIFT_RESTRICTION, "M0000")
    today = world.ws.due().today
    (letter,) = world.ws.run_request(made)
    case = world.ws.request(made)
    assert (case.state, case.lifts_on) == (CaseState.RUNNING, today + WEEK)
    assert (today + WEEK).strftime("%Y") in letter.read_text("utf-8")
    assert world.lost("M0000") == restricted
    assert world.due(made) == [(Todo.LIFT, today + WEEK)]
    (said,) = [
        e.entry.header for e in log_of(world.ws, Kind.DSR)
        if e.entry.header.get("case") == str(made) and e.entry.header["verb"] == "running"
    ]  # fmt: skip
    assert said["lifts_on"] == (today + WEEK).isoformat()
    world.clock.pass_(days=6)
    before = world.state(made)
    for day in (None, today + 2 * WEEK):
        with pytest.raises(LiftWaitsError) as refused:
            world.ws.run_request(made, on=day)
        assert str(today + WEEK) in str(refused.value)
    assert world.state(made) == before
    assert world.lost("M0000") == restricted
    world.clock.pass_(days=1)
    assert world.ws.run_request(made) == []
    assert world.lost("M0000") == set()
    assert world.ws.request(made).state is CaseState.DONE
    assert world.due(made) == []
    with pytest.raises(CaseStateError):
        world.ws.run_request(made)
    found = str(world.ws.audit_verify()["findings"])
    assert found.count("warning") == found.count("clock.jump")  # the clock was moved
    assert "error" not in found


def test_a_day_of_ones_own_is_a_week_away_at_least(world: World) -> None:
    world.run(K.RESTRICTION, "M0001")
    made = world.ask(K.LIFT_RESTRICTION, "M0001")
    today, before = world.ws.due().today, world.state(made)
    with pytest.raises(LiftTooSoonError):
        world.ws.run_request(made, on=today + WEEK - timedelta(days=1))
    assert world.state(made) == before
    world.ws.run_request(made, on=today + 3 * WEEK)
    assert world.ws.request(made).lifts_on == today + 3 * WEEK


def test_what_takes_effect_at_once_takes_no_day(world: World) -> None:
    made = world.ask(K.RESTRICTION, "M0002")
    before = world.state(made)
    with pytest.raises(LiftDayError):
        world.ws.run_request(made, on=world.ws.due().today + WEEK)
    assert world.state(made) == before


def test_without_the_letter_no_day_is_recorded(world: World, tmp_path: Path) -> None:
    world.run(K.RESTRICTION, "M0003")
    made = world.ask(K.LIFT_RESTRICTION, "M0003")
    taken = tmp_path / "taken"
    taken.write_text("a file where a folder should be")
    before = world.state(made)
    with pytest.raises(AnswerNotWrittenError):
        world.ws.run_request(made, out=taken)
    assert world.state(made) == before


def test_who_disagrees_in_time_stays_restricted(world: World) -> None:
    """By taking the request back, or by restricting anew: the later word counts."""
    world.run(K.RESTRICTION, "M0004")
    made = world.run(K.LIFT_RESTRICTION, "M0004")
    world.ws.withdraw_request(made)
    assert world.due(made) == []
    world.run(K.RESTRICTION, "M0005")
    told = world.run(K.LIFT_RESTRICTION, "M0005")
    world.run(K.RESTRICTION, "M0005")
    world.clock.pass_(days=7)
    with pytest.raises(CaseStateError):
        world.ws.run_request(made)
    world.ws.run_request(told)
    for who in ("M0004", "M0005"):
        assert world.lost(who) == {"gardeners", "users", "posted"}


def test_lifting_a_restriction_lifts_no_limit_and_no_objection(world: World) -> None:
    """In the ledger one lift reaches all three; what was not meant stands anew."""
    world.run(K.RESTRICTION, "M0006")
    world.run(K.OBJECTION, "M0006")
    limited = {"categories": frozenset({Category("location")}), "purpose": Purpose("post")}
    world.run(K.LIMIT, "M0006", **limited)
    assert world.lost("M0006") == {"gardeners", "users", "posted"}
    made = world.run(K.LIFT_RESTRICTION, "M0006")
    world.clock.pass_(days=7)
    world.ws.run_request(made)
    assert world.lost("M0006") == {"users", "posted"}
    stands = {e.act for e in standing_acts(world.ws._house, ordinal(world.ws, "M0006"))}
    assert {Act.OBJECT} <= stands <= {Act.OBJECT, Act.LIMIT}


def test_a_no_to_what_nobody_reads_yet_outlives_a_lift(world: World) -> None:
    """It denies nothing today, and everything once the purpose uses the category."""
    unread = frozenset({Category("secrets")})
    assert unread.isdisjoint(world.ws._house.policy.purposes[Purpose("insight.use")].categories)
    world.run(K.OBJECTION, "M0015", categories=unread, purpose=Purpose("insight.use"))
    for _ in range(2):  # a copy is not copied into two
        world.run(K.RESTRICTION, "M0015")
        made = world.run(K.LIFT_RESTRICTION, "M0015")
        world.clock.pass_(days=7)
        world.ws.run_request(made)
    assert world.lost("M0015") == set()
    history = world.ws._house.ledger.history(ordinal(world.ws, "M0015"))
    lifted = max(e.event_time for e in history if e.act is Act.LIFT)
    again = [e for e in history if e.act is Act.OBJECT and e.event_time >= lifted]
    assert [(e.purpose, e.categories) for e in again] == [("insight.use", unread)]


def test_nothing_is_lifted_where_nothing_is_restricted(world: World) -> None:
    made = world.ask(K.LIFT_RESTRICTION, "M0007")
    with pytest.raises(NothingRestrictedError):
        world.ws.run_request(made)
    assert world.ws.request(made).state is CaseState.RECEIVED


def test_an_agent_does_not_lift_what_the_person_restricted(world: World) -> None:
    world.run(K.RESTRICTION, "M0007")
    made = world.ask(K.LIFT_RESTRICTION, "M0007", identity=None)
    agent = {"level": IdentityLevel.AGENT.value}
    officer = StaffRole.COMPLIANCE_OFFICER
    take_step(world.ws._house, made, StepKind.VERIFIED, role=officer, facts=agent)
    with pytest.raises(LiftByAgentError):
        world.ws.run_request(made)
    assert "gardeners" in world.lost("M0007")


def test_an_objection_that_is_refused_ends_its_restriction_only_after_it_was_told(
    world: World,
) -> None:
    """GDPR Art. 18(1)(d), 18(3): what is weighed comes back; marketing never does (Art. 21(3))."""
    made = world.ask(K.OBJECTION, "M0008")
    assert world.lost("M0008") == {"users", "posted"}
    today = world.ws.due().today
    world.refuse(made)
    case = world.ws.request(made)
    assert (case.state, case.lifts_on) == (CaseState.REFUSED, today + WEEK)
    letter = f"request-{made}.restriction_lifted.html"
    assert (world.ws.folder / "answers" / letter).is_file()
    assert world.due(made) == [(Todo.LIFT, today + WEEK)]
    world.ws.close_request(made)  # closing it hides nothing
    assert world.due(made) == [(Todo.LIFT, today + WEEK)]
    before = world.state(made)
    with pytest.raises(LiftWaitsError):
        world.ws.run_request(made)
    assert world.state(made) == before
    assert world.lost("M0008") == {"users", "posted"}
    world.clock.pass_(days=7)
    assert world.ws.run_request(made) == []
    assert world.lost("M0008") == {"posted"}
    assert world.due(made) == []
    with pytest.raises(CaseStateError):
        world.ws.run_request(made)


def test_an_objection_that_an_appeal_opens_anew_restricts_again_while_it_is_weighed(
    world: World,
) -> None:
    """GDPR Art. 18(1)(d): what the refusal ended begins anew with the new request."""
    made = world.ask(K.OBJECTION, "M0018")
    world.refuse(made)
    world.clock.pass_(days=7)
    world.ws.run_request(made)
    assert world.lost("M0018") == {"posted"}
    house = world.ws._house
    with house.db.transaction():
        _again(house, made, StaffRole.COMPLIANCE_OFFICER)
    assert world.lost("M0018") == {"users", "posted"}


def test_an_objection_that_is_taken_back_is_told_as_well(world: World) -> None:
    made = world.ask(K.OBJECTION, "M0009")
    world.ws.withdraw_request(made)
    assert world.lost("M0009") == {"users", "posted"}
    world.clock.pass_(days=7)
    world.ws.run_request(made)
    assert world.lost("M0009") == {"posted"}


def test_ending_one_hold_ends_no_other(world: World) -> None:
    """Neither one of ours, nor that of another objection; and each has an end of its own."""
    world.ws.record_consent(number("M0010"), act="hold")
    free = world.lost("M0011")
    first, second = world.ask(K.OBJECTION, "M0010"), world.ask(K.OBJECTION, "M0010")
    one, two = world.ask(K.OBJECTION, "M0011"), world.ask(K.OBJECTION, "M0011")
    for made in (first, second, one, two):
        world.refuse(made)
    world.clock.pass_(days=7)
    world.ws.run_request(first)
    world.ws.run_request(one)
    assert world.lost("M0011") == {"users", "posted"}
    world.ws.run_request(second)
    world.ws.run_request(two)
    assert {"gardeners", "users", "posted"} == world.lost("M0010")
    assert (free, world.lost("M0011")) == (set(), {"posted"})


def test_a_run_of_many_waits_for_the_day_and_then_lifts(world: World) -> None:
    refused = world.ask(K.OBJECTION, "M0012")
    world.refuse(refused)
    world.run(K.RESTRICTION, "M0013")
    made = world.run(K.LIFT_RESTRICTION, "M0013")
    found = {r.number: r.state for r in world.ws.run_requests()}
    assert (found[made], found[refused]) == (RunState.WAITING, RunState.WAITING)
    world.clock.pass_(days=7)
    found = {r.number: r.state for r in world.ws.run_requests()}
    assert (found[made], found[refused]) == (RunState.DONE, RunState.DONE)
    assert (world.lost("M0012"), world.lost("M0013")) == ({"posted"}, set())


def test_who_was_erased_meanwhile_has_nothing_to_lift(world: World) -> None:
    world.run(K.RESTRICTION, "M0014")
    made = world.run(K.LIFT_RESTRICTION, "M0014")
    world.run(K.ERASURE, "M0014")
    world.clock.pass_(days=7)
    world.ws.run_request(made)
    assert world.ws.request(made).state is CaseState.DONE


def test_the_command_says_that_the_letter_goes_first(tmp_path: Path) -> None:
    """The real clock: nothing can be lifted today."""
    clock = Clock()
    with rights_club.found(tmp_path, PEOPLE[:2], outside=Outside(clock=clock)) as ws:
        root = ws.folder
        world = World(ws, clock)
        world.run(K.RESTRICTION, "M0000")
        made = world.ask(K.LIFT_RESTRICTION, "M0000")
        assert clock.now > NOW
    told = CliRunner().invoke(app, ["dsr", "run", str(made), "-w", str(root)])
    assert told.exit_code == 0, told.output
    assert "next: send the letter now" in told.output
    assert f"privseg dsr run {made}" in told.output
    again = CliRunner().invoke(app, ["dsr", "run", str(made), "-w", str(root)])
    assert again.exit_code != 0

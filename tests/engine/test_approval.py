# SPDX-License-Identifier: Apache-2.0
"""Who wrote a policy does not approve it, and nothing is read under one that nobody else has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine import Outside, Workspace
from privseg.engine.errors import RoleError
from privseg.engine.policy.approving import (
    OwnPolicyError,
    PolicyNotApprovedError,
    UnknownProposalError,
    approve,
    propose,
    standing,
)
from privseg.engine.report.foreseeing import foresee
from privseg.engine.report.published import find_request
from privseg.store.policies import PolicyStep, Step
from privseg.terms import StaffRole
from tests.twins import club

OFFICER, ENGINEER = StaffRole.COMPLIANCE_OFFICER, StaffRole.ENGINEER
ASKS = "controller: club\napproval: second_person\n"


@dataclass
class Keyboard:
    """Whoever sits at it."""

    user: str = "ada"

    def __call__(self) -> str:
        return self.user


@dataclass
class World:
    """A club, and who is at its keyboard."""

    ws: Workspace
    keyboard: Keyboard
    clock: club.Clock = field(default_factory=club.Clock)

    def write(self, old: str, new: str) -> str:
        """Change the policy's file; return the new digest."""
        path = self.ws.folder / "policies" / "club.yaml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        self.ws._house.forget_rules()
        return self.ws._house.policy.digest

    def propose(self, user: str) -> None:
        self.keyboard.user = user
        propose(self.ws._house, role=ENGINEER)

    def approve(self, user: str, digest: str | None = None, role: StaffRole = OFFICER) -> None:
        self.keyboard.user = user
        approve(self.ws._house, digest or self.ws._house.policy.digest, role=role)

    def run(self) -> None:
        self.keyboard.user = "ada"
        self.ws.report("sizes")

    def is_refused(self) -> bool:
        """Return whether a run is refused for want of approval, reading and charging nothing."""
        house = self.ws._house
        spent, counting = self.ws.budget(), club.Counting(house)
        try:
            self.run()
        except PolicyNotApprovedError:
            assert (self.ws.budget(), counting.opens) == (spent, 0)
            return True
        finally:
            counting.leave()
        return False


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    keyboard = Keyboard()
    outside = Outside(clock=club.Clock(), user=keyboard)
    with club.found(tmp_path, club.crowd(24), outside=outside) as ws:
        yield World(ws, keyboard)


def entries(world: World, verb: str) -> list[club.Logged]:
    return [e for e in club.log_of(world.ws, Kind.POLICY) if e.entry.header["verb"] == verb]


def test_a_policy_that_does_not_ask_needs_nobodys_approval(world: World) -> None:
    assert not standing(world.ws._house).asked
    assert not world.is_refused()


def test_nothing_is_read_or_charged_before_a_second_person_approved(world: World) -> None:
    world.write("controller: club\n", ASKS)
    assert world.is_refused()
    world.propose("ada")
    assert world.is_refused()
    world.approve("grace")
    assert not world.is_refused()
    found = standing(world.ws._house)
    assert (found.asked, found.approved_by, found.may_run) == (True, "grace", True)
    assert "ada" in found.authors


def test_the_refusal_of_a_run_says_who_may_approve_and_is_on_the_log(world: World) -> None:
    digest = world.write("controller: club\n", ASKS)
    with pytest.raises(PolicyNotApprovedError) as refused:
        world.run()
    assert "privseg policy propose" in str(refused.value)
    world.propose("ada")
    with pytest.raises(PolicyNotApprovedError) as refused:
        world.run()
    assert "ask a compliance officer other than ada" in str(refused.value)
    assert f"privseg policy approve {digest[:12]}" in str(refused.value)
    denied = club.log_of(world.ws, Kind.ACCESS_DENIED)
    assert [e.entry.header["reason"] for e in denied] == ["approval", "approval"]


def test_an_answer_that_was_published_is_not_given_again_under_an_unapproved_policy(
    world: World,
) -> None:
    world.run()
    world.write("controller: club\n", ASKS)
    assert world.is_refused()


def test_who_proposed_a_policy_does_not_approve_it(world: World) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    with pytest.raises(OwnPolicyError, match="ada proposed it"):
        world.approve("ada")
    assert world.is_refused()
    (denied,) = [e for e in entries(world, "approve") if e.entry.outcome is Outcome.DENIED]
    assert denied.body == {"user": "ada"}


def test_that_somebody_else_proposes_it_too_makes_nobody_less_of_an_author(world: World) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    world.propose("grace")
    for user in ("ada", "grace"):
        with pytest.raises(OwnPolicyError):
            world.approve(user)
    world.approve("mary")
    assert not world.is_refused()


def test_who_owns_a_file_of_the_policy_may_have_written_it(world: World) -> None:
    world.write("controller: club\n", ASKS)
    owner = (world.ws.folder / "policies" / "club.yaml").owner()
    world.propose("ada")
    assert standing(world.ws._house).authors == tuple(sorted(["ada", owner]))
    with pytest.raises(OwnPolicyError):
        world.approve(owner)
    assert world.is_refused()


def test_who_came_to_own_a_file_after_it_was_proposed_does_not_approve_it_either(
    world: World,
) -> None:
    world.write("controller: club\n", ASKS)
    path = world.ws.folder / "policies" / "club.yaml"
    steps = [
        PolicyStep(world.ws._house.policy.digest, Step.WROTE, "ada", club.NOW, True, 0)
    ]  # as if another user had owned the files at the time
    with world.ws._house.db.transaction():
        world.ws._house.policies.add_steps(steps)
    with pytest.raises(OwnPolicyError, match="owns files of it"):
        world.approve(path.owner())
    assert world.is_refused()


@pytest.mark.parametrize("role", [r for r in StaffRole if r is not OFFICER])
def test_only_a_compliance_officer_approves(world: World, role: StaffRole) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    with pytest.raises(RoleError, match="compliance_officer"):
        world.approve("grace", role=role)
    assert world.is_refused()


def test_a_changed_policy_needs_an_approval_of_its_own(world: World) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    world.approve("grace")
    world.write("min_people: 5", "min_people: 4")
    assert world.is_refused()
    world.write("min_people: 4", "min_people: 5")
    assert not world.is_refused()


def test_a_new_version_does_not_drop_the_need_by_itself(world: World) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    world.approve("grace")
    world.write(ASKS, "controller: club\n")
    assert standing(world.ws._house).asked
    assert world.is_refused()
    world.propose("ada")
    world.approve("grace")
    assert not world.is_refused()
    world.write("min_people: 5", "min_people: 4")  # two people agreed that one is enough
    assert not world.is_refused()


def test_an_approval_that_the_log_does_not_have_counts_for_nothing(world: World) -> None:
    digest = world.write("controller: club\n", ASKS)
    world.propose("ada")
    house = world.ws._house
    (written,) = [s for s in house.policies.steps(digest) if s.user == "ada"]
    forged = PolicyStep(digest, Step.APPROVED, "grace", written.at, True, 0)
    with house.db.transaction():
        house.policies.add_steps([forged])
        beyond = PolicyStep(digest, Step.APPROVED, "grace", written.at, True, 10**6)
        house.policies.add_steps([beyond])
    assert world.is_refused()


def test_what_nobody_proposed_cannot_be_approved(world: World) -> None:
    digest = world.write("controller: club\n", ASKS)
    for named in (digest, digest[:4], "0" * 64):
        with pytest.raises(UnknownProposalError):
            world.approve("grace", named)
    world.propose("ada")
    with pytest.raises(UnknownProposalError):
        world.approve("grace", digest[:7])
    world.approve("grace", digest[:8])
    assert not world.is_refused()


def test_proposing_twice_changes_nothing(world: World) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    before = world.ws._house.policies.steps()
    world.propose("ada")
    assert world.ws._house.policies.steps() == before
    assert len(entries(world, "propose")) == 1


def test_steps_are_on_the_log_with_the_users_in_the_body(world: World) -> None:
    digest = world.write("controller: club\n", ASKS)
    world.propose("ada")
    world.approve("grace")
    (proposed,), (approved,) = entries(world, "propose"), entries(world, "approve")
    assert "ada" in proposed.body["users"]
    assert (approved.body["users"], approved.body["asks"]) == (["grace"], True)
    assert proposed.entry.header["policy"] == approved.entry.header["policy"] == digest


def test_who_proposed_a_policy_that_asks_does_not_drop_the_need_alone(world: World) -> None:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    digest = world.write(ASKS, "controller: club\n")
    assert world.is_refused()
    world.propose("ada")
    world.approve("grace", digest)
    assert not world.is_refused()


def test_a_refused_run_is_enough_for_the_need_to_stand(world: World) -> None:
    world.write("controller: club\n", ASKS)
    assert world.is_refused()
    world.write(ASKS, "controller: club\n")
    assert world.is_refused()
    (asked,) = entries(world, "ask-approval")
    assert asked.body["asks"] is True


def test_a_run_that_is_only_foreseen_leaves_no_trace(world: World) -> None:
    world.write("controller: club\n", ASKS)
    house = world.ws._house
    before = house.log.size
    with pytest.raises(PolicyNotApprovedError):
        foresee(house, find_request(house, "sizes"), role=StaffRole.MARKETER)
    assert house.log.size == before
    assert house.policies.steps() == []


def test_what_was_taken_away_does_not_come_back_by_putting_old_files_back(world: World) -> None:
    first = world.write("controller: club\n", ASKS)
    world.propose("ada")
    world.approve("grace")
    second = world.write("rho_per_year: 2", "rho_per_year: 1")
    world.propose("ada")
    world.approve("grace")
    assert not world.is_refused()
    assert world.write("rho_per_year: 1", "rho_per_year: 2") == first
    with pytest.raises(PolicyNotApprovedError, match=f"policy {second[:12]} was after it"):
        world.run()
    assert world.is_refused()
    world.approve("grace", first)  # one command, and no new proposal
    assert not world.is_refused()
    assert world.write("rho_per_year: 2", "rho_per_year: 1") == second
    assert world.is_refused()


STEPS = "policy_step"
LINE = "policy_in_force"
TEXTS = "policy"
TAMPERING = {
    "a proposal that asked asks no more": "update policy_step set asks_approval = 0",
    "an approval is gone": "delete from policy_step where step = 'approved'",
    "every step is gone": "delete from policy_step",
    "somebody else approved": "update policy_step set user = 'mary' where step = 'approved'",
    "it was approved earlier": "update policy_step set at = at - 1 where step = 'approved'",
    "another policy was approved": "update policy_step set digest = 'd' where step = 'approved'",
    "an approval more": "insert into policy_step (digest, step, user, at, asks_approval, "
    "audit_index) select digest, 'approved', 'mary', at, 0, audit_index from policy_step limit 1",
    "a step of another kind": "update policy_step set step = 'sealed'",
    "it was in force earlier": "update policy_in_force set since = since - 1",
    "it was never in force": "delete from policy_in_force",
    "another was in force": "update policy_in_force set digest = 'd'",
    "another was in force later": "insert into policy_in_force (since, digest) "
    "select since + 1, 'd' from policy_in_force limit 1",
    "its text says something else": "update policy set text = cast('{}' as blob)",
    "its text is gone": "delete from policy",
}


def edit(world: World, statement: str) -> None:
    """Change the database as somebody does who holds the disk: the triggers are no obstacle."""
    with closing(sqlite3.connect(world.ws._house.db.place)) as direct, direct:
        for table in (STEPS, LINE, TEXTS):
            for change in ("update", "delete"):
                direct.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{change}")
        assert direct.execute(statement).rowcount


def findings(world: World) -> list[str]:
    return [str(each) for each in world.ws.audit_verify()["findings"]]  # type: ignore[union-attr]


@pytest.fixture
def approved(world: World) -> World:
    world.write("controller: club\n", ASKS)
    world.propose("ada")
    world.approve("grace")
    world.run()
    assert findings(world) == []
    return world


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_a_history_of_policies_that_the_log_does_not_tell_is_found(
    approved: World, statement: str
) -> None:
    edit(approved, statement)
    found = findings(approved)
    assert found
    assert all(text.startswith("tampered: the history of policies") for text in found)
    assert not any(user in text for text in found for user in ("ada", "grace", "mary"))


def test_steps_that_the_log_does_not_bear_out_never_drop_the_need(approved: World) -> None:
    edit(approved, "update policy_step set asks_approval = 0")
    approved.write(ASKS, "controller: club\n")
    assert approved.is_refused()
    assert standing(approved.ws._house).asked

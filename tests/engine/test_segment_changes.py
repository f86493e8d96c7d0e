# SPDX-License-Identifier: Apache-2.0
"""Who may change a segment is policy: versions are taken in, approved and never overwritten."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from privseg.audit import Kind, Outcome
from privseg.engine import Outside, Workspace
from privseg.engine.errors import RoleError, UnknownReportError
from privseg.engine.segment.diff import Mark
from privseg.engine.segment.refusals import (
    OwnSegmentError,
    SegmentNotApprovedError,
    SegmentRoleError,
    UnknownVersionError,
)
from privseg.engine.segment.running import RunState
from privseg.engine.segment.versions import NothingInForceError
from privseg.errors import PrivsegError
from privseg.terms import StaffRole
from tests.twins import club

ENGINEER, MARKETER, OFFICER = (
    StaffRole.ENGINEER, StaffRole.MARKETER, StaffRole.COMPLIANCE_OFFICER,
)  # fmt: skip
OTHER = club.SEGMENTS["gardeners"].replace("7d", "30d")
THIRD = club.SEGMENTS["gardeners"].replace("7d", "60d")


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

    def rules(self, line: str) -> None:
        """Write who may change segments into the policy."""
        path = self.ws.folder / "policies" / "club.yaml"
        path.write_text(path.read_text("utf-8") + f"segments: {line}\n", "utf-8")
        self.anew()

    def write(self, text: str, name: str = "gardeners") -> str:
        """Change a segment's file; return its version."""
        (self.ws.folder / "segments" / f"{name}.yaml").write_text(text, "utf-8")
        self.anew()
        return self.ws._house.segments.version(name)

    def anew(self) -> None:
        self.ws._house.forget_rules()

    def propose(self, user: str, role: StaffRole = MARKETER) -> None:
        self.keyboard.user, self.ws.role = user, role
        self.ws.propose_segment("gardeners")
        self.keyboard.user, self.ws.role = "ada", None

    def approve(self, user: str, version: str, role: StaffRole = OFFICER) -> None:
        self.keyboard.user, self.ws.role = user, role
        try:
            self.ws.approve_segment("gardeners", version)
        finally:
            self.keyboard.user, self.ws.role = "ada", None

    def refusal(self) -> type[PrivsegError] | None:
        """Return why a report, a preview and a run are refused alike; nothing is read for any."""
        spent, counting = self.ws.budget(), club.Counting(self.ws._house)
        found: set[type[PrivsegError] | None] = set()
        try:
            for use in (self.ws.report, self.ws.preview_segment):
                try:
                    use("gardeners")
                    found.add(None)
                except (SegmentRoleError, SegmentNotApprovedError) as error:
                    found.add(type(error))
            (ran,) = self.ws.run_segments(["gardeners"])
            assert (ran.state is RunState.REFUSED) == (found != {None})
        finally:
            counting.leave()
        (reason,) = found
        assert reason is None or (self.ws.budget(), counting.opens) == (spent, 0)
        return reason


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    keyboard = Keyboard()
    outside = Outside(clock=club.Clock(), user=keyboard)
    with club.found(tmp_path, club.crowd(24), outside=outside) as ws:
        object.__setattr__(ws._house.config, "staff", {
            "ada": frozenset(StaffRole), "grace": frozenset(StaffRole)
        })  # fmt: skip
        yield World(ws, keyboard)


def verbs(world: World) -> list[str]:
    """Return what the log says was done with segments."""
    entries = club.log_of(world.ws, Kind.CONFIGURATION)
    found = [str(e.entry.header["verb"]) for e in entries if e.entry.outcome is Outcome.OK]
    return [v for v in found if v.startswith("segment-")]


# --- who may change ------------------------------------------------------------------------------


def test_where_the_policy_says_nothing_anybody_who_may_run_may_change(world: World) -> None:
    assert world.refusal() is None
    world.write(OTHER)
    assert world.refusal() is None
    assert verbs(world) == ["segment-take-in", "segment-take-in"]


def test_a_changed_segment_is_refused_in_a_role_that_may_not_change_it(world: World) -> None:
    world.ws.report("gardeners")
    world.rules("{changed_by: [engineer]}")
    assert world.refusal() is None, "what is in force may be used by all"
    world.write(OTHER)
    assert world.refusal() is SegmentRoleError
    with pytest.raises(SegmentRoleError, match=r"engineer.*privseg segment propose gardeners"):
        world.ws.report("gardeners")
    denied = club.log_of(world.ws, Kind.ACCESS_DENIED)[-1].entry.header
    assert denied["reason"] == "segment changed"


def test_a_role_that_may_change_it_brings_it_into_force_for_all(world: World) -> None:
    world.rules("{changed_by: [engineer]}")
    world.write(OTHER)
    world.propose("ada", role=ENGINEER)
    assert world.refusal() is None


def test_a_role_that_may_not_change_segments_proposes_none(world: World) -> None:
    world.rules("{changed_by: [engineer]}")
    world.write(OTHER)
    with pytest.raises(RoleError, match="engineer"):
        world.propose("ada", role=MARKETER)
    assert verbs(world) == []
    assert club.log_of(world.ws, Kind.CONFIGURATION)[-1].entry.outcome is Outcome.DENIED


def test_a_change_of_what_a_segment_builds_on_is_a_change_of_it(world: World) -> None:
    world.write("segment: base\nsegmenter: letters\nwhere: {event: purchase}\n", "base")
    top = "segment: gardeners\nsegmenter: letters\nwhere: {segment: base}\n"
    world.write(top)
    world.ws.report("gardeners")
    world.rules("{changed_by: [engineer]}")
    world.write("segment: base\nsegmenter: letters\nwhere: {event: purchase, within: 9d}\n", "base")
    assert world.refusal() is SegmentRoleError


def test_an_older_version_put_back_is_a_change_too(world: World) -> None:
    world.ws.report("gardeners")
    world.write(OTHER)
    world.ws.report("gardeners")
    world.rules("{changed_by: [engineer]}")
    world.write(club.SEGMENTS["gardeners"])
    assert world.refusal() is SegmentRoleError


def test_a_dry_run_is_refused_as_the_run_would_be(world: World) -> None:
    world.rules("{changed_by: [engineer]}")
    with pytest.raises(SegmentRoleError):
        world.ws.plan_report("gardeners")
    with pytest.raises(SegmentRoleError):
        world.ws.preview_segment("gardeners", dry_run=True)


# --- a second person -----------------------------------------------------------------------------


def test_nothing_uses_a_changed_segment_before_a_second_person_approved(world: World) -> None:
    world.rules("{approval: true}")
    version = world.ws._house.segments.version("gardeners")
    assert world.refusal() is SegmentNotApprovedError
    world.propose("ada")
    assert world.refusal() is SegmentNotApprovedError
    world.approve("grace", version)
    assert world.refusal() is None
    assert verbs(world) == ["segment-propose", "segment-approve", "segment-take-in"]


def test_the_refusal_says_what_to_do_and_is_on_the_log(world: World) -> None:
    world.rules("{approval: true}")
    with pytest.raises(SegmentNotApprovedError, match="privseg segment propose gardeners"):
        world.ws.report("gardeners")
    denied = club.log_of(world.ws, Kind.ACCESS_DENIED)[-1].entry.header
    assert denied["reason"] == "segment approval"


def test_who_proposed_a_segment_does_not_approve_it(world: World) -> None:
    world.rules("{approval: true}")
    version = world.ws._house.segments.version("gardeners")
    world.propose("grace")
    with pytest.raises(OwnSegmentError):
        world.approve("grace", version)
    assert world.refusal() is SegmentNotApprovedError
    assert verbs(world) == ["segment-propose"]


def test_who_owns_the_file_does_not_approve_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.rules("{approval: true}")
    version = world.ws._house.segments.version("gardeners")
    monkeypatch.setattr("privseg.engine.policy.approving._owner", lambda _: "grace")
    world.propose("ada")
    with pytest.raises(OwnSegmentError):
        world.approve("grace", version)


def test_what_nobody_proposed_cannot_be_approved(world: World) -> None:
    world.rules("{approval: true}")
    with pytest.raises(UnknownVersionError):
        world.approve("grace", world.ws._house.segments.version("gardeners"))


def test_an_approval_is_of_one_version_and_of_no_other(world: World) -> None:
    world.rules("{approval: true}")
    first = world.ws._house.segments.version("gardeners")
    world.propose("ada")
    world.approve("grace", first)
    assert world.refusal() is None
    world.write(OTHER)
    assert world.refusal() is SegmentNotApprovedError


def test_what_was_overtaken_does_not_come_back_by_an_old_file(world: World) -> None:
    world.rules("{approval: true}")
    for text in (club.SEGMENTS["gardeners"], OTHER):
        version = world.write(text)
        world.propose("ada")
        world.approve("grace", version)
        assert world.refusal() is None
    world.write(club.SEGMENTS["gardeners"])
    assert world.refusal() is SegmentNotApprovedError


def test_a_plan_of_a_proposed_change_may_be_asked_for_before_it_is_approved(world: World) -> None:
    """Whoever approves it wants to know what it does; what nobody proposed is refused."""
    world.ws.report("gardeners")
    world.rules("{approval: true}")
    world.write(OTHER)
    with pytest.raises(SegmentNotApprovedError):
        world.ws.plan_segment("gardeners")
    world.propose("ada")
    assert world.ws.plan_segment("gardeners").published is not None


@pytest.mark.parametrize("step", ["approved", "taken in"])
def test_a_step_that_the_log_does_not_bear_out_permits_nothing(world: World, step: str) -> None:
    world.rules("{approval: true}")
    version = world.ws._house.segments.version("gardeners")
    world.propose("ada")
    database = world.ws._house.config.database
    with closing(sqlite3.connect(database)) as raw, raw:
        raw.execute(
            "INSERT INTO segment_step (segment, version, step, user, role, at, audit_index)"
            " VALUES ('gardeners', ?, ?, 'grace', 'compliance_officer', 1, 3)",
            (version, step),
        )
    assert world.refusal() is SegmentNotApprovedError
    found = world.ws.audit_verify()
    assert not found["ok"]
    assert "history of segments" in str(found["findings"])


# --- versions stay what they were ----------------------------------------------------------------


def test_editing_a_segment_rewrites_no_past_result(world: World) -> None:
    published = world.ws.report("gardeners").document
    world.ws.run_segments(["gardeners"])
    before = world.ws._house.runs.newest("gardeners")
    version = world.write(OTHER)
    world.ws.report("gardeners")
    first, *_ = world.ws._house.releases.all()
    assert first.statement == published
    assert before in world.ws._house.runs.history("gardeners")
    assert version != before.version  # type: ignore[union-attr]


def test_the_history_tells_versions_and_runs_and_no_size(world: World) -> None:
    world.ws.report("gardeners")
    world.ws.run_segments(["gardeners"])
    first = world.ws._house.segments.version("gardeners")
    second = world.write(OTHER)
    world.ws.run_segments(["gardeners"])
    found = world.ws.segment_history("gardeners")
    assert [(d.version, d.by) for d in found.definitions] == [(first, "ada"), (second, "ada")]
    assert [(r.version, r.report, r.outcome) for r in found.runs] == [
        (first, "gardeners", "ok"), (first, "", "ok"), (second, "", "ok")
    ]  # fmt: skip
    assert (found.in_force, found.in_folder) == (second, second)
    assert not any(isinstance(getattr(r, s), int) for r in found.runs for s in r.__slots__)


def test_a_segment_that_is_only_on_the_record_still_has_its_history(world: World) -> None:
    world.ws.report("gardeners")
    (world.ws.folder / "segments" / "gardeners.yaml").unlink()
    for report in ("overview", "sizes"):
        (world.ws.folder / "reports" / f"{report}.yaml").unlink()
    world.anew()
    found = world.ws.segment_history("gardeners")
    assert found.in_folder is None
    assert len(found.definitions) == 1
    with pytest.raises(UnknownReportError):
        world.ws.segment_history("nobody-ever")


def test_two_versions_of_the_record_are_compared_in_words(world: World) -> None:
    for text in (club.SEGMENTS["gardeners"], OTHER, THIRD):
        world.write(text)
        world.ws.run_segments(["gardeners"])
    first, second, third = (d.version for d in world.ws.segment_history("gardeners").definitions)
    (change,) = world.ws.segment_diff("gardeners", [first[:8], second[:8]]).changes
    assert (change.mark, change.old, change.new) == (
        Mark.OTHER, "any purchase in the 7 days before", "any purchase in the 30 days before"
    )  # fmt: skip
    (change,) = world.ws.segment_diff("gardeners", [first]).changes
    assert change.new == "any purchase in the 60 days before"
    assert world.ws.segment_diff("gardeners").changes == ()
    assert world.ws.segment_diff("gardeners", [third, third]).changes == ()


def test_a_version_that_the_record_does_not_have_is_not_compared(world: World) -> None:
    world.ws.run_segments(["gardeners"])
    with pytest.raises(UnknownVersionError):
        world.ws.segment_diff("gardeners", ["ab" * 32])


def test_what_never_ran_has_nothing_to_compare_with(world: World) -> None:
    with pytest.raises(NothingInForceError):
        world.ws.segment_diff("gardeners")

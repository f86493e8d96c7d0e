# SPDX-License-Identifier: Apache-2.0
"""How big a segment is and what a change would do: never exact, charged once, and never who."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.engine import Workspace
from privseg.engine.report.published import find_request
from privseg.engine.segment.numbers import ENTER, LEAVE, NothingToCompareError
from privseg.engine.segment.refusals import SegmentRoleError
from privseg.errors import BudgetError, PolicyError
from privseg.loaders import DocumentError
from privseg.segment import UnknownSegmentError
from tests.twins import club

ONE = Fraction(1, 8)
WIDER = club.SEGMENTS["gardeners"].replace("7d", "30d")


@pytest.fixture
def draft(small: Workspace) -> Path:
    """A changed definition of the gardeners that is not in the workspace."""
    path = small.folder.parent / "draft.yaml"
    path.write_text(WIDER, "utf-8")
    return path


def test_a_preview_is_the_very_report_on_the_segment_and_free_after_it(small: Workspace) -> None:
    published = small.report("gardeners")
    found = small.preview_segment("gardeners")
    assert found.was_known
    assert found.published is not None
    assert found.published.document == published.document
    assert small.budget().rho_spent == ONE


def test_a_preview_of_a_file_is_charged_once_and_brings_nothing_into_force(
    small: Workspace, draft: Path
) -> None:
    small.run_segments(["gardeners"])
    force = small.segment_history("gardeners").in_force
    first, again = (small.preview_segment(draft) for _ in range(2))
    assert (first.was_known, again.was_known) == (False, True)
    assert small.budget().rho_spent == ONE
    assert first.version != force == small.segment_history("gardeners").in_force
    assert small._house.definitions.text(first.version), "what it was made of is kept"


def test_a_preview_breaks_down_by_a_declared_attribute(small: Workspace) -> None:
    found = small.preview_segment("gardeners", by="country")
    assert found.published is not None
    tables = found.published.statement.protected.tables
    assert [c.keys for c in tables[1].cells] == [("DE",), ("FR",), ("(missing)",)]


def test_a_dry_run_says_cost_and_error_bar_and_changes_nothing(
    small: Workspace, draft: Path
) -> None:
    small.run_segments(["gardeners"])
    size, counting = small._house.log.size, club.Counting(small._house)
    for found in (
        small.preview_segment(draft, dry_run=True), small.plan_segment(draft, dry_run=True)
    ):  # fmt: skip
        assert found.published is None
        assert found.plan is not None
        assert found.plan.loss.rho == ONE
        assert found.expected[0].half_width > 0
    assert (small.budget().rho_spent, counting.opens, small._house.log.size) == (0, 0, size)


def test_nothing_exact_is_in_a_plan(small: Workspace, draft: Path) -> None:
    small.run_segments(["gardeners"])
    found = small.plan_segment(draft)
    assert found.published is not None
    cells = found.published.statement.protected.tables[0].cells
    assert [c.segment for c in cells] == [ENTER, LEAVE]
    named = {f.name for f in dataclasses.fields(found)}
    assert named == {
        "segment", "version", "before", "plan", "expected", "published", "was_known"
    }  # fmt: skip


def test_a_plan_counts_who_is_in_one_definition_and_not_in_the_other(
    small: Workspace, draft: Path
) -> None:
    """The exact sets, before any noise: compared with runs of both definitions."""
    small.run_segments(["gardeners"])
    old = small._house.runs.newest("gardeners")
    small.plan_segment(draft)
    planned = club.last_outcome(small).members
    (small.folder / "segments" / "gardeners.yaml").write_text(WIDER, "utf-8")
    small._house.__dict__.pop("segments")
    small.run_segments(["gardeners"])
    new = small._house.runs.newest("gardeners")
    assert old is not None
    assert new is not None
    assert planned == {ENTER: new.people - old.people, LEAVE: old.people - new.people}
    assert old.people - new.people, "the change takes somebody out"


def test_the_same_plan_on_the_same_edition_is_free(small: Workspace, draft: Path) -> None:
    small.run_segments(["gardeners"])
    assert [small.plan_segment(draft).was_known for _ in range(2)] == [False, True]
    assert small.budget().rho_spent == ONE


def test_where_nothing_would_change_nothing_is_read_or_charged(small: Workspace) -> None:
    small.run_segments(["gardeners"])
    counting = club.Counting(small._house)
    found = small.plan_segment("gardeners")
    assert (found.plan, found.published, counting.opens) == (None, None, 0)
    assert small.budget().rho_spent == 0


def test_who_would_come_or_go_is_kept_as_no_membership(small: Workspace, draft: Path) -> None:
    small.run_segments(["gardeners"])
    small.plan_segment(draft)
    small.preview_segment(draft)
    assert not small._house.runs.history(ENTER)
    assert len(small._house.runs.history("gardeners")) == 1


def test_a_new_segment_has_no_change_to_plan(small: Workspace, draft: Path) -> None:
    draft.write_text(WIDER.replace("segment: gardeners", "segment: planters"), "utf-8")
    with pytest.raises(NothingToCompareError, match="segment preview"):
        small.plan_segment(draft)


def test_a_draft_that_the_policy_refuses_is_refused_before_any_charge(
    small: Workspace, draft: Path
) -> None:
    draft.write_text(club.SEGMENTS["diarists"], "utf-8")
    with pytest.raises(PolicyError, match="diary"):
        small.preview_segment(draft)
    assert club.log_of(small, Kind.ACCESS_DENIED)[-1].entry.header["reason"] == "policy"
    assert small.budget().rho_spent == 0


def test_a_draft_of_a_role_that_may_not_change_segments_is_refused(
    small: Workspace, draft: Path
) -> None:
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text() + "segments: {changed_by: [engineer]}\n", "utf-8")
    with pytest.raises(SegmentRoleError):
        small.preview_segment(draft)
    assert small.budget().rho_spent == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("segment: gardeners\n", DocumentError),
        ("segment: gardeners\nsegmenter: letters\nwhere: {segment: nobody}\n", UnknownSegmentError),
    ],
)
def test_a_draft_with_mistakes_is_refused_and_changes_nothing(
    small: Workspace, draft: Path, text: str, error: type[Exception]
) -> None:
    draft.write_text(text, "utf-8")
    size = small._house.log.size
    with pytest.raises(error):
        small.preview_segment(draft)
    assert (small.budget().rho_spent, small._house.log.size) == (0, size)


def test_a_preview_that_the_budget_does_not_cover_is_refused(small: Workspace, draft: Path) -> None:
    policy = small.folder / "policies" / "club.yaml"
    policy.write_text(policy.read_text().replace("rho_per_year: 2", "rho_per_year: 0.2"), "utf-8")
    small.report("sizes")
    with pytest.raises(BudgetError):
        small.preview_segment(draft)
    assert small.budget().rho_spent == ONE


def test_a_report_finds_its_segment_by_the_same_request(small: Workspace) -> None:
    found = small.preview_segment("gardeners", dry_run=True)
    asked = small.plan_report("gardeners")[0]
    assert found.plan is not None
    assert found.plan.tables == asked.tables
    assert find_request(small._house, "gardeners").segments == ("gardeners",)

# SPDX-License-Identifier: Apache-2.0
"""What people's data moved for everybody is in no protected number; a run may use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from privseg.audit import Kind
from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.release.compile import ResultBarredError
from tests.twins import club
from tests.twins.club import Counting, log_of, ordinal

FITTED = """scores:
  worth: {formula: lifetime_value, event: purchase, amount: amount, period: 7d, horizon: 52,
    grid: 1 EUR, parameters: PARAMETERS, category: purchases}
"""
PUBLIC = "{r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, p: 6.250, q: 3.744, v: 15.447}"
SEGMENT = "segment: worthy\nsegmenter: letters\nwhere: {score: worth.value, at_least: 1 EUR}\n"


def with_score(ws: Workspace, parameters: str) -> None:
    """Let the policy have a lifetime value, and a segment that reads it."""
    path = ws.folder / "policies" / "club.yaml"
    text = path.read_text("utf-8").replace(
        "    reads: [country, hobby,", "    reads: [worth.value, country, hobby,"
    )
    path.write_text(text + FITTED.replace("PARAMETERS", parameters), "utf-8")
    (ws.folder / "segments" / "worthy.yaml").write_text(SEGMENT, "utf-8")
    ws._house.forget_rules()


def test_a_report_on_a_fitted_score_is_refused_before_any_charge(small: Workspace) -> None:
    with_score(small, "fitted")
    counting = Counting(small._house)
    for ask in (small.report, small.preview_segment):
        with pytest.raises(ResultBarredError, match="publish parameters in the policy"):
            ask("worthy")
    assert (small.budget().rho_spent, counting.opens) == (0, 0)
    assert [e.entry.header["reason"] for e in log_of(small, Kind.ACCESS_DENIED)] == [
        "barred result", "barred result"
    ]  # fmt: skip


def test_a_dry_run_on_a_fitted_score_is_refused_too(small: Workspace) -> None:
    with_score(small, "fitted")
    with pytest.raises(ResultBarredError):
        small.plan_report("worthy")


def test_a_public_formula_may_be_reported_on(small: Workspace) -> None:
    with_score(small, PUBLIC)
    assert small.report("worthy").statement.plan.segments[0][0] == "worthy"


def test_the_answer_to_a_person_says_of_a_public_score_what_the_run_found(
    small: Workspace, tmp_path: Path
) -> None:
    with_score(small, PUBLIC)
    small.run_segments(["worthy"])
    membership = small._house.runs.newest("worthy")
    assert membership is not None
    assert membership.people
    for member in club.crowd(60)[:24]:
        if member.consent == "granted":
            person = ordinal(small, member)
            case = small.open_request(
                RequestKind.ACCESS, club.number(member), identity=IdentityLevel.ACCOUNT
            )
            answer = json.loads(
                small.run_request(case.number, out=tmp_path, plain=True)[0].read_text("utf-8")
            )
            (standing,) = [s for s in answer["segments"] if s["segment"] == "worthy"]
            assert standing["member"] == (person in membership.people)

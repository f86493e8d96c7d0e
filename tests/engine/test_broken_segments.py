# SPDX-License-Identifier: Apache-2.0
"""A mistake in one segment's file is that segment's: the others go on, and nothing hides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.dsr import IdentityLevel, RequestKind
from privseg.engine import Workspace
from privseg.engine.errors import BrokenSegmentError
from privseg.loaders import DocumentError
from tests.twins.club import number

BROKEN = "segment: broken\nsegmenter: letters\nwhere: {event: purchases}\n"
ABOVE = "segment: above\nsegmenter: letters\nwhere: {segment: broken}\n"
SAMPLE = "segment: drawn\nsegmenter: letters\nwhere: {sample: half, share: 50%}\n"


@pytest.fixture
def ws(small: Workspace) -> Workspace:
    for name, text in {"broken": BROKEN, "above": ABOVE, "drawn": SAMPLE}.items():
        (small.folder / "segments" / f"{name}.yaml").write_text(text, "utf-8")
    return small


def test_the_others_are_told_checked_and_reported_on(ws: Workspace) -> None:
    sound = {view.name for view in ws.segment_views()}
    assert sound
    assert not sound & {"broken", "above", "drawn"}
    assert set(ws.broken_segments) == {"broken", "above", "drawn"}
    checked = ws.check_segments(sorted(sound))
    assert not checked.mistakes
    assert "3 other segments have mistakes" in checked.warnings[-1]
    ws.report("overview")


@pytest.mark.parametrize("name", ["broken", "above", "drawn"])
def test_what_is_asked_of_a_broken_one_is_refused_with_the_reason(ws: Workspace, name: str) -> None:
    for ask in (lambda: ws.segment_views([name]), lambda: ws.preview_segment(name),
                lambda: ws.report(name)):  # fmt: skip
        with pytest.raises(BrokenSegmentError, match=f"privseg segment check {name}"):
            ask()
    assert ws.check_segments([name]).mistakes


def test_of_two_files_with_one_name_neither_is_used(small: Workspace) -> None:
    folder = small.folder / "segments"
    theirs = (folder / "buyers.yaml").read_text("utf-8")
    (folder / "zz.yaml").write_text(theirs.replace("at_least", "at_most"), "utf-8")
    (folder / "zzz.yaml").write_text(BROKEN, "utf-8")
    with pytest.raises(BrokenSegmentError, match="hold a segment of this name"):
        small.segment_views(["buyers"])
    assert "buyers" not in {view.name for view in small.segment_views()}


def test_an_access_answer_does_not_leave_a_segment_out(ws: Workspace, tmp_path: Path) -> None:
    case = ws.open_request(RequestKind.ACCESS, number("M0001"), identity=IdentityLevel.ACCOUNT)
    with pytest.raises(DocumentError):
        ws.run_request(case.number, out=tmp_path / "out")

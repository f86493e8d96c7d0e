# SPDX-License-Identifier: Apache-2.0
"""Laws 12 and 14 in a whole workspace: neither a label nor a score launders a category."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyroaring import FrozenBitMap

from privseg.audit import Kind
from privseg.engine import Outside, Workspace
from privseg.gate import Admission, ReadRefusedError, eligible_people
from privseg.terms import StaffRole
from tests.twins import club

MEMBERS = [
    club.Member("A"),
    club.Member("B", consent="without location"),
    club.Member("C", consent="without purchases"),
    club.Member("D", consent="without interests"),
]
SEGMENT = """segment: players
label: {en: Players}
segmenter: letters
where: {attribute: hobby, is_known: true}
"""
REPORT = """privseg: report/1
report: players
title: Players
segmenter: letters
segments: [players]
tables: [{name: all, measures: [size]}]
"""
DERIVED = "derived:\n  zeal: {from: [hobby, purchase.amount], category: location}\n"


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with club.found(tmp_path, MEMBERS, outside=Outside(clock=club.Clock())) as made:
        (made.folder / "reports" / "players.yaml").write_text(REPORT, "utf-8")
        say(made, "")
        yield made


def say(ws: Workspace, more: str) -> None:
    """Write the segment anew, with more in it."""
    (ws.folder / "segments" / "players.yaml").write_text(SEGMENT + more, "utf-8")
    reload(ws)


def reload(ws: Workspace) -> None:
    ws._house.forget_rules()


def eligible(ws: Workspace) -> FrozenBitMap:
    return club.internal(ws, "players").eligible


def test_what_a_segment_reveals_must_have_been_allowed_too(ws: Workspace) -> None:
    assert eligible(ws) == club.ordinals(ws, "ABC")
    say(ws, "reveals: [location]\n")
    assert eligible(ws) == club.ordinals(ws, "AC")
    say(ws, "reveals: [location, purchases]\n")
    assert eligible(ws) == club.ordinals(ws, "A")


def test_it_counts_in_a_run_and_at_the_last_check_before_the_noise(ws: Workspace) -> None:
    say(ws, "reveals: [location]\n")
    ws.report("players")
    outcome = club.last_outcome(ws)
    assert outcome.eligible == club.ordinals(ws, "AC")
    assert outcome.members == {"players": club.ordinals(ws, "AC")}


def test_what_a_segment_it_builds_on_reveals_counts_as_well(ws: Workspace) -> None:
    say(ws, "reveals: [location]\n")
    other = SEGMENT.replace("segment: players", "segment: others").replace(
        "where: {attribute: hobby, is_known: true}", "where: {not: {segment: players}}"
    )
    (ws.folder / "segments" / "others.yaml").write_text(other, "utf-8")
    (ws.folder / "reports" / "players.yaml").write_text(
        REPORT.replace("[players]", "[others]"), "utf-8"
    )
    reload(ws)
    assert eligible(ws) == club.ordinals(ws, "AC")


def test_a_segment_that_reveals_what_its_purpose_may_not_touch_is_refused(ws: Workspace) -> None:
    say(ws, "reveals: [secrets]\n")
    counting, before = club.Counting(ws._house), ws.budget()
    with pytest.raises(ReadRefusedError) as refused:
        ws.report("players")
    assert 'being in the segment reveals something about "secrets"' in str(refused.value)
    assert "club.yaml:" in str(refused.value)
    assert (counting.opens, ws.budget()) == (0, before)
    assert club.log_of(ws, Kind.ACCESS_DENIED)[-1].entry.header["reason"] == "policy"


def test_whoever_is_read_by_a_score_has_allowed_all_that_it_is_made_of(ws: Workspace) -> None:
    path = ws.folder / "policies" / "club.yaml"
    path.write_text(path.read_text("utf-8") + DERIVED, "utf-8")
    reload(ws)
    house = ws._house

    def who(*reads: str) -> FrozenBitMap:
        asked = Admission("r", "letters", StaffRole.ANALYST, frozenset(reads))
        return eligible_people(
            asked,
            policy=house.policy,
            sets=house.sets,
            population=house.vault.people(house.columns.snapshot()),
            at=house.now(),
            known_at=house.ledger.position(),
        )

    assert who("hobby") == club.ordinals(ws, "ABC")
    assert who("hobby", "purchase") == club.ordinals(ws, "AB")
    assert who("zeal") == club.ordinals(ws, "A")
    with pytest.raises(KeyError):
        who("hobby", "nothing")

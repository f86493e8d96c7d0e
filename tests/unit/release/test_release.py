# SPDX-License-Identifier: Apache-2.0
"""The release as a file, a data frame and a notebook's table."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from privseg.protect import Withheld
from privseg.release import parse_release, verify_release
from privseg.release.encode import encode
from privseg.tlog import canonical
from tests.twins import release_world as world

RELEASE = world.release()


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


def test_a_release_reads_back_as_what_it_was() -> None:
    assert parse_release(RELEASE.to_bytes()) == RELEASE
    assert parse_release(RELEASE.document) == RELEASE


def test_a_release_verifies_with_the_public_key_alone() -> None:
    verified = verify_release(RELEASE.to_bytes(), [world.KEY.public])
    assert verified.release == RELEASE
    assert verified.statement.plan.plan_hash == world.plan().plan_hash
    assert verified.checkpoint.size == len(world.EARLIER) + 1
    assert len(verified.checks) == 6
    assert verified.trusts


def test_a_report_without_a_count_of_people_left_out_verifies_too() -> None:
    plan = world.plan(replace(world.WHOLE, not_included=False))
    release = world.release(world.statement(plan), earlier=())
    assert verify_release(release.to_bytes(), [world.KEY.public]).release == release


def test_no_number_in_a_release_is_a_float() -> None:
    assert {type(v) for v in leaves(RELEASE.document)} == {str, int, type(None)}


def test_no_exact_number_of_a_cell_stands_in_a_release() -> None:
    """Where the noise moved a number, its true value is nowhere in the cells."""
    cells = json.dumps([t["cells"] for t in RELEASE.document["statement"]["tables"]])
    numbers = set(map(int, re.findall(r"-?\d+", cells)))
    exact = {world.LARGE.people, *world.LARGE.sums.values(), world.SMALL.people}
    assert numbers.isdisjoint(exact | {2 * 4_000_000 - 6_000 * 20_000})


def test_a_withheld_cell_shows_no_number_at_all() -> None:
    withheld = [
        c
        for t in RELEASE.document["statement"]["tables"]
        for c in t["cells"]
        if c["withheld"] is not None
    ]
    assert len(withheld) == 4
    for cell in withheld:
        assert cell["numbers"] == []
        assert not any(isinstance(v, int) for v in leaves(cell))


def test_the_statement_prints_the_loss_and_the_lifetime_rounded_up() -> None:
    printed = encode(RELEASE.statement)
    assert printed["guarantee"]["rho"] == "1/80"
    assert printed["guarantee"]["epsilon"] == "0.701"
    assert printed["guarantee"]["delta"] == "13/10000000"  # 1e-6 and three times 1e-7
    assert printed["budget"]["after"]["rho"] == "3/80"
    assert printed["budget"]["lifetime_after"]["rho"] == "1/16"


def test_the_data_frame_has_a_row_for_every_number_and_the_reason_for_none() -> None:
    frame = RELEASE.to_pandas()
    assert list(frame.columns) == [
        *("table", "segment", "group", "measure", "unit"),
        *("estimate", "low", "high", "withheld"),
    ]
    assert len(frame) == 2 * 3 + 6 + 1
    shown = frame[frame["withheld"].isna()]
    assert (shown["low"] <= shown["estimate"]).all()
    assert (shown["estimate"] <= shown["high"]).all()
    hidden = frame[frame["withheld"].notna()]
    assert hidden["estimate"].isna().all()
    assert set(hidden["withheld"]) == {Withheld.TOO_FEW_PEOPLE.value}


def test_amounts_of_money_are_shown_in_whole_units() -> None:
    frame = RELEASE.to_pandas()
    amount = frame[(frame["segment"] == "big-spenders") & (frame["measure"] == "total")]
    assert amount["unit"].item() == "EUR"
    assert abs(amount["estimate"].item() - 90_000) < 40_000


def test_pandas_is_loaded_only_for_a_data_frame() -> None:
    script = "import sys, privseg.release; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_every_text_is_escaped_in_a_notebook() -> None:
    shown = RELEASE._repr_html_()
    assert "&amp;" in shown
    assert "<overview>" not in shown
    assert "withheld: too few people" in shown
    HTMLParser().feed(shown)


def test_a_statement_explains_exactly_the_segments_of_its_plan() -> None:
    made = world.statement()
    for segments in (made.segments[:1], made.segments[::-1], ()):
        with pytest.raises(ValueError, match="segments of its plan"):
            replace(made, segments=segments)


def test_a_commitment_of_another_length_or_a_naive_moment_is_refused() -> None:
    made = world.statement()
    with pytest.raises(ValueError, match="32 bytes"):
        replace(made, audit=b"short")
    with pytest.raises(ValueError, match="time zone"):
        replace(made, released_at=made.released_at.replace(tzinfo=None))


def test_the_same_statement_has_one_spelling() -> None:
    assert canonical(encode(world.statement())) == canonical(encode(world.statement()))

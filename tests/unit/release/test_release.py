# SPDX-License-Identifier: Apache-2.0
"""The release as a file, a data frame and a notebook's table."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest

from privseg.frames import MeasureKind
from privseg.protect import Withheld
from privseg.release import parse_release, rows, verify_release
from privseg.release.encode import encode
from privseg.release.table import COLUMNS
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
    assert len(verified.checks) == 7
    assert verified.trusts


@pytest.mark.parametrize("name", world.TABLES)
def test_a_table_of_every_kind_verifies_by_itself(name: str) -> None:
    release = world.release(world.statement(world.plan(name)))
    assert verify_release(release.to_bytes(), [world.KEY.public]).release == release


def test_a_report_without_a_count_of_people_left_out_verifies_too() -> None:
    plan = world.plan("overview", not_included=False)
    release = world.release(world.statement(plan), earlier=())
    assert verify_release(release.to_bytes(), [world.KEY.public]).release == release


def test_no_number_in_a_release_is_a_float() -> None:
    assert {type(v) for v in leaves(RELEASE.document)} == {str, int, bool, type(None)}


def test_no_exact_number_of_a_cell_stands_in_a_release() -> None:
    """Where the noise moved a number, its true value is not among what was released of its cell."""
    for table in RELEASE.statement.plan.tables:
        exact = world.tallies_of(table.block)
        (shown,) = (t for t in RELEASE.statement.protected.tables if t.name == table.block.name)
        for cell in shown.cells:
            tally = exact[cell.cell]
            secret = {tally.people, *tally.sums.values(), *tally.counts.values()}
            drawn = {d for n in cell.numbers.values() for d in n.released.values()}
            assert len(secret & drawn) <= MET_BY_CHANCE, (table.block.name, cell.cell)


MET_BY_CHANCE = 1  # numbers that noise leaves where they were: the bits are fixed, so no flake


def test_a_withheld_cell_shows_no_number_at_all() -> None:
    cells = [c for t in RELEASE.document["statement"]["tables"] for c in t["cells"]]
    withheld = [c for c in cells if c["withheld"] is not None]
    assert withheld
    for cell in withheld:
        assert cell["numbers"] == []
        assert not any(isinstance(v, int) for v in leaves(cell))


def test_the_statement_prints_the_loss_and_the_lifetime_rounded_up() -> None:
    printed = encode(world.statement(world.plan("overview")))
    assert printed["guarantee"]["rho"] == "1/80"  # four measures and the people left out
    assert printed["guarantee"]["epsilon"] == "0.701"
    assert printed["guarantee"]["delta"] == "3/2500000"  # 1e-6 and two times 1e-7
    assert printed["budget"]["after"]["rho"] == "3/80"
    assert printed["budget"]["lifetime_after"]["rho"] == "1/16"


# --- rows ---


def test_the_data_frame_has_a_row_for_every_number_and_the_reason_for_none() -> None:
    frame = RELEASE.to_pandas()
    assert tuple(frame.columns) == COLUMNS
    shown = frame[frame["withheld"].isna() & (frame["note"].str.contains("largest") == False)]  # noqa: E712  (a column)
    assert (shown["low"] <= shown["estimate"]).all()
    assert (shown["estimate"] <= shown["high"]).all()
    hidden = frame[frame["withheld"].notna()]
    assert hidden["estimate"].isna().all()
    assert set(hidden["withheld"]) <= {reason.value for reason in Withheld}
    assert set(frame["table"]) == {*(t.block.name for t in world.plan().tables), ""}


def test_every_planned_number_of_every_cell_is_a_row_and_so_is_every_formula() -> None:
    for table, protected in zip(
        RELEASE.statement.plan.tables, RELEASE.statement.protected.tables, strict=True
    ):
        found = [r for r in rows(RELEASE.statement) if r.table == table.block.name]
        names = {m.name for m in table.block.measures}
        counted = any(m.kind is MeasureKind.COUNT for m in table.block.measures)
        each = sum(len(m.ranks) or 1 for m in table.block.measures) - counted
        assert len([r for r in found if r.measure in names]) == each * len(protected.cells)
        assert {d.name for d in table.plan.derived} <= {r.measure for r in found}


def test_a_table_that_counts_apart_from_its_gate_shows_that_count_alone() -> None:
    shown = {(r.table, r.measure) for r in rows(RELEASE.statement)}
    assert ("crossed", "count") in shown
    assert ("crossed", "size") not in shown
    assert ("regions", "size") in shown


def test_keys_can_be_told_apart_however_they_are_spelled() -> None:
    frame = RELEASE.to_pandas()
    crossed = frame[frame["table"] == "crossed"]
    assert {tuple(json.loads(k)) for k in crossed["keys"]} >= {("DE", "[40,)"), ("(all)", "(all)")}
    assert "DE, [40,)" in set(crossed["group"])


def test_a_quantile_is_a_row_with_its_rank() -> None:
    spend = [r for r in rows(RELEASE.statement) if r.measure == "spend"]
    assert [r.rank for r in spend[:2]] == [Fraction(1, 4), Fraction(1, 2)]
    frame = RELEASE.to_pandas()
    assert set(frame[frame["measure"] == "spend"]["rank"]) == {0.25, 0.5}


def test_how_much_of_a_lifts_interval_is_noise_stands_beside_it() -> None:
    lifts = [r for r in rows(RELEASE.statement) if r.measure == "lift"]
    assert len(lifts) == 1
    assert re.fullmatch(r"\d+ % of the interval is noise", lifts[0].note)


def test_amounts_of_money_are_shown_in_whole_units() -> None:
    frame = RELEASE.to_pandas()
    place = (frame["table"] == "overview") & (frame["segment"] == "big-spenders")
    amount = frame[place & (frame["measure"] == "total")]
    assert amount["unit"].item() == "EUR"
    assert abs(amount["estimate"].item() - 700 * 50_000 // 3 / 100) < 40_000


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

# SPDX-License-Identifier: Apache-2.0
"""Amounts and records are those of each person asked for, in order, and of nobody else."""

from __future__ import annotations

from random import Random

import pytest
from pyroaring import FrozenBitMap

from privseg.compute import tables
from privseg.terms import Attribute
from tests.twins.memory_columns import columns_from
from tests.twins.naive_amounts import naive_amount
from tests.twins.scans import duck, plan_of
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.tally_worlds import AT, READS, World, draw_amount, draw_world, with_scores

NAMES = ("channel", "topics", "flag", "word", "number", "points", "firm_number", "interest.top")


def world() -> World:
    return draw_world(Random(7), size=30)


@pytest.mark.parametrize("cells", [0, 10**9], ids=["streamed", "in memory"])
def test_amounts_are_what_counting_by_hand_gives(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CELLS_IN_MEMORY", cells)
    rng, given = Random(8), world()
    amounts = [draw_amount(rng) for _ in range(40)]
    asked = FrozenBitMap(sorted(given.eligible)[::2])
    plan = plan_of(READS, given.eligible, at=AT)
    compute = duck(columns_from(given.people, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan:
        found = scan.amounts(amounts, asked)
    people = with_scores(given.people)
    assert found.ordinals.tolist() == list(asked)
    expected = [[naive_amount(people[o], a) for a in amounts] for o in asked]
    assert found.known.tolist() == [[v is not None for v in row] for row in expected]
    assert found.values.tolist() == [[v or 0 for v in row] for row in expected]
    assert "values" not in repr(found)


@pytest.mark.parametrize("cells", [0, 10**9], ids=["streamed", "in memory"])
def test_records_hold_everybody_asked_for_and_what_is_missing_is_null(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CELLS_IN_MEMORY", cells)
    given = world()
    asked = FrozenBitMap(sorted(given.eligible)[1::2])
    plan = plan_of(READS, given.eligible, at=AT)
    compute = duck(columns_from(given.people, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan:
        found = scan.records([Attribute(n) for n in NAMES], asked)
    people = with_scores(given.people)
    assert found.column_names == ["ordinal", *NAMES]
    assert found.column("ordinal").to_pylist() == list(asked)
    for name in NAMES:
        values = [people[o].attributes.get(Attribute(name)) for o in asked]
        told = [sorted(v) if isinstance(v, tuple) else v for v in values]
        assert found.column(name).to_pylist() == told


def test_of_nobody_there_are_no_amounts_and_no_records() -> None:
    given = world()
    plan = plan_of(READS, given.eligible, at=AT)
    compute = duck(columns_from(given.people, CATALOGUE), now=AT, catalogue=CATALOGUE)
    with compute.open(plan, plan.read_set) as scan:
        amounts = scan.amounts([draw_amount(Random(n)) for n in range(5)], FrozenBitMap())
        records = scan.records([Attribute(n) for n in NAMES], FrozenBitMap())
    assert (amounts.values.shape, amounts.known.shape) == ((0, 5), (0, 5))
    assert (records.num_rows, records.num_columns) == (0, len(NAMES) + 1)

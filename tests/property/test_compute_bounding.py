# SPDX-License-Identifier: Apache-2.0
"""How much one person moves a tally, and that nothing else about how rows are kept moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pyarrow as pa
import pyarrow.dataset as pads
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.compute import counting, shards, tables
from privseg.compute.cells import most_rows
from privseg.frames import Block, ByPeriod, Cell, Measure, MeasureKind, Tally
from tests.twins.memory_columns import MemoryColumns, columns_from
from tests.twins.segment_catalogue import CATALOGUE
from tests.twins.tally_worlds import World, draw_block, draw_world, plain, tallied

seeds = st.integers(0, 2**32)
FEWER = settings(max_examples=settings().max_examples * 3 // 5)  # each counts a table twice


def without(world: World, gone: int) -> World:
    """Return a world that a person, all that is known of them and every trace, is gone from."""
    return World(
        {o: p for o, p in world.people.items() if o != gone},
        world.eligible - {gone},
        {s: m - {gone} for s, m in world.members.items()},
    )


@given(seeds)
@FEWER
def test_one_person_moves_few_cells_and_each_within_its_bounds(seed: int) -> None:
    rng = Random(seed)
    block, world = draw_block(rng), draw_world(rng, size=6)
    gone = rng.choice(sorted(world.people))
    with_them = tallied(block, world, key=b"k")
    without_them = tallied(block, without(world, gone), key=b"k")
    moved = [c for c in with_them if plain_of(with_them[c]) != plain_of(without_them.get(c))]
    assert set(without_them) <= set(with_them)
    for level in {tuple(k == "(all)" for k in keys) for _, keys in moved}:
        of_level = [c for c in moved if tuple(k == "(all)" for k in c[1]) == level]
        assert len(of_level) <= block.groups_per_person
    for cell in moved:
        within_bounds(block, with_them[cell], without_them.get(cell, zeros(block)))
    finest = set(block.finest)
    check_rows(block, [c for c in moved if c in finest])


def plain_of(tally: Tally | None) -> object:
    return None if tally is None else plain({"": tally})


def zeros(block: Block) -> Tally:
    names = [m.name for m in block.measures]
    none = dict.fromkeys(names, 0)
    return Tally(0, none, none, {m.name: (0,) * (len(m.grid) + 1) for m in block.measures})


def within_bounds(block: Block, more: Tally, less: Tally) -> None:
    """Check that one person more is one more in size, and at most the bounds in everything else."""
    assert more.people - less.people == 1
    for measure in block.measures:
        name = measure.name
        if measure.kind is MeasureKind.QUANTILES:
            steps = [a - b for a, b in zip(more.bins[name], less.bins[name], strict=True)]
            assert set(steps) <= {0, 1}
            assert sum(steps) <= 1
        elif name in more.sums:
            most, events = most_of(measure)
            assert 0 <= more.sums[name] - less.sums[name] <= most
            assert 0 <= more.counts[name] - less.counts[name] <= events


def most_of(measure: Measure) -> tuple[int, int]:
    """Return how much one person adds to a sum and to a count at most."""
    if measure.kind is MeasureKind.TOTAL:
        return measure.upper, 1
    return (measure.upper - measure.lower) * measure.events_per_person, measure.events_per_person


def check_rows(block: Block, moved: list[Cell]) -> None:
    """Check that a person is in few rows of a table by periods, and in few periods of a row."""
    for place, dimension in enumerate(block.dimensions):
        if isinstance(dimension, ByPeriod):
            rows = [(s, k[:place] + k[place + 1 :]) for s, k in moved]
            assert len(set(rows)) <= most_rows(block)
            assert all(rows.count(row) <= dimension.most for row in rows)
            assert len({k[place] for _, k in moved}) <= dimension.most


class Shuffled(MemoryColumns):
    """The same rows in another order, in several pieces."""

    def __init__(self, given_tables: Mapping[str, pa.Table], rng: Random) -> None:
        orders = {n: rng.sample(range(len(t)), len(t)) for n, t in given_tables.items()}
        super().__init__(
            {n: t.take(pa.array(orders[n], pa.int64())) for n, t in given_tables.items()}
        )
        self._rng = rng

    def dataset(self, table: str, *, snapshot: int) -> pads.Dataset:
        assert snapshot >= 0
        rows = self._tables[table]
        middle = self._rng.randint(0, len(rows))
        return pads.dataset([rows[:middle], rows[middle:]])


@given(seeds)
@FEWER
def test_neither_the_order_of_rows_nor_how_they_are_read_moves_a_tally(seed: int) -> None:
    rng = Random(seed)
    block, world = draw_block(rng), draw_world(rng, size=8)
    given_tables = columns_from(world.people, CATALOGUE)._tables
    expected = plain(tallied(block, world, key=b"k"))
    store = Shuffled(given_tables, rng)
    assert plain(tallied(block, world, key=b"k", store=store)) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CELLS_IN_MEMORY", rng.choice([0, 20]))
        patch.setattr(counting, "AT_ONCE", 2)
        patch.setattr(shards, "BUCKET", 8)
        assert plain(tallied(block, world, key=b"k", store=store)) == expected


@given(seeds)
@FEWER
def test_another_name_of_the_table_and_another_order_of_sets_choose_the_same(seed: int) -> None:
    rng = Random(seed)
    block, world = draw_block(rng), draw_world(rng, size=6)
    other = replace(block, name="other", segments=block.segments[::-1])
    assert plain(tallied(other, world, key=b"k")) == plain(tallied(block, world, key=b"k"))

# SPDX-License-Identifier: Apache-2.0
"""Claimed sensitivities against the brute-force oracle: never exceeded, and reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from privseg.frames import Block, Cell, Tally
from privseg.protect import Factor, sensitivity
from privseg.protect.bounding import cell_tag, keep_cells
from tests.twins import sensitivity_oracle as oracle
from tests.twins.naive_bounding import Person

BLOCKS = {
    "m = 1": oracle.block(1),
    "m = 2": oracle.block(2),
    "m = 3": oracle.block(3),
    "over people": oracle.block(2, oracle.OVER_PEOPLE),
    "margins, m = 1": oracle.with_margins(1),
    "margins, m = 2": oracle.with_margins(2),
    "periods, C = 1": oracle.by_periods(1, most=1, periods=3),
    "periods, C = 2": oracle.by_periods(2, most=2, periods=4),
    "periods, C = 2, m = 2": oracle.by_periods(4, most=2, periods=3),
    "periods, C = 3": oracle.by_periods(3, most=3, periods=4, segments="a"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_no_data_set_of_three_people_moves_a_quantity_further_than_is_claimed(name: str) -> None:
    """And each claim is reached by one of them, so none is looser than it must be."""
    plan = oracle.plan(BLOCKS[name])
    assert oracle.worst(plan) == oracle.claimed(plan)


def _more_periods(people: Sequence[Person], block: Block) -> Mapping[Cell, Tally]:
    (weeks,) = block.dimensions
    return oracle.bounded(people, replace(block, dimensions=(replace(weeks, most=4),)))


def test_a_person_in_more_periods_than_planned_moves_running_sums_further() -> None:
    """The control: the same cells of a person, all in one series, exceed the claim."""
    plan = oracle.plan(oracle.by_periods(4, most=2, periods=4, segments="ab"))
    worst, claimed = oracle.worst(plan, _more_periods), oracle.claimed(plan)
    assert {part for part, found in worst.items() if found > claimed[part]} == {
        key for key in claimed if key[0] != "size"
    }


def _bounded_for_real(people: Sequence[Person], block: Block) -> Mapping[Cell, Tally]:
    """Bound with ``protect.bounding`` itself; only the adding up is the twin's."""
    cells = block.cells
    pairs = [(p.ordinal, i) for p in people for i, c in enumerate(cells) if c in p.cells]
    ordinals = np.array([o for o, _ in pairs], np.uint32)
    numbers = np.array([i for _, i in pairs], np.int64)
    tags = np.array([cell_tag(c) for c in cells], np.uint64)
    kept = keep_cells(ordinals, numbers, tags=tags, most=block.groups_per_person, key=b"k" * 16)
    keeps: dict[int, set[Cell]] = {p.ordinal: set() for p in people}
    for o, i in zip(ordinals[kept], numbers[kept], strict=True):
        keeps[int(o)].add(cells[int(i)])
    bounded = [replace(p, cells=frozenset(keeps[p.ordinal])) for p in people]
    return oracle.bounded(bounded, block)


def test_the_bounding_in_use_moves_no_quantity_further_than_is_claimed() -> None:
    plan = oracle.plan(oracle.block(2))
    assert oracle.worst(plan, _bounded_for_real) == oracle.claimed(plan)


def test_the_norm_of_m_entries_is_not_m_times_one() -> None:
    assert sensitivity.people(9).squared == 9
    assert sensitivity.clamped_sum(9, 100).squared == 90_000
    assert sensitivity.centred_sum(4, lower=-10, upper=30, events=5).squared == 4 * 200**2
    assert sensitivity.events_taken(4, events=5).squared == 100
    assert sensitivity.people_left_out().squared == 1


def test_running_sums_of_m_series_cost_m_times_the_columns_of_one() -> None:
    one = Factor(10, 3).squared(3)
    weeks = sensitivity.running(sensitivity.clamped_sum(6, 50), Factor(10, 3), series=9)
    assert weeks.squared == 2 * one * 50**2
    assert sensitivity.cumulative(5, Factor(10)).squared == 5 * Factor(10).squared(1)


def test_a_derivation_names_a_reason_in_every_line_and_ends_in_the_norm() -> None:
    lines = sensitivity.clamped_sum(3, 200).derivation
    assert all(line.endswith("]") and " [" in line for line in lines)
    assert "person" in lines[0]
    assert lines[-1].startswith("Delta_2^2 <= 3 * 200^2 = 120000")


def test_a_derivation_with_margins_says_how_many_levels_a_person_is_in() -> None:
    lines = sensitivity.people(8, levels=4).derivation
    assert lines[1].startswith("at most 2 cells change")
    assert lines[2].startswith("with margins at most 8 change")
    assert lines[-1].startswith("Delta_2^2 <= 8 * 1^2 = 8 ")


def test_a_derivation_of_running_sums_says_which_columns_are_the_worst() -> None:
    lines = sensitivity.running(sensitivity.people(4), Factor(52, 4), series=1).derivation
    assert lines[-3].startswith("at most 4 of them are periods of one series")
    assert "256 C(2k, k)/4^k, k < 52" in lines[-2]
    assert lines[-1].startswith(f"Delta_2^2 <= {Factor(52, 4).squared(4)} * 1^2")


@pytest.mark.parametrize(("groups", "upper"), [(0, 5), (3, 0), (-1, 5)])
def test_what_bounds_nothing_has_no_sensitivity(groups: int, upper: int) -> None:
    with pytest.raises(ValueError, match="sensitivity"):
        sensitivity.clamped_sum(groups, upper)

# SPDX-License-Identifier: Apache-2.0
"""Claimed sensitivities against the brute-force oracle: never exceeded, and reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from privseg.frames import Block, Tally
from privseg.protect import TablePlan, sensitivity
from privseg.protect.bounding import cell_tag, keep_cells
from tests.twins import sensitivity_oracle as oracle
from tests.twins.naive_bounding import Cell, Person


def plan(groups: int) -> TablePlan:
    block = oracle.block(groups)
    return TablePlan.of(block, rhos=(Fraction(1, 240),) * 3, min_people=2, delta=Fraction(1, 10**7))


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_no_data_set_of_three_people_moves_a_quantity_further_than_is_claimed(groups: int) -> None:
    """And each claim is reached by one of them, so none is looser than it must be."""
    table = plan(groups)
    claimed = {q.part: q.sensitivity.squared for m in table.measures for q in m.quantities}
    assert oracle.worst(table) == claimed


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
    table = plan(2)
    claimed = {q.part: q.sensitivity.squared for m in table.measures for q in m.quantities}
    assert oracle.worst(table, _bounded_for_real) == claimed


def test_the_norm_of_m_entries_is_not_m_times_one() -> None:
    assert sensitivity.people(9).squared == 9
    assert sensitivity.clamped_sum(9, 100).squared == 90_000
    assert sensitivity.centred_sum(4, lower=-10, upper=30, events=5).squared == 4 * 200**2
    assert sensitivity.events_taken(4, events=5).squared == 100
    assert sensitivity.people_left_out().squared == 1


def test_a_derivation_names_a_reason_in_every_line_and_ends_in_the_norm() -> None:
    lines = sensitivity.clamped_sum(3, 200).derivation
    assert all(line.endswith("]") and " [" in line for line in lines)
    assert "person" in lines[0]
    assert lines[-1].startswith("Delta_2^2 <= 3 * 200^2 = 120000")


@pytest.mark.parametrize(("groups", "upper"), [(0, 5), (3, 0), (-1, 5)])
def test_what_bounds_nothing_has_no_sensitivity(groups: int, upper: int) -> None:
    with pytest.raises(ValueError, match="sensitivity"):
        sensitivity.clamped_sum(groups, upper)

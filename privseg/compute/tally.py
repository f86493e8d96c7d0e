# SPDX-License-Identifier: Apache-2.0
"""Exact, person-bounded integers of every cell. Secret: they are input to noise, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from privseg.compute.cells import Pairs
from privseg.compute.contribution import Contribution
from privseg.frames import Block, Tally
from privseg.protect.bounding import cell_tag, keep_cells, sum_by_cell


def bounded(block: Block, placed: Pairs, *, key: bytes) -> Pairs:
    """Return the (person, cell) pairs that count: at most ``groups_per_person`` of each person."""
    tags = np.array([cell_tag(c) for c in block.cells], np.uint64)
    most = block.groups_per_person
    kept = keep_cells(placed.people, placed.numbers, tags=tags, most=most, key=key)
    return Pairs(placed.people[kept], placed.numbers[kept])


def tallies(
    block: Block, kept: Pairs, contributions: Mapping[str, Contribution]
) -> Mapping[tuple[str, str], Tally]:
    """Return the tally of every cell, empty ones too."""
    cells, size = kept.numbers, len(block.cells)
    people = np.bincount(cells, minlength=size)
    sums = {n: sum_by_cell(cells, c.sums[kept.people], size) for n, c in contributions.items()}
    counts = {n: sum_by_cell(cells, c.counts[kept.people], size) for n, c in contributions.items()}
    return {
        cell: Tally(
            int(people[i]),
            {name: values[i] for name, values in sums.items()},
            {name: values[i] for name, values in counts.items()},
        )
        for i, cell in enumerate(block.cells)
    }

# SPDX-License-Identifier: Apache-2.0
"""Exact, person-bounded integers of every cell. Secret: they are input to noise, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from privseg.compute.cells import Placed
from privseg.compute.contribution import Binned, Contribution
from privseg.frames import TOTAL_KEY, Block, Cell, Tally
from privseg.protect.bounding import sum_by_cell

Added = Mapping[str, Contribution | Binned]


def tallies(block: Block, kept: Placed, added: Added) -> Mapping[Cell, Tally]:
    """Return the tally of every cell, empty ones too; of an open block, of cells with people."""
    finest = _finest(kept, added)
    if block.is_open:
        return {cell: tally for cell, tally in finest.items() if tally.people}
    margins = (_margin(finest, level) for level in block.margins)
    return {cell: tally for level in (finest, *margins) for cell, tally in level.items()}


def _finest(kept: Placed, added: Added) -> Mapping[Cell, Tally]:
    """Add up what counts in each cell."""
    size = len(kept.cells.names)
    people = np.bincount(kept.numbers, minlength=size).tolist()
    contributions = {n: c for n, c in added.items() if isinstance(c, Contribution)}
    sums = {n: _sums(kept, c.sums[kept.slots]) for n, c in contributions.items()}
    counts = {n: _sums(kept, c.counts[kept.slots]) for n, c in contributions.items()}
    bins = {n: _bins(kept, c) for n, c in added.items() if isinstance(c, Binned)}
    return {
        cell: Tally(
            people[i],
            {name: values[i] for name, values in sums.items()},
            {name: values[i] for name, values in counts.items()},
            {name: values[i] for name, values in bins.items()},
        )
        for i, cell in enumerate(kept.cells.names)
    }


def _sums(kept: Placed, values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    return sum_by_cell(kept.numbers, values, len(kept.cells.names))


def _bins(kept: Placed, binned: Binned) -> list[tuple[int, ...]]:
    """Return how many people of each cell are in each bin; whose amount is missing is in none."""
    places = binned.places[kept.slots]
    known = places >= 0
    codes = kept.numbers[known] * binned.size + places[known]
    counts = np.bincount(codes, minlength=len(kept.cells.names) * binned.size)
    return [tuple(row) for row in counts.reshape(-1, binned.size).tolist()]


def _margin(finest: Mapping[Cell, Tally], level: tuple[int, ...]) -> Mapping[Cell, Tally]:
    """Return the exact sums over the dimensions that a margin leaves out."""
    found: dict[Cell, Tally] = {}
    for (segment, keys), tally in finest.items():
        kept = tuple(key if i in level else TOTAL_KEY for i, key in enumerate(keys))
        cell = segment, kept
        found[cell] = _plus(found[cell], tally) if cell in found else tally
    return found


def _plus(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.people + other.people,
        {name: value + other.sums[name] for name, value in one.sums.items()},
        {name: value + other.counts[name] for name, value in one.counts.items()},
        {
            name: tuple(a + b for a, b in zip(values, other.bins[name], strict=True))
            for name, values in one.bins.items()
        },
    )

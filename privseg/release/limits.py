# SPDX-License-Identifier: Apache-2.0
"""How much a table may ask for, so that anybody can check a release in seconds.

Both sides use it: a plan beyond the limits is refused before anything is read, and a file beyond
them before anything is built from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from privseg.frames import TOTAL_KEY, Block, ByCut, ByPeriod

MAX_CELLS = 100_000  # of a table, all levels: whoever checks a release reckons each of them
MAX_PERIODS = 400  # of a dimension, as of running sums: seven years of weeks
MAX_EDGES = 10_000  # of a grid or of cut points
MAX_DIMENSIONS = 8
MAX_SOLVING = 4 * 10**6  # segments x margins^3: least squares takes time by the cube of a system
MAX_SPLITS = 2 * 10**6  # groups x C x segments of a trend: ways to split one person's weeks


def check_block(block: Block) -> None:
    """Refuse a block that nobody could reckon with; by its counts, before anything is built.

    Raises:
        ValueError: too many dimensions, periods, edges or cells; or a margin in which one person
            might be added up twice.
    """
    if (fault := next(_faults(block), None)) is not None:
        raise ValueError(fault)


def _faults(block: Block) -> Iterator[str]:
    """Yield what is wrong with a block, cheap questions first: later ones rest on them."""
    sizes = [len(d.keys) for d in block.dimensions]
    periods = [i for i, d in enumerate(block.dimensions) if isinstance(d, ByPeriod)]
    if len(sizes) > MAX_DIMENSIONS or any(sizes[i] > MAX_PERIODS for i in periods):
        yield f"at most {MAX_DIMENSIONS} dimensions and {MAX_PERIODS} periods"
    if _edges(block) > MAX_EDGES:
        yield f"cut points and grids have at most {MAX_EDGES} edges"
    if not 1 <= block.groups_per_person <= MAX_SPLITS // _splits(block):
        yield "one person counts in at least one cell, and not in millions"
    if not all(_are_names(names) for names in _names(block)):
        yield f"segments, measures and keys have a name each; none is {TOTAL_KEY!r}"
    margins_differ = len(set(block.margins)) == len(block.margins) <= 2**MAX_DIMENSIONS
    if not margins_differ or not all(_is_margin(m, len(sizes), periods) for m in block.margins):
        yield "a margin keeps some of the dimensions, in their order, and all periods"
    if cells_of(block, sizes) > MAX_CELLS:
        yield f"a table has at most {MAX_CELLS} cells"
    margins = sum(prod(sizes[i] for i in level) for level in block.margins)
    if len(block.segments) * margins**3 > MAX_SOLVING:
        yield "so many totals of so many segments cannot be made to agree"


def _edges(block: Block) -> int:
    """Return the edges of the longest grid."""
    cuts = (len(d.cuts) for d in block.dimensions if isinstance(d, ByCut))
    return max((*cuts, *(len(m.grid) for m in block.measures)), default=0)


def _names(block: Block) -> Iterator[tuple[str, ...]]:
    """Yield lists of names that must differ."""
    yield block.segments
    yield tuple(m.name for m in block.measures)
    yield from (d.keys for d in block.dimensions)


def _are_names(names: tuple[str, ...]) -> bool:
    return len(set(names)) == len(names) and TOTAL_KEY not in names


def cells_of(block: Block, sizes: Sequence[int]) -> int:
    """Return how many cells a block has whose dimensions have so many keys."""
    return len(block.segments) * sum(prod(sizes[i] for i in level) for level in block.levels)


def _splits(block: Block) -> int:
    """Return segments x C of a trend, 1 of anything else."""
    most = prod(min(d.most, MAX_PERIODS) for d in block.dimensions if isinstance(d, ByPeriod))
    return max(1, most * len(block.segments))


def _is_margin(kept: tuple[int, ...], dimensions: int, periods: list[int]) -> bool:
    """Return whether a level is one: a person counts in several periods, but once in each."""
    inside = all(0 <= i < dimensions for i in kept) and len(kept) < dimensions
    return inside and list(kept) == sorted(set(kept)) and set(periods) <= set(kept)

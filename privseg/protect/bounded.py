# SPDX-License-Identifier: Apache-2.0
"""Tallies as ``protect`` reads them: the exact numbers it measures, and the bounds they keep to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index

from privseg.frames import TOTAL_KEY, Block, Cell, Measure, MeasureKind, Tally
from privseg.protect.formula import Part
from privseg.protect.measuring import Quantity
from privseg.protect.quantiles import folded


def measured(measure: Measure, quantity: Quantity, tallies: Sequence[Tally]) -> list[list[int]]:
    """Return the whole numbers to which noise is added: R x of each vector x, or x itself.

    ``tallies`` are those of every cell, in order: the periods of a series stand side by side.
    """
    factor = quantity.factor
    if quantity.part is Part.CUMULATIVE:
        vectors = [folded([index(n) for n in tally.bins[measure.name]]) for tally in tallies]
    else:
        exact = [_exact(measure, quantity.part, tally) for tally in tallies]
        length = len(exact) if factor is None else factor.length
        vectors = [exact[start : start + length] for start in range(0, len(exact), length or 1)]
    return vectors if factor is None else [factor.measure(vector) for vector in vectors]


def _exact(measure: Measure, part: Part, tally: Tally) -> int:
    """Return what a part says of a cell: of v - low it makes 2 v - low - high."""
    name, width = measure.name, measure.upper - measure.lower
    match part:
        case Part.PEOPLE | Part.COUNT:
            return index(tally.people)
        case Part.RUNNING:
            return index(tally.sums[name] if measure.kind is MeasureKind.TOTAL else tally.people)
        case Part.SUM:
            return index(tally.sums[name])
        case Part.CENTRED_SUM:
            return 2 * index(tally.sums[name]) - width * index(tally.counts[name])
        case Part.AT_LIMIT | Part.EVENTS:
            return index(tally.counts[name])
        case _:
            raise ValueError("this part is not one number of a cell")


def is_bounded(measure: Measure, tally: Tally) -> bool:
    """Return whether a tally respects the bounds that its noise is computed for."""
    name, people = measure.name, tally.people
    total, count = tally.sums.get(name, -1), tally.counts.get(name, -1)
    match measure.kind:
        case MeasureKind.SIZE | MeasureKind.COUNT:
            return people >= 0
        case MeasureKind.TOTAL:
            return 0 <= total <= people * measure.upper and 0 <= count <= people
        case MeasureKind.AVERAGE:
            width = measure.upper - measure.lower
            return 0 <= total <= count * width and count <= people * measure.events_per_person
        case MeasureKind.QUANTILES:
            bins = tally.bins.get(name, ())
            sized = len(bins) == len(measure.grid) + 1
            return sized and min(bins) >= 0 and sum(bins) <= people


def adds_up(block: Block, tallies: Mapping[Cell, Tally]) -> bool:
    """Return whether every margin is the sum of its cells, in every number."""
    return all(_is_sum(block, kept, tallies) for kept in block.margins)


def _is_sum(block: Block, kept: tuple[int, ...], tallies: Mapping[Cell, Tally]) -> bool:
    sums: dict[Cell, list[int]] = {}
    for segment, keys in block.finest:
        margin = segment, tuple(k if i in kept else TOTAL_KEY for i, k in enumerate(keys))
        numbers = _numbers(block, tallies[segment, keys])
        before = sums.get(margin, [0] * len(numbers))
        sums[margin] = [a + b for a, b in zip(before, numbers, strict=True)]
    return all(_numbers(block, tallies[cell]) == total for cell, total in sums.items())


def _numbers(block: Block, tally: Tally) -> list[int]:
    """Return every number of a tally that the block's measures read."""
    found = [tally.people]
    for measure in block.measures:
        found += [tally.sums.get(measure.name, 0), tally.counts.get(measure.name, 0)]
        found += tally.bins.get(measure.name, ())
    return found

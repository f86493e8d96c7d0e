# SPDX-License-Identifier: Apache-2.0
"""Which cells of a segment are the largest: surely, and possibly.

Every cell has a range: a shown one the interval of its size given that it was published, at
(alpha - 0.01) over how many are shown; a withheld one at most the people with whom it would have
been shown but for a chance of 0.01 over how many cells there are. All ranges hold at once with
probability at least 95 %: given which cells are shown, all intervals do but for alpha - 0.01
(Bonferroni; the cells' draws are independent), and that a cell above the withheld range is
withheld at all has, over all cells, a probability of at most 0.01.

If they hold, a cell is surely among the ``count`` largest (fewer than ``count`` cells are larger)
where fewer than ``count`` others may be larger, and none is but those that are possibly so.

Where keys are found in the data, nobody knows how many there are: the second part then is said of
any one key that is not shown, and such keys are not in the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from privseg.frames import Cell, MeasureKind
from privseg.protect.formula import Part, Top
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import Drawn, ProtectedDerived
from privseg.protect.threshold import ALPHA, Gate, truncated_interval

WITHHELD_ALPHA = Fraction(1, 100)

Range = tuple[int, int]


def top(
    plan: TablePlan, draws: Mapping[Cell, Mapping[str, Mapping[Part, Drawn]]], formula: Top
) -> ProtectedDerived:
    """Return the keys of the cells that are surely, and of those that are possibly so (no more).

    Both in the table's order.

    Raises:
        ValueError: the table has no such segment, or the measure is not its size.
    """
    check(plan, formula)
    shown = {c[1]: _people(plan, draws[c]) for c in draws if _is_ranked(plan, c, formula)}
    ranges = _ranges(plan, formula.segment, shown)
    unseen = 1 if plan.block.is_open else 0
    unseen_range = (0, _most_withheld(plan.gate, len(shown) + 1))
    others = [*ranges.values(), *[unseen_range] * unseen]
    surely = [k for k, (low, _) in ranges.items() if _above(others, k, ranges, low) < formula.count]
    possibly = [
        k
        for k, (_, high) in ranges.items()
        if k not in surely and sum(low > high for low, _ in ranges.values()) < formula.count
    ]
    return ProtectedDerived(formula.name, None, surely=tuple(surely), possibly=tuple(possibly))


def check(plan: TablePlan, formula: Top) -> None:
    """Refuse what cannot be ranked.

    Raises:
        ValueError: the table has no such segment, or the measure is not its size.
    """
    kinds = {p.measure.name: p.measure.kind for p in plan.measures}
    if formula.segment not in plan.block.segments or formula.count < 1:
        raise ValueError("a list of the largest cells is of a segment of the table")
    if kinds.get(formula.measure) is not MeasureKind.SIZE:
        raise ValueError("the largest cells are found by the size that their gate looked at")


def _is_ranked(plan: TablePlan, cell: Cell, formula: Top) -> bool:
    of_segment = cell[0] == formula.segment
    return of_segment and (plan.block.is_open or cell in plan.block.finest)


def _people(plan: TablePlan, released: Mapping[str, Mapping[Part, Drawn]]) -> int:
    drawn = released[plan.size.measure.name][Part.PEOPLE]
    if type(drawn) is not int:
        raise ValueError("a size is one number")
    return drawn


def _ranges(
    plan: TablePlan, segment: str, shown: Mapping[tuple[str, ...], int]
) -> dict[tuple[str, ...], Range]:
    """Return the range of each cell of the segment, by its keys, in the table's order."""
    gate = plan.gate
    alpha = (ALPHA - WITHHELD_ALPHA) / max(1, len(shown))
    found = {keys: _interval(gate, value, alpha) for keys, value in shown.items()}
    if plan.block.is_open:
        return dict(sorted(found.items()))
    cells = [keys for s, keys in plan.block.finest if s == segment]
    withheld = (0, _most_withheld(gate, len(cells)))
    return {keys: found.get(keys, withheld) for keys in cells}


def _interval(gate: Gate, value: int, alpha: Fraction) -> Range:
    """Return the people that a published value is compatible with at ``alpha``."""
    if value < gate.smallest_value:
        raise ValueError("such a value is never published")
    return truncated_interval(
        gate.law, value, floor=gate.min_people, shown_from=gate.smallest_value, alpha=alpha
    )


def _most_withheld(gate: Gate, cells: int) -> int:
    """Return the most people of a withheld cell; more would have been shown but for a chance."""
    return gate.people_needed(1 - WITHHELD_ALPHA / cells) - 1


def _above(
    others: list[Range], keys: tuple[str, ...], ranges: Mapping[tuple[str, ...], Range], low: int
) -> int:
    """Return how many cells other than ``keys`` may be larger than ``low``."""
    return sum(high > low for _, high in others) - (ranges[keys][1] > low)

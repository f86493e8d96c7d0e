# SPDX-License-Identifier: Apache-2.0
"""Counts of cells and of their margins that agree: least squares over the draws of both.

Every cell and every margin has a draw of its own, all with the same sigma2. Let y be the draws of a
segment's shown cells, A the incidence of those margins that are shown with all of their cells, and
u the draws of these. The least squares estimate of the cells is, by Woodbury's identity with
``K = I + A A'`` (as many rows as margins),

    x = y + A' l,   K l = u - A y,   and of the margins   A x = u - l;
    Var x_f = sigma2 (1 - a_f' K^-1 a_f),   Var (A x)_M = sigma2 (1 - (K^-1)_MM),

exactly, in whole numbers over one denominator (Bareiss 1968). Both are fitted values, so the
weights w of each are a row of a projection: ``sum w_i**2 = w_own``, hence
``max |w_i| <= max(w_own, 1/2)``, which ``linear.reach`` needs for an interval. No truth enters, nor
any draw that decided what is shown (those are PEOPLE).

**Printed.** Cells are rounded to a tenth, and never below zero; a margin is the sum of its printed
cells, so that totals agree to the digit, in every direction. Intervals are those of the exact
estimates; as the truth is a whole number, their ends are rounded *inwards* to whole numbers. A
margin with a withheld cell keeps its own draw: its printed cells need not add up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isqrt

from privseg.frames import TOTAL_KEY, Block, Cell, MeasureKind
from privseg.protect import linear
from privseg.protect.formula import Part
from privseg.protect.measuring import Quantity
from privseg.protect.quantity import MeasurePlan, TablePlan
from privseg.protect.stage import Drawn, Estimate

DECIMALS = 1
UNIT = 10**DECIMALS
ROOT = 10**9  # square roots are taken to 1e-9 and rounded up

Incidence = tuple[tuple[int, ...], ...]
"""For each margin, which cells it sums."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """An estimate, and its variance as a multiple of one draw's sigma2."""

    value: Fraction
    variance: Fraction


@dataclass(frozen=True, slots=True)
class Fit:
    """The least squares estimates of cells and of margins."""

    cells: tuple[Fitted, ...]
    margins: tuple[Fitted, ...]


def counts(
    plan: TablePlan, draws: Mapping[Cell, Mapping[str, Mapping[Part, Drawn]]]
) -> Mapping[Cell, Estimate]:
    """Return the estimates of COUNT, for the segments where a margin is shown with all its cells.

    ``draws`` are those of the shown cells. A segment without such a margin has nothing to agree on.

    Raises:
        ValueError: the table does not count its people apart from its gate.
    """
    measure = _counted(plan)
    quantity = measure.quantity(Part.COUNT)
    drawn = {cell: _whole(of[measure.measure.name][Part.COUNT]) for cell, of in draws.items()}
    found: dict[Cell, Estimate] = {}
    for finest in _by_segment(plan.block):
        found |= _segment(plan.block, quantity, finest, drawn)
    return found


def fit(cells: Sequence[int], margins: Sequence[int], incidence: Incidence) -> Fit:
    """Return the least squares estimates for draws of cells and of margins, exactly.

    >>> fit([10, 20], [33], ((0, 1),)).margins[0]
    Fitted(value=Fraction(32, 1), variance=Fraction(2, 3))
    """
    adjugate, determinant = _inverse(incidence)
    off = [u - sum(cells[f] for f in of) for u, of in zip(margins, incidence, strict=True)]
    pulls = [sum(a * r for a, r in zip(row, off, strict=True)) for row in adjugate]
    inside: list[list[int]] = [[] for _ in cells]
    for number, of in enumerate(incidence):
        for f in of:
            inside[f].append(number)
    fitted = [
        Fitted(
            cells[f] + Fraction(sum(pulls[m] for m in by), determinant),
            1 - Fraction(sum(adjugate[m][n] for m in by for n in by), determinant),
        )
        for f, by in enumerate(inside)
    ]
    summed = [
        Fitted(u - Fraction(pulls[m], determinant), 1 - Fraction(adjugate[m][m], determinant))
        for m, u in enumerate(margins)
    ]
    return Fit(tuple(fitted), tuple(summed))


def _by_segment(block: Block) -> Iterable[Sequence[Cell]]:
    """Return the finest cells of each segment, all in their order."""
    found: dict[str, list[Cell]] = {segment: [] for segment in block.segments}
    for cell in block.finest:
        found[cell[0]].append(cell)
    return found.values()


def _segment(
    block: Block, quantity: Quantity, finest: Sequence[Cell], drawn: Mapping[Cell, int]
) -> dict[Cell, Estimate]:
    """Return the estimates of one segment's shown cells; none, if no margin is complete."""
    cells = [cell for cell in finest if cell in drawn]
    margins = _complete_margins(block.margins, finest, cells, drawn)
    if not margins:
        return {}
    incidence = tuple(margins.values())
    fitted = fit([drawn[c] for c in cells], [drawn[m] for m in margins], incidence)
    half = _Half(quantity.sigma2, len(cells) + len(margins))
    printed = [max(0, _nearest(UNIT * f.value)) for f in fitted.cells]
    sums = [sum(printed[f] for f in of) for of in incidence]
    found = zip(
        (*cells, *margins), (*fitted.cells, *fitted.margins), (*printed, *sums), strict=True
    )
    return {cell: half.estimate(of, value) for cell, of, value in found}


def _complete_margins(
    margins: Iterable[tuple[int, ...]],
    finest: Sequence[Cell],
    shown: Sequence[Cell],
    drawn: Mapping[Cell, int],
) -> dict[Cell, tuple[int, ...]]:
    """Return the shown margins of which all cells are shown, with the numbers of these."""
    numbers = {cell: number for number, cell in enumerate(shown)}
    found: dict[Cell, list[Cell]] = {}
    for kept in margins:
        for cell in finest:
            found.setdefault(_margin(cell, kept), []).append(cell)
    return {
        margin: tuple(numbers[cell] for cell in of)
        for margin, of in found.items()
        if margin in drawn and all(cell in numbers for cell in of)
    }


def _margin(cell: Cell, kept: tuple[int, ...]) -> Cell:
    segment, keys = cell
    return segment, tuple(k if i in kept else TOTAL_KEY for i, k in enumerate(keys))


@dataclass(frozen=True, slots=True)
class _Half:
    """The law of intervals: one draw's sigma2, and how many draws an estimate has at most."""

    sigma2: Fraction
    terms: int

    def estimate(self, fitted: Fitted, printed: int) -> Estimate:
        """Return the estimate with the interval of its exact value."""
        z, k = linear.reach(linear.ALPHA, sigma2=self.sigma2, terms=self.terms)
        square = fitted.variance * self.sigma2 * ROOT**2
        deviation = Fraction(isqrt(square.numerator // square.denominator) + 1, ROOT)
        half = z * deviation + k * max(fitted.variance, Fraction(1, 2))
        low = UNIT * max(0, -((half - fitted.value) // 1))
        high = UNIT * max(0, (fitted.value + half) // 1)
        return Estimate(printed, min(low, printed), max(high, printed), DECIMALS)


@lru_cache(maxsize=64)  # a memo of a pure function of which cells are shown
def _inverse(incidence: Incidence) -> tuple[tuple[tuple[int, ...], ...], int]:
    """Return the inverse of K = I + A A', as whole numbers and their common denominator.

    By Gauss and Jordan without fractions (Bareiss 1968): every division is exact. K is positive
    definite, so no pivot is zero.
    """
    sets, size = [frozenset(of) for of in incidence], len(incidence)
    rows = [
        [len(a & b) + (i == j) for j, b in enumerate(sets)] + [int(i == j) for j in range(size)]
        for i, a in enumerate(sets)
    ]
    before = 1
    for k in range(size):
        pivot = rows[k][k]
        for i in range(size):
            if i != k:
                by = rows[i][k]
                pairs = zip(rows[i], rows[k], strict=True)
                rows[i] = [(pivot * a - by * b) // before for a, b in pairs]
        before = pivot
    return tuple(tuple(row[size:]) for row in rows), before


def _counted(plan: TablePlan) -> MeasurePlan:
    found = [p for p in plan.measures if p.measure.kind is MeasureKind.COUNT]
    if len(found) != 1 or found[0].measure.running:
        raise ValueError("margins agree where a table counts its people once, apart from its gate")
    return found[0]


def _whole(drawn: Drawn) -> int:
    if type(drawn) is not int:
        raise ValueError("a count of people is one number")
    return drawn


def _nearest(value: Fraction) -> int:
    return (2 * value + 1) // 2

# SPDX-License-Identifier: Apache-2.0
"""Quantiles of an amount over people, read off noisy running counts on a public grid.

Amounts are clamped to [g_0, g_n], the grid's ends. Bins are half open, ``[g_j, g_(j+1))``, but for
the last, which holds g_n too: an amount equal to an edge is in the bin that begins there. The
people of each bin are measured as running sums (``running``, C = 1: a person is in one bin), and
what is released are these sums, rounded: F_j, how many people are below g_j, for j = 1 to n - 1,
and F_n, how many there are. (The last two are Part.CUMULATIVE's, in this order.)

**Definition.** The q-quantile of N people is the smallest amount v with at least q N people at or
below it. (N > 0, 0 < q < 1; amounts are integers.) Write ``D_j = F_j - q F_n`` of the true counts,
``D_0 = -q N < 0 <= D_n``. The quantile lies in bin j exactly if ``D_j < 0 <= D_(j+1)``: fewer than
q N are below g_j, so it is not below g_j; at least q N are below g_(j+1), so it is.

**Interval** (test inversion). Noise and rounding move each D_j by at most ``h_j + (1 + q) / 2``,
where h_j is the half-width at alpha of the exact linear law of ``e_j - q e_n``, both through their
rows of L (``linear``); that law is symmetric, so each side is left with probability at most
alpha / 2. ``D_j < 0`` is rejected if the noisy one is at least this bound, ``D_j >= 0`` if it is
below minus this bound. Bin j is kept unless ``D_j < 0`` or ``D_(j+1) >= 0`` is rejected: for the
true bin two tests, one on each side, so it is lost with probability at most alpha, whatever the
distribution, its atoms and ties are, and however fine the grid is. The interval is the hull of the
bins kept, from the first's lower to the last's upper edge (a bin of one whole number ends there).
If every bin is rejected, which happens only where the true one is, nothing is excluded.

**Whether it is printed** depends on the published *size* of the cell alone, whose noise has nothing
to do with that of F: coverage given that it is printed is that without conditions. Printing by F_n
itself would bend its law: where few people have an amount a printed interval would mostly be wrong.
The rule: ``min(q, 1 - q)`` times the size is at least 2.5 sd of F_n, 5 sd at the median. Where that
holds and hardly anybody has an amount, the interval is as a rule the whole grid: it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import isqrt

from privseg.protect import linear
from privseg.protect.measuring import Quantity
from privseg.protect.running import Factor
from privseg.protect.stage import Estimate

FIVE_SD_AT_THE_MEDIAN = Fraction(5, 2)  # sd of F_n that min(q, 1 - q) of the size must reach


def folded(bins: Sequence[int]) -> list[int]:
    """Return the people of each bin after clamping: below goes to the first, above to the last.

    >>> folded((1, 10, 20, 30, 4))
    [11, 20, 34]
    """
    below, *inner, above = bins
    inner[0] += below
    inner[-1] += above
    return inner


def quantile(
    quantity: Quantity, released: Sequence[int], *, grid: Sequence[int], rank: Fraction, size: int
) -> Estimate | None:
    """Return the quantile that the released running counts give, or None if it is not printed."""
    factor = _factor(quantity)
    if not is_printed(quantity, rank=rank, size=size):
        return None
    differences = [f - rank * released[-1] for f in (0, *released)]
    bounds = _bounds(factor, quantity.sigma2, rank)
    kept = [
        j
        for j in range(factor.length)
        if (j == 0 or differences[j] < bounds[j - 1])
        and (j + 1 == factor.length or differences[j + 1] >= -bounds[j])
    ] or range(factor.length)
    low, high = grid[kept[0]], _end(grid, kept[-1])
    return Estimate(min(max(_point(differences, grid), low), high), low, high)


def is_printed(quantity: Quantity, *, rank: Fraction, size: int) -> bool:
    """Return whether a cell of ``size`` (as published) has enough people for this rank's noise."""
    return size >= printed_from(quantity, rank)


def printed_from(quantity: Quantity, rank: Fraction) -> int:
    """Return the smallest published size from which a quantile of ``rank`` is printed."""
    variance = quantity.sigma2 * sum(w**2 for w in _factor(quantity).weights)
    least = FIVE_SD_AT_THE_MEDIAN**2 * variance / min(rank, 1 - rank) ** 2
    return isqrt(-(-least.numerator // least.denominator) - 1) + 1


def _point(differences: Sequence[Fraction], grid: Sequence[int]) -> int:
    """Return where the noisy running counts first reach q N, linearly inside that bin."""
    last = len(differences) - 2
    j = next((j for j in range(last) if differences[j + 1] >= 0), last)
    low, high = grid[j], _end(grid, j)
    rise = differences[j + 1] - differences[j]
    share = min(Fraction(1), max(Fraction(0), -differences[j] / rise)) if rise > 0 else Fraction(0)
    return low + round(share * (high - low))


def _end(grid: Sequence[int], j: int) -> int:
    """Return the upper end of bin j: its edge, or its one whole number."""
    alone = grid[j + 1] - grid[j] == 1 and j + 2 < len(grid)
    return grid[j] if alone else grid[j + 1]


@lru_cache(maxsize=64)  # a memo of a pure function of public numbers
def _bounds(factor: Factor, sigma2: Fraction, rank: Fraction) -> tuple[Fraction, ...]:
    """Return, for j = 1 to n - 1, how far noise and rounding move D_j at level alpha."""
    n, weights = factor.length, factor.weights
    rounding = (1 + rank) / 2
    rows = (
        [(_at(weights, j - 1 - i) - rank * weights[n - 1 - i], sigma2) for i in range(n)]
        for j in range(1, n)
    )
    return tuple(linear.half_width(row) + rounding for row in rows)


def _at(weights: Sequence[Fraction], index: int) -> Fraction:
    return weights[index] if index >= 0 else Fraction(0)


def _factor(quantity: Quantity) -> Factor:
    if quantity.factor is None:
        raise ValueError("quantiles are read off running counts")
    return quantity.factor

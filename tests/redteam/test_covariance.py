# SPDX-License-Identifier: Apache-2.0
"""No draw of a withheld cell can be solved for from what is released, however it is combined.

What is released are linear functions of draws (rounded, which only hides more). A withheld number
is given away if its own row lies in the span of the rows released: exact linear algebra.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest

from privseg.protect import Factor
from tests.redteam import world

Row = list[Fraction]


def rank(rows: Sequence[Row]) -> int:
    """Return the rank, by elimination in fractions."""
    left, found = [list(r) for r in rows], 0
    for column in range(len(left[0]) if left else 0):
        pivot = next((r for r in left[found:] if r[column]), None)
        if pivot is None:
            continue
        left.remove(pivot)
        left.insert(found, pivot)
        for row in left[found + 1 :]:
            by = row[column] / pivot[column]
            row[:] = [a - by * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


def gives_away(released: Sequence[Row], hidden: Row) -> bool:
    """Return whether ``hidden`` is a combination of what is released."""
    return rank([*released, hidden]) == rank(released)


def rows_of_sums(length: int) -> list[Row]:
    """Return the rows of L: what running sums are of the draws."""
    weights = Factor(length).weights
    return [
        [weights[t - j] if j <= t else Fraction(0) for j in range(length)] for t in range(length)
    ]


@pytest.mark.parametrize("hidden", range(8))
def test_a_withheld_week_is_not_solved_for_from_the_weeks_shown(hidden: int) -> None:
    rows = rows_of_sums(8)
    assert not gives_away([r for t, r in enumerate(rows) if t != hidden], rows[hidden])
    single = [Fraction(int(j == hidden)) for j in range(8)]  # the week's own draw
    shown = [r for t, r in enumerate(rows) if t != hidden]
    assert not gives_away(shown, single)


def test_totals_and_cells_do_not_give_away_a_withheld_cell() -> None:
    """Each cell of each level has a draw of its own: a total less its cells has other noise."""
    cells = world.MARGINS.cells
    hidden = world.MARGINS.finest[0]
    own = {c: [Fraction(int(c == d)) for d in cells] for c in cells}
    assert not gives_away([own[c] for c in cells if c != hidden], own[hidden])


def test_a_total_that_is_the_sum_of_its_cells_draws_would_give_it_away() -> None:
    """The control: totals without draws of their own."""
    block = world.MARGINS
    own = {c: [Fraction(int(c == d)) for d in block.finest] for c in block.finest}
    sums = [
        [
            sum(col, Fraction(0))
            for col in zip(*(own[f] for f in block.finest if world.is_in(f, c)), strict=True)
        ]
        for c in block.cells[len(block.finest) :]
    ]
    hidden = block.finest[0]
    assert gives_away([*(own[c] for c in block.finest[1:]), *sums], own[hidden])

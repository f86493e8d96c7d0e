# SPDX-License-Identifier: Apache-2.0
"""Dense least squares with fractions, the textbook way: the twin of margins that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Matrix = list[list[Fraction]]


@dataclass(frozen=True)
class Dense:
    """Fitted values of all observations (cells, then margins) and their covariance / sigma2."""

    values: list[Fraction]
    covariance: Matrix
    weights: Matrix


def dense(
    cells: Sequence[int], margins: Sequence[int], incidence: Sequence[Sequence[int]]
) -> Dense:
    """Solve (D'D) x = D'y for the design D of cells and margins; fitted values are D x."""
    size = len(cells)
    design = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    design += [[Fraction(int(j in of)) for j in range(size)] for of in incidence]
    across = transposed(design)
    inverse = inverted(product(across, design))
    weights = product(product(design, inverse), across)
    drawn = [[Fraction(y)] for y in (*cells, *margins)]
    values = [row[0] for row in product(weights, drawn)]
    return Dense(values, product(weights, transposed(weights)), weights)


def product(a: Matrix, b: Matrix) -> Matrix:
    """Return a b."""
    columns = transposed(b)
    return [
        [sum((x * y for x, y in zip(r, c, strict=True)), Fraction(0)) for c in columns] for r in a
    ]


def transposed(a: Matrix) -> Matrix:
    """Return a with rows for columns."""
    return [list(column) for column in zip(*a, strict=True)]


def inverted(a: Matrix) -> Matrix:
    """Return the inverse by Gauss and Jordan, with fractions."""
    size = len(a)
    rows = [[*row, *(Fraction(int(i == j)) for j in range(size))] for i, row in enumerate(a)]
    for k in range(size):
        pivot = next(i for i in range(k, size) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(size):
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return [row[size:] for row in rows]

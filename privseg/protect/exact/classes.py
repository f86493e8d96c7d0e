# SPDX-License-Identifier: Apache-2.0
"""Equivalence classes: records with the same labels in all quasi-identifiers; what holds of them.

Everything is decided in whole numbers: a share or distance is compared by multiplying out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import log

import numpy as np
from numpy.typing import NDArray

from privseg.policy.k_rules import Distance, Diversity
from privseg.protect.exact.guarantee import KAnonymous, LDiversity, TCloseness
from privseg.protect.exact.hierarchy import Codes

DENSE = 4_000_000  # numbers of classes that are counted without sorting
NEAR = 1e-9  # an entropy as near as this to its bound is decided in whole numbers
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SensitiveColumn:
    """A sensitive attribute of every record: codes 0 .. values - 1 in the order of its values."""

    name: str
    codes: Codes
    values: int
    distance: Distance
    declared: bool = True  # whether values that nobody has lie between others, too
    everyone: NDArray[np.int64] | None = None  # of each value, of whom the classes are compared to

    @property
    def all(self) -> NDArray[np.int64]:
        """Return how many have each value, of all that classes are compared with."""
        if self.everyone is not None:
            return self.everyone
        return np.bincount(self.codes, minlength=self.values)

    def among(self, rows: Mask) -> SensitiveColumn:
        """Return the column, compared with some of the records."""
        return replace(self, everyone=np.bincount(self.codes[rows], minlength=self.values))


def joined(columns: Sequence[Codes], sizes: Sequence[int]) -> tuple[Codes, int]:
    """Return one number for each record, the same where all columns are the same; and a bound.

    >>> joined([np.array([0, 1, 1]), np.array([2, 0, 0])], [2, 3])[0].tolist()
    [0, 1, 1]
    """
    number, bound = np.zeros(len(columns[0]), np.int64), 1
    for column, size in zip(columns, sizes, strict=True):
        if bound * size > DENSE:
            number, bound = _dense(number)
        number, bound = number * size + column, bound * size
        if bound > DENSE:
            number, bound = _dense(number)
    return _dense(number)


def _dense(number: Codes) -> tuple[Codes, int]:
    """Return the same classes numbered 0, 1, ... in order."""
    if not len(number):
        return number, 0
    top = int(number.max()) + 1
    if top <= DENSE:
        there = np.zeros(top, np.int64)
        there[number] = 1
        place = np.cumsum(there) - 1
        return place[number], int(place[-1]) + 1
    _, inverse = np.unique(number, return_inverse=True)
    return inverse.astype(np.int64), int(inverse.max()) + 1


@dataclass(frozen=True)
class Judge:
    """Decides which classes hold what was asked; all records together are what is compared with."""

    asked: KAnonymous
    sensitive: tuple[SensitiveColumn, ...]

    def of(self, rows: NDArray[np.intp]) -> Judge:
        """Return the same judge over some of the records; compared with all, as before."""
        some = tuple(replace(c, codes=c.codes[rows], everyone=c.all) for c in self.sensitive)
        return Judge(self.asked, some)

    @property
    def of_sizes(self) -> Judge:
        """Return a judge of k alone."""
        return Judge(KAnonymous(self.asked.k), ())

    def holds(self, classes: Codes, number: int) -> Mask:
        """Return which classes have k records, l values and t-close distributions."""
        sizes = np.bincount(classes, minlength=number)
        good: Mask = sizes >= self.asked.k
        for column in self.sensitive if good.any() else ():
            table = counted(classes, number, column)
            if self.asked.l_diversity is not None:
                good &= diverse(table, self.asked.l_diversity)
            if self.asked.t_closeness is not None:
                good &= close(table, column, self.asked.t_closeness)
        return good

    def kept(self, classes: Codes, number: int) -> Mask:
        """Return which classes can be released together: each compared with what is released.

        What is left out changes what the others are compared with, so it is asked until nothing
        more is left out.
        """
        good, judge = self.holds(classes, number), self
        while self.asked.t_closeness is not None and self.sensitive and good.any():
            released = good[classes]
            judge = Judge(self.asked, tuple(c.among(released) for c in self.sensitive))
            still = good & judge.holds(classes, number)
            if (still == good).all():
                break
            good = still
        return good


def counted(classes: Codes, number: int, column: SensitiveColumn) -> NDArray[np.int64]:
    """Return how many records of each class have each value: a row a class."""
    flat = np.bincount(classes * column.values + column.codes, minlength=number * column.values)
    return flat.reshape(number, column.values)


def diverse(table: NDArray[np.int64], asked: LDiversity) -> Mask:
    """Return which classes are l-diverse.

    >>> diverse(np.array([[3, 3, 0], [6, 0, 0]]), LDiversity(2)).tolist()
    [True, False]
    """
    if asked.kind is Diversity.DISTINCT:
        return np.asarray((table > 0).sum(axis=1) >= asked.least)
    size = table.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(table > 0, table * np.log(table), 0.0).sum(axis=1)
        spare = np.where(size > 0, np.log(size) - parts / size, 0.0) - log(asked.least)
    good: Mask = spare > 0
    for row in np.flatnonzero(np.abs(spare) < NEAR):
        good[row] = _entropy_holds([int(n) for n in table[row] if n], asked.least)
    return good


def _entropy_holds(counts: list[int], least: int) -> bool:
    """Return whether entropy >= log(least): n**n >= least**n x the product of c**c, exactly."""
    size = sum(counts)
    product = least**size
    for count in counts:
        product *= count**count
    return size > 0 and size**size >= product


def close(table: NDArray[np.int64], column: SensitiveColumn, asked: TCloseness) -> Mask:
    """Return which classes are t-close to all records, by the earth mover's distance."""
    moved, whole = earth_moved(table, column)
    limit = asked.most
    pairs = zip(moved.tolist(), whole.tolist(), strict=True)
    return np.array([m * limit.denominator <= w * limit.numerator for m, w in pairs], np.bool_)


def earth_moved(
    table: NDArray[np.int64], column: SensitiveColumn
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the earth mover's distance of each class from all records as numerator, denominator.

    Equal: half the sum of |p - q|. Ordered, m values: the sum of |running sums of p - q| / (m - 1)
    (Li, Li & Venkatasubramanian 2007, section 4.1).
    """
    everyone = column.all
    if not column.declared:
        table, everyone = table[:, everyone > 0], everyone[everyone > 0]
    size, total = table.sum(axis=1), int(everyone.sum())
    apart = table * total - np.outer(size, everyone)
    if column.distance is Distance.EQUAL:
        return np.abs(apart).sum(axis=1), 2 * size * total
    steps = max(table.shape[1] - 1, 1)
    return np.abs(np.cumsum(apart, axis=1)).sum(axis=1), steps * size * total


@dataclass(frozen=True, slots=True)
class Attained:
    """What released records have, as checked from themselves: their least k and l, their most t."""

    k: int
    classes: int
    distinct: int | None  # the fewest values of any sensitive attribute in any class
    entropy: Fraction | None  # exp of the least entropy, rounded down to hundredths
    farthest: Fraction = Fraction(0)  # the largest distance of a class from all, exactly


def attained(classes: Codes, number: int, sensitive: tuple[SensitiveColumn, ...]) -> Attained:
    """Return what the classes of released records have."""
    sizes = np.bincount(classes, minlength=number)
    tables = [(counted(classes, number, c), c) for c in sensitive]
    distinct = [int((t > 0).sum(axis=1).min()) for t, _ in tables]
    entropies = [_least_entropy(t) for t, _ in tables]
    far = [_farthest(t, c) for t, c in tables]
    return Attained(
        k=int(sizes.min()),
        classes=number,
        distinct=min(distinct, default=None),
        entropy=Fraction(int(min(entropies) * 100 + NEAR), 100) if tables else None,
        farthest=max(far, default=Fraction(0)),
    )


def _least_entropy(table: NDArray[np.int64]) -> float:
    """Return exp of the least entropy of a class."""
    size = table.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(table > 0, table * np.log(table), 0.0).sum(axis=1)
    return float(np.exp((np.log(size) - parts / size).min()))


def _farthest(table: NDArray[np.int64], column: SensitiveColumn) -> Fraction:
    """Return the largest distance of a class from all records."""
    moved, whole = earth_moved(table, column)
    return max(Fraction(m, w) for m, w in zip(moved.tolist(), whole.tolist(), strict=True))

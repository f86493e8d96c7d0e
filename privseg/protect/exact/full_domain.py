# SPDX-License-Identifier: Apache-2.0
"""Full-domain generalisation: each attribute at one level in all records (Samarati 2001).

With levels fixed by policy nothing about the data decides. A search takes, of all nodes of the
lattice that hold what is asked, the one with the least loss. Its answer depends on the data, and
that it is the least tells something of them (downcoding: Cohen 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm
from operator import mul

import numpy as np

from privseg.protect.exact.classes import Judge, Mask, joined
from privseg.protect.exact.errors import HomogeneousError, NotReachedError
from privseg.protect.exact.hierarchy import Coded, Codes

Node = tuple[int, ...]
"""One level for each attribute."""


@dataclass(frozen=True)
class Recoded:
    """Records in classes: which class each is in, which classes are kept."""

    classes: Codes
    number: int
    kept: Mask  # of classes

    @property
    def rows(self) -> Mask:
        """Return which records are kept."""
        return self.kept[self.classes]


def loss(node: Node, columns: Sequence[Coded]) -> Fraction:
    """Return how much a node tells less than the data: the mean of level over height.

    Sweeney's precision (2002), which does not depend on the data. More at any level is more.
    """
    each = (Fraction(n, c.height) for n, c in zip(node, columns, strict=True))
    return sum(each, Fraction(0)) / len(columns)


def at_levels(columns: Sequence[Coded], node: Node, judge: Judge, most_left_out: int) -> Recoded:
    """Return the records at fixed levels, without classes that do not hold what is asked.

    Raises:
        HomogeneousError: only their sensitive values are too few or too alike.
        NotReachedError: more records than may be left out are in such classes.
    """
    found = _recoded(columns, node, judge)
    if _left_out(found) <= most_left_out and found.kept.any():
        return found
    plain = _recoded(columns, node, judge.of_sizes)
    if _left_out(plain) <= most_left_out and plain.kept.any():
        raise HomogeneousError(
            "at these levels people who are alike have too few sensitive values, or too unlike "
            "those of all"
        )
    raise NotReachedError("at these levels too many people are too few alike")


def search(columns: Sequence[Coded], judge: Judge, most_left_out: int) -> tuple[Node, Recoded]:
    """Return the node with the least loss that holds, and its records; the first of equals.

    k alone is monotone: what fails it fails it at every finer node. So nodes are looked at from
    the least loss on, and those under a node that fails are passed over; a few nodes from the
    middle are asked first, as they rule out most (Kohlmayer et al. 2012).

    Raises:
        NotReachedError: not even the coarsest node holds.
    """
    steps = [lcm(*(c.height for c in columns)) // c.height for c in columns]  # loss, whole numbers
    order = sorted(_nodes(columns), key=lambda n: (sum(map(mul, n, steps)), n))
    failing = _Failing(len(columns))
    _probe(columns, judge, most_left_out, failing)
    for node in order:
        if failing.covers(node):
            continue
        sizes_fail, found = _try(columns, node, judge, most_left_out)
        if sizes_fail:
            failing.add(node)
        elif found is not None:
            return node, found
    raise NotReachedError("not even the highest levels give what is asked")


class _Failing:
    """Nodes with too many records in classes under k; every node below one is one."""

    def __init__(self, width: int) -> None:
        self._nodes = np.empty((0, width), np.int64)

    def add(self, node: Node) -> None:
        """Remember a node."""
        self._nodes = np.vstack([self._nodes, np.array([node])])

    def covers(self, node: Node) -> bool:
        """Return whether a node is below one that fails."""
        return bool((self._nodes >= np.array(node)).all(axis=1).any())


def _probe(columns: Sequence[Coded], judge: Judge, most: int, failing: _Failing) -> None:
    """Halve the way from nothing to everything, along several chains; remember what fails."""
    sizes_only = judge.of_sizes
    for first in range(len(columns)):
        chain = list(_chain(columns, first))
        low, high = 0, len(chain) - 1
        while low < high:
            middle = (low + high) // 2
            fails = failing.covers(chain[middle])
            if not fails and (fails := _try(columns, chain[middle], sizes_only, most)[0]):
                failing.add(chain[middle])
            low, high = (middle + 1, high) if fails else (low, middle)


def _chain(columns: Sequence[Coded], first: int) -> Iterator[Node]:
    """Yield a way from the finest node to the coarsest, one level a step, beginning with one."""
    node = [0] * len(columns)
    yield tuple(node)
    turn = first
    while any(n < c.height for n, c in zip(node, columns, strict=True)):
        if node[turn] < columns[turn].height:
            node[turn] += 1
            yield tuple(node)
        turn = (turn + 1) % len(columns)


def _try(
    columns: Sequence[Coded], node: Node, judge: Judge, most: int
) -> tuple[bool, Recoded | None]:
    """Return whether class sizes alone fail, and the records if everything holds."""
    classes, number = _classes(columns, node)
    sizes = np.bincount(classes, minlength=number)
    if int(sizes[sizes < judge.asked.k].sum()) > most:
        return True, None
    found = Recoded(classes, number, judge.kept(classes, number))
    return False, found if found.kept.any() and _left_out(found) <= most else None


def _recoded(columns: Sequence[Coded], node: Node, judge: Judge) -> Recoded:
    classes, number = _classes(columns, node)
    return Recoded(classes, number, judge.kept(classes, number))


def _classes(columns: Sequence[Coded], node: Node) -> tuple[Codes, int]:
    told = [c.at(n) for c, n in zip(columns, node, strict=True)]
    return joined(told, [len(c.labels[n]) for c, n in zip(columns, node, strict=True)])


def _left_out(found: Recoded) -> int:
    """Return how many records are in classes that are not kept."""
    return int((~found.rows).sum())


def _nodes(columns: Sequence[Coded]) -> Iterator[Node]:
    return product(*(range(c.height + 1) for c in columns))

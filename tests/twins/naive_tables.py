# SPDX-License-Identifier: Apache-2.0
"""What can be worked out of printed counts, the plainest way: write down all that agrees.

Nothing here is shared with ``privseg.protect.exact``: a table of atoms is a tuple of numbers, a
count a sum over atoms, and an audit a look at all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np

Table = tuple[int, ...]
Count = tuple[frozenset[int], int | None]
"""The atoms of a count, and the number printed; None is withheld."""

END = 10**9  # stands for a number without an end


def agreeing(counts: Sequence[Count], atoms: int) -> Iterator[Table]:
    """Yield every table of whole numbers that gives the printed counts.

    An atom in no printed count can hold any number: it is left at 0, and ``widest`` knows.
    """
    printed = [(held, n) for held, n in counts if n is not None]
    limits = [min((n for held, n in printed if a in held), default=0) for a in range(atoms)]
    yield from _extended((), limits, printed)


def _extended(
    begun: Table, limits: Sequence[int], printed: Sequence[tuple[frozenset[int], int]]
) -> Iterator[Table]:
    at = len(begun)
    for held, n in printed:
        known = sum(begun[a] for a in held if a < at)
        room = sum(limits[a] for a in held if a >= at)
        if known > n or known + room < n:
            return
    if at == len(limits):
        yield begun
        return
    for people in range(limits[at] + 1):
        yield from _extended((*begun, people), limits, printed)


def free(counts: Sequence[Count], atoms: int) -> frozenset[int]:
    """Return the atoms that no printed count holds."""
    bound = frozenset().union(*(held for held, n in counts if n is not None))
    return frozenset(range(atoms)) - bound


def ends(
    counts: Sequence[Count], tables: Sequence[Table], group: frozenset[int]
) -> tuple[int, int]:
    """Return the fewest and the most people that a group can have in any of ``tables``."""
    sums = [sum(table[a] for a in group) for table in tables]
    return min(sums), END if group & free(counts, len(tables[0])) else max(sums)


def counts_of(
    shape: Sequence[int], tables: Sequence[tuple[tuple[int, ...], bool]], people: Sequence[int]
) -> list[tuple[frozenset[int], int]]:
    """Return every count of every table, each once: atoms are numbered as the last axis runs first.

    A table is the axes that it is by, and whether it is of those who are 1 on the last axis.
    """
    places = list(product(*(range(n) for n in shape)))
    found: dict[frozenset[int], int] = {}
    for axes, is_segment in tables:
        for size in range(len(axes), -1, -1):
            for kept in combinations(axes, size):
                for keys in product(*(range(shape[a]) for a in kept)):
                    held = frozenset(
                        i
                        for i, place in enumerate(places)
                        if all(place[a] == k for a, k in zip(kept, keys, strict=True))
                        and (not is_segment or place[-1] == 1)
                    )
                    found[held] = sum(people[i] for i in held)
    return list(found.items())


def shown_small(
    counts: Sequence[Count], tables: Sequence[Table], k: int
) -> Iterator[frozenset[int]]:
    """Yield every group of atoms, however put together, that is shown to have 1 to k - 1 people."""
    atoms = len(tables[0])
    written = np.array(tables)
    bound = sorted(set(range(atoms)) - free(counts, atoms))
    groups = [frozenset(g) for n in range(1, len(bound) + 1) for g in combinations(bound, n)]
    chosen = np.array([[a in g for a in range(atoms)] for g in groups]).reshape(-1, atoms)
    sums = written @ chosen.T.astype(np.int64)
    for group, low, high in zip(groups, sums.min(axis=0), sums.max(axis=0), strict=True):
        if low >= 1 and high < k:
            yield group

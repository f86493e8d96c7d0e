# SPDX-License-Identifier: Apache-2.0
"""Inclusion proofs of trees too large to hold: one pass over the leaves, few hashes in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from privseg.tlog.frontier import Frontier
from privseg.tlog.tree import ProofRangeError

AT_ONCE = 4_096  # leaves hashed together
Leaves = Callable[[int, int], Iterable[bytes]]
"""Returns the leaf hashes of [first, end) in order."""


def siblings(index: int, size: int) -> list[tuple[int, int]]:
    """Return the subtrees, as [first, end), whose roots prove leaf ``index``: from its sibling up.

    PATH(m, D[n]) of RFC 6962 2.1.1 with the hashes left out: at most 63 of them.

    >>> siblings(2, 7)
    [(3, 4), (0, 2), (4, 7)]

    Raises:
        ProofRangeError: there is no leaf ``index``.
    """
    if not 0 <= index < size:
        raise ProofRangeError(wanted=index, size=size)
    first, end, found = 0, size, []
    while end - first > 1:
        middle = first + (1 << (end - first - 1).bit_length() - 1)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return found[::-1]


def prove(index: int, size: int, leaves: Leaves) -> list[bytes]:
    """Return the inclusion proof of leaf ``index`` in the tree of ``size`` leaves.

    Law: it is ``inclusion_proof(index, list(leaves(0, size)))``.

    Raises:
        ProofRangeError: there is no leaf ``index``.
    """
    return [_root(leaves(first, end)) for first, end in siblings(index, size)]


def _root(leaves: Iterable[bytes]) -> bytes:
    frontier = Frontier()
    for several in _batches(leaves):
        frontier = frontier.append(several)
    return frontier.root()


def _batches(leaves: Iterable[bytes]) -> Iterator[list[bytes]]:
    waiting = iter(leaves)
    while several := list(islice(waiting, AT_ONCE)):
        yield several

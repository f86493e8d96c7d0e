# SPDX-License-Identifier: Apache-2.0
"""Everybody by number, and whom each is tied to: what one person did counted for many (law 11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Micros = NDArray[np.int64]
Numbers = NDArray[np.int64]
Days = NDArray[np.int32]

BEFORE_ALL = -(2**63)
"""The latest of no moments."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """People numbered from 0, and of each the lowest number among the profiles tied to it.

    ``group`` None: nobody is tied to anybody, which saves a pass over everybody.
    """

    size: int
    group: Numbers | None = None

    def any_own(self, person: Numbers) -> Mask:
        """Return who is among ``person``."""
        found = np.zeros(self.size, dtype=np.bool_)
        found[person] = True
        return found

    def any_linked(self, person: Numbers) -> Mask:
        """Return who is among ``person``, or is tied to one of them."""
        if self.group is None:
            return self.any_own(person)
        return self.any_own(self.group[person])[self.group]

    def latest_own(self, person: Numbers, moments: Micros) -> Micros:
        """Return everybody's latest of ``moments``, ``BEFORE_ALL`` without one."""
        newest = np.full(self.size, BEFORE_ALL, dtype=np.int64)
        np.maximum.at(newest, person, moments)
        return newest

    def latest_linked(self, person: Numbers, moments: Micros) -> Micros:
        """Return the latest of everybody's own and of those tied to them."""
        if self.group is None:
            return self.latest_own(person, moments)
        return self.latest_own(self.group[person], moments)[self.group]

    def only(self, kept: Mask) -> Crowd:
        """Return the crowd of those in ``kept``, whole groups, numbered anew."""
        if self.group is None:
            return Crowd(int(np.count_nonzero(kept)))
        number = np.cumsum(kept) - 1
        return Crowd(int(np.count_nonzero(kept)), number[self.group[kept]])


def groups(size: int, ties: NDArray[np.int64]) -> Numbers | None:
    """Return of each of ``size`` people the lowest number that ``ties`` (pairs) lead to.

    >>> groups(5, np.array([[1, 3], [4, 3]])).tolist()
    [0, 1, 2, 1, 1]
    """
    if not len(ties):
        return None
    tied, flat = np.unique(ties, return_inverse=True)
    one, other = flat.reshape(-1, 2).T
    root = np.arange(len(tied))
    while np.any(root[one] != root[other]):
        lowest = np.minimum(root[one], root[other])
        for end in (root[one], root[other]):
            np.minimum.at(root, end, lowest)
        root = _flattened(root)
    group = np.arange(size)
    group[tied] = tied[root]
    return group


def _flattened(root: Numbers) -> Numbers:
    """Return every number's last root: each leads to a lower one, so this ends."""
    while np.any(root[root] != root):
        root = root[root]
    return root

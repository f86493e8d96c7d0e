# SPDX-License-Identifier: Apache-2.0
"""What the gate needs of others: somebody to run a plan, and nobody else can read data."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from pyroaring import FrozenBitMap

from privseg.frames import Block, Consented, Query, Tally
from privseg.terms import Attribute


class Scan(Protocol):
    """Port: an open read over one plan's columns and people; closed with its ``with`` block."""

    def members(self, queries: Mapping[str, Query]) -> Mapping[str, FrozenBitMap]:
        """Run each query over the plan's eligible people only; return who was found, by name."""
        ...

    def tally(
        self, block: Block, members: Mapping[str, FrozenBitMap], *, key: bytes
    ) -> Mapping[tuple[str, str], Tally]:
        """Return the exact bounded tally of every cell of ``block`` (all cells, empty ones too).

        ``members`` is who counts in each segment now. Bounding is the last step: a person keeps
        the ``groups_per_person`` cells with the smallest keyed hash (``protect.bounding``).
        """
        ...


class Compute(Protocol):
    """Port: the only thing that can execute a ``Consented`` plan, once."""

    def open(
        self, plan: Consented, attributes: frozenset[Attribute]
    ) -> AbstractContextManager[Scan]:
        """Open a scan over ``attributes`` (inside the plan's read-set) and its eligible people."""
        ...

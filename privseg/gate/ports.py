# SPDX-License-Identifier: Apache-2.0
"""What the gate needs of others: somebody to run a plan, and a place to keep eligible sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from pyroaring import FrozenBitMap

from privseg.frames import Block, Consented, Query, Tally
from privseg.terms import Attribute


class Scan(Protocol):
    """Port: an open read over one plan's columns and people; closed with its ``with`` block."""

    def members(self, query: Query) -> Mapping[str, FrozenBitMap]:
        """Run the query over the plan's eligible people; return who was found, by name."""
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


@dataclass(frozen=True, slots=True)
class SetName:
    """The name of a kept eligible set; digests in hex, ``at`` in microseconds since 1970 UTC.

    ``checked`` is the position at which the ledger ended when the set was folded.
    """

    rules: str
    about: str
    position: int
    at: int
    checked: int


class EligibleFiles(Protocol):
    """Port: a place for eligible sets between processes; a cache, and nothing rests on it.

    Laws every adapter keeps: what ``kept`` yields is byte for byte what ``keep`` was given under
    that name, over the very ledger that there is now; ``keep`` keeps nothing of a ledger that has
    moved since, and raises nothing; after ``forget`` nothing kept before it is there.
    """

    def is_settled(self) -> bool:
        """Return whether all that the ledger says now is durable. If not, keep nothing of it."""
        ...

    def when_settled(self, action: Callable[[], None]) -> None:
        """Run ``action`` once what the ledger says now is durable; never, if it is undone."""
        ...

    def kept(self, latest: SetName) -> Iterator[bytes]:
        """Yield the sets of the same ``about`` and of no later position or moment, newest first."""
        ...

    def keep(self, name: SetName, data: bytes) -> bool:
        """Keep a set, and few others of its ``about``, none of other ``rules``; say if it is."""
        ...

    def forget(self) -> None:
        """Remove everything, at once."""
        ...

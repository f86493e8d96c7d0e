# SPDX-License-Identifier: Apache-2.0
"""What the gate needs of others: somebody to run a plan, and a place to keep eligible sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pyroaring import FrozenBitMap

from privseg.frames import Amount, Block, Cell, Consented, Query, Tally
from privseg.terms import Attribute

if TYPE_CHECKING:  # loaded by whoever runs a scan, and by nobody who only names one
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PersonAmounts:
    """Amounts of people, a row each, in the order of ``ordinals``: personal data.

    ``values`` has a column for each amount, in the order asked; a value that is not ``known`` is 0.
    """

    ordinals: NDArray[np.uint32] = field(repr=False)
    values: NDArray[np.int64] = field(repr=False)
    known: NDArray[np.bool_] = field(repr=False)


class Scan(Protocol):
    """Port: an open read over one plan's columns and people; closed with its ``with`` block."""

    def members(self, query: Query) -> Mapping[str, FrozenBitMap]:
        """Run the query over the plan's eligible people; return who was found, by name."""
        ...

    def tally(
        self, block: Block, members: Mapping[str, FrozenBitMap], *, key: bytes
    ) -> Mapping[Cell, Tally]:
        """Return the exact bounded tally of every cell of ``block``, empty ones too.

        Of a block whose keys are found in the data: of every cell that has people. ``members`` is
        who counts now in each set that the block names, ``EVERYBODY`` among them. Bounding is the
        last step: a person keeps the ``groups_per_person`` cells of the finest level with the
        smallest keyed hash (``protect.bounding``). In a block by periods, of each person first at
        most ``most`` periods are chosen, then ``groups_per_person // most`` (at least one) rows,
        sets under the keys of the other dimensions. Margins are sums of the finest cells.
        """
        ...

    def amounts(self, amounts: Sequence[Amount], people: FrozenBitMap) -> PersonAmounts:
        """Return each person's amounts; for computations whose result a gate of its own protects.

        Nobody's amounts are bounded here.
        """
        ...

    def records(self, attributes: Sequence[Attribute], people: FrozenBitMap) -> pa.Table:
        """Return each person's attributes, by ordinal, missing ones as nulls; never an event's.

        For records that a gate of its own generalises and checks before they leave.
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

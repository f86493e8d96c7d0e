# SPDX-License-Identifier: Apache-2.0
"""What a writer keeps of a tree: the roots of its full subtrees, at most 64 hashes.

A fold: ``Frontier().append(a).append(b) == Frontier().append(a + b)``, and its root is
``root_hash(a + b)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from privseg.errors import IntegrityError
from privseg.tlog.tree import EMPTY_ROOT, HASH_SIZE, node_hash, root_hash


class FrontierError(IntegrityError):
    """Stored hashes cannot be the frontier of a tree of the stored size."""

    def __init__(self, *, size: int, count: int) -> None:
        super().__init__(
            f"{count} stored hashes are no frontier of {size} leaves; rebuild it from the entries"
        )
        self.size = size
        self.count = count


@dataclass(frozen=True, slots=True)
class Frontier:
    """The full subtrees of a tree of ``size`` leaves, largest first: one per set bit of ``size``.

    >>> Frontier().append([b"a" * 32, b"b" * 32, b"c" * 32]).size
    3
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a number or length of hashes that ``size`` does not have."""
        right_length = all(len(node) == HASH_SIZE for node in self.nodes)
        if self.size < 0 or len(self.nodes) != self.size.bit_count() or not right_length:
            raise FrontierError(size=self.size, count=len(self.nodes))

    def append(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier after ``leaves`` (hashes), in amortised constant time for each.

        Leaves that begin at a multiple of a power of two are one full subtree: as many as there
        are go in at once.
        """
        nodes, size, waiting = list(self.nodes), self.size, list(leaves)
        done = 0
        while done < len(waiting):
            most = 1 << (len(waiting) - done).bit_length() - 1
            count = min(size & -size or most, most)
            node, full = root_hash(waiting[done : done + count]), size // count
            while full & 1:  # a binary counter's carry: equal subtrees become one
                node, full = node_hash(nodes.pop(), node), full >> 1
            nodes.append(node)
            size, done = size + count, done + count
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.nodes:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self.nodes))

    def to_hex(self) -> list[str]:
        """Return the hashes as text, largest subtree first."""
        return [node.hex() for node in self.nodes]

    @classmethod
    def from_hex(cls, size: int, nodes: Sequence[str]) -> Frontier:
        """Return the frontier that ``to_hex`` printed.

        Raises:
            FrontierError: it cannot be the frontier of ``size`` leaves.
        """
        try:
            return cls(size, tuple(bytes.fromhex(node) for node in nodes))
        except ValueError:
            raise FrontierError(size=size, count=len(nodes)) from None

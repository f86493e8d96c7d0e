# SPDX-License-Identifier: Apache-2.0
"""The roots of a log at some of its sizes, in one pass that holds 64 hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from privseg.tlog import Frontier


@dataclass(slots=True)
class Roots:
    """A tree that grows; its root is kept at each of the sizes asked for.

    >>> roots = Roots([1, 2])
    >>> roots.add([b"a" * 32, b"b" * 32, b"c" * 32])
    >>> sorted(roots.at), roots.size
    ([1, 2], 3)
    """

    wanted: Iterable[int]
    at: dict[int, bytes] = field(default_factory=dict)
    _frontier: Frontier = field(default_factory=Frontier)
    _ahead: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort what is asked for, the nearest last."""
        self._ahead = sorted({size for size in self.wanted if size >= 0}, reverse=True)
        self._keep()

    @property
    def size(self) -> int:
        """Return how many leaves there are."""
        return self._frontier.size

    def add(self, leaves: Sequence[bytes]) -> None:
        """Append leaf hashes."""
        rest = leaves
        while rest:
            upto = len(rest)
            if self._ahead:
                upto = min(upto, self._ahead[-1] - self._frontier.size)
            self._frontier = self._frontier.append(rest[:upto])
            rest = rest[upto:]
            self._keep()

    def _keep(self) -> None:
        """Keep the root, if it is asked for at this size."""
        while self._ahead and self._ahead[-1] == self._frontier.size:
            self.at[self._ahead.pop()] = self._frontier.root()

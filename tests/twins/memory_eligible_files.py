# SPDX-License-Identifier: Apache-2.0
"""Kept eligible sets in memory: the port's laws in their plainest form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from privseg.gate import SetName


class MemoryFiles:
    """A dictionary by name. Nothing is ever in a transaction here."""

    def __init__(self) -> None:
        self.sets: dict[SetName, bytes] = {}

    def is_settled(self) -> bool:
        return True

    def when_settled(self, action: Callable[[], None]) -> None:
        action()

    def kept(self, latest: SetName) -> Iterator[bytes]:
        fit = [
            name
            for name in self.sets
            if name.about == latest.about
            and name.position <= latest.position
            and name.at <= latest.at
        ]
        for name in sorted(fit, key=lambda n: (n.position, n.at), reverse=True):
            yield self.sets[name]

    def keep(self, name: SetName, data: bytes) -> bool:
        self.sets[name] = data
        return True

    def forget(self) -> None:
        self.sets.clear()

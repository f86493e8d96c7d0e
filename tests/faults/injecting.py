# SPDX-License-Identifier: Apache-2.0
"""The faults: what happens to one call of one class, and from there on."""

from __future__ import annotations

import errno
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.calls import NAMELESS, Does
from tests.faults.tracing import Call, Cut, Do, Fail, Go, Kill

_D = Does
WRITES = frozenset({_D.WRITE, _D.PWRITE})
MAKES = WRITES | {_D.CREATE, _D.TRUNCATE, _D.MKDIR, _D.LINK, _D.RENAME}  # may need room
CHANGES = frozenset(_D) - {_D.READ, _D.SYNC_ALL}
NAMED = CHANGES - WRITES - {_D.SYNC}  # what a disk that became read-only refuses first


class Kind(StrEnum):
    """What goes wrong."""

    KILL = "kill -9"
    TORN = "kill -9 in the middle of a write"
    SHORT = "fewer bytes written than asked"
    FULL_ONCE = "ENOSPC once"
    FULL = "disk full from then on"
    EIO_ONCE = "EIO once"
    FAILING = "EIO from then on"
    READ_ONLY = "read-only from then on"


HITS: Mapping[Kind, frozenset[Does]] = {
    Kind.KILL: CHANGES,
    Kind.TORN: WRITES,
    Kind.SHORT: WRITES,
    Kind.FULL_ONCE: MAKES,
    Kind.FULL: MAKES,
    Kind.EIO_ONCE: CHANGES,
    Kind.FAILING: CHANGES,
    Kind.READ_ONLY: CHANGES - {_D.SYNC},
}
_ERRORS = {
    Kind.FULL_ONCE: errno.ENOSPC, Kind.FULL: errno.ENOSPC, Kind.EIO_ONCE: errno.EIO,
    Kind.FAILING: errno.EIO, Kind.READ_ONLY: errno.EROFS,
}  # fmt: skip
_LASTING = frozenset({Kind.FULL, Kind.FAILING, Kind.READ_ONLY})


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: its kind, and at which call of which class it happens."""

    kind: Kind
    does: Does
    number: int

    def __str__(self) -> str:
        return f"{self.kind} at {self.does} {self.number}"


@dataclass(slots=True)
class Injector:
    """Watches a command, lets one fault happen, and counts what there was."""

    fault: Fault | None = None
    seen: Counter[Does] = field(default_factory=Counter)
    happened: bool = False
    read: set[str] = field(default_factory=set)  # column files, which hold people's rows

    def about_to(self, call: Call) -> Do:
        """Count a call and fail it if it is the one, or comes after it."""
        if call.does is Does.READ:
            self.read |= {p for p in call.paths if p.endswith(".parquet")}
            return Go()
        place = self.seen[call.does]
        self.seen[call.does] += 1
        if self.fault is None:
            return Go()
        if self.fault.does is call.does and self.fault.number == place:
            self.happened = True
            return self._first(call, self.fault.kind)
        if self.happened and self.fault.kind in _LASTING and call.does in HITS[self.fault.kind]:
            return Fail(_ERRORS[self.fault.kind])
        return Go()

    def _first(self, call: Call, kind: Kind) -> Do:
        if kind in _ERRORS:
            return Fail(_ERRORS[kind])
        size = call.registers.argument(2)
        if kind is Kind.KILL or call.name in NAMELESS or size < 2:  # no half of it
            return Kill()
        return Cut(size // 2)

    def done(self, _call: Call) -> Do:
        """Hear that a write was cut: the process ends, or sees how little was written."""
        return Kill() if self.fault is not None and self.fault.kind is Kind.TORN else Go()


def possible(seen: Mapping[Does, int]) -> Iterator[Fault]:
    """Yield every fault that can happen to a command that made these calls."""
    for kind, classes in HITS.items():
        for does in sorted(classes):
            for number in range(seen.get(does, 0)):
                yield Fault(kind, does, number)


def chosen(seen: Mapping[Does, int], count: int, *, seed: str) -> list[Fault]:
    """Return so many faults, spread over kinds and classes before places; all if there are few."""
    draw = random.Random(seed)  # a test's choice
    groups: dict[tuple[Kind, Does], list[Fault]] = {}
    for fault in possible(seen):
        groups.setdefault((fault.kind, fault.does), []).append(fault)
    for group in groups.values():
        draw.shuffle(group)
    order = list(groups.values())
    draw.shuffle(order)
    found: list[Fault] = []
    while order and len(found) < count:
        found += [group.pop() for group in order][: count - len(found)]
        order = [group for group in order if group]
    return found

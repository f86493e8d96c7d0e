# SPDX-License-Identifier: Apache-2.0
"""Watchers: each looks at one entry after another for one kind of irregularity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from privseg.audit.entry import SALT_SIZE, Entry, commit
from privseg.audit.event import Kind, Outcome
from privseg.audit.finding import Finding, Rule
from privseg.audit.log import StoredEntry

_ERASERS = frozenset({Kind.DSR, Kind.RETENTION})
_CLOSERS = frozenset({Kind.ACCESS_OUTCOME, Kind.ACCESS_DENIED})


@dataclass(slots=True)
class SequenceWatch:
    """Finds where the numbering jumps: an entry deleted, repeated, inserted or moved."""

    _shift: tuple[int, int] = (0, 0)

    def see(self, index: int, stored: StoredEntry, entry: Entry | None) -> Iterator[Finding]:
        """Compare the numbers in the store and in the bytes with the place in the log."""
        written = entry.sequence - index if entry else self._shift[1]
        shift = (stored.sequence - index, written)
        if shift not in {self._shift, (0, 0)}:
            yield Finding(
                Rule.SEQUENCE,
                index,
                f"entry {index} does not bear the number {index}: entries "
                "were deleted, repeated or moved; compare with a copy",
            )
        self._shift = shift


@dataclass(slots=True)
class ClockWatch:
    """Finds clocks that go back. The order of the log is the sequence, so this is a warning."""

    _wall: datetime | None = None
    _monotonic: dict[str, int] = field(default_factory=dict)

    def see(self, index: int, entry: Entry) -> Iterator[Finding]:
        """Compare with the entry before."""
        if self._wall and entry.time < self._wall:
            yield Finding(Rule.CLOCK_WALL, index, f"at entry {index} the wall clock went back")
        if entry.monotonic_ns < self._monotonic.get(entry.boot_id, 0):
            message = f"at entry {index} the monotonic clock went back within one boot"
            yield Finding(Rule.CLOCK_MONOTONIC, index, message)
        self._wall = entry.time
        self._monotonic[entry.boot_id] = entry.monotonic_ns


@dataclass(slots=True)
class PairWatch:
    """Finds intents without an outcome, and references to what is not there."""

    _open: dict[int, str] = field(default_factory=dict)

    def see(self, index: int, entry: Entry) -> Iterator[Finding]:
        """Open an intent, or close the one that ``of`` names."""
        if entry.kind is Kind.ACCESS_INTENT:
            self._open[index] = str(entry.header["run"])
        elif "of" in entry.header and not self._refers(index, entry):
            yield Finding(
                Rule.PAIR,
                index,
                f"entry {index} refers to an entry that is not its intent, or "
                "that has an outcome already; ask who wrote it",
            )

    def end(self) -> Iterator[Finding]:
        """Name the intents that nothing closed."""
        for index in self._open:
            yield Finding(
                Rule.INTENT_OPEN,
                index,
                f"the intent of entry {index} has no outcome: the run "
                "crashed, or what it read is unaccounted for",
            )

    def _refers(self, index: int, entry: Entry) -> bool:
        of = int(str(entry.header["of"]))
        if entry.kind not in _CLOSERS:
            return of < index
        run = self._open.pop(of, None)
        return run is not None and entry.header.get("run", run) == run


@dataclass(slots=True)
class BodyWatch:
    """Tells bodies that are intact, lawfully erased and tampered with apart."""

    intact: int = 0
    erased: int = 0
    _present: set[int] = field(default_factory=set)
    _missing: list[int] = field(default_factory=list)
    _claimed: set[int] = field(default_factory=set)

    def see(self, index: int, stored: StoredEntry, entry: Entry) -> Iterator[Finding]:
        """Open the body, or note that it is missing; note what this entry says was erased."""
        if entry.kind in _ERASERS and entry.outcome is Outcome.OK:
            named = (int(text) for text in entry.header.get("erased", ()))
            self._claimed.update(each for each in named if each < index)
        if stored.salt is None and stored.body is None:
            self._missing.append(index)
        elif _matches(entry, stored):
            self.intact += 1
            self._present.add(index)
        else:
            yield _body_finding(index, "was changed")

    def end(self) -> Iterator[Finding]:
        """Judge what is missing by what the log says was erased."""
        for index in self._missing:
            if index not in self._claimed:
                yield _body_finding(index, "is gone, and no erasure entry says so")
        self.erased = sum(index in self._claimed for index in self._missing)
        for index in sorted(self._claimed & self._present):
            message = f"the body of entry {index} is said to be erased and is still there"
            yield Finding(Rule.BODY_KEPT, index, message)


def _matches(entry: Entry, stored: StoredEntry) -> bool:
    if stored.salt is None or stored.body is None or len(stored.salt) != SALT_SIZE:
        return False
    return commit(stored.salt, stored.body) == entry.commitment


def _body_finding(index: int, what: str) -> Finding:
    return Finding(Rule.BODY, index, f"the body of entry {index} {what}; restore it from a copy")

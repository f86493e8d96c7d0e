# SPDX-License-Identifier: Apache-2.0
"""Watchers: each looks at one entry after another for one kind of irregularity, and tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from privseg.audit.entry import SALT_SIZE, commit
from privseg.audit.event import Kind, Outcome
from privseg.audit.finding import Finding, Rule
from privseg.audit.log import StoredEntry
from privseg.audit.reading import Read
from privseg.audit.spans import Runs, Span, inside, outside, text_to_span, united

Tell = Callable[[Finding], None]
JUMP = timedelta(days=1)  # of the wall clock beyond the machine's own, between two entries
_ERASERS = frozenset({Kind.DSR, Kind.RETENTION})
_CLOSERS = frozenset({Kind.ACCESS_OUTCOME, Kind.ACCESS_DENIED})


@dataclass(slots=True)
class SequenceWatch:
    """Finds where the numbering jumps: an entry deleted, repeated, inserted or moved."""

    tell: Tell
    _shift: tuple[int, int] = (0, 0)

    def see(self, index: int, stored: StoredEntry, entry: Read | None) -> None:
        """Compare the numbers in the store and in the bytes with the place in the log."""
        written = entry.sequence - index if entry else self._shift[1]
        shift = (stored.sequence - index, written)
        if shift == self._shift:
            return
        if shift != (0, 0):
            message = (
                f"entry {index} does not bear the number {index}: entries "
                "were deleted, repeated or moved; compare with a copy"
            )
            self.tell(Finding(Rule.SEQUENCE, index, message))
        self._shift = shift


@dataclass(slots=True)
class ClockWatch:
    """Finds clocks that go back, and a wall clock that jumps ahead of the machine's own.

    The order of the log is the sequence, so these are warnings. A clock that was set ahead makes
    what expires expire early, until then: nothing is revived by setting it back.
    """

    tell: Tell
    _wall: datetime | None = None
    _boot: str = ""
    _monotonic: dict[str, int] = field(default_factory=dict)

    def see(self, index: int, entry: Read) -> None:
        """Compare with the entry before."""
        before = self._monotonic.get(entry.boot_id, 0)
        if self._wall is not None:
            if entry.time < self._wall:
                message = f"at entry {index} the wall clock went back"
                self.tell(Finding(Rule.CLOCK_WALL, index, message))
            elif entry.time - self._wall > JUMP and entry.boot_id == self._boot:
                self._judge(index, entry.time - self._wall, entry.monotonic_ns - before)
        if entry.monotonic_ns < before:
            message = f"at entry {index} the monotonic clock went back within one boot"
            self.tell(Finding(Rule.CLOCK_MONOTONIC, index, message))
        self._wall, self._boot = entry.time, entry.boot_id
        self._monotonic[entry.boot_id] = entry.monotonic_ns

    def _judge(self, index: int, wall: timedelta, monotonic_ns: int) -> None:
        """Tell a wall clock that went on for a day more than the machine did."""
        if _ns(wall) - monotonic_ns > _ns(JUMP):
            message = f"at entry {index} the wall clock jumped ahead by more than a day"
            self.tell(Finding(Rule.CLOCK_JUMP, index, message))


@dataclass(slots=True)
class PairWatch:
    """Finds intents without an outcome, and references to what is not there."""

    tell: Tell
    _open: dict[int, str] = field(default_factory=dict)

    def see(self, index: int, entry: Read) -> None:
        """Open an intent, or close the one that ``of`` names."""
        if entry.kind is Kind.ACCESS_INTENT:
            self._open[index] = str(entry.header["run"])
        elif "of" in entry.header and not self._refers(index, entry):
            message = (
                f"entry {index} refers to an entry that is not its intent, or "
                "that has an outcome already; ask who wrote it"
            )
            self.tell(Finding(Rule.PAIR, index, message))

    def end(self) -> None:
        """Name the intents that nothing closed."""
        for index in self._open:
            message = (
                f"the intent of entry {index} has no outcome: the run "
                "crashed, or what it read is unaccounted for"
            )
            self.tell(Finding(Rule.INTENT_OPEN, index, message))

    def _refers(self, index: int, entry: Read) -> bool:
        of = int(str(entry.header["of"]))
        if entry.kind not in _CLOSERS:
            return of < index
        run = self._open.pop(of, None)
        return run is not None and entry.header.get("run", run) == run


@dataclass(slots=True)
class BodyWatch:
    """Tells bodies that are intact, lawfully erased and tampered with apart."""

    tell: Tell
    intact: int = 0
    erased: int = 0
    _present: Runs = field(default_factory=Runs)
    _missing: Runs = field(default_factory=Runs)
    _claimed: list[Span] = field(default_factory=list)

    def see(self, index: int, stored: StoredEntry, entry: Read, committed: str) -> None:
        """Compare the body's commitment, or note that it is missing.

        Note what this entry says was erased. ``committed`` is computed from salt and body.
        """
        if entry.kind in _ERASERS and entry.outcome is Outcome.OK:
            self._claim(index, entry.header.get("erased", ()))
        if committed and committed == entry.commitment:
            self.intact += 1
            self._present.add(index)
        elif stored.salt is None and stored.body is None:
            self._missing.add(index)
        else:
            self._tell(index, "was changed")

    def end(self) -> None:
        """Judge what is missing by what the log says was erased."""
        claimed = united(self._claimed)
        self.erased = len(self._missing)
        for index in outside(self._missing, claimed):
            self._tell(index, "is gone, and no erasure entry says so")
            self.erased -= 1
        for index in inside(self._present, claimed):
            message = f"the body of entry {index} is said to be erased and is still there"
            self.tell(Finding(Rule.BODY_KEPT, index, message))

    def _claim(self, index: int, texts: object) -> None:
        """Note what is said to be erased: only what came before can have been."""
        for text in texts if isinstance(texts, list) else ():
            first, last = text_to_span(text)
            if first < index:
                self._claimed.append((first, min(last, index - 1)))

    def _tell(self, index: int, what: str) -> None:
        message = f"the body of entry {index} {what}; restore it from a copy"
        self.tell(Finding(Rule.BODY, index, message))


def committed(stored: StoredEntry) -> str:
    """Return the commitment to a body, or nothing if there is none that an entry can commit to."""
    salt, body = stored.salt, stored.body
    if salt is None or body is None or len(salt) != SALT_SIZE:
        return ""
    return commit(salt, body)


def _ns(span: timedelta) -> int:
    return span // timedelta(microseconds=1) * 1_000

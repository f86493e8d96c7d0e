# SPDX-License-Identifier: Apache-2.0
"""Group commit: many threads append at once, one of them writes for all of them.

A commit costs the same few waits for the disk whether it holds one entry or a thousand. So whoever
comes while nobody writes becomes the leader, takes all that wait and commits them in one
transaction; the others sleep until theirs is durable. Nothing is acknowledged before that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from privseg.audit import AuditEvent
from privseg.errors import AuditWriteError, IntegrityError, StorageError
from privseg.store.refusals import BUSY_SECONDS

MAX_EVENTS = 4_096  # in one transaction, unless one call alone brings more


class LeaderLostError(StorageError):
    """Whoever was writing for several threads was stopped before it could say how it ended."""

    def __init__(self) -> None:
        super().__init__(
            "the thread that wrote for several others was stopped; whether this entry was "
            "recorded is for `privseg audit tail` to say; try again"
        )


class LeaderBusyError(StorageError):
    """Nobody wrote what was waiting within the time that a writer waits."""

    def __init__(self) -> None:
        super().__init__(
            f"entries before this one took longer than {BUSY_SECONDS:g} s to write; whether it was "
            "recorded is for `privseg audit tail` to say; try again"
        )


@dataclass(slots=True, eq=False)
class Waiting:
    """What one thread wants recorded, and how it ended."""

    events: Sequence[AuditEvent]
    written: range | None = None
    error: Exception | None = None
    durable: bool = False
    settled: bool = False

    def fail(self, error: Exception) -> None:
        """Say that it was not recorded, or not known to be; the first word stands."""
        if not self.settled:
            self.error, self.settled = error, True

    def outcome(self) -> range:
        """Return the numbers of the entries, or raise what went wrong."""
        if self.error is not None:
            raise self.error
        assert self.written is not None
        return self.written


class Group:
    """Threads that append to one log. ``commit`` writes for several of them in one transaction.

    ``commit`` sets ``written`` of each, or fails one whose event cannot be recorded, and calls
    ``durable`` as soon as it is; whatever it raises is the error of all that are not settled.
    """

    def __init__(self, commit: Callable[[Sequence[Waiting], Callable[[], None]], None]) -> None:
        self._commit = commit
        self._turn = threading.Condition()
        self._queue: list[Waiting] = []
        self._is_led = False

    def append(self, events: Sequence[AuditEvent]) -> range:
        """Have events recorded, by this thread or another, and return their numbers.

        Raises:
            LeaderBusyError: others took too long.
            LeaderLostError: the thread that wrote for this one was stopped.
        """
        mine = Waiting(events)
        batch = self._await(mine)
        if batch:
            try:
                self._lead(batch)
            finally:
                self._hand_on(batch)
        return mine.outcome()

    def _await(self, mine: Waiting) -> list[Waiting]:
        """Wait until mine is settled (nothing is returned), or return what I am to write."""
        until = time.monotonic() + BUSY_SECONDS
        with self._turn:
            self._queue.append(mine)
            while self._is_led and not mine.settled:
                left = until - time.monotonic()
                if left <= 0:
                    mine.fail(LeaderBusyError())
                    if mine in self._queue:
                        self._queue.remove(mine)
                    return []
                self._turn.wait(left)
            if mine.settled:
                return []
            self._is_led = True
            return self._take(mine)

    def _take(self, mine: Waiting) -> list[Waiting]:
        """Return mine and as many others, in order of arrival, as go into one transaction."""
        others = [each for each in self._queue if each is not mine]
        batch, room = [mine], MAX_EVENTS - len(mine.events)
        for each in others:
            room -= len(each.events)
            if room < 0:
                break
            batch.append(each)
        self._queue = others[len(batch) - 1 :]
        return batch

    def _lead(self, batch: Sequence[Waiting]) -> None:
        """Write for all of them; a failure that is nobody's storage is looked for one by one."""
        try:
            self._write(batch)
        except (AuditWriteError, StorageError, IntegrityError) as error:
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - a thread that waits is told, whatever it is
            if len(batch) == 1 or batch[0].durable:
                _fail(batch, error)
                return
            for each in batch:
                if not each.settled:
                    self._lead([each])

    def _write(self, batch: Sequence[Waiting]) -> None:
        """Commit, and settle each."""

        def durable() -> None:
            for each in batch:
                each.durable = True

        self._commit(batch, durable)
        _settle(batch)

    def _hand_on(self, batch: Sequence[Waiting]) -> None:
        """Let the next one lead; what is not durable by now lost its leader."""
        with self._turn:
            _settle([each for each in batch if each.durable])
            _fail(batch, LeaderLostError())
            self._is_led = False
            self._turn.notify_all()


def _settle(batch: Sequence[Waiting]) -> None:
    for each in batch:
        each.settled = True


def _fail(batch: Sequence[Waiting], error: Exception) -> None:
    for each in batch:
        each.fail(error)

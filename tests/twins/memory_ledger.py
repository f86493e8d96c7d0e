# SPDX-License-Identifier: Apache-2.0
"""The consent ledger in memory: the port's laws in their plainest form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from privseg.consent import (
    UNRECORDED,
    Event,
    EventColumns,
    EventConflictError,
    KnownAt,
    NewEvent,
    Recorded,
    refuse_malformed,
)
from privseg.terms import Ordinal


class MemoryLedger:
    """A list of events and an index by event key."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def record(self, events: Sequence[NewEvent]) -> Recorded:
        refuse_malformed(events)
        stored = list(self._events)
        by_key = {e.event_key: e for e in stored}
        positions: list[int] = []
        for event in events:
            known = by_key.get(event.event_key)
            if known is None:
                known = replace(event, position=len(stored) + 1)
                stored.append(known)
                by_key[event.event_key] = known
            elif known.content_key != event.content_key:
                raise EventConflictError(position=known.position)
            positions.append(known.position)
        fresh = len(stored) - len(self._events)
        self._events = stored
        return Recorded(tuple(positions), unchanged=len(positions) - fresh)

    def history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        return [e for e in self._known(known_at) if e.subject == subject]

    def columns(self, *, known_at: KnownAt | None = None) -> EventColumns:
        return EventColumns.from_events(self._known(known_at))

    def position(self) -> int:
        return self._events[-1].position if self._events else UNRECORDED

    def _known(self, known_at: KnownAt | None) -> list[Event]:
        return [e for e in self._events if known_at is None or known_at.knows(e)]

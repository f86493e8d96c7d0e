# SPDX-License-Identifier: Apache-2.0
"""The consent ledger in memory: the port's laws in their plainest form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyroaring import FrozenBitMap

from privseg.consent import (
    UNRECORDED,
    Act,
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

    def whole_history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        everybody = self.linked(FrozenBitMap([subject]))
        return [e for e in self._known(known_at) if e.subject in everybody]

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        known = self._known(known_at)
        return EventColumns.from_events(e for e in known if of is None or e.subject in of)

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        ties = [
            {e.subject, e.target}
            for e in self._events
            if e.act is Act.MERGE and e.target is not None
        ]
        found = set(people)
        for _ in ties:
            found = found.union(*(tie for tie in ties if tie & found))
        return FrozenBitMap(found)

    def tied(self) -> FrozenBitMap:
        merges = [e for e in self._events if e.act is Act.MERGE and e.target is not None]
        return FrozenBitMap({p for e in merges for p in (e.subject, e.target)})

    def changed(self, *, after: int, upto: int) -> FrozenBitMap:
        return FrozenBitMap(e.subject for e in self._events if after < e.position <= upto)

    def position(self) -> int:
        return self._events[-1].position if self._events else UNRECORDED

    def _known(self, known_at: KnownAt | None) -> list[Event]:
        return [e for e in self._events if known_at is None or known_at.knows(e)]

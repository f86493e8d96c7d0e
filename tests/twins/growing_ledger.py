# SPDX-License-Identifier: Apache-2.0
"""A consent ledger that grows event by event over a given past: what reads it, at any position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pyroaring import BitMap, FrozenBitMap

from privseg.consent import Act, Event, EventColumns, KnownAt
from privseg.terms import Ordinal

STAYS = {Act.ERASE, Act.MERGE, Act.UNMERGE}


class GrowingLedger:
    """Events known beforehand; the ledger has reached some of them. Positions stay as given."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._all = sorted((e for e in events if e.position >= 1), key=lambda e: e.position)
        self._reached = 0

    @property
    def ahead(self) -> int:
        """Return how many events are still to come."""
        return sum(e.position > self._reached for e in self._all)

    @property
    def events(self) -> list[Event]:
        """Return the events that the ledger has."""
        return [e for e in self._all if e.position <= self._reached]

    def grow(self, count: int) -> None:
        """Take the next events."""
        coming = [e.position for e in self._all if e.position > self._reached][:count]
        self._reached = max(coming, default=self._reached)

    def erase(self, person: Ordinal, erasure: Event) -> None:
        """Append ``erasure``, and delete what the ledger has of a person but ties and erasures."""
        self._reached += 1
        after = [
            replace(e, position=e.position + 1) if e.position >= self._reached else e
            for e in self._all
        ]
        added = replace(erasure, subject=person, position=self._reached)
        gone = {
            e.position
            for e in after
            if e.subject == person and e.act not in STAYS and e.position < self._reached
        }
        self._all = sorted(
            [added, *(e for e in after if e.position not in gone)], key=lambda e: e.position
        )

    def position(self) -> int:
        return self._reached

    def changed(self, *, after: int, upto: int) -> FrozenBitMap:
        return FrozenBitMap(e.subject for e in self.events if after < e.position <= upto)

    def tied(self) -> FrozenBitMap:
        merges = [e for e in self.events if e.act is Act.MERGE and e.target is not None]
        return FrozenBitMap({p for e in merges for p in (e.subject, e.target)})

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        ties = [
            {e.subject, e.target}
            for e in self.events
            if e.act is Act.MERGE and e.target is not None
        ]
        found, size = BitMap(people), -1
        while len(found) > size:
            size = len(found)
            for tie in ties:
                ordinals = {p for p in tie if 0 <= p < 2**32}
                if any(p in found for p in ordinals):
                    found |= BitMap(ordinals)
        return FrozenBitMap(found)

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        return EventColumns.from_events(
            e
            for e in self.events
            if (known_at is None or known_at.knows(e)) and (of is None or e.subject in of)
        )

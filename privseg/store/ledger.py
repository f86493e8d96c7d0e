# SPDX-License-Identifier: Apache-2.0
"""The consent ledger in the database: events are added once, and go only with their person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np
from pyroaring import FrozenBitMap
from sqlalchemy import select
from sqlmodel import col

from privseg.consent.columns import EventColumns
from privseg.consent.event import Act, Event
from privseg.consent.history import refuse_malformed
from privseg.consent.ledger import UNRECORDED, Recorded
from privseg.consent.question import AtPosition, AtTime, KnownAt
from privseg.store.database import Database
from privseg.store.drafts import Drafts
from privseg.store.event_body import LIMITED, WORDED, StoredEvent, event_of
from privseg.store.event_columns import Numbers, to_columns
from privseg.store.event_reading import Ends, EventReading
from privseg.store.event_writing import EventWriting
from privseg.store.stamps import Stamps
from privseg.store.tables_consent import EvidenceRow
from privseg.store.ties import Ties
from privseg.terms import Ordinal, to_micros
from privseg.tlog import parse_canonical

STAYS = frozenset({Act.ERASE, Act.MERGE, Act.UNMERGE})
"""What an erasure leaves: that it was, and the ties of other people's profiles that lead through
the one erased (without them those would come apart, and one's no would not bind the other)."""
_ERASE = "INSERT INTO consent_erased (position, leaf, erasure) VALUES (?, ?, ?)"


class SqlLedger:
    """The consent ledger of a workspace (port ``privseg.consent.ledger.ConsentLedger``)."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stamps = Stamps(db)
        self._reading = EventReading(db)
        self._writing = EventWriting(db, self._stamps)

    def record(
        self, events: Sequence[Event], *, evidence: Mapping[int, bytes] | None = None
    ) -> Recorded:
        """Store the events that are new; ``evidence`` is sealed, by index into ``events``.

        Raises:
            EventConflictError: an ``event_key`` is known, or comes twice, with another content.
            MalformedEventError: an event cannot be read. In both cases nothing was stored.
        """
        refuse_malformed(events)
        return self._writing.record(Drafts.of(events), evidence or {})

    def record_columns(
        self, drafts: Drafts, *, evidence: Mapping[int, bytes] | None = None
    ) -> Recorded:
        """Do what ``record`` does with the same events one by one.

        Raises:
            EventConflictError, MalformedEventError: as ``record``.
        """
        drafts.refuse_malformed()
        return self._writing.record(drafts, evidence or {})

    def history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        """Return the person's events in order of position: all, or those known at ``known_at``."""
        return self._histories([subject], known_at)

    def whole_history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        """Return ``history`` of the person and of every profile in ``linked``."""
        with self._db.reading():
            return self._histories(self.linked(FrozenBitMap([subject])), known_at)

    def columns(
        self, *, known_at: KnownAt | None = None, of: FrozenBitMap | None = None
    ) -> EventColumns:
        """Return events as columns: all, or those known at ``known_at``; of everybody or ``of``.

        Raises:
            EventsGoneError: events are gone that no erasure took, or there are more than were
                recorded; nothing is read.
        """
        with self._db.reading():
            last = self.position()
            if isinstance(known_at, AtPosition):
                last = min(last, known_at.position)
            numbers = Numbers.of(self._reading.bodies(last, of))
            if isinstance(known_at, AtTime):
                numbers = numbers.where(numbers.columns["record_time"] <= to_micros(known_at.time))
            marked = self._reading.marked(WORDED)
            own = {r.position: parse_canonical((r.own or "{}").encode()) for r in marked}
            stamps = self._stamps.all()
        return to_columns(numbers, own=own, stamps=stamps)

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        """Return ``people`` and every profile that any MERGE, un-merged or not, ties to them."""
        return Ties(self._db).linked(people)

    def tied(self) -> FrozenBitMap:
        """Return every profile that any MERGE names, on either side, un-merged or not."""
        return Ties(self._db).everybody()

    def changed(self, *, after: int, upto: int) -> FrozenBitMap:
        """Return the people who have an event at a position in ``(after, upto]``."""
        with self._db.reading():
            chunks = self._reading.bodies(min(upto, self.position()), None, after=max(after, 0))
            people = [np.unique(bodies["subject"]) for _, bodies in chunks]
        return FrozenBitMap.union(*map(FrozenBitMap, people)) if people else FrozenBitMap()

    def limited(self) -> FrozenBitMap:
        """Return the people with a grant that is good for a number of uses."""
        return FrozenBitMap(row.subject for row in self._reading.marked(LIMITED))

    def position(self) -> int:
        """Return the last position given, 0 before the first; erasing an event keeps it."""
        rows = self._db.raw("SELECT last FROM consent_position")
        return int(rows[0][0]) if rows else UNRECORDED

    def evidence(self, position: int) -> bytes | None:
        """Return the sealed evidence of an event, if there is any."""
        query = select(col(EvidenceRow.sealed)).where(col(EvidenceRow.position) == position)
        rows = self._db.rows(query)
        return bytes(rows[0][0]) if rows else None

    def forget(self, subject: Ordinal) -> int:
        """Delete a person's events but those of ``STAYS``, and all their evidence.

        Of each a leaf of the log's digests stays, which says nothing, with the position of their
        last ERASE. Returns how many.
        """
        with self._db.transaction():
            stamps = self._stamps.all()
            theirs = list(self._reading.rows_of([subject]))
            acts = {r.position: stamps[r.stamp]["act"] for r in theirs}
            erasure = max((p for p, act in acts.items() if act is Act.ERASE), default=UNRECORDED)
            gone = [r for r in theirs if acts[r.position] not in STAYS]
            leaves = [(r.position, r.leaf, erasure) for r in gone]
            places = [(r.position,) for r in gone]
            everything = [(r.position,) for r in theirs]
            self._db.bulk("DELETE FROM consent_evidence WHERE position = ?", everything)
            self._db.bulk(_ERASE, leaves)
            return self._db.bulk("DELETE FROM consent_event WHERE position = ?", places)

    def digest(self, first: int, last: int) -> str:
        """Return the digest of the events just recorded at ``first`` to ``last``.

        SHA-256 (hex) over their leaves in order: what the log's entry of a record keeps of it.
        """
        found = sha256()
        for leaves in self._reading.leaves(first, last):
            found.update(leaves)
        return found.hexdigest()

    def leaves(self, first: int, last: int) -> bytes:
        """Return the leaves of the events recorded at ``first`` to ``last``, joined in order.

        Those of erased events are among them: a leaf says nothing.
        """
        return b"".join(self._reading.leaves(first, last))

    def stored(self, first: int, last: int) -> Iterator[list[StoredEvent]]:
        """Yield rows as they are stored, in order, a batch at a time: for checking them."""
        return self._reading.stored(first, last)

    def erased(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """Return the position and leaf of the events that were erased, in order."""
        return self._reading.erased(first, last)

    def erasures(self, first: int, last: int) -> dict[int, list[int]]:
        """Return which events went with each ERASE at ``first`` to ``last``, by its position."""
        return self._reading.erasures(first, last)

    def ends(self) -> Ends:
        """Return between which positions anything stands, and the last one given."""
        return self._reading.ends()

    def said(self) -> dict[int, str]:
        """Return the text of every stamp, by its number in bodies."""
        return self._stamps.said()

    def _histories(self, people: Iterable[int], known_at: KnownAt | None) -> list[Event]:
        """Return the events of some people in order of position."""
        with self._db.reading():
            rows = sorted(self._reading.rows_of(people), key=lambda row: row.position)
            stamps = self._stamps.all() if rows else {}
        events = (event_of(row, stamps[row.stamp]) for row in rows)
        return [e for e in events if known_at is None or known_at.knows(e)]

# SPDX-License-Identifier: Apache-2.0
"""The consent ledger in the database: events are added once, and go only with their person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlmodel import SQLModel, col

from privseg.consent.columns import EventColumns
from privseg.consent.encoding import NEVER
from privseg.consent.event import Act, Event
from privseg.consent.history import refuse_malformed
from privseg.consent.ledger import UNRECORDED, EventConflictError, Recorded
from privseg.consent.question import AtPosition, AtTime, KnownAt
from privseg.store.database import Database
from privseg.store.event_columns import to_columns, to_numbers
from privseg.store.stamps import Stamps, stamp_of
from privseg.store.tables_consent import EventRow, EvidenceRow, PositionRow
from privseg.terms import Ordinal, from_micros, to_micros

ASKED_KEYS = 20_000  # keys in one look-up; SQLite takes 32,766 values in a statement
REINDEX_ROWS = 100_000  # from here on sorting an index anew beats adding to it row by row

_COLUMNS = (
    "position, event_key, content_key, subject, event_time, record_time, expires_at, stamp, value"
)
_INSERT = f"INSERT INTO consent_event ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_EVENTS = f"SELECT {_COLUMNS} FROM consent_event WHERE subject = ? AND "  # noqa: S608
_NUMBERS = (
    "SELECT position, subject, event_time, record_time, "  # noqa: S608
    f"coalesce(expires_at, {NEVER}), stamp FROM consent_event WHERE "
)
_VALUES = "SELECT position, value FROM consent_event WHERE value IS NOT NULL AND "
_INDEXES = tuple(SQLModel.metadata.tables[str(EventRow.__tablename__)].indexes)

Known = dict[bytes, tuple[int, bytes]]
"""By event key: where that event stands, and the key of its content."""


class SqlLedger:
    """The consent ledger of a workspace (port ``privseg.consent.ledger.ConsentLedger``)."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stamps = Stamps(db)

    def record(
        self, events: Sequence[Event], *, evidence: Mapping[int, bytes] | None = None
    ) -> Recorded:
        """Store the events that are new; ``evidence`` is sealed, by index into ``events``.

        Raises:
            EventConflictError: an ``event_key`` is known, or comes twice, with another content.
            MalformedEventError: an event cannot be read. In both cases nothing was stored.
        """
        refuse_malformed(events)
        with self._db.transaction():
            last = self.position()
            positions, new = _place(events, known=self._known(events) if last else {}, last=last)
            if new:
                self._insert(new, first=last + 1)
            for index, sealed in (evidence or {}).items():
                self._keep(positions[index], sealed, after=last)
        return Recorded(tuple(positions), len(events) - len(new))

    def history(self, subject: Ordinal, *, known_at: KnownAt | None = None) -> list[Event]:
        """Return the person's events in order of position: all, or those known at ``known_at``."""
        which, bound = _known_by(known_at)
        with self._db.reading():
            rows = self._db.raw(f"{_EVENTS}{which} ORDER BY position", (subject, *bound))
            stamps = self._stamps.all() if rows else {}
        return [_event(row, stamps) for row in rows]

    def columns(self, *, known_at: KnownAt | None = None) -> EventColumns:
        """Return everybody's events as columns: all, or those known at ``known_at``."""
        which, bound = _known_by(known_at)
        with self._db.reading():
            numbers = to_numbers(self._db.batches(f"{_NUMBERS}{which}", bound))
            values = self._db.raw(f"{_VALUES}{which}", bound)
            stamps = self._stamps.all()
        return to_columns(numbers, values=dict(values), stamps=stamps)

    def position(self) -> int:
        """Return the last position given, 0 before the first; erasing an event keeps it."""
        rows = self._db.rows(select(col(PositionRow.last)))
        return int(rows[0][0]) if rows else UNRECORDED

    def evidence(self, position: int) -> bytes | None:
        """Return the sealed evidence of an event, if there is any."""
        query = select(col(EvidenceRow.sealed)).where(col(EvidenceRow.position) == position)
        rows = self._db.rows(query)
        return bytes(rows[0][0]) if rows else None

    def forget(self, subject: Ordinal) -> int:
        """Delete a person's events but the ERASE ones, and their evidence; return how many."""
        with self._db.transaction():
            gone = [(e.position,) for e in self.history(subject) if e.act is not Act.ERASE]
            self._db.bulk("DELETE FROM consent_evidence WHERE position = ?", gone)
            return self._db.bulk("DELETE FROM consent_event WHERE position = ?", gone)

    def _known(self, events: Sequence[Event]) -> Known:
        """Return what the ledger holds under the keys of ``events``."""
        known: Known = {}
        for start in range(0, len(events), ASKED_KEYS):
            keys = tuple(event.event_key for event in events[start : start + ASKED_KEYS])
            asked = (
                "SELECT event_key, position, content_key FROM consent_event "  # noqa: S608
                f"WHERE event_key IN ({','.join('?' * len(keys))})"
            )
            known.update((key, (at, said)) for key, at, said in self._db.raw(asked, keys))
        return known

    def _insert(self, events: Sequence[Event], *, first: int) -> None:
        """Write new events at ``first`` and the positions after it."""
        codes = self._stamps.codes(events)
        rows = (
            (
                position,
                event.event_key,
                event.content_key,
                event.subject,
                to_micros(event.event_time),
                to_micros(event.record_time),
                None if event.expires_at is None else to_micros(event.expires_at),
                codes[stamp_of(event)],
                event.value,
            )
            for position, event in enumerate(events, first)
        )
        anew = _INDEXES if len(events) >= max(REINDEX_ROWS, first // 2) else ()
        for index in anew:
            self._db.execute(DropIndex(index))
        self._db.bulk(_INSERT, rows)
        for index in anew:
            self._db.execute(CreateIndex(index))
        self._move_to(first + len(events) - 1)

    def _move_to(self, position: int) -> None:
        """Say which position was given last."""
        changed = self._db.execute(update(PositionRow).values(last=position))
        if not changed.rowcount:
            self._db.execute(insert(PositionRow).values(only=1, last=position))

    def _keep(self, position: int, sealed: bytes, *, after: int) -> None:
        """Keep the evidence of a new event; that of a known one stays as it is."""
        if position > after:
            row = (position, sealed)
            self._db.bulk("INSERT OR IGNORE INTO consent_evidence VALUES (?, ?)", [row])


def _place(events: Sequence[Event], *, known: Known, last: int) -> tuple[list[int], list[Event]]:
    """Return where each event stands, and those that are new, in order (law 3).

    Raises:
        EventConflictError: one says something else than what stands under its key.
    """
    placed: dict[bytes, int] = {key: at for key, (at, _) in known.items()}
    new: list[Event] = []
    following = last + 1
    for event in events:
        stands = placed.setdefault(event.event_key, following)
        if stands == following:
            new.append(event)
            following += 1
        elif event.content_key != _said(stands, event.event_key, known, new, last):
            raise EventConflictError(position=stands)
    return [placed[event.event_key] for event in events], new


def _said(position: int, key: bytes, known: Known, new: Sequence[Event], last: int) -> bytes:
    """Return the content key of the event at ``position``: in the ledger, or new in the batch."""
    return known[key][1] if position <= last else new[position - last - 1].content_key


def _known_by(known_at: KnownAt | None) -> tuple[str, tuple[int, ...]]:
    """Return the condition on rows that says how far we look, with its value."""
    match known_at:
        case None:
            return "1", ()
        case AtPosition():
            return "position <= ?", (known_at.position,)
        case AtTime():
            return "record_time <= ?", (to_micros(known_at.time),)


def _event(row: tuple[Any, ...], stamps: Mapping[int, dict[str, Any]]) -> Event:
    """Parse a row."""
    position, event_key, content_key, subject, acted, known, expires, stamp, value = row
    return Event(
        position=position,
        event_key=event_key,
        content_key=content_key,
        subject=Ordinal(subject),
        event_time=from_micros(acted),
        record_time=from_micros(known),
        expires_at=None if expires is None else from_micros(expires),
        value=value,
        **stamps[stamp],
    )

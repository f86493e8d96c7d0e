# SPDX-License-Identifier: Apache-2.0
"""Reading the ledger's rows: somebody's, those with a rare trait, or everybody's as one array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.errors import IntegrityError
from privseg.store.database import Database
from privseg.store.event_body import (
    BODY,
    LIMITED,
    MARK,
    NO_MARK,
    SUBJECT,
    TIE,
    WORDED,
    StoredEvent,
)

CHUNK = 262_144  # positions read as one array: 12 MB
FEW = 2_000  # people; in a large ledger looking for more than these beats reading every body
A_PERSON = 60  # bodies that can be read in the time of one look-up
ASKED = 5_000  # values in one look-up; SQLite takes 32,766 in a statement

_ROW = "SELECT position, event_key, content_key, body, own, evidence FROM consent_event WHERE "
_SOME = (
    "(SELECT position, content_key, body FROM consent_event WHERE position BETWEEN ? AND ? "
    "ORDER BY position) AS ordered"
)
_LEAF = "content_key || substr(body, 33, 8)"
_ERASED = "SELECT position, leaf FROM consent_erased WHERE position BETWEEN ? AND ? ORDER BY 1"
_GONE = "SELECT position FROM consent_erased WHERE position BETWEEN ? AND ? ORDER BY 1"
_ERASURES = (
    "SELECT erasure, position FROM consent_erased WHERE erasure BETWEEN ? AND ? ORDER BY 1, 2"
)
_TABLES = ("consent_event", "consent_erased")
_ENDS = "SELECT min(position), max(position) FROM {}"

Chunk = tuple[NDArray[np.int64], NDArray[Any]]
"""Positions, and the body at each."""


class Ends(NamedTuple):
    """Between which positions anything stands, erased or not, and the last position given."""

    low: int
    high: int
    given: int


class EventsGoneError(IntegrityError):
    """The ledger's rows are not those that were given positions, less the erased ones."""

    def __init__(self, *, first: int, last: int) -> None:
        super().__init__(
            f"the consent ledger was changed behind our back between positions {first} and {last}: "
            "events are gone or were added; nothing is read; run `privseg audit verify`"
        )
        self.first = first
        self.last = last


class EventReading:
    """Rows of the ledger, in one database."""

    def __init__(self, db: Database) -> None:
        """Say once what this database joins: so that no row becomes a Python object."""
        self._db = db
        bodies, leaves = (db.words.joined(part, by="position") for part in ("body", _LEAF))
        self._bodies = f"SELECT count(*), {bodies} FROM {_SOME}"  # noqa: S608
        self._leaves = f"SELECT {leaves} FROM {_SOME}"  # noqa: S608

    def rows_of(self, people: Iterable[int]) -> Iterator[StoredEvent]:
        """Yield the rows of some people, in no order."""
        waiting = iter(people)
        while some := tuple(p.to_bytes(4, "little") for p in islice(waiting, ASKED)):
            marks = ", ".join("?" * len(some))
            yield from self._rows(f"{SUBJECT} IN ({marks})", some)

    def marked(self, mark: int) -> Iterator[StoredEvent]:
        """Yield the rows that have a mark."""
        every = range(1, TIE | LIMITED | WORDED | 1)
        literal = self._db.words.literal
        among = ", ".join(literal(bytes([each])) for each in every if each & mark)
        yield from self._rows(f"{MARK} <> {literal(NO_MARK)} AND {MARK} IN ({among})", ())

    def stored(self, first: int, last: int) -> Iterator[list[StoredEvent]]:
        """Yield rows in order of position, a batch at a time."""
        sql = f"{_ROW}position BETWEEN ? AND ? ORDER BY position"
        for batch in self._db.batches(sql, (first, last)):
            yield list(map(StoredEvent._make, batch))

    def leaves(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the leaves of the events at some positions, in order and joined."""
        for start in range(first, last + 1, CHUNK):
            ((joined,),) = self._db.raw(self._leaves, (start, min(start + CHUNK - 1, last)))
            yield joined or b""

    def erased(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """Return position and leaf of what was erased, in order."""
        return self._db.raw(_ERASED, (first, last))

    def erasures(self, first: int, last: int) -> dict[int, list[int]]:
        """Return which events went with each ERASE at ``first`` to ``last``, by its position."""
        found: dict[int, list[int]] = {}
        for erasure, position in self._db.raw(_ERASURES, (first, last)):
            found.setdefault(erasure, []).append(position)
        return found

    def ends(self) -> Ends:
        """Return between which positions anything stands, and the last one given."""
        rows = [row for table in _TABLES for row in self._db.raw(_ENDS.format(table))]
        standing = [row for row in rows if row[0] is not None]
        low = min((row[0] for row in standing), default=1)
        high = max((row[1] for row in standing), default=0)
        given = self._db.raw("SELECT max(last) FROM consent_position")[0][0]
        return Ends(low, high, given or 0)

    def bodies(self, last: int, of: FrozenBitMap | None, *, after: int = 0) -> Iterator[Chunk]:
        """Yield positions and bodies in ``(after, last]`` in order: of everybody or ``of`` some.

        Raises:
            EventsGoneError: some are gone, or there are more.
        """
        if of is not None and len(of) <= max(FEW, last // A_PERSON):
            yield self._few(last, of)
            return
        for first in range(after + 1, last + 1, CHUNK):
            position, found = self._chunk(first, min(first + CHUNK - 1, last))
            if of is not None:
                mine = np.isin(found["subject"], np.fromiter(of, np.uint32, len(of)))
                position, found = position[mine], found[mine]
            yield position, found

    def _few(self, last: int, of: FrozenBitMap) -> Chunk:
        """Return the bodies of a few people up to ``last``."""
        rows = sorted((r.position, r.body) for r in self.rows_of(of) if r.position <= last)
        found = np.frombuffer(b"".join(body for _, body in rows), dtype=BODY)
        return np.array([at for at, _ in rows], dtype=np.int64), found

    def _chunk(self, first: int, last: int) -> Chunk:
        """Return every body at ``first`` to ``last``; where each stands follows from what is not.

        Raises:
            EventsGoneError: their number is not that of the positions given and not erased.
        """
        gone = np.array(self._db.raw(_GONE, (first, last)), dtype=np.int64).reshape(-1)
        position = np.delete(np.arange(first, last + 1), gone - first)
        ((count, joined),) = self._db.raw(self._bodies, (first, last))
        if count != len(position) or len(joined or b"") != count * BODY.itemsize:
            raise EventsGoneError(first=first, last=last)
        return position, np.frombuffer(joined or b"", dtype=BODY)

    def _rows(self, which: str, values: tuple[object, ...]) -> Iterator[StoredEvent]:
        """Yield the rows of a condition."""
        for batch in self._db.batches(f"{_ROW}{which}", values):
            yield from map(StoredEvent._make, batch)

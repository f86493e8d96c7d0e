# SPDX-License-Identifier: Apache-2.0
"""Writing events: each once, in the order given, all of a batch or nothing (law 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, update
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlmodel import SQLModel

from privseg.consent.ledger import UNRECORDED, EventConflictError, Recorded
from privseg.store.database import Database
from privseg.store.drafts import Drafts
from privseg.store.event_body import BODY
from privseg.store.stamps import Stamps
from privseg.store.tables_consent import EventRow, PositionRow

KEY = 16  # bytes of the keys that the engine makes
TOGETHER = 20_000  # rows written by one statement
ASKED_KEYS = 20_000  # keys in one look-up; SQLite takes 32,766 values in a statement
REINDEX_ROWS = 100_000  # from here on sorting an index anew beats adding to it row by row

_NAMES = "(position, event_key, content_key, body"
_INSERT = f"INSERT INTO consent_event {_NAMES}, own, evidence) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
_UNPACK = (  # keys and bodies joined: the database cuts them up, and no row is bound by itself
    f"INSERT INTO consent_event {_NAMES}) "  # noqa: S608
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
    f"SELECT ? + i, substr(?, i * {KEY} + 1, {KEY}), substr(?, i * {KEY} + 1, {KEY}), "
    f"substr(?, i * {BODY.itemsize} + 1, {BODY.itemsize}) FROM n"
)
_ASK = "SELECT event_key, position, content_key FROM consent_event "
_ASK_JOINED = (
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "  # noqa: S608
    "SELECT event_key, position, content_key FROM n CROSS JOIN consent_event "
    f"WHERE event_key = substr(?, i * {KEY} + 1, {KEY})"
)
_INDEXES = tuple(
    sorted(SQLModel.metadata.tables[str(EventRow.__tablename__)].indexes, key=lambda i: str(i.name))
)

Known = dict[bytes, tuple[int, bytes]]
"""By event key: where that event stands, and the key of its content."""


class EventWriting:
    """Adds events to the ledger of one database."""

    def __init__(self, db: Database, stamps: Stamps) -> None:
        self._db = db
        self._stamps = stamps

    def record(self, drafts: Drafts, evidence: Mapping[int, bytes]) -> Recorded:
        """Store the events that are new; ``evidence`` is sealed, by row.

        Raises:
            EventConflictError: an event is known, or comes twice, with another content.
        """
        with self._db.transaction():
            last = self._last()
            known = self._known(drafts.event_keys) if last else {}
            positions, new = _place(drafts, known=known, last=last)
            if len(new):
                self._insert(drafts, new, first=last + 1)
            kept = [(positions[i], e) for i, e in evidence.items() if positions[i] > last]
            self._db.bulk("INSERT INTO consent_evidence VALUES (?, ?) ON CONFLICT DO NOTHING", kept)
        return Recorded(tuple(positions), len(drafts) - len(new))

    def _last(self) -> int:
        """Return the last position given."""
        rows = self._db.raw("SELECT last FROM consent_position")
        return int(rows[0][0]) if rows else UNRECORDED

    def _known(self, keys: Sequence[bytes]) -> Known:
        """Return what the ledger holds under ``keys``; sorted, they lie near each other there."""
        known: Known = {}
        ordered = sorted(set(keys))
        for start in range(0, len(ordered), ASKED_KEYS):
            some = ordered[start : start + ASKED_KEYS]
            known.update((key, (at, said)) for key, at, said in self._ask(some))
        return known

    def _ask(self, keys: Sequence[bytes]) -> list[tuple[Any, ...]]:
        """Return key, position and content key of the known ones: joined where all are alike."""
        if {len(key) for key in keys} == {KEY}:
            return self._db.raw(_ASK_JOINED, (len(keys), b"".join(keys)))
        marks = ",".join("?" * len(keys))
        return self._db.raw(f"{_ASK}WHERE event_key IN ({marks})", tuple(keys))

    def _insert(self, drafts: Drafts, new: NDArray[np.int64], *, first: int) -> None:
        """Write new events at ``first`` and the positions after it."""
        many = len(new) >= max(REINDEX_ROWS, first // 2)
        anew = _INDEXES if many and self._db.words.reindexes else ()
        for index in anew:
            self._db.execute(DropIndex(index))
        body = self._bodies(drafts, new)
        for start in range(0, len(new), TOGETHER):
            some = slice(start, start + TOGETHER)
            self._write(drafts, new[some].tolist(), body[some], first=first + start)
        for index in anew:
            self._db.execute(CreateIndex(index))
        self._move_to(first + len(new) - 1)

    def _bodies(self, drafts: Drafts, new: NDArray[np.int64]) -> NDArray[Any]:
        """Return the bodies of new events, with the ledger's numbers of their stamps."""
        body = drafts.body[new]
        used = np.unique(body["stamp"])
        code = np.zeros(len(drafts.stamps), np.uint32)
        code[used] = self._stamps.codes(drafts.stamps[i] for i in used)
        body["stamp"] = code[body["stamp"]]
        return body

    def _write(self, drafts: Drafts, rows: list[int], body: NDArray[Any], *, first: int) -> None:
        """Write some events at ``first`` and after it: joined where they are all alike in form."""
        keys = [drafts.event_keys[row] for row in rows]
        said = [drafts.content_keys[row] for row in rows]
        raw, size = body.tobytes(), BODY.itemsize
        own, proofs = ([of.get(row) for row in rows] for of in (drafts.own, drafts.evidence))
        if {len(key) for key in (*keys, *said)} == {KEY} and not any((*own, *proofs)):
            joined = (len(rows), first, b"".join(keys), b"".join(said), raw)
            self._db.bulk(_UNPACK, [joined])
            return
        bodies = [raw[start : start + size] for start in range(0, len(raw), size)]
        positions = range(first, first + len(rows))
        self._db.bulk(_INSERT, zip(positions, keys, said, bodies, own, proofs, strict=True))

    def _move_to(self, position: int) -> None:
        """Say which position was given last."""
        changed = self._db.execute(update(PositionRow).values(last=position))
        if not changed.rowcount:
            self._db.execute(insert(PositionRow).values(only=1, last=position))


def _place(drafts: Drafts, *, known: Known, last: int) -> tuple[Sequence[int], NDArray[np.int64]]:
    """Return where each event stands, and the rows of those that are new, in order.

    Raises:
        EventConflictError: one says something else than what stands under its key.
    """
    keys = drafts.event_keys
    if not known and len(set(keys)) == len(keys):
        return range(last + 1, last + 1 + len(keys)), np.arange(len(keys))
    placed = dict(known)
    positions: list[int] = []
    new: list[int] = []
    for row, (key, said) in enumerate(zip(keys, drafts.content_keys, strict=True)):
        stands, content = placed.setdefault(key, (last + 1 + len(new), said))
        if stands == last + 1 + len(new):
            new.append(row)
        elif content != said:
            raise EventConflictError(position=stands)
        positions.append(stands)
    return positions, np.array(new, dtype=np.int64)

# SPDX-License-Identifier: Apache-2.0
"""Who is tied to whom by a MERGE: a handful of people by look-up, a population all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap, FrozenBitMap

from privseg.store.database import Database
from privseg.store.event_body import (
    BODY,
    MARK,
    NO_MARK,
    NO_TARGET,
    SUBJECT,
    TARGET,
    TIE,
    WORDED,
)

MANY = 500  # people; from here on reading every tie beats looking for theirs
ASKED = 5_000  # values in one look-up; SQLite takes 32,766 in a statement, PostgreSQL 65,535

_BODIES = "SELECT body FROM consent_event WHERE "


class Ties:
    """The profiles that any MERGE ties, un-merged or not."""

    def __init__(self, db: Database) -> None:
        """Say once, in this database's words, which rows tie."""
        self._db, literal = db, db.words.literal
        tying = ", ".join(literal(bytes([mark])) for mark in (TIE, TIE | WORDED))
        ties = f"{MARK} IN ({tying})"
        self._all = f"{_BODIES}{MARK} <> {literal(NO_MARK)} AND {ties}"
        self._from = f"{_BODIES}{SUBJECT} IN ({{}}) AND {ties}"
        self._to = f"{_BODIES}{TARGET} IN ({{}}) AND {TARGET} <> {literal(NO_TARGET)} AND {ties}"

    def linked(self, people: FrozenBitMap) -> FrozenBitMap:
        """Return ``people`` and every profile tied to them, transitively."""
        found, fresh = BitMap(people), BitMap(people)
        with self._db.reading():
            if not self._db.raw(f"{self._all} LIMIT 1"):
                return FrozenBitMap(people)
            while fresh:
                if len(fresh) > MANY:
                    return _closed(found, *self._every())
                fresh = BitMap(self._beside(fresh)) - found
                found |= fresh
        return FrozenBitMap(found)

    def everybody(self) -> FrozenBitMap:
        """Return every profile that any tie names."""
        with self._db.reading():
            one, other = self._every()
        return FrozenBitMap(np.unique(np.concatenate([one, other])).astype(np.uint32))

    def _every(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return both ends of every tie."""
        return _ends(self._db.batches(self._all))

    def _beside(self, people: BitMap) -> Iterator[int]:
        """Yield whom a tie of ``people`` leads to, in either direction."""
        for some in _chunks(people):
            for sql, width in ((self._from, 4), (self._to, 8)):
                asked = tuple(person.to_bytes(width, "little") for person in some)
                rows = self._db.raw(sql.format(", ".join("?" * len(asked))), asked)
                for column in _ends([rows]):
                    yield from column.tolist()


def _ends(
    batches: Iterable[list[tuple[bytes]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the subjects and targets of bodies."""
    bodies = np.frombuffer(b"".join(body for rows in batches for (body,) in rows), dtype=BODY)
    return bodies["subject"].astype(np.int64), bodies["target"].astype(np.int64)


def _closed(people: BitMap, one: NDArray[np.int64], other: NDArray[np.int64]) -> FrozenBitMap:
    """Return ``people`` with all that ties reach: the components that have one of them.

    Every profile takes the smallest number tied to it, and then that one's, until none changes.
    """
    known = np.fromiter(people, np.int64, len(people))
    names, at = np.unique(np.concatenate([known, one, other]), return_inverse=True)
    mine, a, b = np.split(at, [len(known), len(known) + len(one)])
    root = np.arange(len(names))
    while True:
        low = np.minimum(root[a], root[b])
        before = root.copy()
        np.minimum.at(root, root[a], low)
        np.minimum.at(root, root[b], low)
        root = root[root]
        if np.array_equal(root, before):
            break
    reached = np.zeros(len(names), np.bool_)
    reached[root[mine]] = True
    return FrozenBitMap(names[reached[root]].astype(np.uint32))


def _chunks(people: BitMap) -> Iterator[tuple[int, ...]]:
    """Cut people into parts that one statement can take."""
    waiting = iter(people)
    while some := tuple(islice(waiting, ASKED)):
        yield some

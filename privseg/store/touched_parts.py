# SPDX-License-Identifier: Apache-2.0
"""The parts of the index of reads: each set of 65,536 people's bits that differs, once a month.

What consecutive runs read is mostly the same, so that most parts of a run are there already. Each
is sealed for its own number and bucket: it opens as no other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

from pyroaring import BitMap, FrozenBitMap

from privseg.audit import parse_entry
from privseg.audit.people import MalformedPeopleError
from privseg.audit.touched import Parts, cut, part_of
from privseg.errors import IntegrityError, KeyAccessError
from privseg.store.database import Database
from privseg.store.touched_ports import ReadIndexBrokenError
from privseg.store.touched_seals import ScopedSeals
from privseg.terms import to_micros

AT_ONCE = 2_000  # values in one look-up; SQLite takes 32,766 in a statement

_INSERT = "INSERT INTO touched_part (number, month, bucket, mark, people) VALUES (?, ?, ?, ?, ?)"
_KNOWN = "SELECT mark, number FROM touched_part WHERE mark IN ({})"
_READ = "SELECT number, month, bucket, people FROM touched_part WHERE number IN ({})"


class PartTable:
    """The table of parts."""

    def __init__(self, db: Database, seals: ScopedSeals) -> None:
        self._db = db
        self._seals = seals

    def put(self, month: str, people: FrozenBitMap) -> Parts:
        """Store the parts of a set that are not there yet, in the open transaction."""
        parts = [(bucket, data, self._mark(month, bucket, data)) for bucket, data in cut(people)]
        numbers = self._known([mark for _, _, mark in parts])
        fresh = [part for part in parts if part[2] not in numbers]
        first = self._next()
        for number, (_, _, mark) in enumerate(fresh, first):
            numbers[mark] = number
        self._db.bulk(
            _INSERT,
            (
                (numbers[m], month, b, m, self._seals.sealed(month, _place(numbers[m], b), data))
                for b, data, m in fresh
            ),
        )
        buckets = tuple(bucket for bucket, _, _ in parts)
        return Parts(buckets, tuple(numbers[mark] for _, _, mark in parts), len(people))

    def holding(self, numbers: Collection[int], people: FrozenBitMap) -> set[int]:
        """Return which parts have anybody of ``people`` in them.

        Raises:
            ReadIndexBrokenError: one is gone or changed.
        """
        return {n for n, part in self._read(numbers) if not people.isdisjoint(part)}

    def union(self, numbers: Collection[int]) -> FrozenBitMap:
        """Return everybody in any of these parts.

        Raises:
            ReadIndexBrokenError: one is gone or changed.
        """
        found = BitMap()
        for _, part in self._read(numbers):
            found |= part
        return FrozenBitMap(found)

    def keep_only(self, month: str, numbers: Collection[int]) -> None:
        """Delete a month's parts that are not among ``numbers``."""
        there = self._db.raw("SELECT number FROM touched_part WHERE month = ?", (month,))
        gone = [row for row in there if row[0] not in numbers]
        self._db.bulk("DELETE FROM touched_part WHERE number = ?", gone)

    def times(self, sequences: Iterable[int]) -> dict[int, int]:
        """Return when entries of the log were written, in microseconds."""
        sql = "SELECT sequence, entry FROM audit_entry WHERE sequence IN ({})"
        rows = self._asked(sql, sequences)
        return {int(n): to_micros(parse_entry(entry).time) for n, entry in rows}

    def _read(self, numbers: Collection[int]) -> Iterator[tuple[int, FrozenBitMap]]:
        """Yield parts by number, in no order."""
        count = 0
        for number, month, bucket, sealed in self._asked(_READ, sorted(numbers)):
            try:
                data = self._seals.opened(month, _place(number, bucket), sealed)
                part = part_of(data)
            except (IntegrityError, KeyAccessError, MalformedPeopleError):
                raise ReadIndexBrokenError(f"part {number} does not open") from None
            yield number, part
            count += 1
        if count != len(numbers):
            raise ReadIndexBrokenError("a part is gone")

    def _known(self, marks: Iterable[bytes]) -> dict[bytes, int]:
        """Return which parts are there already."""
        return {bytes(mark): number for mark, number in self._asked(_KNOWN, marks)}

    def _next(self) -> int:
        """Return the next number; the open transaction is the only writer."""
        return int(self._db.raw("SELECT coalesce(max(number), 0) FROM touched_part")[0][0]) + 1

    def _asked(self, sql: str, values: Iterable[object]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of look-ups of bounded size."""
        waiting = iter(values)
        while some := tuple(islice(waiting, AT_ONCE)):
            yield from self._db.raw(sql.format(", ".join("?" * len(some))), some)

    def _mark(self, month: str, bucket: int, data: bytes) -> bytes:
        """Return the keyed hash of a part."""
        return self._seals.mark(month, bucket.to_bytes(2) + data)


def _place(number: int, bucket: int) -> bytes:
    return b"part" + number.to_bytes(8) + bucket.to_bytes(2)

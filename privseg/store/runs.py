# SPDX-License-Identifier: Apache-2.0
"""Whom each run found in each segment: person-level, sealed, never part of a release.

Kept so that a person can be told which segments they were in and an audience can be handed over,
each time only of who may still be read. An erasure writes every one anew under a new key and
destroys the old keys, so that bytes of before open nowhere any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pyroaring import BitMap, FrozenBitMap
from sqlalchemy import Row, delete, insert, select, update
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_segment import MembershipRow
from privseg.terms import Attribute, Category, Ordinal, Purpose, from_micros, to_micros


class Origin(StrEnum):
    """What kind of run found it."""

    REPORT = "report"
    RUN = "run"  # of the segment itself: no number was released


@dataclass(frozen=True, slots=True)
class Membership:
    """Who was in one segment, in one of its versions, at one run over one edition.

    ``reads`` and ``reveals`` are what a person has to allow for ``purpose`` to be in it.
    """

    run_id: str
    segment: str
    version: str
    edition_id: str
    at: datetime
    people: FrozenBitMap = field(repr=False)
    origin: Origin
    policy: str
    purpose: Purpose
    reads: frozenset[Attribute]
    reveals: frozenset[Category]


class Seals(Protocol):
    """Port: keys that memberships are sealed under, each by a name of its own."""

    def make(self) -> str:
        """Make a new key; return its name."""
        ...

    def seal(self, key: str, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under a key for one place."""
        ...

    def unseal(self, key: str, place: str, blob: bytes) -> bytes:
        """Return what was sealed under that key for that place."""
        ...

    def destroy(self, key: str) -> None:
        """Destroy a key: nothing that was sealed under it opens any more."""
        ...


class SqlRuns:
    """The memberships that runs found."""

    def __init__(self, db: Database, seals: Seals) -> None:
        self._db = db
        self._seals = seals

    def record(self, memberships: Iterable[Membership]) -> None:
        """Keep what a run found.

        Raises:
            RowRefusedError: this run has said so of this segment already.
        """
        given = list(memberships)
        if not given:
            return
        with self._db.transaction():
            key = self._seals.make()
            self._db.execute(insert(MembershipRow), [self._row(m, key) for m in given])

    def of_run(self, run_id: str) -> list[Membership]:
        """Return what one run found, by segment name."""
        return list(self._select(col(MembershipRow.run_id) == run_id))

    def history(self, segment: str) -> list[Membership]:
        """Return one segment's memberships, oldest first."""
        return list(self._select(col(MembershipRow.segment) == segment))

    def newest(self, segment: str, *, origin: Origin = Origin.RUN) -> Membership | None:
        """Return what the last run of one kind found in a segment; None if there was none."""
        which = (col(MembershipRow.segment) == segment, col(MembershipRow.origin) == str(origin))
        query = select(MembershipRow).where(*which).order_by(col(MembershipRow.at).desc()).limit(1)
        return next(map(self._membership, self._db.rows(query)), None)

    def last_runs(self) -> Mapping[str, tuple[datetime, str]]:
        """Return when each segment was run last, and in which version; reports do not count.

        Nothing is unsealed.
        """
        columns = (MembershipRow.segment, MembershipRow.at, MembershipRow.version)
        query = (
            select(*map(col, columns))
            .where(col(MembershipRow.origin) == str(Origin.RUN))
            .order_by(col(MembershipRow.at))
        )
        return {str(s): (from_micros(at), str(v)) for s, at, v in map(tuple, self._db.rows(query))}

    def containing(self, person: Ordinal) -> list[Membership]:
        """Return every membership that has this person in it, oldest first."""
        return [m for m in self._select() if person in m.people]

    def all(self) -> Iterator[Membership]:
        """Yield every membership, oldest first."""
        return self._select()

    def amend(self, person: Ordinal, belongs: Mapping[tuple[str, str], bool]) -> int:
        """Put a person into memberships (run, segment), or take them out; return how many.

        Each is sealed anew under a new key; a key that nothing is sealed under is destroyed.
        """
        if not belongs:
            return 0
        with self._db.transaction():
            old, new = self._keys(), self._seals.make()
            for (run, segment), is_in in belongs.items():
                self._rewrite(run, segment, new, person, is_in=is_in)
            self._destroy(old - self._keys())
        return len(belongs)

    def forget(self, person: Ordinal) -> int:
        """Take a person out of every membership; return out of how many.

        Every one is written anew under a new key, also those without the person, so that what
        changed tells nothing. The old bytes are overwritten (secure_delete), the old keys gone.
        """
        count = 0
        with self._db.transaction():
            old = self._keys()
            if not old:
                return 0
            new = self._seals.make()
            for run, segment in self._names():
                count += self._rewrite(run, segment, new, person)
            self._destroy(old)
        return count

    def ended(self, before: Mapping[Purpose, datetime], *, usual: datetime) -> int:
        """Return how many memberships are older than their purpose allows."""
        return len(self._old(before, usual))

    def expire(self, before: Mapping[Purpose, datetime], *, usual: datetime) -> int:
        """Delete memberships older than ``before`` of their purpose, else ``usual``; say how many.

        A key that nothing is sealed under any more is destroyed.
        """
        with self._db.transaction():
            gone, keys = self._old(before, usual), self._keys()
            for run, segment in gone:
                self._db.execute(delete(MembershipRow).where(*_is(run, segment)))
            self._destroy(keys - self._keys() if gone else frozenset())
        return len(gone)

    def _old(self, before: Mapping[Purpose, datetime], usual: datetime) -> list[tuple[str, str]]:
        """Return which are too old."""
        columns = (
            MembershipRow.run_id, MembershipRow.segment, MembershipRow.purpose, MembershipRow.at,
        )  # fmt: skip
        rows = map(tuple, self._db.rows(select(*map(col, columns))))
        return [(r, s) for r, s, p, at in rows if at < to_micros(before.get(Purpose(p), usual))]

    def _rewrite(
        self, run: str, segment: str, key: str, person: Ordinal, *, is_in: bool = False
    ) -> bool:
        """Seal one membership anew with or without a person; return whether they were in it."""
        (found,) = self._select(*_is(run, segment))
        people = BitMap(found.people) - BitMap([person])
        people |= BitMap([person] if is_in else [])
        sealed = self._seals.seal(key, _place(run, segment), people.serialize())
        change = update(MembershipRow).where(*_is(run, segment)).values(people=sealed, key=key)
        self._db.execute(change)
        return person in found.people

    def _names(self) -> list[tuple[str, str]]:
        """Return run and segment of every membership."""
        query = select(col(MembershipRow.run_id), col(MembershipRow.segment))
        return [(str(run), str(segment)) for run, segment in map(tuple, self._db.rows(query))]

    def _keys(self) -> frozenset[str]:
        """Return the names of the keys in use."""
        rows = self._db.rows(select(col(MembershipRow.key)).distinct())
        return frozenset(str(row[0]) for row in rows)

    def _destroy(self, keys: Iterable[str]) -> None:
        """Destroy keys."""
        for key in sorted(keys):
            self._seals.destroy(key)

    def _row(self, m: Membership, key: str) -> dict[str, Any]:
        """Return a membership as a row."""
        sealed = self._seals.seal(key, _place(m.run_id, m.segment), m.people.serialize())
        return {
            "run_id": m.run_id,
            "segment": m.segment,
            "version": m.version,
            "edition_id": m.edition_id,
            "at": to_micros(m.at),
            "origin": str(m.origin),
            "policy": m.policy,
            "purpose": m.purpose,
            "reads": json.dumps(sorted(m.reads)),
            "reveals": json.dumps(sorted(m.reveals)),
            "key": key,
            "people": sealed,
        }

    def _select(self, *which: Any) -> Iterator[Membership]:
        """Yield the memberships that fit, oldest first."""
        order = (col(MembershipRow.at), col(MembershipRow.run_id), col(MembershipRow.segment))
        query = select(MembershipRow).where(*which).order_by(*order)
        yield from map(self._membership, self._db.rows(query))

    def _membership(self, row: Row[Any]) -> Membership:
        """Parse a row."""
        plain = self._seals.unseal(row.key, _place(row.run_id, row.segment), row.people)
        return Membership(
            run_id=row.run_id,
            segment=row.segment,
            version=row.version,
            edition_id=row.edition_id,
            at=from_micros(row.at),
            people=FrozenBitMap.deserialize(plain),
            origin=Origin(row.origin),
            policy=row.policy,
            purpose=Purpose(row.purpose),
            reads=frozenset(map(Attribute, json.loads(row.reads))),
            reveals=frozenset(map(Category, json.loads(row.reveals))),
        )


def _is(run: str, segment: str) -> tuple[Any, Any]:
    """Return the clause of one membership."""
    return col(MembershipRow.run_id) == run, col(MembershipRow.segment) == segment


def _place(run: str, segment: str) -> str:
    """Return where a bitmap belongs: sealed for one place, it opens nowhere else."""
    return f"{run}/{segment}"

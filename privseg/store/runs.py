# SPDX-License-Identifier: Apache-2.0
"""Whom each run found in each segment: person-level, sealed, never part of a release.

Kept so that a person can be told which segments they were in and an audience can be handed over,
each time only of who may still be read. An erasure writes every page of the person's bucket anew
under a new key and destroys the old one, so that bytes of before open nowhere any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from pyroaring import FrozenBitMap
from sqlalchemy import Row, delete, insert, select
from sqlmodel import col

from privseg.audit.touched import BUCKET
from privseg.store.database import Database
from privseg.store.membership_pages import Found, PageSeals, PageTable
from privseg.store.tables_segment import MembershipRow
from privseg.terms import Attribute, Category, Ordinal, Purpose, from_micros, to_micros


class Origin(StrEnum):
    """What kind of run found it."""

    REPORT = "report"
    RUN = "run"  # of the segment itself: no number was released


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipHead:
    """What is kept in clear of whom a run found in one version of a segment, over one edition.

    ``reads`` and ``reveals`` are what a person has to allow for ``purpose`` to be in it.
    """

    run_id: str
    segment: str
    version: str
    edition_id: str
    at: datetime
    origin: Origin
    policy: str
    purpose: Purpose
    reads: frozenset[Attribute]
    reveals: frozenset[Category]

    @property
    def found(self) -> Found:
        """Return which set of people it is about."""
        return self.run_id, self.segment

    def holding(self, people: FrozenBitMap) -> Membership:
        """Return it with people."""
        said = {field.name: getattr(self, field.name) for field in fields(MembershipHead)}
        return Membership(**said, people=people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(MembershipHead):
    """Who was in one segment, in one of its versions, at one run over one edition."""

    people: FrozenBitMap = field(repr=False)


class SqlRuns:
    """The memberships that runs found."""

    def __init__(self, db: Database, seals: PageSeals) -> None:
        self._db = db
        self._seals = seals
        self._pages = PageTable(db, seals)

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
            buckets = self._pages.put(key, {m.found: m.people for m in given})
            self._db.execute(insert(MembershipRow), [_row(m, key, buckets[m.found]) for m in given])

    def of_run(self, run_id: str) -> list[Membership]:
        """Return what one run found, by segment name."""
        return self._select(col(MembershipRow.run_id) == run_id)

    def history(self, segment: str) -> list[Membership]:
        """Return one segment's memberships, oldest first."""
        return self._select(col(MembershipRow.segment) == segment)

    def newest(self, segment: str, *, origin: Origin = Origin.RUN) -> Membership | None:
        """Return what the last run of one kind found in a segment; None if there was none."""
        which = (col(MembershipRow.segment) == segment, col(MembershipRow.origin) == str(origin))
        query = select(MembershipRow).where(*which).order_by(col(MembershipRow.at).desc()).limit(1)
        with self._db.reading():
            return next(iter(self._opened(self._db.rows(query))), None)

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

    def containing(self, person: Ordinal) -> list[MembershipHead]:
        """Return every membership that has this person in it, oldest first."""
        return [head for head, is_in in self.asked_of(person) if is_in]

    def asked_of(self, person: Ordinal) -> list[tuple[MembershipHead, bool]]:
        """Return every membership, oldest first, and whether a person is in it.

        Only the pages of the person's bucket are opened.

        Raises:
            MembershipBrokenError, KeyDestroyedError, SealBrokenError: one cannot be opened.
        """
        with self._db.reading():
            pages = self._pages.of_bucket(person // BUCKET)
            heads = map(_head, self._rows())
            return [(head, person in pages.get(head.found, ())) for head in heads]

    def amend(self, person: Ordinal, belongs: Mapping[Found, bool]) -> int:
        """Put a person into memberships, or take them out; return how many.

        Every page of the person's bucket is sealed anew, also those that do not change, so that
        what changed tells nothing; the bytes of before are overwritten (secure_delete), and the
        bucket's old key is destroyed.
        """
        if not belongs:
            return 0
        with self._db.transaction():
            bucket, alone = person // BUCKET, FrozenBitMap([person])
            pages = self._pages.of_bucket(bucket)
            for found, is_in in belongs.items():
                page = pages.get(found, FrozenBitMap())
                if is_in or found in pages:
                    pages[found] = page | alone if is_in else page - alone
            self._pages.renew(bucket, pages)
        return len(belongs)

    def forget(self, person: Ordinal) -> int:
        """Take a person out of every membership, as ``amend`` does; return out of how many."""
        with self._db.transaction():
            pages = self._pages.of_bucket(person // BUCKET)
            held = {found for found, page in pages.items() if person in page}
            alone = FrozenBitMap([person])
            if pages:
                self._pages.renew(
                    person // BUCKET, {found: page - alone for found, page in pages.items()}
                )
        return len(held)

    def ended(self, before: Mapping[Purpose, datetime], *, usual: datetime) -> int:
        """Return how many memberships are older than their purpose allows."""
        return len(self._old(before, usual))

    def expire(self, before: Mapping[Purpose, datetime], *, usual: datetime) -> int:
        """Delete memberships older than ``before`` of their purpose, else ``usual``; say how many.

        A key that nothing is sealed under any more is destroyed.
        """
        with self._db.transaction():
            gone, keys = self._old(before, usual), self._keys()
            if not gone:
                return 0
            for run, segment in gone:
                which = (col(MembershipRow.run_id) == run, col(MembershipRow.segment) == segment)
                self._db.execute(delete(MembershipRow).where(*which))
            self._pages.drop(gone)
            for key in sorted(keys - self._keys()):
                self._seals.destroy(key)
        return len(gone)

    def _old(self, before: Mapping[Purpose, datetime], usual: datetime) -> list[Found]:
        """Return which are too old."""
        columns = (
            MembershipRow.run_id, MembershipRow.segment, MembershipRow.purpose, MembershipRow.at,
        )  # fmt: skip
        rows = map(tuple, self._db.rows(select(*map(col, columns))))
        return [(r, s) for r, s, p, at in rows if at < to_micros(before.get(Purpose(p), usual))]

    def _keys(self) -> frozenset[str]:
        """Return the names of the runs' keys in use."""
        rows = self._db.rows(select(col(MembershipRow.key)).distinct())
        return frozenset(str(row[0]) for row in rows)

    def _select(self, *which: Any) -> list[Membership]:
        """Return the memberships that fit, oldest first."""
        with self._db.reading():
            return self._opened(self._rows(*which))

    def _rows(self, *which: Any) -> list[Row[Any]]:
        """Return the rows that fit, oldest first."""
        order = (col(MembershipRow.at), col(MembershipRow.run_id), col(MembershipRow.segment))
        return self._db.rows(select(MembershipRow).where(*which).order_by(*order))

    def _opened(self, rows: Sequence[Row[Any]]) -> list[Membership]:
        """Return memberships with their people."""
        sets = self._pages.whole(((r.run_id, r.segment), r.key, bytes(r.buckets)) for r in rows)
        return [_head(row).holding(people) for row, people in zip(rows, sets, strict=True)]


def _head(row: Row[Any]) -> MembershipHead:
    """Parse a row."""
    return MembershipHead(
        run_id=row.run_id,
        segment=row.segment,
        version=row.version,
        edition_id=row.edition_id,
        at=from_micros(row.at),
        origin=Origin(row.origin),
        policy=row.policy,
        purpose=Purpose(row.purpose),
        reads=frozenset(map(Attribute, json.loads(row.reads))),
        reveals=frozenset(map(Category, json.loads(row.reveals))),
    )


def _row(m: Membership, key: str, buckets: bytes) -> dict[str, Any]:
    """Return a membership as a row."""
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
        "buckets": buckets,
    }

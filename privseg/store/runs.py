# SPDX-License-Identifier: Apache-2.0
"""Whom each run found in each segment: person-level, never part of a release.

Kept so that a person can be told which segments they were in, and emptied of them on erasure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyroaring import BitMap, FrozenBitMap
from sqlalchemy import Row, insert, select, update
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_release import MembershipRow
from privseg.terms import Ordinal, from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Membership:
    """Who was in one segment, in one of its versions, at one run over one edition."""

    run_id: str
    segment: str
    version: str
    edition_id: str
    at: datetime
    people: FrozenBitMap = field(repr=False)


class SqlRuns:
    """The memberships that runs found."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record(self, memberships: Iterable[Membership]) -> None:
        """Keep what a run found.

        Raises:
            RowRefusedError: this run has said so of this segment already.
        """
        rows = [
            {
                "run_id": m.run_id,
                "segment": m.segment,
                "version": m.version,
                "edition_id": m.edition_id,
                "at": to_micros(m.at),
                "people": m.people.serialize(),
            }
            for m in memberships
        ]
        if rows:
            self._db.execute(insert(MembershipRow), rows)

    def of_run(self, run_id: str) -> list[Membership]:
        """Return what one run found, by segment name."""
        return self._select(col(MembershipRow.run_id) == run_id)

    def history(self, segment: str) -> list[Membership]:
        """Return one segment's memberships, oldest first."""
        return self._select(col(MembershipRow.segment) == segment)

    def containing(self, person: Ordinal) -> list[Membership]:
        """Return every membership that has this person in it, oldest first."""
        return [m for m in self._select() if person in m.people]

    def forget(self, person: Ordinal) -> int:
        """Take a person out of every membership; return out of how many."""
        with self._db.transaction():
            found = self.containing(person)
            for membership in found:
                self._replace(membership, BitMap(membership.people) - BitMap([person]))
        return len(found)

    def _replace(self, membership: Membership, people: BitMap) -> None:
        """Write one membership's people anew; the old bytes are overwritten (secure_delete)."""
        self._db.execute(
            update(MembershipRow)
            .where(
                col(MembershipRow.run_id) == membership.run_id,
                col(MembershipRow.segment) == membership.segment,
            )
            .values(people=people.serialize())
        )

    def _select(self, *which: Any) -> list[Membership]:
        """Return the memberships that fit, oldest first."""
        order = (col(MembershipRow.at), col(MembershipRow.run_id), col(MembershipRow.segment))
        return [
            _membership(row)
            for row in self._db.rows(select(MembershipRow).where(*which).order_by(*order))
        ]


def _membership(row: Row[Any]) -> Membership:
    """Parse a row."""
    return Membership(
        run_id=row.run_id,
        segment=row.segment,
        version=row.version,
        edition_id=row.edition_id,
        at=from_micros(row.at),
        people=FrozenBitMap.deserialize(row.people),
    )

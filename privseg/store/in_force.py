# SPDX-License-Identifier: Apache-2.0
"""Which policy was in force when: a line of digests, each from its moment until the next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_policy import InForceRow
from privseg.terms import from_micros, to_micros

_AT = "SELECT digest FROM policy_in_force WHERE since <= ? ORDER BY number DESC LIMIT 1"


class SqlInForce:
    """The policies that were in force, oldest first; several may return."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def adopt(self, digest: str, *, at: datetime) -> bool:
        """Say that this policy is in force from ``at`` on; return whether that is a change."""
        with self._db.transaction():
            if self.last() == digest:
                return False
            self._db.execute(insert(InForceRow).values(since=to_micros(at), digest=digest))
        return True

    def line(self) -> list[tuple[str, datetime]]:
        """Return every change, oldest first: which digest came into force, and when."""
        query = select(col(InForceRow.digest), col(InForceRow.since))
        rows = map(tuple, self._db.rows(query.order_by(col(InForceRow.number))))
        return [(str(digest), from_micros(since)) for digest, since in rows]

    def last(self) -> str | None:
        """Return the digest in force now, None before the first."""
        query = select(col(InForceRow.digest)).order_by(col(InForceRow.number).desc()).limit(1)
        return next((str(row[0]) for row in self._db.rows(query)), None)

    def ever(self, digest: str) -> bool:
        """Return whether this policy was in force at any time."""
        query = select(col(InForceRow.number)).where(col(InForceRow.digest) == digest).limit(1)
        return bool(self._db.rows(query))

    def at(self, moment: datetime) -> str | None:
        """Return the digest that was in force at ``moment``; None when none was yet."""
        rows = self._db.raw(_AT, (to_micros(moment),))
        return next((str(digest) for (digest,) in rows), None)

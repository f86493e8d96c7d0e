# SPDX-License-Identifier: Apache-2.0
"""What imports said of people on the suppression list: one sealed row for every import.

A row is there whether or not the import named any of them, and each is as long as the other: who
can read the database alone learns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_erasure import MatchRow
from privseg.terms import from_micros, to_micros


@dataclass(frozen=True, slots=True)
class SealedMatch:
    """One import: when, of which source, and sealed whom of the suppressed it named."""

    number: int
    at: datetime
    source: str
    sealed: bytes = field(repr=False)


class SqlMatches:
    """The imports of a workspace, by what they said of suppressed people."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, *, at: datetime, source: str, sealed: bytes) -> None:
        """Note an import, in its transaction."""
        row = {"at": to_micros(at), "source": source, "sealed": sealed}
        self._db.execute(insert(MatchRow).values(row))

    def all(self) -> list[SealedMatch]:
        """Return every import noted, oldest first."""
        rows = self._db.rows(select(MatchRow).order_by(col(MatchRow.number)))
        return [
            SealedMatch(row.number, from_micros(row.at), row.source, row.sealed) for row in rows
        ]

# SPDX-License-Identifier: Apache-2.0
"""Protected counts that were answered: the same question on the same edition has one answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_counts import CountsRow
from privseg.terms import to_micros


class SqlCounts:
    """The protected counts of a workspace."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, *, plan_hash: str, edition_id: str, answer: bytes, at: datetime) -> bytes:
        """Keep an answer; return it, or the one that somebody else gave at the same time."""
        with self._db.transaction():
            if (first := self.find(plan_hash=plan_hash, edition_id=edition_id)) is not None:
                return first
            row = {"plan_hash": plan_hash, "edition_id": edition_id, "answer": answer}
            self._db.execute(insert(CountsRow).values(**row, created_at=to_micros(at)))
        return answer

    def find(self, *, plan_hash: str, edition_id: str) -> bytes | None:
        """Return what this plan answered on this edition, None before it did."""
        query = select(col(CountsRow.answer)).where(
            col(CountsRow.plan_hash) == plan_hash, col(CountsRow.edition_id) == edition_id
        )
        return next((bytes(row[0]) for row in self._db.rows(query)), None)

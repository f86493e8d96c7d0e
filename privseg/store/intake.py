# SPDX-License-Identifier: Apache-2.0
"""Which rows of files of requests were taken already, so that none is opened twice.

Keyed hashes only: they say nothing without the vault, and stay when a person is erased, for a file
that is imported again must not bring their request back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_correction import IntakeRow

AT_ONCE = 500  # parameters of one query


class Taken(NamedTuple):
    """A row that was taken: the hash of its content, and the request it became."""

    content: bytes
    case_number: int


class SqlIntake:
    """The rows of files that became requests."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def taken(self, marks: Sequence[bytes]) -> dict[bytes, Taken]:
        """Return which of these rows were taken, by their marks."""
        found: dict[bytes, Taken] = {}
        for start in range(0, len(marks), AT_ONCE):
            some = list(marks[start : start + AT_ONCE])
            rows = self._db.rows(select(IntakeRow).where(col(IntakeRow.mark).in_(some)))
            found |= {bytes(r.mark): Taken(bytes(r.content), r.case_number) for r in rows}
        return found

    def add(self, rows: Sequence[tuple[bytes, bytes, int]]) -> None:
        """Remember rows: (mark, hash of the content, request)."""
        self._db.bulk("INSERT INTO intake (mark, content, case_number) VALUES (?, ?, ?)", rows)

    def forget(self, number: int) -> None:
        """Forget the rows of a request whose record has ended."""
        self._db.execute(delete(IntakeRow).where(col(IntakeRow.case_number) == number))

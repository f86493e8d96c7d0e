# SPDX-License-Identifier: Apache-2.0
"""What was corrected on request: both values kept in time, sealed for the person they are about.

The wrong value is kept so that it can be shown what was corrected, and so that a later import of it
is noticed; no segmenter reaches this table. It goes with its person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlmodel import col

from privseg.errors import InputError
from privseg.store.database import Database
from privseg.store.tables_correction import CorrectionRow
from privseg.terms import Ordinal, from_micros, to_micros


class UnknownCorrectionError(InputError):
    """No correction has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"there is no correction {number}; see those in doubt with: privseg dsr disputed"
        )
        self.number = number


@dataclass(frozen=True, slots=True)
class StoredCorrection:
    """One value that was corrected. ``sealed`` holds both values, for the person's key alone."""

    number: int
    case_number: int
    subject: Ordinal
    source: str
    attribute: str
    at: datetime
    sealed: bytes = field(repr=False)
    mark: bytes | None = field(default=None, repr=False)
    seen: int = 0
    last_seen: datetime | None = None
    settled: str | None = None


class SqlCorrections:
    """The corrections of a workspace."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        *,
        case_number: int,
        subject: Ordinal,
        source: str,
        attribute: str,
        at: datetime,
        sealed: bytes,
        mark: bytes | None = None,
    ) -> None:
        """Keep one correction."""
        row = {
            "case_number": case_number, "subject": subject, "source": source,
            "attribute": attribute, "at": to_micros(at), "sealed": sealed, "mark": mark, "seen": 0,
        }  # fmt: skip
        self._db.execute(insert(CorrectionRow).values(row))

    def of(self, person: Ordinal) -> list[StoredCorrection]:
        """Return what was corrected of one person, oldest first."""
        return self._where(col(CorrectionRow.subject) == person)

    def of_case(self, number: int) -> list[StoredCorrection]:
        """Return what one request corrected."""
        return self._where(col(CorrectionRow.case_number) == number)

    def guarding(self, source: str) -> list[StoredCorrection]:
        """Return what later imports into a source must not undo."""
        return self._where(
            col(CorrectionRow.source) == source, col(CorrectionRow.settled).is_(None)
        )

    def marked(self) -> list[StoredCorrection]:
        """Return the identifiers that were corrected away, of any source."""
        return self._where(
            col(CorrectionRow.mark).is_not(None), col(CorrectionRow.settled).is_(None)
        )

    def disputed(self) -> list[StoredCorrection]:
        """Return the corrections that a later import would have undone, not settled yet."""
        return self._where(col(CorrectionRow.seen) > 0, col(CorrectionRow.settled).is_(None))

    def note_seen(self, numbers: Iterable[int], *, at: datetime) -> None:
        """Note that an import brought wrong values again."""
        for number in sorted(set(numbers)):
            self._db.execute(
                update(CorrectionRow)
                .where(col(CorrectionRow.number) == number)
                .values(seen=col(CorrectionRow.seen) + 1, last_seen=to_micros(at))
            )

    def settle(self, number: int, outcome: str) -> StoredCorrection:
        """Keep what an officer made of a disputed correction.

        Raises:
            UnknownCorrectionError: no correction that is open has this number.
        """
        is_it = (col(CorrectionRow.number) == number, col(CorrectionRow.settled).is_(None))
        found = self._where(*is_it)
        if not found:
            raise UnknownCorrectionError(number)
        values = {"seen": 0} if outcome == "keep" else {"settled": outcome}
        self._db.execute(update(CorrectionRow).where(*is_it).values(**values))
        return found[0]

    def forget(self, person: Ordinal) -> int:
        """Delete what was corrected of a person; return how many."""
        which = col(CorrectionRow.subject) == person
        return self._db.execute(delete(CorrectionRow).where(which)).rowcount

    def _where(self, *which: Any) -> list[StoredCorrection]:
        """Return the corrections that fit, oldest first."""
        query = select(CorrectionRow).where(*which).order_by(col(CorrectionRow.number))
        return [_stored(row) for row in self._db.rows(query)]


def _stored(row: Row[Any]) -> StoredCorrection:
    """Parse a row."""
    return StoredCorrection(
        number=row.number,
        case_number=row.case_number,
        subject=Ordinal(row.subject),
        source=row.source,
        attribute=row.attribute,
        at=from_micros(row.at),
        sealed=row.sealed,
        mark=row.mark,
        seen=row.seen,
        last_seen=None if row.last_seen is None else from_micros(row.last_seen),
        settled=row.settled,
    )

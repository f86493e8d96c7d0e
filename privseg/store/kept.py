# SPDX-License-Identifier: Apache-2.0
"""What stays of erased people because another law orders it: sealed apart, until its day.

No reader of the column store knows this place, so no segment, report or model can see it. Each
group of rows has a key of its own, which is destroyed with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlmodel import col

from privseg.errors import InputError
from privseg.store.database import Database
from privseg.store.sealing import Seals
from privseg.store.tables_erasure import KeptMarkRow, KeptRow


class UnknownKeptError(InputError):
    """Nothing kept has this number (any more)."""

    def __init__(self, number: int) -> None:
        super().__init__(f"nothing kept has the number {number}; see them with: privseg dsr kept")
        self.number = number


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRows:
    """Rows of one source that stay until a day. ``text`` is canonical JSON, opened on demand."""

    number: int
    case: int
    source: str
    ground: str
    article: str
    until: date
    rows: int
    text: bytes = field(default=b"", repr=False)


class SqlKept:
    """What is kept in a workspace."""

    def __init__(self, db: Database, seals: Seals) -> None:
        self._db = db
        self._seals = seals

    def add(self, kept: KeptRows, marks: Sequence[bytes]) -> int:
        """Seal and keep rows, in the open transaction; return their number."""
        key = self._seals.make()
        with self._db.transaction():
            made = self._db.execute(
                insert(KeptRow).values(
                    case_number=kept.case,
                    source=kept.source,
                    ground=kept.ground,
                    article=kept.article,
                    until=kept.until.isoformat(),
                    rows=kept.rows,
                    key=key,
                    sealed=self._seals.seal(key, _place(kept.case, kept.source), kept.text),
                )
            )
            assert made.inserted_primary_key is not None
            number = int(made.inserted_primary_key[0])
            for mark in marks:
                self._db.execute(insert(KeptMarkRow).values(number=number, mark=mark))
        return number

    def all(self) -> list[KeptRows]:
        """Return everything kept, oldest first, without what it says."""
        rows = self._db.rows(select(KeptRow).order_by(col(KeptRow.number)))
        return [_parsed(row) for row in rows]

    def of_marks(self, marks: Sequence[bytes]) -> list[int]:
        """Return the numbers of what is kept of whoever has one of these keyed hashes."""
        query = select(col(KeptMarkRow.number)).where(col(KeptMarkRow.mark).in_(marks))
        return sorted({int(row.number) for row in self._db.rows(query)})

    def opened(self, number: int) -> KeptRows:
        """Return what is kept under a number, with what it says.

        Raises:
            UnknownKeptError: there is nothing.
            SealBrokenError: it was changed.
        """
        rows = self._db.rows(select(KeptRow).where(col(KeptRow.number) == number))
        if not rows:
            raise UnknownKeptError(number)
        (row,) = rows
        place = _place(row.case_number, row.source)
        return _parsed(row, self._seals.unseal(row.key, place, row.sealed))

    def ended(self, today: date) -> int:
        """Return how many groups of rows are past their last day."""
        return len(self._over(today))

    def expire(self, today: date) -> int:
        """Delete what is past its last day and destroy its keys; return how many rows went."""
        with self._db.transaction():
            over = self._over(today)
            for row in over:
                self._db.execute(delete(KeptMarkRow).where(col(KeptMarkRow.number) == row.number))
                self._db.execute(delete(KeptRow).where(col(KeptRow.number) == row.number))
                self._seals.destroy(row.key)
            return sum(int(row.rows) for row in over)

    def _over(self, today: date) -> list[Row[Any]]:
        return self._db.rows(select(KeptRow).where(col(KeptRow.until) < today.isoformat()))


def _parsed(row: Row[Any], text: bytes = b"") -> KeptRows:
    return KeptRows(
        number=row.number,
        case=row.case_number,
        source=row.source,
        ground=row.ground,
        article=row.article,
        until=date.fromisoformat(row.until),
        rows=row.rows,
        text=text,
    )


def _place(case: int, source: str) -> str:
    """Return where rows belong: sealed for one place, they open nowhere else."""
    return f"{case}/{source}"

# SPDX-License-Identifier: Apache-2.0
"""The head of the index of reads: how much of the log it covers, and that no row of it is gone.

Every row has a keyed tag, and the sealed head holds their sum (Clarke et al. 2003, MSet-Add-Hash):
a row deleted, changed or put back is seen without comparing it with a body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete

from privseg.errors import IntegrityError, KeyAccessError
from privseg.store.database import Database
from privseg.store.tables_touched import TouchedHeadRow
from privseg.store.touched_rows import Row
from privseg.store.touched_seals import ScopedSeals

ALL = 2**256  # tags are added modulo this
_AT = b"head"
_SEAL_TAG = 16  # bytes at the end of a sealed page that authenticate it (AES-GCM)
_PUT = (
    'INSERT INTO touched_head ("only", sealed) VALUES (1, ?) '
    'ON CONFLICT ("only") DO UPDATE SET sealed = excluded.sealed'
)


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries of the log are covered, and the sum of all rows' tags."""

    size: int = 0
    total: int = 0

    def to_bytes(self) -> bytes:
        """Return it as bytes."""
        return self.size.to_bytes(8) + self.total.to_bytes(32)

    @classmethod
    def of(cls, data: bytes) -> Head:
        """Return the head of such bytes."""
        return cls(int.from_bytes(data[:8]), int.from_bytes(data[8:]))


class HeadTable:
    """The one row."""

    def __init__(self, db: Database, seals: ScopedSeals) -> None:
        self._db = db
        self._seals = seals

    def get(self) -> Head | None:
        """Return the head; None when there is none, or it is not ours."""
        rows = self._db.raw("SELECT sealed FROM touched_head")
        try:
            return Head.of(self._seals.opened("", _AT, rows[0][0])) if rows else None
        except (IntegrityError, KeyAccessError):
            return None

    def put(self, size: int, total: int) -> None:
        """Write the head."""
        data = Head(size, total % ALL).to_bytes()
        self._db.bulk(_PUT, [(self._seals.sealed("", _AT, data),)])

    def drop(self) -> None:
        """Leave the index behind the log, so that it answers nothing until it is built anew."""
        self._db.execute(delete(TouchedHeadRow))

    def sum(self, rows: Iterable[Row]) -> int:
        """Return the sum of rows' tags."""
        return sum(map(self.tag, rows))

    def tag(self, row: Row) -> int:
        """Return a row's keyed tag: of its columns, and of the tag that seals its page."""
        page = b"erased" if row.page is None else row.page[-_SEAL_TAG:]
        text = f"{row.sequence}|{row.of}|{row.kind}|{row.outcome}|{row.at}|{row.month}|"
        return int.from_bytes(self._seals.mark("", text.encode() + page))

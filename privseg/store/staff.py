# SPDX-License-Identifier: Apache-2.0
"""Which users held which roles when the workspace was opened last, so that a change is noticed."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_staff import StaffSeenRow

ONLY = 1  # there is one mapping at a time


class SqlStaffSeen:
    """The mapping that was seen last, sealed before it comes here."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def sealed(self) -> bytes | None:
        """Return what was seen last; None when nothing was."""
        rows = self._db.rows(select(col(StaffSeenRow.sealed)))
        return bytes(rows[0][0]) if rows else None

    def keep(self, sealed: bytes, *, audit_index: int) -> None:
        """Remember what is seen now, in place of what was; the log's entry of it is named."""
        self._db.bulk(
            "INSERT INTO staff_seen (number, sealed, audit_index) VALUES (?, ?, ?) "
            "ON CONFLICT (number) DO UPDATE SET sealed = excluded.sealed, "
            "audit_index = excluded.audit_index",
            [(ONLY, sealed, audit_index)],
        )

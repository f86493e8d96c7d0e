# SPDX-License-Identifier: Apache-2.0
"""The settings that the log was told last; the log itself is the record of how they changed."""

from __future__ import annotations

from privseg.store.database import Database


class SqlSettingsSeen:
    """One sealed text, replaced with the entry that tells the change, in one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def sealed(self) -> bytes | None:
        """Return what was kept last; None before anything was."""
        found = self._db.raw("SELECT sealed FROM audit_settings")
        return bytes(found[0][0]) if found else None

    def keep(self, sealed: bytes, *, audit_index: int) -> None:
        """Keep what the log was just told at ``audit_index``, in the open transaction."""
        self._db.bulk("DELETE FROM audit_settings WHERE sequence >= ?", [(0,)])
        self._db.bulk(
            'INSERT INTO audit_settings ("only", sequence, sealed) VALUES (?, ?, ?)',
            [(1, audit_index, sealed)],
        )

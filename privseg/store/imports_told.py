# SPDX-License-Identifier: Apache-2.0
"""The log's entries of imports, found without opening any body: their headers say enough."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import col, select

from privseg.audit import Entry, Kind, parse_entry
from privseg.store.database import Database
from privseg.store.tables_audit import EntryRow

MARK = b'"' + Kind.IMPORT.value.encode() + b'"'  # in the canonical bytes of such an entry


def import_entries(db: Database) -> Iterator[Entry]:
    """Yield every entry of an import, oldest first."""
    for row in db.rows(select(col(EntryRow.entry)).order_by(col(EntryRow.sequence))):
        data = bytes(row[0])
        if MARK in data and (entry := parse_entry(data)).kind is Kind.IMPORT:
            yield entry

# SPDX-License-Identifier: Apache-2.0
"""Rows beside the log, read as they stand, so that they can be compared with what it says."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_release import EditionRow
from privseg.store.tables_segment import MembershipRow


@dataclass(frozen=True, slots=True)
class EditionLine:
    """What one edition reads: its id, the snapshot of the data, the position in the ledger."""

    edition_id: str
    snapshot: int
    ledger_position: int


def edition_lines(db: Database) -> list[EditionLine]:
    """Return every edition in the order of opening."""
    columns = (EditionRow.edition_id, EditionRow.snapshot, EditionRow.ledger_position)
    query = select(*map(col, columns)).order_by(col(EditionRow.number))
    return [EditionLine(str(i), int(s), int(p)) for i, s, p in map(tuple, db.rows(query))]


def runs_with_members(db: Database) -> list[str]:
    """Return the ids of runs whose memberships are kept, each once."""
    query = select(col(MembershipRow.run_id)).distinct().order_by(col(MembershipRow.run_id))
    return [str(row[0]) for row in db.rows(query)]


def stray_pages(db: Database) -> int:
    """Return how many pages of people are kept of a run and segment that nothing is kept of."""
    sql = (
        "SELECT count(*) FROM membership_page p WHERE NOT EXISTS "
        "(SELECT 1 FROM membership m WHERE m.run_id = p.run_id AND m.segment = p.segment)"
    )
    return int(db.raw(sql)[0][0])

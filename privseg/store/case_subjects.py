# SPDX-License-Identifier: Apache-2.0
"""Whose each request is, of all requests at once."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.tables_case import CaseRow
from privseg.terms import Ordinal


def case_subjects(db: Database) -> Mapping[int, Ordinal]:
    """Return the person of each request by its number; without those that are nobody's."""
    mine = col(CaseRow.subject).is_not(None)
    query = select(col(CaseRow.number), col(CaseRow.subject)).where(mine)
    with db.reading():
        return {int(row.number): Ordinal(row.subject) for row in db.rows(query)}

# SPDX-License-Identifier: Apache-2.0
"""Which memberships are kept, without opening one: whose they are is told by the index of reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from privseg.store.database import Database
from privseg.store.runs import Origin
from privseg.store.tables_segment import MembershipRow
from privseg.terms import from_micros


@dataclass(frozen=True, slots=True)
class KeptMembership:
    """One stored membership: of which run and segment, in which version, found when and by what."""

    run_id: str
    segment: str
    version: str
    at: datetime
    origin: Origin


def kept_memberships(db: Database) -> list[KeptMembership]:
    """Return every membership that is kept, oldest first; nothing is unsealed."""
    columns = (
        MembershipRow.run_id, MembershipRow.segment, MembershipRow.version, MembershipRow.at,
        MembershipRow.origin,
    )  # fmt: skip
    order = (col(MembershipRow.at), col(MembershipRow.run_id), col(MembershipRow.segment))
    query = select(*map(col, columns)).order_by(*order)
    return [
        KeptMembership(str(run), str(segment), str(version), from_micros(at), Origin(origin))
        for run, segment, version, at, origin in map(tuple, db.rows(query))
    ]

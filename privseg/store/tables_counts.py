# SPDX-License-Identifier: Apache-2.0
"""Rows of protected counts: what was answered, so that asking again draws no new noise."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class CountsRow(SQLModel, table=True):
    """One answer: noisy numbers alone, as canonical JSON."""

    __tablename__ = "protected_counts"
    __table_args__ = (UniqueConstraint("plan_hash", "edition_id"), APPEND_ONLY)

    number: int | None = Field(default=None, primary_key=True)
    plan_hash: str
    edition_id: str
    answer: bytes
    created_at: int

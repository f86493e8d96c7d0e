# SPDX-License-Identifier: Apache-2.0
"""The row of which users held which roles when the workspace was opened last. Storage only."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class StaffSeenRow(SQLModel, table=True):
    """The one row; employees are people, so what it says is sealed."""

    __tablename__ = "staff_seen"

    number: int = Field(primary_key=True)
    sealed: bytes
    audit_index: int

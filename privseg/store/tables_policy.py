# SPDX-License-Identifier: Apache-2.0
"""Rows about the policy itself. Storage only; moments are microseconds since 1970 UTC."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class InForceRow(SQLModel, table=True):
    """From ``since`` on this policy was in force."""

    __tablename__ = "policy_in_force"
    __table_args__ = APPEND_ONLY

    number: int | None = Field(default=None, primary_key=True)
    since: int
    digest: str

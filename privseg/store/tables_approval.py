# SPDX-License-Identifier: Apache-2.0
"""Rows of who wrote a policy and who approved it. Moments are microseconds since 1970 UTC."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class PolicyStepRow(SQLModel, table=True):
    """One step of a policy towards being in force, and the log's entry of it."""

    __tablename__ = "policy_step"
    __table_args__ = APPEND_ONLY

    number: int | None = Field(default=None, primary_key=True)
    digest: str = Field(index=True)
    step: str
    user: str
    at: int
    asks_approval: bool
    audit_index: int

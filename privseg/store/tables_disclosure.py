# SPDX-License-Identifier: Apache-2.0
"""Rows of what was handed to recipients, and of notices that wait to be told them. Storage only.

Moments are microseconds since 1970 UTC; people and payloads are sealed before they come here.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Field, SQLModel

NUMBERED: dict[str, Any] = {"sqlite_autoincrement": True}
"""A number that was given once never comes back."""


class DisclosureRow(SQLModel, table=True):
    """One hand-over: to whom, for what, which fields, of whom (a roaring bitmap, sealed)."""

    __tablename__ = "disclosure"
    __table_args__ = NUMBERED

    number: int | None = Field(default=None, primary_key=True)
    recipient: str = Field(index=True)
    purpose: str
    segment: str
    version: str
    run_id: str
    at: int = Field(index=True)
    identifier: str
    epoch: str
    fields: str
    audit_index: int
    key: str = Field(index=True)
    people: bytes


class NoticeRow(SQLModel, table=True):
    """One notice to a recipient; what it says of whom goes once it was told, or forgotten."""

    __tablename__ = "dsr_notice"

    notice_id: str = Field(primary_key=True)
    case_number: int = Field(index=True)
    recipient: str
    kind: str
    made_at: int = Field(index=True)
    audit_index: int  # its entry of the log
    attempts: int = 0
    next_at: int
    written_at: int | None = None  # as a letter, which is yet to be posted
    ended: str | None = Field(default=None, index=True)
    ended_at: int | None = None
    key: str | None = None
    payload: bytes | None = None

# SPDX-License-Identifier: Apache-2.0
"""Rows of the consent ledger. Storage only; moments are microseconds since 1970 UTC.

What many events have in common (who asked, for what, under which notice) is written once, as a
*stamp*; what is a person's own stands in the event's row and goes with it.
"""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY, ERASABLE


class StampRow(SQLModel, table=True):
    """What events have in common, as canonical JSON."""

    __tablename__ = "consent_stamp"
    __table_args__ = APPEND_ONLY

    code: int | None = Field(default=None, primary_key=True)
    said: str = Field(unique=True)


class EventRow(SQLModel, table=True):
    """One consent event."""

    __tablename__ = "consent_event"
    __table_args__ = (
        Index("consent_event_by_key", "event_key", unique=True),
        Index("consent_event_by_subject", "subject"),
        ERASABLE,
    )

    position: int = Field(primary_key=True)
    event_key: bytes
    content_key: bytes
    subject: int
    event_time: int
    record_time: int
    expires_at: int | None = None
    stamp: int
    value: str | None = None


class EvidenceRow(SQLModel, table=True):
    """What proves an event, sealed by the vault."""

    __tablename__ = "consent_evidence"
    __table_args__ = ERASABLE

    position: int = Field(primary_key=True)
    sealed: bytes


class PositionRow(SQLModel, table=True):
    """The one row with the last position given: it grows even when events are erased."""

    __tablename__ = "consent_position"

    only: int = Field(primary_key=True)
    last: int

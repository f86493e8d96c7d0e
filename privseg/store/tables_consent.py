# SPDX-License-Identifier: Apache-2.0
"""Rows of the consent ledger. Storage only.

What many events have in common (who asked, for what, under which notice) is written once, as a
*stamp*; what is a person's own stands in the event's row and goes with it. The numbers of a row
(whose, when, until when, which stamp) are packed into one ``body`` (``event_body``), so that
millions are read as one array. Of an event erased with its person a keyed
hash and the time of its record stay, so that the log can still be checked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from privseg.store.event_body import MARK, NO_MARK, NO_TARGET, SUBJECT, TARGET
from privseg.store.schema import APPEND_ONLY, ERASABLE
from privseg.store.words import PostgresWords, SqliteWords


def _unless(part: str, value: bytes) -> dict[str, Any]:
    """Return the clause of an index that leaves rows with one value out, in both kinds' words."""
    return {
        "sqlite_where": text(f"{part} <> {SqliteWords().literal(value)}"),
        "postgresql_where": text(f"{part} <> {PostgresWords().literal(value)}"),
    }


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
        Index("consent_event_by_subject", text(SUBJECT)),
        Index("consent_event_by_target", text(TARGET), **_unless(TARGET, NO_TARGET)),
        Index("consent_event_by_mark", text(MARK), **_unless(MARK, NO_MARK)),
        ERASABLE,
    )

    position: int = Field(primary_key=True)
    event_key: bytes
    content_key: bytes
    body: bytes
    own: str | None = None
    evidence: bytes | None = None


class ErasedEventRow(SQLModel, table=True):
    """What stays of an event that was erased with its person: its leaf in the log's digests.

    ``erasure`` is the position of the ERASE event that it went with.
    """

    __tablename__ = "consent_erased"
    __table_args__ = (Index("consent_erased_by_erasure", "erasure"), APPEND_ONLY)

    position: int = Field(primary_key=True)
    leaf: bytes
    erasure: int


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

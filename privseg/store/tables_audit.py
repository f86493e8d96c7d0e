# SPDX-License-Identifier: Apache-2.0
"""Rows of the audit log: entries that never change, bodies that can be erased, one head."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class EntryRow(SQLModel, table=True):
    """One entry: its canonical bytes and their leaf hash (RFC 6962 section 2.1)."""

    __tablename__ = "audit_entry"
    __table_args__ = APPEND_ONLY

    sequence: int = Field(primary_key=True)
    entry: bytes
    leaf: bytes


class BodyRow(SQLModel, table=True):
    """The body that an entry committed to, with its salt; erased by deleting the row."""

    __tablename__ = "audit_body"

    sequence: int = Field(primary_key=True)
    salt: bytes
    body: bytes


class HeadRow(SQLModel, table=True):
    """The one row that says how long the log is; ``frontier`` is the tree's, hashes joined."""

    __tablename__ = "audit_head"

    only: int = Field(primary_key=True)
    size: int
    frontier: bytes
    latest: int  # the entry with the latest wall clock of all; -1 without any
    generation: int  # how often the key that signs heads was changed


class MonthRow(SQLModel, table=True):
    """Where the bodies are that one month's key seals: from which entry to which."""

    __tablename__ = "audit_month"

    month: str = Field(primary_key=True)
    first: int
    last: int


class HandoverRow(SQLModel, table=True):
    """One change of the key that signs heads: its entry, and the head signed by both keys."""

    __tablename__ = "audit_handover"
    __table_args__ = APPEND_ONLY

    sequence: int = Field(primary_key=True)
    note: str


class SettingsRow(SQLModel, table=True):
    """The one row of the settings that the log was told last, sealed, and where it was told."""

    __tablename__ = "audit_settings"

    only: int = Field(primary_key=True)
    sequence: int
    sealed: bytes

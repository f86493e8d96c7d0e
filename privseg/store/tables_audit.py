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
    last_seen: int  # the latest wall clock that any entry was written at

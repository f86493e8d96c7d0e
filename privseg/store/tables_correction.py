# SPDX-License-Identifier: Apache-2.0
"""Rows of corrections on request, and of rows that bulk files brought. Storage only."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class CorrectionRow(SQLModel, table=True):
    """One value that was corrected; what it was and is, is sealed. It goes with its person.

    ``mark`` is a keyed hash of an identifier that was wrong. ``seen`` counts how often a later
    import brought the wrong value again, ``settled`` is what an officer made of it.
    """

    __tablename__ = "correction"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int | None = Field(default=None, primary_key=True)
    case_number: int = Field(index=True)
    subject: int = Field(index=True)
    source: str = Field(index=True)
    attribute: str
    at: int
    mark: bytes | None = Field(default=None, index=True)
    seen: int = 0
    last_seen: int | None = None
    settled: str | None = None
    sealed: bytes


class IntakeRow(SQLModel, table=True):
    """One row of a file of requests: keyed hashes of its reference and content, and its case."""

    __tablename__ = "intake"

    mark: bytes = Field(primary_key=True)
    content: bytes
    case_number: int = Field(index=True)

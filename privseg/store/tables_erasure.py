# SPDX-License-Identifier: Apache-2.0
"""Rows of what stays after erasures, and of imports that named somebody erased. Storage only."""

from __future__ import annotations

from typing import Any

from sqlmodel import Field, SQLModel

NUMBERED: dict[str, Any] = {"sqlite_autoincrement": True}
"""A number that was given once never comes back."""


class KeptRow(SQLModel, table=True):
    """Rows of one source that another law orders to be kept; sealed, with whose they are."""

    __tablename__ = "kept"
    __table_args__ = NUMBERED

    number: int | None = Field(default=None, primary_key=True)
    case_number: int = Field(index=True)
    source: str
    ground: str
    article: str
    until: str = Field(index=True)
    rows: int
    key: str
    sealed: bytes


class KeptMarkRow(SQLModel, table=True):
    """A keyed hash of an identifier of whom something is kept, as on the suppression list."""

    __tablename__ = "kept_mark"

    number: int = Field(primary_key=True, foreign_key="kept.number")
    mark: bytes = Field(primary_key=True, index=True)


class MatchRow(SQLModel, table=True):
    """One import, and which suppressed people it named: sealed, and there for every import."""

    __tablename__ = "suppression_match"
    __table_args__ = NUMBERED

    number: int | None = Field(default=None, primary_key=True)
    at: int = Field(index=True)
    source: str
    sealed: bytes

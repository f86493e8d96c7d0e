# SPDX-License-Identifier: Apache-2.0
"""Rows of the index of reads: a projection of the audit log, thrown away and made again at will."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import PROJECTION


class TouchedHeadRow(SQLModel, table=True):
    """The one row that says how much of the log is in the index, sealed: nobody shortens it."""

    __tablename__ = "touched_head"
    __table_args__ = PROJECTION

    only: int = Field(primary_key=True)
    sealed: bytes


class TouchedEntryRow(SQLModel, table=True):
    """One entry that tells of a read; ``page`` goes when the body of the entry goes."""

    __tablename__ = "touched_entry"
    __table_args__ = PROJECTION

    sequence: int = Field(primary_key=True)
    of: int | None = Field(default=None)  # the entry of its run that it names
    kind: str
    outcome: str
    at: int  # microseconds
    month: str = Field(index=True)  # whose key seals the page
    page: bytes | None = Field(default=None)


class TouchedPartRow(SQLModel, table=True):
    """One part of sets of people; ``mark`` is a keyed hash by which an equal part is found."""

    __tablename__ = "touched_part"
    __table_args__ = PROJECTION

    number: int = Field(primary_key=True)
    month: str = Field(index=True)
    bucket: int
    mark: bytes = Field(unique=True)
    people: bytes

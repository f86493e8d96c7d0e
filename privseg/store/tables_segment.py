# SPDX-License-Identifier: Apache-2.0
"""Rows of the life of a segment: definitions, who brought them in, and whom runs found.

Rows are storage only and check nothing; moments are microseconds since 1970 UTC.
"""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class DefinitionRow(SQLModel, table=True):
    """A definition as it was once used: canonical JSON under its SHA-256 (hex)."""

    __tablename__ = "segment_definition"
    __table_args__ = APPEND_ONLY

    version: str = Field(primary_key=True)
    text: bytes
    first_seen: int


class SegmentStepRow(SQLModel, table=True):
    """One step of a definition towards being in force, and the log's entry of it."""

    __tablename__ = "segment_step"
    __table_args__ = APPEND_ONLY

    number: int | None = Field(default=None, primary_key=True)
    segment: str = Field(index=True)
    version: str
    step: str
    user: str
    role: str
    at: int
    audit_index: int


class MembershipRow(SQLModel, table=True):
    """That one run found people in one segment, and in which ``buckets``: a roaring bitmap of them.

    ``key`` is the run's half of what opens their pages. ``reads`` and ``reveals`` are JSON lists:
    what a person must allow to be told to be in it.
    """

    __tablename__ = "membership"

    run_id: str = Field(primary_key=True)
    segment: str = Field(primary_key=True)
    version: str
    edition_id: str
    at: int = Field(index=True)
    origin: str
    policy: str
    purpose: str
    reads: str
    reveals: str
    key: str = Field(index=True)
    buckets: bytes


class MembershipPageRow(SQLModel, table=True):
    """Whom of one bucket a run found in a segment: a roaring bitmap of ordinals, sealed."""

    __tablename__ = "membership_page"

    run_id: str = Field(primary_key=True)
    segment: str = Field(primary_key=True)
    bucket: int = Field(primary_key=True, index=True)
    people: bytes


class MembershipBucketRow(SQLModel, table=True):
    """The name of the key that is the other half of what opens a bucket's pages."""

    __tablename__ = "membership_bucket"

    bucket: int = Field(primary_key=True)
    key: str

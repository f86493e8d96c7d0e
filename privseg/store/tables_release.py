# SPDX-License-Identifier: Apache-2.0
"""Rows of what reports read, what they cost and what they published.

Rows are storage only and check nothing; moments are microseconds since 1970 UTC.
"""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class EditionRow(SQLModel, table=True):
    """One edition, in the order of opening."""

    __tablename__ = "edition"
    __table_args__ = APPEND_ONLY

    number: int | None = Field(default=None, primary_key=True)
    edition_id: str = Field(unique=True)
    snapshot: int
    ledger_position: int
    at: int
    opened_at: int


class LossRow(SQLModel, table=True):
    """One charge; ``rho`` and ``delta`` are exact, as "p/q"; ``link`` seals it and all before."""

    __tablename__ = "loss"
    __table_args__ = APPEND_ONLY

    number: int | None = Field(default=None, primary_key=True)
    population: str = Field(index=True)
    at: int
    rho: str
    delta: str
    plan_hash: str
    edition_id: str
    purpose: str
    actor: str
    kind: str
    name: str
    link: str


class ReleaseRow(SQLModel, table=True):
    """One release, at its place in the register."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("plan_hash", "edition_id"), APPEND_ONLY)

    register_index: int = Field(primary_key=True)
    leaf: bytes
    statement: bytes
    plan_hash: str
    edition_id: str
    salt: bytes
    created_at: int


class PolicyRow(SQLModel, table=True):
    """A policy as it was once in force, so that its decisions can be judged again."""

    __tablename__ = "policy"
    __table_args__ = APPEND_ONLY

    digest: str = Field(primary_key=True)
    text: bytes
    first_seen: int

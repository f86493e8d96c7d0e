# SPDX-License-Identifier: Apache-2.0
"""Rows of re-identifications: what was asked, each step since, and whom it is about. All sealed.

Numbers are given inside the one writing transaction, so no database need count for us.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Field, SQLModel

from privseg.store.schema import ERASABLE

HISTORY: dict[str, Any] = {"info": {"refuses": ("UPDATE", "DELETE")}}
"""A history that is only added to; its numbers come from us."""


class ReidentificationRow(SQLModel, table=True):
    """What somebody asked: purpose, domain, by whom, why. Whom it is about lies apart."""

    __tablename__ = "reidentification"
    __table_args__ = HISTORY

    number: int = Field(primary_key=True)
    audit_index: int
    sealed: bytes


class ReidentificationStepRow(SQLModel, table=True):
    """One step of a request: who did what, and the log's entry of it."""

    __tablename__ = "reidentification_step"
    __table_args__ = HISTORY

    number: int = Field(primary_key=True, foreign_key="reidentification.number")
    step: int = Field(primary_key=True)
    audit_index: int
    sealed: bytes


class ReidentificationListRow(SQLModel, table=True):
    """The pseudonyms of a request: gone when it is closed, and a person's own when they are."""

    __tablename__ = "reidentification_list"
    __table_args__ = ERASABLE

    number: int = Field(primary_key=True, foreign_key="reidentification.number")
    sealed: bytes

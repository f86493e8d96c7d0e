# SPDX-License-Identifier: Apache-2.0
"""Rows of data-subject requests: a case file and the steps it took. Storage only."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY


class CaseRow(SQLModel, table=True):
    """One request; ``subject`` and ``body`` go when the person is erased, the rest stays."""

    __tablename__ = "dsr_case"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int | None = Field(default=None, primary_key=True)
    kind: str
    received_at: int
    jurisdiction: str | None = None
    law: str
    answer_by: str
    legal_limit: str
    confirm_by: str | None = None
    subject: int | None = Field(default=None, index=True)
    body: bytes | None = None


class StepRow(SQLModel, table=True):
    """One step of a case."""

    __tablename__ = "dsr_step"
    __table_args__ = APPEND_ONLY

    step: int | None = Field(default=None, primary_key=True)
    case_number: int = Field(index=True, foreign_key="dsr_case.number")
    state: str
    at: int

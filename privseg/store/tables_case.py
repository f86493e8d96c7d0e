# SPDX-License-Identifier: Apache-2.0
"""Rows of data-subject requests: a case file, the steps it took, its papers. Storage only."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from privseg.store.schema import APPEND_ONLY, ERASABLE


class CaseRow(SQLModel, table=True):
    """One request; what is personal of it goes when the person is erased, the rest stays.

    ``asker`` is a keyed mark of an identifier that nobody here has, till the case is forgotten.
    ``forgotten`` is whether what was personal is gone, so that nothing personal is kept any more.
    ``goes_with`` is the request with which it was opened, for a profile linked to that one's.
    """

    __tablename__ = "dsr_case"
    __table_args__ = {"sqlite_autoincrement": True}

    number: int | None = Field(default=None, primary_key=True)
    kind: str
    received_at: int
    manner: str
    jurisdiction: str | None = None
    law: str
    answer_by: str
    legal_limit: str
    confirm_by: str | None = None
    duplicate_of: int | None = None
    appeal_of: int | None = None
    goes_with: int | None = Field(default=None, index=True)
    subject: int | None = Field(default=None, index=True)
    asker: bytes | None = Field(default=None, index=True)
    asked: bytes | None = None
    body: bytes | None = None
    forgotten: int = 0


class StepRow(SQLModel, table=True):
    """One step of a case; ``facts`` are codes and dates, as canonical JSON."""

    __tablename__ = "dsr_step"
    __table_args__ = APPEND_ONLY

    step: int | None = Field(default=None, primary_key=True)
    case_number: int = Field(index=True, foreign_key="dsr_case.number")
    kind: str
    at: int
    facts: str


class PaperRow(SQLModel, table=True):
    """One paper of a case, sealed: a letter that was sent, a declaration that came.

    One that is not ``personal`` is about a system, and stays when the person is forgotten.
    """

    __tablename__ = "dsr_paper"
    __table_args__ = ERASABLE | {"sqlite_autoincrement": True}

    paper: int | None = Field(default=None, primary_key=True)
    case_number: int = Field(index=True, foreign_key="dsr_case.number")
    name: str
    at: int
    personal: int
    text: bytes

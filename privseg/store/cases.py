# SPDX-License-Identifier: Apache-2.0
"""Case files of data-subject requests, and the steps each one took.

The body is sealed before it comes here. Erasing a person takes the link to them and the body; the
number, the kind, the dates and the state stay, as the receipt says.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlmodel import col

from privseg.dsr.case import Case, CaseState, RequestKind, Step
from privseg.dsr.clock import Deadlines
from privseg.errors import InputError
from privseg.store.database import Database
from privseg.store.tables_case import CaseRow, StepRow
from privseg.terms import Jurisdiction, Ordinal, from_micros, to_micros


class UnknownCaseError(InputError):
    """No request has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no request {number}; see them with: privseg dsr list")
        self.number = number


class SqlCases:
    """The requests of a workspace."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open_case(
        self,
        kind: RequestKind,
        *,
        received_at: datetime,
        deadlines: Deadlines,
        jurisdiction: Jurisdiction | None,
        subject: Ordinal | None,
        body: bytes | None = None,
    ) -> Case:
        """Open a request under the next number, which never comes back."""
        made = self._db.execute(
            insert(CaseRow).values(
                kind=kind.value,
                received_at=to_micros(received_at),
                jurisdiction=jurisdiction,
                law=deadlines.law,
                answer_by=deadlines.answer_by.isoformat(),
                legal_limit=deadlines.legal_limit.isoformat(),
                confirm_by=deadlines.confirm_by and deadlines.confirm_by.isoformat(),
                subject=subject,
                body=body,
            )
        )
        assert made.inserted_primary_key is not None
        return self.case(int(made.inserted_primary_key[0]))

    def record_step(self, number: int, state: CaseState, *, at: datetime) -> Case:
        """Take a step and return the case after it.

        Raises:
            UnknownCaseError: no request has this number.
            CaseStateError: the case cannot go there from where it stands.
        """
        with self._db.transaction():
            step = self.case(number).step_to(state, at)
            self._db.execute(
                insert(StepRow).values(
                    case_number=number, state=step.state.value, at=to_micros(step.at)
                )
            )
            return self.case(number)

    def case(self, number: int) -> Case:
        """Return one case.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.reading():
            return self._parsed(self._row(number))

    def all(self) -> list[Case]:
        """Return every case, oldest first."""
        with self._db.reading():
            rows = self._db.rows(select(CaseRow).order_by(col(CaseRow.number)))
            return [self._parsed(row) for row in rows]

    def of_subject(self, person: Ordinal) -> list[Case]:
        """Return one person's cases, oldest first."""
        query = select(CaseRow).where(col(CaseRow.subject) == person).order_by(col(CaseRow.number))
        with self._db.reading():
            return [self._parsed(row) for row in self._db.rows(query)]

    def subject(self, number: int) -> Ordinal | None:
        """Return whose case it is; None when nobody was found, or they were erased.

        Raises:
            UnknownCaseError: no request has this number.
        """
        found: int | None = self._row(number).subject
        return None if found is None else Ordinal(found)

    def body(self, number: int) -> bytes | None:
        """Return the sealed body of a case, if it has one still.

        Raises:
            UnknownCaseError: no request has this number.
        """
        found: bytes | None = self._row(number).body
        return found

    def keep_body(self, number: int, body: bytes) -> None:
        """Put a body that is about nobody, such as a receipt, in place of what a case had."""
        self._db.execute(update(CaseRow).where(col(CaseRow.number) == number).values(body=body))

    def forget(self, person: Ordinal) -> int:
        """Cut the link from cases to a person and drop the bodies; return how many cases."""
        return self._db.execute(
            update(CaseRow).where(col(CaseRow.subject) == person).values(subject=None, body=None)
        ).rowcount

    def _row(self, number: int) -> Row[Any]:
        """Return the row of a case."""
        rows = self._db.rows(select(CaseRow).where(col(CaseRow.number) == number))
        if not rows:
            raise UnknownCaseError(number)
        return rows[0]

    def _parsed(self, row: Row[Any]) -> Case:
        """Return the case of a row, with its steps."""
        return Case(
            number=row.number,
            kind=RequestKind(row.kind),
            received_at=from_micros(row.received_at),
            deadlines=Deadlines(
                law=row.law,
                answer_by=date.fromisoformat(row.answer_by),
                legal_limit=date.fromisoformat(row.legal_limit),
                confirm_by=date.fromisoformat(row.confirm_by) if row.confirm_by else None,
            ),
            jurisdiction=None if row.jurisdiction is None else Jurisdiction(row.jurisdiction),
            steps=self._steps(row.number),
        )

    def _steps(self, number: int) -> tuple[Step, ...]:
        """Return the steps of a case, in order."""
        query = (
            select(col(StepRow.state), col(StepRow.at))
            .where(col(StepRow.case_number) == number)
            .order_by(col(StepRow.step))
        )
        return tuple(
            Step(CaseState(row.state), from_micros(row.at)) for row in self._db.rows(query)
        )

# SPDX-License-Identifier: Apache-2.0
"""Case files of data-subject requests, the steps each one took and the papers in it.

What is personal is sealed under a key of its case. Erasing a person, or the end of a case's
retention, takes the link to them and destroys that key; the number, the kind, the dates and the
steps stay, as the receipt says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlmodel import col

from privseg.dsr.asked import Asked
from privseg.dsr.case import Case, Step, StepKind
from privseg.dsr.clock import Deadlines
from privseg.dsr.kinds import RequestKind
from privseg.dsr.places import Places
from privseg.errors import InputError
from privseg.store.database import Database
from privseg.store.tables_case import CaseRow, PaperRow, StepRow
from privseg.terms import Jurisdiction, Ordinal, from_micros, to_micros
from privseg.tlog.canonical import canonical

ASKED, PAPER = "asked", "paper"  # the places that a seal is bound to
_CASE = select(CaseRow).where(col(CaseRow.number) == bindparam("case"))
_STEP = insert(StepRow)
_STEPS = (
    select(StepRow).where(col(StepRow.case_number) == bindparam("case")).order_by(col(StepRow.step))
)
_PAPERS = (
    select(PaperRow)
    .where(col(PaperRow.case_number) == bindparam("case"))
    .order_by(col(PaperRow.paper))
)  # statements made once: each is asked a dozen times for one request
HOUSE = 0  # the number of no case: its key is the house's own, and outlives every person


class UnknownCaseError(InputError):
    """No request has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"there is no request {number}; see them with: privseg dsr list")
        self.number = number


class CaseSeals(Protocol):
    """Port: one key for what is personal in each case."""

    def seal(self, number: int, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under a case's key, which is made when first asked for."""
        ...

    def unseal(self, number: int, place: str, blob: bytes) -> bytes:
        """Return what was sealed under that key for that place."""
        ...

    def destroy(self, number: int) -> None:
        """Destroy a case's key: nothing that was sealed under it opens any more."""
        ...


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a case: when it was put there, and what it says."""

    name: str
    at: datetime
    text: bytes = field(repr=False)


class SqlCases:
    """The requests of a workspace."""

    def __init__(self, db: Database, seals: CaseSeals) -> None:
        self._db = db
        self._seals = seals

    def open_case(
        self,
        kind: RequestKind,
        *,
        received_at: datetime,
        deadlines: Deadlines,
        jurisdiction: Jurisdiction | Places | None,
        subject: Ordinal | None,
        manner: str = "letter",
        asked: Asked | None = None,
        asker: bytes | None = None,
        duplicate_of: int | None = None,
        appeal_of: int | None = None,
        goes_with: int | None = None,
    ) -> Case:
        """Open a request under the next number, which never comes back."""
        with self._db.transaction():
            made = self._db.execute(
                insert(CaseRow).values(
                    kind=kind.value,
                    received_at=to_micros(received_at),
                    manner=manner,
                    jurisdiction=jurisdiction.code()
                    if isinstance(jurisdiction, Places)
                    else jurisdiction,
                    law=deadlines.law,
                    answer_by=deadlines.answer_by.isoformat(),
                    legal_limit=deadlines.legal_limit.isoformat(),
                    confirm_by=deadlines.confirm_by and deadlines.confirm_by.isoformat(),
                    duplicate_of=duplicate_of,
                    appeal_of=appeal_of,
                    goes_with=goes_with,
                    subject=subject,
                    asker=asker,
                    forgotten=0,
                )
            )
            assert made.inserted_primary_key is not None
            number = int(made.inserted_primary_key[0])
            if asked is not None and asked != Asked():
                self._change(number, asked=self._sealed(number, asked))
            return self.case(number)

    def record_step(
        self, number: int, kind: StepKind, *, at: datetime, facts: Mapping[str, str] | None = None
    ) -> Case:
        """Take a step and return the case after it.

        Raises:
            UnknownCaseError: no request has this number.
            CaseStateError: the case cannot take it from where it stands.
        """
        with self._db.transaction():
            step = self.case(number).step_to(kind, at, facts)
            row = {
                "case_number": number,
                "kind": step.kind.value,
                "at": to_micros(step.at),
                "facts": canonical(dict(step.facts)).decode(),
            }
            self._db.execute(_STEP, row)
            return self.case(number)

    def case(self, number: int) -> Case:
        """Return one case.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.reading():
            row = self._row(number)
            return _parsed(row, self._steps(number))

    def all(self) -> list[Case]:
        """Return every case, oldest first."""
        with self._db.reading():
            rows = self._db.rows(select(CaseRow).order_by(col(CaseRow.number)))
            steps = self._every_step()
            return [_parsed(row, steps.get(row.number, ())) for row in rows]

    def of_subject(self, person: Ordinal) -> list[Case]:
        """Return one person's cases, oldest first."""
        query = select(CaseRow).where(col(CaseRow.subject) == person).order_by(col(CaseRow.number))
        with self._db.reading():
            return [_parsed(row, self._steps(row.number)) for row in self._db.rows(query)]

    def going_with(self, number: int) -> list[Case]:
        """Return the cases that were opened with another, for linked profiles, oldest first."""
        query = (
            select(CaseRow).where(col(CaseRow.goes_with) == number).order_by(col(CaseRow.number))
        )
        with self._db.reading():
            return [_parsed(row, self._steps(row.number)) for row in self._db.rows(query)]

    def of_asker(self, asker: bytes) -> list[Case]:
        """Return the cases under one identifier that nobody here has, oldest first."""
        query = select(CaseRow).where(col(CaseRow.asker) == asker).order_by(col(CaseRow.number))
        with self._db.reading():
            return [_parsed(row, self._steps(row.number)) for row in self._db.rows(query)]

    def subject(self, number: int) -> Ordinal | None:
        """Return whose case it is; None when nobody was found, or they were erased.

        Raises:
            UnknownCaseError: no request has this number.
        """
        found: int | None = self._row(number).subject
        return None if found is None else Ordinal(found)

    def asker(self, number: int) -> bytes | None:
        """Return the mark of an identifier that nobody here has."""
        found: bytes | None = self._row(number).asker
        return found

    def asked(self, number: int) -> Asked:
        """Return what exactly is asked for; nothing more than the kind says once that is forgotten.

        Raises:
            UnknownCaseError: no request has this number.
            SealBrokenError: it was changed.
        """
        blob: bytes | None = self._row(number).asked
        if blob is None:
            return Asked()
        return Asked.of(json.loads(self._seals.unseal(number, ASKED, blob)))

    def keep_asked(self, number: int, asked: Asked) -> None:
        """Seal what is asked for anew, with less in it than before.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.transaction():
            self._row(number)
            self._change(number, asked=self._sealed(number, asked))

    def body(self, number: int) -> bytes | None:
        """Return the body of a case that is about nobody, such as a receipt, if it has one.

        Raises:
            UnknownCaseError: no request has this number.
        """
        found: bytes | None = self._row(number).body
        return found

    def keep_body(self, number: int, body: bytes) -> None:
        """Keep a body that is about nobody, such as a receipt: it is not sealed, and it stays."""
        self._change(number, body=body)

    def keep_paper(
        self, number: int, name: str, text: bytes, *, at: datetime, personal: bool = True
    ) -> bool:
        """Seal a paper and keep it; return whether it is kept: a forgotten case keeps none.

        One that is not ``personal``, such as a system's proof, is kept all the same.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.transaction():
            if self._row(number).forgotten and personal:
                return False
            blob = self._seals.seal(_key(number, personal), _place(number, name), text)
            self._db.execute(
                insert(PaperRow).values(
                    case_number=number,
                    name=name,
                    at=to_micros(at),
                    personal=int(personal),
                    text=blob,
                )
            )
            return True

    def papers(self, number: int) -> list[Paper]:
        """Return the papers of a case, oldest first.

        Raises:
            UnknownCaseError: no request has this number.
            SealBrokenError: one was changed.
        """
        with self._db.reading():
            self._row(number)
            return [self._paper(row) for row in self._db.rows(_PAPERS, {"case": number})]

    def forget(self, person: Ordinal) -> int:
        """Cut the link from cases to a person and forget what was theirs; return how many cases."""
        with self._db.transaction():
            query = select(col(CaseRow.number)).where(col(CaseRow.subject) == person)
            numbers = [int(row.number) for row in self._db.rows(query)]
            for number in numbers:
                self._forget(number)
            return len(numbers)

    def found(self, number: int, person: Ordinal) -> None:
        """Say whose case it is: of somebody who was unknown when it was opened, and came in since.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.transaction():
            self._row(number)
            self._change(number, subject=person, asker=None)

    def forget_asker(self, number: int) -> None:
        """Forget what is personal in the case of somebody whom nobody here knew.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.transaction():
            self._row(number)
            self._forget(number)

    def forget_case(self, number: int) -> None:
        """Forget what is personal in one case, and every paper; its kind, dates and steps stay.

        Raises:
            UnknownCaseError: no request has this number.
        """
        with self._db.transaction():
            self._row(number)
            self._forget(number)
            self._db.execute(delete(PaperRow).where(col(PaperRow.case_number) == number))

    def _forget(self, number: int) -> None:
        """Forget what is personal in one case; a receipt and the papers about systems stay."""
        mine = (col(PaperRow.case_number) == number, col(PaperRow.personal) == 1)
        self._db.execute(delete(PaperRow).where(*mine))
        self._change(number, subject=None, asker=None, asked=None, forgotten=1)
        self._seals.destroy(number)

    def _paper(self, row: Row[Any]) -> Paper:
        """Return the paper of a row, opened."""
        place = _place(row.case_number, row.name)
        text = self._seals.unseal(_key(row.case_number, bool(row.personal)), place, row.text)
        return Paper(row.name, from_micros(row.at), text)

    def _change(self, number: int, **values: object) -> None:
        """Change columns of one case."""
        self._db.execute(update(CaseRow).where(col(CaseRow.number) == number).values(**values))

    def _sealed(self, number: int, asked: Asked) -> bytes:
        """Return what is asked for, sealed."""
        return self._seals.seal(number, ASKED, canonical(asked.document()))

    def _row(self, number: int) -> Row[Any]:
        """Return the row of a case."""
        rows = self._db.rows(_CASE, {"case": number})
        if not rows:
            raise UnknownCaseError(number)
        return rows[0]

    def _steps(self, number: int) -> tuple[Step, ...]:
        """Return the steps of a case, in order."""
        return tuple(_step(row) for row in self._db.rows(_STEPS, {"case": number}))

    def _every_step(self) -> Mapping[int, tuple[Step, ...]]:
        """Return the steps of every case, in order."""
        found: dict[int, list[Step]] = {}
        for row in self._db.rows(select(StepRow).order_by(col(StepRow.step))):
            found.setdefault(int(row.case_number), []).append(_step(row))
        return {number: tuple(steps) for number, steps in found.items()}


def _key(number: int, personal: bool) -> int:  # noqa: FBT001 - the column says so
    """Return under which case's key a paper is sealed."""
    return number if personal else HOUSE


def _place(number: int, name: str) -> str:
    """Return the place that the seal of a paper of that name is bound to."""
    return f"{PAPER}/{number}/{name}"


def _step(row: Row[Any]) -> Step:
    """Return the step of a row."""
    return Step(StepKind(row.kind), from_micros(row.at), json.loads(row.facts))


def _parsed(row: Row[Any], steps: tuple[Step, ...]) -> Case:
    """Return the case of a row, with its steps."""
    places = Places.of(row.jurisdiction or "")
    one = row.jurisdiction if places is None else places.one
    return Case(
        number=row.number,
        kind=RequestKind(row.kind),
        received_at=from_micros(row.received_at),
        first_deadlines=Deadlines(
            law=row.law,
            answer_by=date.fromisoformat(row.answer_by),
            legal_limit=date.fromisoformat(row.legal_limit),
            confirm_by=date.fromisoformat(row.confirm_by) if row.confirm_by else None,
        ),
        jurisdiction=None if one is None else Jurisdiction(one),
        places=places,
        manner=row.manner,
        duplicate_of=row.duplicate_of,
        appeal_of=row.appeal_of,
        goes_with=row.goes_with,
        forgotten=bool(row.forgotten),
        steps=steps,
    )

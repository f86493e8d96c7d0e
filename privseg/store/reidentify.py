# SPDX-License-Identifier: Apache-2.0
"""Re-identifications in the database, sealed before they come here; and what the log says of them.

What was asked and the steps since are only added to. The list of pseudonyms is there while the
request is open, and no longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select
from sqlmodel import col

from privseg.errors import InputError
from privseg.store.database import Database
from privseg.store.tables_reidentify import (
    ReidentificationListRow,
    ReidentificationRow,
    ReidentificationStepRow,
)

CASE = "reidentify/"  # before a request's number, where the log names it as a case


class UnknownReidentificationError(InputError):
    """No re-identification has this number."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"there is no re-identification {number}; see them with: privseg reidentify list"
        )
        self.number = number


@dataclass(frozen=True, slots=True)
class StoredAsk:
    """What was asked, as it is stored."""

    number: int
    audit_index: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredStep:
    """One step, as it is stored; steps of a request count from 1."""

    step: int
    audit_index: int
    sealed: bytes = field(repr=False)


class SqlReidentifications:
    """The re-identifications of a workspace. Write inside a transaction with the log's entry."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def next_number(self) -> int:
        """Return the number of the next request; ask inside the transaction that adds it."""
        rows = self._db.raw("SELECT COALESCE(MAX(number), 0) FROM reidentification")
        return int(rows[0][0]) + 1

    def add(self, ask: StoredAsk, people: bytes) -> None:
        """Add a request and its list of pseudonyms."""
        row = {"number": ask.number, "audit_index": ask.audit_index, "sealed": ask.sealed}
        self._db.execute(insert(ReidentificationRow).values(row))
        self._insert_people(ask.number, people)

    def add_step(self, number: int, step: StoredStep) -> None:
        """Add the next step of a request."""
        row = {
            "number": number, "step": step.step, "audit_index": step.audit_index,
            "sealed": step.sealed,
        }  # fmt: skip
        self._db.execute(insert(ReidentificationStepRow).values(row))

    def numbers(self) -> list[int]:
        """Return the number of every request, oldest first."""
        query = select(col(ReidentificationRow.number)).order_by(col(ReidentificationRow.number))
        return [int(row[0]) for row in self._db.rows(query)]

    def ask(self, number: int) -> StoredAsk:
        """Return what was asked.

        Raises:
            UnknownReidentificationError: no request has this number.
        """
        query = select(ReidentificationRow).where(col(ReidentificationRow.number) == number)
        rows = self._db.rows(query)
        if not rows:
            raise UnknownReidentificationError(number)
        return StoredAsk(rows[0].number, rows[0].audit_index, bytes(rows[0].sealed))

    def steps(self, number: int) -> list[StoredStep]:
        """Return the steps of a request, in order."""
        query = (
            select(ReidentificationStepRow)
            .where(col(ReidentificationStepRow.number) == number)
            .order_by(col(ReidentificationStepRow.step))
        )
        rows = self._db.rows(query)
        return [StoredStep(r.step, r.audit_index, bytes(r.sealed)) for r in rows]

    def people(self, number: int) -> bytes | None:
        """Return a request's sealed list of pseudonyms; None once it is gone."""
        query = select(col(ReidentificationListRow.sealed)).where(
            col(ReidentificationListRow.number) == number
        )
        rows = self._db.rows(query)
        return bytes(rows[0][0]) if rows else None

    def with_people(self) -> list[int]:
        """Return the requests whose list is still there."""
        query = select(col(ReidentificationListRow.number))
        return sorted(int(row[0]) for row in self._db.rows(query))

    def put_people(self, number: int, people: bytes) -> None:
        """Put a list in place of a request's list: one without somebody who is erased."""
        with self._db.transaction():
            self.forget_people(number)
            self._insert_people(number, people)

    def forget_people(self, number: int) -> bool:
        """Delete a request's list; return whether there was one."""
        gone = delete(ReidentificationListRow).where(col(ReidentificationListRow.number) == number)
        return bool(self._db.execute(gone).rowcount)

    def entries_naming(self, number: int, *, since: int) -> list[bytes]:
        """Return the entries of the log from ``since`` on that name a request as their case."""
        named = f'"case":"{CASE}{number}"'.encode()
        found: list[bytes] = []
        query = "SELECT entry FROM audit_entry WHERE sequence >= ? ORDER BY sequence"
        for rows in self._db.batches(query, (since,)):
            found.extend(bytes(entry) for (entry,) in rows if named in bytes(entry))
        return found

    def _insert_people(self, number: int, people: bytes) -> None:
        """Store a list."""
        row = {"number": number, "sealed": people}
        self._db.execute(insert(ReidentificationListRow).values(row))

# SPDX-License-Identifier: Apache-2.0
"""Every definition that a segment was ever used in, and who brought it in: only added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, select
from sqlmodel import col

from privseg.errors import IntegrityError
from privseg.store.database import Database
from privseg.store.tables_segment import DefinitionRow, SegmentStepRow
from privseg.terms import StaffRole, from_micros, to_micros

_REMEMBER = (
    "INSERT INTO segment_definition (version, text, first_seen) VALUES (?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)


class DefinitionError(IntegrityError):
    """A version names no text, or another one than it is the hash of."""

    def __init__(self, version: str, why: str) -> None:
        super().__init__(f"definition {version[:12]}: {why}; run `privseg audit verify`")
        self.version = version


class SegmentStep(StrEnum):
    """What somebody did with a version of a segment."""

    WROTE = "wrote"  # proposed it, or owns its file
    APPROVED = "approved"
    TAKEN_IN = "taken in"  # first used it, or proposed it where nobody has to approve


@dataclass(frozen=True, slots=True)
class TakenStep:
    """Who did what with which version of which segment, and where the log says so."""

    segment: str
    version: str
    step: SegmentStep
    user: str
    role: StaffRole
    at: datetime
    audit_index: int


class SqlSegments:
    """The definitions that a workspace has used."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def remember(self, version: str, text: bytes, *, at: datetime) -> bool:
        """Keep a definition's canonical text; return whether it is new. Again is no change.

        Raises:
            DefinitionError: the version is not this text's hash.
        """
        if sha256(text).hexdigest() != version:
            raise DefinitionError(version, "it is not the hash of this text")
        return bool(self._db.bulk(_REMEMBER, [(version, text, to_micros(at))]))

    def text(self, version: str) -> bytes:
        """Return the canonical text of a version.

        Raises:
            DefinitionError: none was kept, or what was kept is another.
        """
        query = select(col(DefinitionRow.text)).where(col(DefinitionRow.version) == version)
        found = next((bytes(row[0]) for row in self._db.rows(query)), None)
        if found is None:
            raise DefinitionError(version, "no text was kept under it")
        if sha256(found).hexdigest() != version:
            raise DefinitionError(version, "the text kept under it is another")
        return found

    def versions(self) -> list[str]:
        """Return every version that a text is kept of."""
        query = select(col(DefinitionRow.version)).order_by(col(DefinitionRow.first_seen))
        return [str(row[0]) for row in self._db.rows(query)]

    def add_step(self, step: TakenStep) -> None:
        """Add to the history of a segment."""
        row = {
            "segment": step.segment,
            "version": step.version,
            "step": str(step.step),
            "user": step.user,
            "role": str(step.role),
            "at": to_micros(step.at),
            "audit_index": step.audit_index,
        }
        self._db.execute(insert(SegmentStepRow).values(row))

    def steps(self, segment: str | None = None) -> list[TakenStep]:
        """Return the history of one segment, or of all, oldest first."""
        query = select(SegmentStepRow).order_by(col(SegmentStepRow.number))
        if segment is not None:
            query = query.where(col(SegmentStepRow.segment) == segment)
        return [_step(row) for row in self._db.rows(query)]


def _step(row: Row[Any]) -> TakenStep:
    """Return a stored row as the step that it is.

    Raises:
        DefinitionError: it is none that this program writes.
    """
    try:
        step, role, at = SegmentStep(row.step), StaffRole(row.role), from_micros(row.at)
    except (ValueError, OverflowError, TypeError):
        raise DefinitionError(row.version, "its history holds something else") from None
    return TakenStep(row.segment, row.version, step, row.user, role, at, row.audit_index)

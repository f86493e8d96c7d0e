# SPDX-License-Identifier: Apache-2.0
"""Every policy that was ever in force, by digest, so that old decisions can be judged again.

And who wrote it, and who approved it: a history that is only added to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select
from sqlmodel import col

from privseg.errors import IntegrityError
from privseg.store.database import Database
from privseg.store.tables_approval import PolicyStepRow
from privseg.store.tables_release import PolicyRow
from privseg.terms import from_micros, to_micros

_REMEMBER = "INSERT INTO policy (digest, text, first_seen) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class PolicyDigestError(IntegrityError):
    """Two different texts claim one digest, or none has it."""

    def __init__(self, digest: str, why: str) -> None:
        super().__init__(f"policy {digest[:12]}: {why}; run `privseg audit verify`")
        self.digest = digest


class Step(StrEnum):
    """What somebody did to a policy."""

    WROTE = "wrote"  # proposed it, or owns its files
    ASKED = "asked"  # would have read something under it, when it was not approved
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """Who did what to which policy, and where the log says so.

    ``asks_approval`` is whether that policy itself asks for a second person.
    """

    digest: str
    step: Step
    user: str
    at: datetime
    asks_approval: bool
    audit_index: int


class SqlPolicies:
    """The policies a workspace has seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def remember(self, digest: str, text: bytes, *, at: datetime) -> bool:
        """Keep a policy's canonical text; return whether it is new. Again is no change.

        Raises:
            PolicyDigestError: another text was kept under this digest.
        """
        with self._db.transaction():
            made = self._db.bulk(_REMEMBER, [(digest, text, to_micros(at))])
            if not made and self.text(digest) != text:
                raise PolicyDigestError(digest, "another text was kept under this digest")
        return bool(made)

    def text(self, digest: str) -> bytes:
        """Return the canonical text with this digest.

        Raises:
            PolicyDigestError: none was kept.
        """
        rows = self._db.rows(select(col(PolicyRow.text)).where(col(PolicyRow.digest) == digest))
        if not rows:
            raise PolicyDigestError(digest, "no text was kept under this digest")
        return bytes(rows[0][0])

    def digests(self) -> list[str]:
        """Return every digest, oldest first."""
        query = select(col(PolicyRow.digest)).order_by(col(PolicyRow.first_seen))
        return [str(row[0]) for row in self._db.rows(query)]

    def add_steps(self, steps: Iterable[PolicyStep]) -> None:
        """Add to the history of policies."""
        rows = [
            {
                "digest": s.digest,
                "step": str(s.step),
                "user": s.user,
                "at": to_micros(s.at),
                "asks_approval": s.asks_approval,
                "audit_index": s.audit_index,
            }
            for s in steps
        ]
        if rows:
            self._db.execute(insert(PolicyStepRow).values(rows))

    def steps(self, digest: str | None = None) -> list[PolicyStep]:
        """Return the history of one policy, or of all, oldest first."""
        query = select(PolicyStepRow).order_by(col(PolicyStepRow.number))
        if digest is not None:
            query = query.where(col(PolicyStepRow.digest) == digest)
        return [_step(row) for row in self._db.rows(query)]


def _step(row: Row[Any]) -> PolicyStep:
    """Return a stored row as the step that it is.

    Raises:
        PolicyDigestError: it is none that this program writes.
    """
    try:
        step, at = Step(row.step), from_micros(row.at)
    except (ValueError, OverflowError, TypeError):
        raise PolicyDigestError(row.digest, "its history holds something else") from None
    return PolicyStep(
        digest=row.digest,
        step=step,
        user=row.user,
        at=at,
        asks_approval=bool(row.asks_approval),
        audit_index=row.audit_index,
    )

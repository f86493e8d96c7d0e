# SPDX-License-Identifier: Apache-2.0
"""Every policy that was ever in force, by digest, so that old decisions can be judged again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col

from privseg.errors import IntegrityError
from privseg.store.database import Database
from privseg.store.tables_release import PolicyRow
from privseg.terms import to_micros


class PolicyDigestError(IntegrityError):
    """Two different texts claim one digest, or none has it."""

    def __init__(self, digest: str, why: str) -> None:
        super().__init__(f"policy {digest[:12]}: {why}; run `privseg audit verify`")
        self.digest = digest


class SqlPolicies:
    """The policies a workspace has seen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def remember(self, digest: str, text: bytes, *, at: datetime) -> bool:
        """Keep a policy's canonical text; return whether it is new. Again is no change.

        Raises:
            PolicyDigestError: another text was kept under this digest.
        """
        row = {"digest": digest, "text": text, "first_seen": to_micros(at)}
        with self._db.transaction():
            made = self._db.execute(insert(PolicyRow).values(row).on_conflict_do_nothing())
            if not made.rowcount and self.text(digest) != text:
                raise PolicyDigestError(digest, "another text was kept under this digest")
        return bool(made.rowcount)

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

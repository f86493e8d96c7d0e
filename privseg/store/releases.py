# SPDX-License-Identifier: Apache-2.0
"""Editions that reports read, and the register of what they published.

The register is a list of leaves, one per release, under a Merkle tree of its own: its size tells
how many reports were made and nothing about people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlmodel import col

from privseg.errors import InputError, IntegrityError
from privseg.frames import Edition
from privseg.store.database import Database
from privseg.store.tables_release import EditionRow, ReleaseRow
from privseg.terms import from_micros, to_micros


class UnknownEditionError(InputError):
    """No edition has this id in this workspace."""

    def __init__(self, edition_id: str) -> None:
        super().__init__(
            f"there is no edition {edition_id}; nothing was read; use the current edition"
        )
        self.edition_id = edition_id


class RegisterOrderError(IntegrityError):
    """A release was offered for a place that is not the register's next."""

    def __init__(self, *, index: int, size: int) -> None:
        super().__init__(
            f"the register's next place is {size}, not {index}; nothing was stored; run it again"
        )
        self.index = index
        self.size = size


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """A release as it was published.

    ``statement`` is the signed JSON, byte for byte; ``leaf`` what the register's tree hashes;
    ``salt`` opens the statement's commitment to its audit entry and stays inside the house.
    """

    register_index: int
    leaf: bytes
    statement: bytes
    plan_hash: str
    edition_id: str
    created_at: datetime
    salt: bytes = field(repr=False)


class SqlEditions:
    """The editions of a workspace, in the order of opening."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def open_edition(self, edition: Edition, *, opened_at: datetime) -> None:
        """Make ``edition`` the current one."""
        self._db.execute(
            insert(EditionRow).values(
                edition_id=edition.edition_id,
                snapshot=edition.snapshot,
                ledger_position=edition.ledger_position,
                at=to_micros(edition.at),
                opened_at=to_micros(opened_at),
            )
        )

    def current_edition(self) -> Edition | None:
        """Return the edition opened last, or None before the first."""
        rows = self._db.rows(select(EditionRow).order_by(col(EditionRow.number).desc()).limit(1))
        return _edition(rows[0]) if rows else None

    def find(self, edition_id: str) -> Edition:
        """Return the edition with this id.

        Raises:
            UnknownEditionError: there is none.
        """
        rows = self._db.rows(select(EditionRow).where(col(EditionRow.edition_id) == edition_id))
        if not rows:
            raise UnknownEditionError(edition_id)
        return _edition(rows[0])


class SqlReleases:
    """The releases of a workspace, in the order of the register."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def size(self) -> int:
        """Return how many releases there are: the index of the next one."""
        return int(self._db.rows(select(func.count()).select_from(ReleaseRow))[0][0])

    def leaves(self) -> list[bytes]:
        """Return every leaf of the register, in order."""
        query = select(col(ReleaseRow.leaf)).order_by(col(ReleaseRow.register_index))
        return [bytes(row[0]) for row in self._db.rows(query)]

    def add(self, release: StoredRelease) -> None:
        """Store a release at the register's next place, which its statement already names.

        Raises:
            RegisterOrderError: another release has taken that place.
            RowRefusedError: this plan has a release on this edition already.
        """
        with self._db.transaction():
            if (size := self.size()) != release.register_index:
                raise RegisterOrderError(index=release.register_index, size=size)
            values = {name: getattr(release, name) for name in StoredRelease.__slots__}
            values["created_at"] = to_micros(release.created_at)
            self._db.execute(insert(ReleaseRow).values(values))

    def find(self, *, plan_hash: str, edition_id: str) -> StoredRelease | None:
        """Return what this plan answered on this edition; asking again costs nothing."""
        rows = self._db.rows(
            select(ReleaseRow).where(
                col(ReleaseRow.plan_hash) == plan_hash, col(ReleaseRow.edition_id) == edition_id
            )
        )
        return _release(rows[0]) if rows else None

    def all(self) -> list[StoredRelease]:
        """Return every release, in the register's order."""
        query = select(ReleaseRow).order_by(col(ReleaseRow.register_index))
        return [_release(row) for row in self._db.rows(query)]


def _edition(row: Row[Any]) -> Edition:
    """Parse a row."""
    return Edition(
        edition_id=row.edition_id,
        snapshot=row.snapshot,
        ledger_position=row.ledger_position,
        at=from_micros(row.at),
    )


def _release(row: Row[Any]) -> StoredRelease:
    """Parse a row."""
    return StoredRelease(
        register_index=row.register_index,
        leaf=row.leaf,
        statement=row.statement,
        plan_hash=row.plan_hash,
        edition_id=row.edition_id,
        created_at=from_micros(row.created_at),
        salt=row.salt,
    )

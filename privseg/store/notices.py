# SPDX-License-Identifier: Apache-2.0
"""Notices to recipients that wait to be delivered: an outbox, written with the act it tells of.

What a notice says of whom is sealed under a key of its own, and goes with the key as soon as the
recipient was told: its machine took it, or its letter was posted. Until then the letter can be
written again, also after the person was erased. The rest stays: who was told, of what, when.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlmodel import col

from privseg.store.database import Database
from privseg.store.sealing import Seals
from privseg.store.tables_disclosure import NoticeRow
from privseg.terms import from_micros, to_micros

WAITING, WRITTEN = "waiting", "letter_written"


class Ended(StrEnum):
    """How a notice came to its end."""

    WEBHOOK = "webhook"  # the recipient's machine took it
    LETTER = "letter"  # it was posted, somebody says
    FORGOTTEN = "forgotten"  # the person was erased before; the erasure has notices of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """One notice, without what it says of whom."""

    notice_id: str
    case_number: int
    recipient: str
    kind: str
    made_at: datetime
    next_at: datetime
    audit_index: int  # its entry of the log: what was handed over later, it does not tell of
    attempts: int = 0
    written_at: datetime | None = None
    ended: Ended | None = None
    ended_at: datetime | None = None
    payload: bytes | None = field(default=None, repr=False)

    @property
    def is_waiting(self) -> bool:
        """Return whether nothing has been done yet to tell the recipient."""
        return self.ended is None and self.written_at is None

    @property
    def is_to_post(self) -> bool:
        """Return whether a letter was written and nobody has said yet that it was posted."""
        return self.ended is None and self.written_at is not None

    @property
    def how(self) -> str:
        """Return how far it is: told by ``Ended``, a letter written, or waiting."""
        if self.ended is not None:
            return self.ended.value
        return WAITING if self.written_at is None else WRITTEN


class SqlNotices:
    """The outbox of a workspace."""

    def __init__(self, db: Database, seals: Seals) -> None:
        self._db = db
        self._seals = seals

    def add(self, notice: StoredNotice) -> None:
        """Put a notice into the outbox, in the open transaction; its payload is sealed here."""
        assert notice.payload is not None, "a notice says something"
        with self._db.transaction():
            key = self._seals.make()
            self._db.execute(
                insert(NoticeRow).values(
                    notice_id=notice.notice_id,
                    case_number=notice.case_number,
                    recipient=notice.recipient,
                    kind=notice.kind,
                    made_at=to_micros(notice.made_at),
                    next_at=to_micros(notice.next_at),
                    audit_index=notice.audit_index,
                    attempts=0,
                    key=key,
                    payload=self._seals.seal(key, notice.notice_id, notice.payload),
                )
            )

    def all(self) -> list[StoredNotice]:
        """Return every notice, oldest first; nothing is unsealed."""
        return [_parsed(row) for row in self._rows()]

    def of_case(self, number: int) -> list[StoredNotice]:
        """Return the notices of one request, oldest first."""
        return [_parsed(row) for row in self._rows(col(NoticeRow.case_number) == number)]

    def waiting(self, *, due: datetime | None = None) -> list[StoredNotice]:
        """Return what is yet to be delivered (and is due), oldest first, with what it says."""
        which: list[Any] = [col(NoticeRow.ended).is_(None), col(NoticeRow.written_at).is_(None)]
        if due is not None:
            which.append(col(NoticeRow.next_at) <= to_micros(due))
        return [_parsed(row, self._payload(row)) for row in self._rows(*which)]

    def to_post(self, number: int | None = None) -> list[StoredNotice]:
        """Return what was written (for one request) and not posted yet, with what it says."""
        which: list[Any] = [col(NoticeRow.ended).is_(None), col(NoticeRow.written_at).is_not(None)]
        if number is not None:
            which.append(col(NoticeRow.case_number) == number)
        return [_parsed(row, self._payload(row)) for row in self._rows(*which)]

    def written(self, notice_id: str, *, at: datetime) -> None:
        """Note that a letter was written: what it says stays, sealed, until it was posted."""
        self._change(notice_id, written_at=to_micros(at))

    def tried(self, notice_id: str, *, next_at: datetime) -> None:
        """Note an attempt that did not deliver, and when to try again."""
        self._change(notice_id, attempts=col(NoticeRow.attempts) + 1, next_at=to_micros(next_at))

    def end(self, notice_id: str, how: Ended, *, at: datetime) -> None:
        """End a notice: what it said goes, with its key. Ending it twice is as ending it once."""
        with self._db.transaction():
            (row,) = self._rows(col(NoticeRow.notice_id) == notice_id)
            if row.ended is not None:
                return
            self._change(notice_id, ended=how.value, ended_at=to_micros(at), key=None, payload=None)
            self._seals.destroy(row.key)

    def forget(
        self, is_about: Callable[[bytes], bool], *, at: datetime, but: int | None = None
    ) -> int:
        """End every notice to be told whose payload is about somebody; return how many.

        ``but`` is the request of their erasure, whose letters are yet to be posted.
        """
        written = [n for n in self.to_post() if n.case_number != but]
        known = ((n, n.payload) for n in (*self.waiting(), *written))
        gone = [n for n, payload in known if payload is not None and is_about(payload)]
        for notice in gone:
            self.end(notice.notice_id, Ended.FORGOTTEN, at=at)
        return len(gone)

    def _change(self, notice_id: str, **values: Any) -> None:
        change = update(NoticeRow).where(col(NoticeRow.notice_id) == notice_id).values(**values)
        self._db.execute(change)

    def _rows(self, *which: Any) -> list[Row[Any]]:
        order = (col(NoticeRow.made_at), col(NoticeRow.notice_id))
        return list(self._db.rows(select(NoticeRow).where(*which).order_by(*order)))

    def _payload(self, row: Row[Any]) -> bytes:
        return self._seals.unseal(row.key, row.notice_id, row.payload)


def _parsed(row: Row[Any], payload: bytes | None = None) -> StoredNotice:
    """Parse a row."""
    return StoredNotice(
        notice_id=row.notice_id,
        case_number=row.case_number,
        recipient=row.recipient,
        kind=row.kind,
        made_at=from_micros(row.made_at),
        next_at=from_micros(row.next_at),
        audit_index=row.audit_index,
        attempts=row.attempts,
        written_at=None if row.written_at is None else from_micros(row.written_at),
        ended=None if row.ended is None else Ended(row.ended),
        ended_at=None if row.ended_at is None else from_micros(row.ended_at),
        payload=payload,
    )

# SPDX-License-Identifier: Apache-2.0
"""Who was handed to which recipient, when and with what: person-level, sealed, and forgettable.

Kept so that a person can be told who has their data (GDPR Art. 15(1)(c); CJEU C-154/21: the actual
recipients) and a recipient what the person asks for (Art. 19). An erasure writes every set of
people anew under a new key and destroys the old keys, as it does with memberships.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyroaring import BitMap, FrozenBitMap
from sqlalchemy import Row, delete, insert, select, update
from sqlmodel import SQLModel, col

from privseg.store.database import Database
from privseg.store.sealing import Seals
from privseg.store.tables_disclosure import DisclosureRow
from privseg.terms import Ordinal, Purpose, from_micros, to_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """One hand-over, without whom: what a person in it, or a register, may be told of it.

    ``fields`` has the kind of identifier first. ``audit_index`` is the entry of the log.
    """

    number: int
    recipient: str
    purpose: Purpose
    segment: str
    version: str
    run_id: str
    at: datetime
    identifier: str
    epoch: str
    fields: tuple[str, ...]
    audit_index: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who will be asked for, and which of them were found in which set under which key."""

    people: FrozenBitMap = field(default_factory=FrozenBitMap, repr=False)
    found: dict[tuple[int, str], FrozenBitMap] = field(default_factory=dict, repr=False)


_FACTS = tuple(
    column
    for column in SQLModel.metadata.tables[str(DisclosureRow.__tablename__)].columns
    if column.name != "people"
)


class SqlDisclosures:
    """The hand-overs of a workspace. Write inside the transaction of the log's entry."""

    def __init__(self, db: Database, seals: Seals) -> None:
        self._db = db
        self._seals = seals
        self._asked = _Asked()

    def add(self, told: Disclosed, people: FrozenBitMap) -> Disclosed:
        """Keep a hand-over and whom it was about; its number is given here. Return it with that."""
        with self._db.transaction():
            key = self._seals.make()
            sealed = self._seals.seal(key, told.run_id, people.serialize())
            made = self._db.execute(insert(DisclosureRow).values(_row(told, key, sealed)))
            assert made.inserted_primary_key is not None
            return self._one(int(made.inserted_primary_key[0]))

    def all(self, *, since: datetime | None = None) -> list[Disclosed]:
        """Return every hand-over (since a moment), oldest first; nobody is unsealed."""
        which = () if since is None else (col(DisclosureRow.at) >= to_micros(since),)
        return [_disclosed(row) for row in self._facts(*which)]

    def of(self, person: Ordinal) -> list[Disclosed]:
        """Return every hand-over that a person was in, oldest first."""
        asked = self._asked
        if person not in asked.people:
            return [_disclosed(r) for r, people in self._opened() if person in people]
        with self._db.reading():
            return [_disclosed(r) for r in self._facts() if person in self._among(asked, r)]

    @contextmanager
    def asked_of(self, people: FrozenBitMap) -> Iterator[None]:
        """Open each set once in the block, however many of ``people`` are asked for.

        What is remembered is which of them are in it, by the key of the set: what is written anew
        is opened anew.
        """
        outer, self._asked = self._asked, _Asked(people)
        try:
            yield
        finally:
            self._asked = outer

    def people(self, number: int) -> FrozenBitMap:
        """Return who was in a hand-over; nobody, if there is none of this number."""
        found = [people for _, people in self._opened(col(DisclosureRow.number) == number)]
        return found[0] if found else FrozenBitMap()

    def forget(self, person: Ordinal) -> int:
        """Take a person out of every hand-over; return out of how many.

        Every set is written anew under a new key, also those without the person, so that what
        changed tells nothing; the old keys are destroyed.
        """
        count = 0
        with self._db.transaction():
            old = self._keys()
            if not old:
                return 0
            new = self._seals.make()
            for row, people in list(self._opened()):
                left = FrozenBitMap(BitMap(people) - BitMap([person]))
                sealed = self._seals.seal(new, row.run_id, left.serialize())
                change = update(DisclosureRow).where(col(DisclosureRow.number) == row.number)
                self._db.execute(change.values(people=sealed, key=new))
                count += person in people
            self._destroy(old)
        return count

    def undo(self, number: int) -> None:
        """Take back a hand-over that came to nothing, with its key: its file was not written."""
        with self._db.transaction():
            old = self._keys()
            self._db.execute(delete(DisclosureRow).where(col(DisclosureRow.number) == number))
            self._destroy(old - self._keys())

    def ended(self, before: datetime) -> int:
        """Return how many hand-overs are older than they are kept."""
        return len(self._facts(col(DisclosureRow.at) < to_micros(before)))

    def expire(self, before: datetime) -> int:
        """Delete hand-overs from before a moment; return how many. Their keys are destroyed."""
        with self._db.transaction():
            old = self._keys()
            gone = delete(DisclosureRow).where(col(DisclosureRow.at) < to_micros(before))
            count = self._db.execute(gone).rowcount
            self._destroy(old - self._keys())
        return count

    def _one(self, number: int) -> Disclosed:
        (row,) = self._facts(col(DisclosureRow.number) == number)
        return _disclosed(row)

    def _facts(self, *which: Any) -> list[Row[Any]]:
        """Return the rows that fit without their sets, which may be a megabyte each."""
        return self._db.rows(select(*_FACTS).where(*which).order_by(col(DisclosureRow.number)))

    def _opened(self, *which: Any) -> Iterator[tuple[Row[Any], FrozenBitMap]]:
        """Yield the rows that fit, each with its people."""
        query = select(DisclosureRow).where(*which).order_by(col(DisclosureRow.number))
        for row in self._db.rows(query):
            plain = self._seals.unseal(row.key, row.run_id, row.people)
            yield row, FrozenBitMap.deserialize(plain)

    def _among(self, asked: _Asked, row: Row[Any]) -> FrozenBitMap:
        """Return which of the people asked for are in a hand-over; it is opened once for all."""
        if (row.number, row.key) not in asked.found:
            asked.found[row.number, row.key] = self.people(row.number) & asked.people
        return asked.found[row.number, row.key]

    def _keys(self) -> frozenset[str]:
        """Return the names of the keys in use."""
        rows = self._db.rows(select(col(DisclosureRow.key)).distinct())
        return frozenset(str(row[0]) for row in rows)

    def _destroy(self, keys: Iterable[str]) -> None:
        for key in sorted(keys):
            self._seals.destroy(key)


def _row(told: Disclosed, key: str, people: bytes) -> dict[str, Any]:
    """Return a hand-over as a row; the database gives the number."""
    return {
        "recipient": told.recipient,
        "purpose": told.purpose,
        "segment": told.segment,
        "version": told.version,
        "run_id": told.run_id,
        "at": to_micros(told.at),
        "identifier": told.identifier,
        "epoch": told.epoch,
        "fields": json.dumps(told.fields),
        "audit_index": told.audit_index,
        "key": key,
        "people": people,
    }


def _disclosed(row: Row[Any]) -> Disclosed:
    """Parse a row."""
    return Disclosed(
        number=row.number,
        recipient=row.recipient,
        purpose=Purpose(row.purpose),
        segment=row.segment,
        version=row.version,
        run_id=row.run_id,
        at=from_micros(row.at),
        identifier=row.identifier,
        epoch=row.epoch,
        fields=tuple(json.loads(row.fields)),
        audit_index=row.audit_index,
    )

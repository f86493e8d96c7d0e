# SPDX-License-Identifier: Apache-2.0
"""Sets of people: who has data in which snapshot, and who was erased."""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import BitMap, FrozenBitMap

from privseg.vault.bound import Bound, People
from privseg.vault.ports import PeopleRows
from privseg.vault.refusals import (
    UnknownPersonError,
)


class Population:
    """Who is in the column store. Kept as one bitmap per snapshot: 10 M people fold in a blink.

    Every method raises ``SealBrokenError`` where the bitmaps are not as the vault left them.
    """

    def __init__(self, rows: PeopleRows, bound: Bound) -> None:
        self._rows = rows
        self._bound = bound

    def people(self, snapshot: int) -> FrozenBitMap:
        """Return everybody with a row imported at or before ``snapshot``, the erased left out."""
        return _known(self._population(), snapshot)

    def known_since(self, ordinal: int) -> int | None:
        """Return the first snapshot with a row about a person; None without any."""
        for since, people in self._population():
            if ordinal in BitMap.deserialize(people):
                return since
        return None

    def erased(self) -> FrozenBitMap:
        """Return everybody who was erased."""
        with self._bound.reading(People.NUMBERS):
            return FrozenBitMap(_read(self._rows.erased()))

    def enrolled(self) -> FrozenBitMap:
        """Return everybody whose keys exist."""
        with self._bound.reading(People.NUMBERS):
            given = BitMap(range(self._rows.next_ordinal()))
            return FrozenBitMap(given - _read(self._rows.erased()))

    def mark_known(self, people: FrozenBitMap, snapshot: int) -> None:
        """Note that ``people`` have rows from ``snapshot`` on.

        Raises:
            UnknownPersonError: somebody among them is not enrolled, or was erased.
        """
        with self._bound.changing(People.POPULATION):
            strangers = len(people - self.enrolled())
            if strangers:
                raise UnknownPersonError(strangers)
            first = people - _known(self._rows.population(), snapshot)
            if first:
                self._rows.set_population(snapshot, (first | self._of(snapshot)).serialize())

    def forget(self, ordinal: int) -> None:
        """Take a person out of every snapshot, for good."""
        with self._bound.changing(People.NUMBERS, People.POPULATION):
            for since, people in self._rows.population():
                known = BitMap.deserialize(people)
                if ordinal in known:
                    known.discard(ordinal)
                    self._rows.set_population(since, known.serialize())
            gone = _read(self._rows.erased())
            gone.add(ordinal)
            self._rows.set_erased(gone.serialize())

    def _population(self) -> list[tuple[int, bytes]]:
        """Return the bitmap of each snapshot, as the vault left them."""
        with self._bound.reading(People.POPULATION):
            return self._rows.population()

    def _of(self, snapshot: int) -> BitMap:
        """Return the bitmap of one snapshot."""
        found = [people for since, people in self._rows.population() if since == snapshot]
        return _read(found[0]) if found else BitMap()


def _known(population: Iterable[tuple[int, bytes]], snapshot: int) -> FrozenBitMap:
    """Return everybody known at or before ``snapshot``."""
    known = BitMap()
    for since, people in population:
        if since <= snapshot:
            known |= BitMap.deserialize(people)
    return FrozenBitMap(known)


def _read(people: bytes) -> BitMap:
    """Return a stored bitmap; empty bytes are nobody."""
    return BitMap.deserialize(people) if people else BitMap()

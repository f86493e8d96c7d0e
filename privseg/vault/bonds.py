# SPDX-License-Identifier: Apache-2.0
"""Bonds: what holds an identifier to the person that it was enrolled for.

A look-up key, its kind and the ordinal stand in the database in clear, for people are found by
them. Each row has a keyed hash over the three (BLAKE2b, RFC 7693 §2.5, 128 bits): who can write the
database, but has no key, can lead no identifier to somebody else. This is the only place that says
whose an identifier is, and it says nothing that the hash does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Final

from pyroaring import BitMap, FrozenBitMap

from privseg.vault import wrap
from privseg.vault.ports import PeopleRows
from privseg.vault.refusals import SealBrokenError

BOND_BYTES: Final = 16
Bond = Callable[[bytes, str, int], bytes]


class Bonds:
    """Makes bonds and asks the storage by them; ``key`` gives the secret for each call anew."""

    def __init__(self, rows: PeopleRows, key: Callable[[], bytes]) -> None:
        self._rows = rows
        self._key = key

    def maker(self) -> Bond:
        """Return what makes the bond of a look-up key, a kind and an ordinal."""
        begun = blake2b(key=self._key(), digest_size=BOND_BYTES)
        kinds: dict[str, blake2b] = {}  # begun with a kind: a million are asked for at once

        def bond(tag: bytes, kind: str, ordinal: int) -> bytes:
            # As unambiguous as ``wrap.place``, and faster: the last part is all that is left.
            if kind not in kinds:
                kinds[kind] = begun.copy()
                kinds[kind].update(wrap.place(str(kind)))
            made = kinds[kind].copy()
            made.update(f"{ordinal}:".encode() + tag)
            return made.digest()

        return bond

    def find(self, tags: Sequence[bytes]) -> dict[bytes, int]:
        """Return the ordinal behind each look-up key that is known.

        Raises:
            SealBrokenError: one leads to somebody whom it was not enrolled for.
        """
        found = self._rows.find(tags)
        self._require((tag, *owner) for tag, owner in found.items())
        return {tag: owner[0] for tag, owner in found.items()}

    def tags(self, ordinal: int) -> list[tuple[str, bytes]]:
        """Return the kind and look-up key of each of a person's identifiers, oldest first.

        Raises:
            SealBrokenError: one is not theirs.
        """
        cells = self._rows.cells(ordinal)
        self._require((tag, whose, kind, bond) for whose, kind, tag, _, bond in cells)
        return [(kind, tag) for _, kind, tag, _, _ in cells]

    def audit(self) -> tuple[int, FrozenBitMap]:
        """Return how many of all identifiers do not hold, and whose the others are."""
        bond, broken, owners = self.maker(), 0, BitMap()
        for batch in self._rows.bonded():
            held = [
                whose for tag, whose, kind, said in batch if _holds(bond, tag, kind, whose, said)
            ]
            broken += len(batch) - len(held)
            owners.update(held)
        return broken, FrozenBitMap(owners)

    def _require(self, rows: Iterable[tuple[bytes, int, str, bytes]]) -> None:
        """Refuse if a bond does not hold; which one is not said, for it would name a person."""
        bond = self.maker()
        if any(bond(tag, kind, ordinal) != said for tag, ordinal, kind, said in rows):
            raise SealBrokenError("whom an identifier leads to")


def _holds(bond: Bond, tag: object, kind: str, ordinal: int, said: bytes) -> bool:
    """Return whether a row's bond holds; what is no look-up key at all has none."""
    return isinstance(tag, bytes) and bond(tag, kind, ordinal) == said

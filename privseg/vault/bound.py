# SPDX-License-Identifier: Apache-2.0
"""What holds the sets of people together that lie in the database in clear.

Who has data since which snapshot, which numbers are given and erased, who is suppressed: each of
the three has a digest (BLAKE2b, RFC 7693) over *all* of it, so that no row can be changed, moved,
added or deleted alone. The digest is sealed as a key is, under the root and bound to the workspace:
who can write the database, but has no key, makes none that fits, and an older one dies with its
root.

INVARIANT: these sets are read after ``check`` in the same block, and written in ``changing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import blake2b

from privseg.vault import wrap
from privseg.vault.key_refusals import RootKeyUnknownError
from privseg.vault.keyring import Keyring
from privseg.vault.ports import PeopleRows
from privseg.vault.refusals import KeyDestroyedError, SealBrokenError

SEAL = "seal"  # the kind of wrapped key that a digest is kept as


class People(StrEnum):
    """A set of people that the database holds in clear."""

    NUMBERS = "numbers"
    POPULATION = "population"
    SUPPRESSION = "suppression"


class Bound:
    """Checks and seals the sets of people of one workspace."""

    def __init__(self, rows: PeopleRows, keyring: Keyring) -> None:
        self._rows = rows
        self._keyring = keyring

    def begin(self) -> None:
        """Seal what a new vault has: nobody."""
        with self._rows.transaction():
            for part in People:
                self._keyring.put(SEAL, part, self._digest(part))

    def check(self, *parts: People) -> None:
        """Refuse what is not as the vault left it.

        Raises:
            SealBrokenError: it was changed; who is concerned is not said.
        """
        with self._rows.reading():
            for part in parts:
                self._require(part)

    @contextmanager
    def reading(self, *parts: People) -> Iterator[None]:
        """Return a block that sees one state, which is as the vault left it."""
        with self._rows.reading():
            self.check(*parts)
            yield

    @contextmanager
    def changing(self, *parts: People) -> Iterator[None]:
        """Return a transaction that changes these parts, as the vault left them, and seals them.

        Raises:
            SealBrokenError: they were changed before; nothing is.
        """
        with self._rows.transaction():
            before = {part: self._require(part) for part in parts}
            yield
            for part, digest in before.items():
                if (now := self._digest(part)) != digest:
                    self._keyring.put(SEAL, part, now)

    def broken(self) -> list[People]:
        """Return which parts are not as the vault left them."""
        with self._rows.reading():
            return [part for part in People if not self._holds(part)]

    def _holds(self, part: People) -> bool:
        """Return whether a part is as the vault left it."""
        try:
            self._require(part)
        except SealBrokenError:
            return False
        return True

    def _require(self, part: People) -> bytes:
        """Return the digest of a part, which is the one sealed."""
        digest = self._digest(part)
        try:
            sealed = self._keyring.get(SEAL, part)
        except (KeyDestroyedError, RootKeyUnknownError, SealBrokenError):  # a dead root's, too
            raise SealBrokenError(_named(part)) from None
        if sealed != digest:
            raise SealBrokenError(_named(part))
        return digest

    def _digest(self, part: People) -> bytes:
        """Return the digest of all of a part as it stands."""
        made = blake2b(digest_size=wrap.KEY_BYTES)
        made.update(wrap.place(SEAL, part))
        for row in self._listed(part):
            made.update(wrap.place(*row))
        return made.digest()

    def _listed(self, part: People) -> Iterator[tuple[int | bytes, ...]]:
        """Return the rows of a part, in an order that is theirs."""
        match part:
            case People.NUMBERS:
                yield self._rows.next_ordinal(), self._rows.erased()
            case People.POPULATION:
                yield from self._rows.population()
            case People.SUPPRESSION:
                yield from sorted(self._rows.suppressions())


def _named(part: People) -> str:
    """Return what a part is called when it is refused."""
    return {
        People.NUMBERS: "the list of numbers given and erased",
        People.POPULATION: "the list of who has data",
        People.SUPPRESSION: "the suppression list",
    }[part]

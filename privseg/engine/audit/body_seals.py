# SPDX-License-Identifier: Apache-2.0
"""The vault's keys for the bodies of audit entries (port ``privseg.store.Bodies``).

A body names people by number: whom a run could read, and whom it found. Who has the database but
not the root key reads none of it; the entries themselves, which name nobody, stay in the clear.
Each calendar month has a key of its own, so that a month whose time is over can be destroyed; what
names nobody and other histories stand on has one that lasts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from privseg.errors import IntegrityError, KeyAccessError
from privseg.vault import Vault, wrap
from privseg.vault.bulk_seal import BulkSeal, numbered
from privseg.vault.keyring import SECRET
from privseg.vault.padding import padded, unpadded
from privseg.vault.refusals import (
    SealBrokenError,
)

KIND = "audit-body"
_MONTH = re.compile(rb"[0-9]{4}-[0-9]{2}|lasting")
_LENGTH = 7  # of a month's spelling, before each blob
KEPT = 24  # months whose ciphers are at hand
WHAT = "an audit body"


def secret_of(month: str) -> str:
    """Return the name of a month's key among the secrets of the vault.

    >>> secret_of("2026-11")
    'audit-body/2026-11'
    """
    return f"{KIND}/{month}"


class SealedBodies:
    """A secret of the workspace for each month; each body is bound to its place in the log."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._workspace = vault.keyring.workspace
        self._seals: dict[str, tuple[bytes, BulkSeal]] = {}

    def sealed(self, month: str, items: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Return bodies as they are stored; their lengths tell little."""
        mark = month.encode()
        plain = [(sequence, padded(body)) for sequence, body in items]
        return [mark + blob for blob in self._making(month).seal_many(plain)]

    def opened(self, sequence: int, stored: bytes) -> bytes:
        """Return a body; what does not open, as it lies there: no entry commits to it."""
        mark, blob = stored[:_LENGTH], stored[_LENGTH:]
        if not _MONTH.fullmatch(mark):
            return stored
        try:
            return unpadded(self._unsealed(mark.decode(), sequence, blob))
        except (IntegrityError, KeyAccessError, ValueError):
            return stored

    def destroyed(self, months: Iterable[str]) -> None:
        """Destroy the keys of whole months; their copies die with the next change of root key."""
        for month in months:
            self._seals.pop(month, None)
            self._vault.keyring.drop(SECRET, secret_of(month))

    def _making(self, month: str) -> BulkSeal:
        """Return the cipher of a month's key, which is made when it is first asked for.

        The database is asked each time: another process may have destroyed it.
        """
        return self._known(month, self._vault.secret(secret_of(month)))

    def _unsealed(self, month: str, sequence: int, blob: bytes) -> bytes:
        """Return what is in a blob, with the key at hand or the one that the vault has now.

        Raises:
            SealBrokenError, KeyDestroyedError: neither opens it.
        """
        if month in self._seals:
            with suppress(SealBrokenError):
                return self._seals[month][1].unseal(sequence, blob, what=WHAT)
        key = self._vault.keyring.get(SECRET, secret_of(month))
        return self._known(month, key).unseal(sequence, blob, what=WHAT)

    def _known(self, month: str, key: bytes) -> BulkSeal:
        """Return the cipher of a key, made once."""
        if self._seals.get(month, (b"",))[0] != key:
            if len(self._seals) >= KEPT:
                self._seals.clear()
            at = numbered(wrap.place(KIND, self._workspace, month))
            self._seals[month] = key, BulkSeal(key, at)
        return self._seals[month][1]

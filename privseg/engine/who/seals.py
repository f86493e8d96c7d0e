# SPDX-License-Identifier: Apache-2.0
"""The vault's keys for the index of reads (port ``privseg.store.touched_ports.Seals``).

The pages of a month are sealed under that month's key of the log's bodies: with it they die.
"""

from __future__ import annotations

from privseg.vault import Vault, wrap
from privseg.vault.keyring import SECRET
from privseg.vault.page_seal import PageSeal

USE = "who-read"
BODY_KEY = "audit-body"  # before the month: the secret that the month's bodies are sealed under


class TouchedSeals:
    """A seal for each month, and one for what is of no month."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._seals: dict[str, PageSeal] = {}
        self._places: dict[str, bytes] = {}

    def sealed(self, month: str, place: bytes, plain: bytes) -> bytes:
        """Return a page of a month as it is stored; the month's key is made when there is none."""
        self._vault.secret(_name(month))
        return self._of(month).sealed(plain, self._at(month, place))

    def opened(self, month: str, place: bytes, blob: bytes) -> bytes:
        """Return a page.

        Raises:
            KeyDestroyedError, SealBrokenError: it cannot be opened.
        """
        at = self._at(month, place)
        return self._of(month).opened(blob, at, what="a page of the index of reads")

    def mark(self, month: str, data: bytes) -> bytes:
        """Return the keyed hash by which an equal page of the month is found."""
        self._vault.secret(_name(month))
        return self._of(month).mark(data)

    def _of(self, month: str) -> PageSeal:
        """Return the seal of a month."""
        if month not in self._seals:
            key = self._vault.keyring.get(SECRET, _name(month))
            self._seals[month] = PageSeal(key, USE)
        return self._seals[month]

    def _at(self, month: str, place: bytes) -> bytes:
        """Return the associated data of a place: this use, this workspace, this month, and it."""
        if month not in self._places:
            self._places[month] = wrap.place(USE, self._vault.keyring.workspace, month)
        return self._places[month] + place


def _name(month: str) -> str:
    """Return the name of a month's secret; that of no month is the index's own."""
    return f"{BODY_KEY}/{month}" if month else USE

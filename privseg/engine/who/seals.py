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
    """A seal for each month, and one for what is of no month; nothing is remembered."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def making(self, month: str) -> TouchedSeal:
        """Return the seal of a month; its key is made when there is none."""
        return self._seal(month, self._vault.secret(_name(month)))

    def there(self, month: str) -> TouchedSeal:
        """Return the seal of a month.

        Raises:
            KeyDestroyedError, SealBrokenError: its key is gone, or was changed.
        """
        return self._seal(month, self._vault.keyring.get(SECRET, _name(month)))

    def _seal(self, month: str, key: bytes) -> TouchedSeal:
        return TouchedSeal(key, wrap.place(USE, self._vault.keyring.workspace, month))


class TouchedSeal:
    """The seal of one month's pages, each bound to use, workspace, month and place."""

    def __init__(self, key: bytes, at: bytes) -> None:
        self._seal = PageSeal(key, USE)
        self._at = at

    def sealed(self, place: bytes, plain: bytes) -> bytes:
        """Return a page as it is stored."""
        return self._seal.sealed(plain, self._at + place)

    def opened(self, place: bytes, blob: bytes) -> bytes:
        """Return a page.

        Raises:
            SealBrokenError: it cannot be opened.
        """
        return self._seal.opened(blob, self._at + place, what="a page of the index of reads")

    def mark(self, data: bytes) -> bytes:
        """Return the keyed hash by which an equal page of the month is found."""
        return self._seal.mark(data)


def _name(month: str) -> str:
    """Return the name of a month's secret; that of no month is the index's own."""
    return f"{BODY_KEY}/{month}" if month else USE

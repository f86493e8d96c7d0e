# SPDX-License-Identifier: Apache-2.0
"""The vault's keys for case files (port ``privseg.store.cases.CaseSeals``): one for each case."""

from __future__ import annotations

from privseg.vault import Vault, wrap
from privseg.vault.padding import padded, unpadded

KIND = "case"


class CaseSeals:
    """A key for what is personal in one case; wrapped under the root like every key.

    With the root that an erasure destroys, copies of older keys open nothing any more.
    """

    def __init__(self, vault: Vault) -> None:
        self._keyring = vault.keyring

    def seal(self, number: int, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under a case's key, which is made when first asked for."""
        if not self._keyring.has(KIND, str(number)):
            self._keyring.put(KIND, str(number), wrap.new_key())
        return wrap.seal(self._key(number), padded(plain), self._at(number, place))

    def unseal(self, number: int, place: str, blob: bytes) -> bytes:
        """Return what was sealed under that key for that place.

        Raises:
            KeyDestroyedError, SealBrokenError: it cannot be opened.
        """
        at = self._at(number, place)
        return unpadded(wrap.unseal(self._key(number), blob, at, what="a part of a request"))

    def destroy(self, number: int) -> None:
        """Destroy a case's key: nothing that was sealed under it opens any more."""
        if self._keyring.has(KIND, str(number)):
            self._keyring.drop(KIND, str(number))

    def _key(self, number: int) -> bytes:
        return self._keyring.get(KIND, str(number))

    def _at(self, number: int, place: str) -> bytes:
        return wrap.place(KIND, self._keyring.workspace, number, place)

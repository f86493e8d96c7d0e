# SPDX-License-Identifier: Apache-2.0
"""The vault's keys for rows about people (port ``privseg.store.Seals``)."""

from __future__ import annotations

import secrets

from privseg.vault import Vault, wrap
from privseg.vault.padding import padded, unpadded


class RowSeals:
    """Keys for one ``kind`` of row; wrapped under the root like every key of the workspace.

    With the root that an erasure destroys, copies of older keys open nothing any more. No kind
    opens what is another's.
    """

    def __init__(self, vault: Vault, kind: str) -> None:
        self._keyring = vault.keyring
        self._kind = kind

    def make(self) -> str:
        """Make a new key; return its name."""
        name = secrets.token_hex(16)
        self._keyring.put(self._kind, name, wrap.new_key())
        return name

    def seal(self, key: str, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under a key for one place; its length tells little (padding)."""
        return wrap.seal(self._keyring.get(self._kind, key), padded(plain), self._at(place))

    def unseal(self, key: str, place: str, blob: bytes) -> bytes:
        """Return what was sealed under that key for that place.

        Raises:
            KeyDestroyedError, SealBrokenError: it cannot be opened.
        """
        key_bytes = self._keyring.get(self._kind, key)
        return unpadded(wrap.unseal(key_bytes, blob, self._at(place), what=f"a {self._kind}"))

    def destroy(self, key: str) -> None:
        """Destroy a key: nothing that was sealed under it opens any more."""
        self._keyring.drop(self._kind, key)

    def _at(self, place: str) -> bytes:
        return wrap.place(self._kind, self._keyring.workspace, place)

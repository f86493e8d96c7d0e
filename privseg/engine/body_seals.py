# SPDX-License-Identifier: Apache-2.0
"""The vault's key for the bodies of audit entries (port ``privseg.store.Bodies``).

A body names people by number: whom a run could read, and whom it found. Who has the database but
not the root key reads none of it; the entries themselves, which name nobody, stay in the clear.
"""

from __future__ import annotations

from privseg.errors import IntegrityError
from privseg.vault import Vault, wrap
from privseg.vault.padding import padded, unpadded

KIND = "audit-body"


class SealedBodies:
    """One secret of the workspace; each body is bound to its place in the log."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.secret(KIND)
        self._workspace = vault.keyring.workspace

    def sealed(self, sequence: int, body: bytes) -> bytes:
        """Return a body as it is stored; its length tells little."""
        return wrap.seal(self._key, padded(body), self._at(sequence))

    def opened(self, sequence: int, stored: bytes) -> bytes:
        """Return a body; what does not open, as it lies there: no entry commits to it."""
        try:
            text = wrap.unseal(self._key, stored, self._at(sequence), what="an audit body")
            return unpadded(text)
        except (IntegrityError, ValueError):
            return stored

    def _at(self, sequence: int) -> bytes:
        return wrap.place(KIND, self._workspace, sequence)

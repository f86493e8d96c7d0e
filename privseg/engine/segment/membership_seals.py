# SPDX-License-Identifier: Apache-2.0
"""The vault's keys for whom runs found (port ``privseg.store.PageSeals``)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from privseg.pseudonym import hkdf
from privseg.vault import Vault, wrap
from privseg.vault.padding import padded, unpadded

KIND = "membership"
_INFO = b"privseg/membership/1"


class MembershipSeals:
    """Keys of runs and of buckets; wrapped under the root like every key of the workspace.

    A page is sealed under a key derived from one of each, so that destroying either closes it. With
    the root that an erasure destroys, copies of older keys open nothing any more.
    """

    def __init__(self, vault: Vault) -> None:
        self._keyring = vault.keyring

    def make(self) -> str:
        """Make a new key; return its name."""
        name = secrets.token_hex(16)
        self._keyring.put(KIND, name, wrap.new_key())
        return name

    def key(self, name: str) -> bytes:
        """Return a key.

        Raises:
            KeyDestroyedError, SealBrokenError: there is none any more, or it was changed.
        """
        return self._keyring.get(KIND, name)

    def every_key(self) -> Mapping[str, bytes]:
        """Return every key by name.

        Raises:
            SealBrokenError: one was changed.
        """
        return self._keyring.of_kind(KIND)

    def seal(self, run: bytes, bucket: bytes, place: str, plain: bytes) -> bytes:
        """Return ``plain`` sealed under both keys for one place; its length tells little."""
        return wrap.seal(_both(run, bucket), padded(plain), self._at(place))

    def unseal(self, run: bytes, bucket: bytes, place: str, blob: bytes) -> bytes:
        """Return what was sealed under both keys for that place.

        Raises:
            SealBrokenError: it was changed, moved, or sealed under others.
        """
        return unpadded(wrap.unseal(_both(run, bucket), blob, self._at(place), what="a membership"))

    def destroy(self, name: str) -> None:
        """Destroy a key: nothing that was sealed under it opens any more."""
        self._keyring.drop(KIND, name)

    def _at(self, place: str) -> bytes:
        return wrap.place(KIND, self._keyring.workspace, place)


def _both(run: bytes, bucket: bytes) -> bytes:
    """Return the key that both are needed for (HKDF-SHA-256, RFC 5869)."""
    return hkdf(run + bucket, info=_INFO)

# SPDX-License-Identifier: Apache-2.0
"""The workspace's own secrets and signing keys, by name: made when asked for, destroyed whole.

A signing key has *generations*: a new one takes over, and the old seed is destroyed when nothing
needs its signature any more. What was signed stays checkable by the public half.
"""

from __future__ import annotations

from privseg.vault.keyring import SECRET, Keyring
from privseg.vault.signing import Ed25519Signer

FIRST = 1
_SIGNING = "signing"
_MARK = "#"  # before the number of a later generation; in no name that C2SP allows as it stands


class KeptSecrets:
    """The part of the vault that keeps named secrets; ``rotate`` changes what they lie under."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def secret(self, name: str) -> bytes:
        """Return the workspace's random secret of that name, made when first asked for."""
        return self.keyring.secret(name)

    def has_secret(self, name: str) -> bool:
        """Return whether there is a secret of that name; none is made."""
        return self.keyring.has(SECRET, name)

    def destroy_secret(self, name: str) -> None:
        """Destroy a secret, in the open transaction: what it sealed opens no more.

        Copies of the workspace from before still hold it, till the next ``rotate``. Asked for
        again, the name gets a new one.
        """
        self.keyring.drop(SECRET, name)

    def rotate(self) -> tuple[str, str]:
        """Begin a new epoch: every key under a new root; return the ids of the old and the new one.

        Part of the open transaction. Once it is durable the old root is destroyed, and no copy of
        the workspace from before opens any more.

        Raises:
            KeyFileWriteError: nothing was changed.
        """
        return self.keyring.rotate()

    def signer(self, name: str, generation: int | None = None) -> Ed25519Signer:
        """Return the signing key of that C2SP name: the newest, or the one of a generation.

        The first is made when first asked for.

        Raises:
            KeyDestroyedError: there is no such generation (any more).
        """
        wanted = generation or self.signer_generation(name)
        if generation is None and not wanted:
            return Ed25519Signer.from_seed(name, self.secret(_named(name, FIRST)))
        return Ed25519Signer.from_seed(name, self.keyring.get(SECRET, _named(name, wanted)))

    def signer_generation(self, name: str) -> int:
        """Return the newest generation of a signing key; 0 before there is one."""
        first = _named(name, FIRST)
        later = [n for n in self.keyring.names(SECRET) if n.startswith(f"{first}{_MARK}")]
        numbers = [int(n.rpartition(_MARK)[2]) for n in later]
        return max(numbers, default=FIRST if self.has_secret(first) else 0)

    def next_signer(self, name: str) -> Ed25519Signer:
        """Return a new generation of a signing key, made in the open transaction."""
        number = self.signer_generation(name) + 1
        return Ed25519Signer.from_seed(name, self.secret(_named(name, number)))

    def destroy_signer(self, name: str, generation: int) -> None:
        """Destroy the seed of a generation, in the open transaction: it signs nothing any more."""
        self.keyring.drop(SECRET, _named(name, generation))


def _named(name: str, generation: int) -> str:
    """Return the name of the secret that is a generation's seed."""
    return f"{_SIGNING}/{name}" if generation == FIRST else f"{_SIGNING}/{name}{_MARK}{generation}"

# SPDX-License-Identifier: Apache-2.0
"""An Ed25519 key from a seed: the ports Signer and Verifier for tests and vectors."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from privseg.tlog import vkey


@dataclass(frozen=True)
class PublicKey:
    """A named public key: the port Verifier."""

    name: str
    public_key: bytes

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def vkey(self) -> str:
        return vkey(self.name, self.public_key)


@dataclass(frozen=True)
class SeedKey:
    """A named key from 32 bytes: the port Signer. Deterministic, so vectors never change."""

    name: str
    seed: bytes = field(default=bytes(range(32)), repr=False)

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public_key(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.name, self.public_key)

    @property
    def vkey(self) -> str:
        return self.public.vkey

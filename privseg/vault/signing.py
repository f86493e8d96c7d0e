# SPDX-License-Identifier: Apache-2.0
"""Ed25519 (RFC 8032) for the log's ``Signer`` and ``Verifier`` ports, through OpenSSL."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privseg.tlog import parse_vkey


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Holds one signing key under its C2SP name; shows only the name and the public half."""

    name: str
    public_key: bytes
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Ed25519Signer:
        """Return the signer of a 32-byte seed (RFC 8032 §5.1.5)."""
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(name, key.public_key().public_bytes_raw(), key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of ``message``."""
        return self._key.sign(message)


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """Checks signatures of one named key."""

    name: str
    public_key: bytes

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is this key's over ``message``; never raises."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def verifier(vkey: str) -> Ed25519Verifier:
    """Return the verifier of a C2SP verifier key (``name+id+key``).

    Raises:
        MalformedNoteError: it is not one, or was mistyped.
    """
    key = parse_vkey(vkey)
    return Ed25519Verifier(key.name, key.public_key)

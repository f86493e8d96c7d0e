# SPDX-License-Identifier: Apache-2.0
"""Ports of the log: who signs heads, and who checks a signature (Ed25519, RFC 8032)."""

from __future__ import annotations

from typing import Protocol


class Signer(Protocol):
    """Port: holds one Ed25519 key under a C2SP key name."""

    @property
    def name(self) -> str:
        """Return the key's name: no spaces, no plus signs (C2SP signed-note)."""
        ...

    @property
    def public_key(self) -> bytes:
        """Return the 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of ``message``."""
        ...


class Verifier(Protocol):
    """Port: checks Ed25519 signatures of one named key."""

    @property
    def name(self) -> str:
        """Return the key's name."""
        ...

    @property
    def public_key(self) -> bytes:
        """Return the 32 bytes of the public key."""
        ...

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return whether ``signature`` is this key's over ``message``; never raises."""
        ...

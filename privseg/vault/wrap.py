# SPDX-License-Identifier: Apache-2.0
"""Authenticated encryption of small things, each bound to its place so that it cannot be moved.

AES-256-GCM-SIV (RFC 8452) where OpenSSL has it: a repeated nonce then shows only that two
plaintexts are equal. Else AES-256-GCM (NIST SP 800-38D) with random nonces: every key here seals
far fewer than the 2**32 messages that its §8.3 allows. The first byte of a blob says which.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

from privseg.vault.refusals import (
    SealBrokenError,
)

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12  # RFC 8452 §4 and SP 800-38D §5.2.1.1: 96 bits
TAG_BYTES: Final = 16
GCM_SIV: Final = b"\x01"
GCM: Final = b"\x02"


def _strongest() -> bytes:
    """Return the mark of the best cipher that this OpenSSL has."""
    try:
        AESGCMSIV(bytes(KEY_BYTES))
    except UnsupportedAlgorithm:
        return GCM
    return GCM_SIV


CIPHER: Final = _strongest()


def new_key() -> bytes:
    """Return a fresh random key."""
    return secrets.token_bytes(KEY_BYTES)


def place(*parts: str | bytes | int) -> bytes:
    """Return the associated data of a place: what is sealed there opens nowhere else.

    Each part has its length before it, so that no two lists of parts give the same bytes.

    >>> place("cell", 7) == place("cell7")
    False
    """
    return b"".join(len(raw).to_bytes(4) + raw for raw in map(_raw, parts))


def seal(key: bytes, plain: bytes, at: bytes) -> bytes:
    """Return ``plain`` encrypted under ``key`` for the place ``at``."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    cipher = AESGCMSIV(key) if CIPHER == GCM_SIV else AESGCM(key)
    return CIPHER + nonce + cipher.encrypt(nonce, plain, at)


def unseal(key: bytes, blob: bytes, at: bytes, *, what: str) -> bytes:
    """Return what ``seal`` was given, if not one bit of it, of the key or of the place changed.

    Raises:
        SealBrokenError: anything differs; ``what`` names the thing, without its content.
    """
    mark, nonce, sealed = blob[:1], blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
    if mark not in {GCM_SIV, GCM} or len(sealed) < TAG_BYTES:
        raise SealBrokenError(what)
    try:
        cipher = AESGCMSIV(key) if mark == GCM_SIV else AESGCM(key)
        return cipher.decrypt(nonce, sealed, at)
    except (InvalidTag, UnsupportedAlgorithm):
        raise SealBrokenError(what) from None


def _raw(part: str | bytes | int) -> bytes:
    """Return a part as bytes that start with its type."""
    match part:
        case bytes():
            return b"b" + part
        case int():
            return b"i" + str(part).encode()
        case str():
            return b"s" + part.encode()

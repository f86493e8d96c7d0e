# SPDX-License-Identifier: Apache-2.0
"""Many sealed pages under one key, opened by the ten thousand: AES-256-GCM with a kept cipher.

``wrap`` prefers AES-256-GCM-SIV, which this OpenSSL opens 15 times slower (25 us against 1.6 us for
8 KiB). A page key seals one month of one workspace, far fewer than the 2**32 messages that NIST
SP 800-38D section 8.3 allows with random nonces.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privseg.vault.padding import SHORTEST, padded_length
from privseg.vault.refusals import (
    SealBrokenError,
)
from privseg.vault.wrap import NONCE_BYTES, TAG_BYTES

STEP = 256  # bytes; shorter pages than Padme rounds have one of four lengths
_HEAD = 4  # bytes that say how long a page was


class PageSeal:
    """Seals and marks pages; both keys come from one secret, each for its own use.

    Law: ``opened(sealed(p, at), at) == p``, and no other place opens it.
    """

    def __init__(self, secret: bytes, use: str) -> None:
        self._cipher = AESGCM(_derived(secret, f"{use}/seal"))
        self._mark = _derived(secret, f"{use}/mark")

    def sealed(self, plain: bytes, at: bytes) -> bytes:
        """Return a page sealed for a place; its length tells little."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, _padded(plain), at)

    def opened(self, blob: bytes, at: bytes, *, what: str) -> bytes:
        """Return a page.

        Raises:
            SealBrokenError: it was changed, or belongs elsewhere.
        """
        if len(blob) < NONCE_BYTES + TAG_BYTES:
            raise SealBrokenError(what)
        try:
            text = self._cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], at)
        except InvalidTag:
            raise SealBrokenError(what) from None
        return text[_HEAD : _HEAD + int.from_bytes(text[:_HEAD])]

    def mark(self, data: bytes) -> bytes:
        """Return a keyed BLAKE2b (RFC 7693 section 2.9): equal for equal data, else random."""
        return blake2b(data, key=self._mark, digest_size=32).digest()


def _padded(plain: bytes) -> bytes:
    """Return a page with its length before it and zeros after it (``vault.padding``)."""
    text = len(plain).to_bytes(_HEAD) + plain
    length = len(text)
    return text.ljust(
        padded_length(length) if length > SHORTEST else -(-length // STEP) * STEP, b"\0"
    )


def _derived(secret: bytes, use: str) -> bytes:
    """Return a key for one use (HKDF-Expand of one block, RFC 5869 section 2.3)."""
    return hmac.digest(secret, use.encode() + b"\x01", "sha256")

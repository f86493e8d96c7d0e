# SPDX-License-Identifier: Apache-2.0
"""The secret by which a person can show later that a receipt is theirs: they alone have it.

128 random bits, printed once on their letter in base32 (RFC 4648 section 6), in groups of four. The
receipt has a hash of them, so that nobody learns whose it is from the receipt, and nobody can claim
it by the receipt alone. The workspace forgets the secret before the letter is closed.

>>> claim(bytes(16))[:16], printed(bytes(16))
('520108398b8e4489', 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AA')
>>> read_secret("aaaa aaaa-AAAA AAAA AAAA AAAA aa") == bytes(16)
True
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from privseg.dsr.erasure import ERASURE_FORMAT
from privseg.errors import InputError

SECRET_BYTES = 16  # 128 bits: nobody guesses one, however fast (NIST SP 800-57 part 1, table 2)
_DOMAIN = f"{ERASURE_FORMAT}/claim\n".encode()
_GROUP = 4
_MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B"})  # not in the alphabet: misread letters


class NotASecretError(InputError):
    """What was given is no secret of a receipt; nothing of it is repeated."""

    def __init__(self) -> None:
        super().__init__(
            "this is not the secret of a receipt: it has 26 letters and digits, in groups of "
            "four; type it as it stands on the letter"
        )


def claim(secret: bytes) -> str:
    """Return what the receipt says of its secret: a hash of it, in hex."""
    return sha256(_DOMAIN + secret).hexdigest()


def printed(secret: bytes) -> str:
    """Return a secret as a letter has it."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def read_secret(text: str) -> bytes:
    """Return a secret as somebody typed it; spaces, hyphens and case do not matter.

    Raises:
        NotASecretError: it is none.
    """
    letters = "".join(text.split()).replace("-", "").upper().translate(_MISREAD)
    try:
        secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise NotASecretError from None
    if len(secret) != SECRET_BYTES or printed(secret).replace("-", "") != letters:
        raise NotASecretError
    return secret


def is_claimed(document: Mapping[str, Any], secret: bytes) -> bool:
    """Return whether a receipt's document is that of whoever has ``secret``."""
    return hmac.compare_digest(str(document["claim"]), claim(secret))

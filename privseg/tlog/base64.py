# SPDX-License-Identifier: Apache-2.0
"""Base 64 of RFC 4648 section 4, strictly: each byte string has one spelling."""

from __future__ import annotations

import base64
import binascii


def to_base64(data: bytes) -> str:
    """Return the padded standard spelling of ``data``."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes | None:
    r"""Return the bytes of ``text``, or None if ``to_base64`` would not have printed it.

    >>> from_base64("AA=="), from_base64("AB=="), from_base64("AA")
    (b'\x00', None, None)
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if to_base64(data) == text else None

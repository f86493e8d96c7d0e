# SPDX-License-Identifier: Apache-2.0
"""Text out: cells that no spreadsheet takes for a formula."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP, "CSV Injection"


def harmless(text: str) -> str:
    """Return ``text``, behind an apostrophe where a spreadsheet would run it.

    Plain numbers, negative ones too, stay numbers.

    >>> harmless("=1+1"), harmless("-12.50"), harmless("Ada")
    ("'=1+1", '-12.50', 'Ada')
    """
    if not text.startswith(_FORMULA) or _is_number(text):
        return text
    return f"'{text}"


def _is_number(text: str) -> bool:
    """Return whether a text is a plain signed decimal number."""
    digits = text[1:].replace(".", "", 1)
    return text[0] in "+-" and digits.isascii() and digits.isdigit()

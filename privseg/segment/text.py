# SPDX-License-Identifier: Apache-2.0
"""How text is matched: one folding, used at import, by the evaluator and for SQL parameters.

DuckDB has no full case folding, so a text column is stored twice: as it was written (NFC) and,
under ``folded_name``, as ``fold_text`` gives it. Both engines compare folded text by its bytes.
"""

from __future__ import annotations

import unicodedata

FOLDED_SUFFIX = "__folded"

_ARABIC_DIGITS = {0x0660 + n: str(n) for n in range(10)}  # U+0660..0669
_PERSIAN_DIGITS = {0x06F0 + n: str(n) for n in range(10)}  # U+06F0..06F9
_LETTERS = {0x064A: "\u06cc", 0x0643: "\u06a9"}  # Arabic yeh and kaf become the Persian forms
_FOLDS = _ARABIC_DIGITS | _PERSIAN_DIGITS | _LETTERS


def normal_text(text: str) -> str:
    """Return ``text`` in NFC, the form that is stored and shown.

    >>> normal_text("e\u0301") == "é"
    True
    """
    return unicodedata.normalize("NFC", text)


def fold_text(text: str) -> str:
    """Return what ``text`` is matched by: NFC, then letters and digits, then case (NFC again).

    Bidirectional marks, the zero-width non-joiner and NUL are kept.
    Law: folding twice is folding once; texts that are canonically equivalent fold alike.

    >>> fold_text("Straße") == fold_text("STRASSE"), fold_text("علي") == fold_text("علی")
    (True, True)
    >>> fold_text("۱۲٣")
    '123'
    """
    return normal_text(normal_text(text).translate(_FOLDS).casefold())


def folded_name(attribute: str) -> str:
    """Return the name of the column that holds the folded form of a text column.

    >>> folded_name("city")
    'city__folded'
    """
    return f"{attribute}{FOLDED_SUFFIX}"

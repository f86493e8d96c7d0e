# SPDX-License-Identifier: Apache-2.0
"""How text is folded for matching."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.segment import fold_text, normal_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İ", "i\u0307"),
        ("é", "e\u0301"),
        ("ǰ", "J\u030c"),
        ("علي", "علی"),
        ("كتاب", "کتاب"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
    ],
)
def test_texts_that_people_hold_equal_fold_alike(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I", "\u0131"),
        ("a\u200cb", "ab"),
        ("\u200fab", "ab"),
        ("a\x00", "a"),
        ("é", "e"),
        ("", " "),
    ],
)
def test_texts_that_differ_in_meaning_stay_apart(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


def test_folding_twice_is_folding_once_for_every_character() -> None:
    characters = (chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF)
    assert [c for c in characters if fold_text(fold_text(c)) != fold_text(c)] == []


@given(TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@given(TEXT)
def test_canonically_equivalent_texts_fold_alike(text: str) -> None:
    assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(text)
    assert normal_text(unicodedata.normalize("NFD", text)) == normal_text(text)

# SPDX-License-Identifier: Apache-2.0
"""Text out: no cell that a spreadsheet runs."""

from __future__ import annotations

import pytest

from privseg.sources import harmless


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\r=1", "=", "-", "+-1", "-1.2.3"],
)
def test_what_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ada", "-12.50", "+3", "1=1", "'=1", "a@example.com"])
def test_other_text_and_signed_numbers_stay(text: str) -> None:
    assert harmless(text) == text

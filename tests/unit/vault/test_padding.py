# SPDX-License-Identifier: Apache-2.0
"""What is sealed has a length that tells little of what is in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.vault.padding import SHORTEST, padded, padded_length, unpadded


@given(st.binary(max_size=5_000))
def test_a_padded_text_comes_back_as_it_was(plain: bytes) -> None:
    assert unpadded(padded(plain)) == plain


@given(st.integers(0, 2**40))
def test_a_length_is_rounded_up_by_an_eighth_at_most(length: int) -> None:
    assert max(length, SHORTEST) <= padded_length(length) <= max(SHORTEST, length * 9 / 8)
    assert padded_length(padded_length(length)) == padded_length(length)


def test_few_lengths_are_left() -> None:
    assert len({padded_length(n) for n in range(1, 1_000_000)}) < 300
    assert len({len(padded(b"x" * n)) for n in range(1_000)}) == 1


@pytest.mark.parametrize("text", [b"", b"1234", padded(b"Ada")[:-1], padded(b"Ada") + b"\0"])
def test_anything_else_is_no_padded_text(text: bytes) -> None:
    with pytest.raises(ValueError, match="not a padded text"):
        unpadded(text)

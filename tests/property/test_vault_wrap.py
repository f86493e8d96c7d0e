# SPDX-License-Identifier: Apache-2.0
"""Sealed things: one bit changed, or another place, and nothing opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.vault import SealBrokenError, wrap

KEYS = st.binary(min_size=32, max_size=32)
PARTS = st.lists(st.one_of(st.text(max_size=4), st.binary(max_size=4), st.integers()), max_size=4)


@given(KEYS, st.binary(max_size=200), PARTS)
def test_what_is_sealed_opens_again(
    key: bytes, plain: bytes, parts: list[str | bytes | int]
) -> None:
    at = wrap.place(*parts)
    sealed = wrap.seal(key, plain, at)
    assert wrap.unseal(key, sealed, at, what="x") == plain
    assert len(sealed) == len(plain) + 1 + wrap.NONCE_BYTES + wrap.TAG_BYTES


@given(KEYS, st.binary(max_size=40), st.binary(max_size=10), st.data())
def test_any_bit_changed_is_refused(
    key: bytes, plain: bytes, at: bytes, data: st.DataObject
) -> None:
    sealed = wrap.seal(key, plain, at)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBrokenError):
        wrap.unseal(key, bytes(changed), at, what="x")


@given(KEYS, st.binary(max_size=40), st.integers(0, 60))
def test_a_part_of_it_is_refused(key: bytes, plain: bytes, length: int) -> None:
    sealed = wrap.seal(key, plain, b"")
    with pytest.raises(SealBrokenError):
        wrap.unseal(key, sealed[: min(length, len(sealed) - 1)], b"", what="x")


@given(PARTS, PARTS)
def test_two_places_are_alike_only_if_their_parts_are(
    one: list[str | bytes | int], other: list[str | bytes | int]
) -> None:
    alike = [(type(p), p) for p in one] == [(type(p), p) for p in other]
    assert (wrap.place(*one) == wrap.place(*other)) is alike


@given(KEYS, KEYS, PARTS, PARTS)
def test_it_opens_under_its_key_and_at_its_place_only(
    key: bytes, other: bytes, here: list[str | bytes | int], there: list[str | bytes | int]
) -> None:
    sealed = wrap.seal(key, b"plain", wrap.place(*here))
    for used, parts in ((other, here), (key, there), (other, there)):
        if used == key and wrap.place(*parts) == wrap.place(*here):
            continue
        with pytest.raises(SealBrokenError):
            wrap.unseal(used, sealed, wrap.place(*parts), what="x")

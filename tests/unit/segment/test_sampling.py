# SPDX-License-Identifier: Apache-2.0
"""A sample is stable: a key, a name and an ordinal decide, and nothing else does."""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.segment import Sample
from privseg.segment.sampling import draw, draws

KEY = bytes(range(32))
ordinals = st.integers(0, 2**32 - 1)


def several(*of: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.array(of, np.uint32)


def by_the_book(key: bytes, name: str, ordinal: int) -> int:
    """Return the draw as the module's docstring says it, with nothing shared."""
    message = name.encode() + (ordinal // 16).to_bytes(4, "big")
    digest = blake2b(message, digest_size=64, key=key, person=b"privseg/sample/1").digest()
    place = 4 * (ordinal % 16)
    return int.from_bytes(digest[place : place + 4], "little")


def test_draws_are_those_of_the_vector_on_every_machine() -> None:
    assert draws(KEY, "holdout", several(0, 1, 15, 16, 65_536, 2**32 - 1)).tolist() == [
        2973244250, 2032419846, 4185854779, 1014779663, 1931873621, 2851124198,
    ]  # fmt: skip
    assert draws(KEY, "Köln", several(0)).tolist() == [2927485406]


@given(st.lists(ordinals, max_size=40), st.text(st.characters(codec="utf-8"), max_size=9))
def test_a_draw_depends_on_key_name_and_ordinal_and_on_nobody_else(
    people: list[int], name: str
) -> None:
    together = draws(KEY, name, several(*people)).tolist()
    assert together == [by_the_book(KEY, name, o) for o in people]
    assert together == [draw(KEY, name, o) for o in people]


@given(ordinals)
def test_another_key_or_another_name_is_another_draw(ordinal: int) -> None:
    found = {
        draw(key, name, ordinal) for key in (KEY, KEY[::-1], KEY[:16]) for name in ("a", "b", "ab")
    }
    assert len(found) == 9  # by chance less: 36 pairs in 2**32


def test_a_larger_share_of_one_name_holds_the_smaller() -> None:
    drawn = draws(KEY, "holdout", np.arange(5_000, dtype=np.uint32))
    shares = [Fraction(n, 100) for n in (1, 10, 50, 99)]
    inside = [set(np.flatnonzero(drawn < Sample("holdout", s).below)) for s in shares]
    assert all(small < large for small, large in pairwise(inside))


@pytest.mark.parametrize("size", [0, 8, 15, 65])
def test_a_key_that_is_none_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        draws(bytes(size), "holdout", several(1))


def test_nobody_draws_nothing() -> None:
    assert draws(KEY, "holdout", several()).tolist() == []


def test_a_refusal_does_not_show_the_key() -> None:
    with pytest.raises(ValueError, match="key") as refused:
        draws(b"canary", "holdout", several(1))
    assert "canary" not in str(refused.value)

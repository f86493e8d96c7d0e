# SPDX-License-Identifier: Apache-2.0
"""Tallies equal those counted by hand, person by person, on tiny populations."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.twins.naive_tally import naive_tally
from tests.twins.tally_worlds import draw_block, draw_world, plain, tallied, with_scores


@given(st.integers(0, 2**32), st.binary(min_size=1, max_size=32))
def test_every_cell_of_every_level_is_what_counting_by_hand_gives(seed: int, key: bytes) -> None:
    rng = Random(seed)
    block, world = draw_block(rng), draw_world(rng)
    found = tallied(block, world, key=key)
    expected = naive_tally(block, world.members, with_scores(world.people), key=key)
    if not block.is_open:
        assert list(found) == list(block.cells)
    assert list(found) == list(expected)
    assert plain(found) == plain(expected)

# SPDX-License-Identifier: Apache-2.0
"""The index of due moments misses nobody, and asks for nobody twice within an hour."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from privseg.consent.encoding import NEVER
from privseg.gate.due import HOUR, DueIndex, bitmap, is_in, ordinals

PEOPLE = (0, 1, 2, 65_535, 65_536, 2**32 - 1, *range(100, 130))
START = 1_767_225_600_000_000  # 2026-01-01, on the hour
STEPS = (0, 1, HOUR // 2, HOUR - 1, HOUR, 5 * HOUR, 24 * HOUR, 30 * 24 * HOUR)
AHEAD = (1, 2, HOUR // 3, HOUR - 1, HOUR, 2 * HOUR, 24 * HOUR, 400 * 24 * HOUR, 70_000 * HOUR)

Moments = dict[int, int]


def drawn(rng: Random, people: list[int], *, at: int) -> Moments:
    """Return later moments of some of the people."""
    return {p: at + rng.choice(AHEAD) + rng.randrange(2) for p in people if rng.random() < 0.8}


def arrays(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(moments), dtype=np.int64), np.array([*moments.values()], dtype=np.int64)


@given(st.integers(0, 2**63))
def test_whoever_is_due_is_found_whatever_happened_before(seed: int) -> None:
    rng = Random(seed)
    at = START + rng.randrange(HOUR)
    moments = drawn(rng, rng.sample(PEOPLE, rng.randrange(len(PEOPLE))), at=at)
    index = DueIndex.of(*arrays(moments), at=at)
    for _ in range(25):
        before, at = at, at + rng.choice(STEPS)
        due = index.due(at)
        passed = {p for p, moment in moments.items() if moment <= at}
        assert passed <= set(due)
        if at // HOUR == before // HOUR:
            assert passed == set(due)
        who = due | FrozenBitMap(rng.sample(PEOPLE, rng.choice((0, 0, 1, 5))))
        again = drawn(rng, list(who), at=at)
        moments = {p: m for p, m in moments.items() if p not in who} | again
        index = index.judged(who, *arrays(again), at=at)


@given(st.integers(0, 2**63))
def test_an_index_without_somebody_holds_no_trace_of_them(seed: int) -> None:
    rng = Random(seed)
    index = DueIndex.of(*arrays(drawn(rng, list(PEOPLE), at=START)), at=START)
    for _ in range(5):
        who = rng.sample(PEOPLE, 5)
        index = index.judged(FrozenBitMap(who), *arrays(drawn(rng, who, at=START)), at=START)
    gone = FrozenBitMap(rng.sample(PEOPLE, 3))
    left = index.without(gone)
    held = [left.soon, *(run.people for run in left.runs)]
    assert gone.isdisjoint(FrozenBitMap(p for part in held for p in part.tolist()))
    assert left.due(NEVER - 1) == index.due(NEVER - 1) - gone


def test_judging_the_same_people_again_and_again_does_not_grow_the_index() -> None:
    people = np.arange(1_000)
    index = DueIndex.of(people, np.full(1_000, START + 24 * HOUR), at=START)
    for day in range(1, 200):
        moments = np.full(1_000, START + (24 + day) * HOUR)
        index = index.judged(FrozenBitMap(range(1_000)), people, moments, at=START + day * HOUR)
        assert len(index) <= 2_000
        assert len(index.runs) <= 2


def test_many_small_changes_leave_few_runs() -> None:
    index = DueIndex.of(np.arange(4_096), np.full(4_096, START + 24 * HOUR), at=START)
    for person in range(4_096, 6_000):
        one = np.array([person])
        index = index.judged(FrozenBitMap(one), one, np.array([START + 25 * HOUR]), at=START)
    assert len(index) == 6_000
    assert len(index.runs) < 14


def test_who_is_never_due_is_not_in_the_index() -> None:
    index = DueIndex.of(np.array([1, 2]), np.array([NEVER, START + 1]), at=START)
    assert index.due(NEVER - 1) == FrozenBitMap([2])
    assert len(index) == 1


def test_bitmaps_and_arrays_are_the_same_people() -> None:
    people = FrozenBitMap(PEOPLE)
    assert bitmap(ordinals(people)) == people
    assert is_in(ordinals(people), FrozenBitMap([2, 65_536])).sum() == 2
    assert not is_in(ordinals(people), FrozenBitMap()).any()
    assert not len(is_in(ordinals(FrozenBitMap()), people))


def test_due_moments_are_not_printed() -> None:
    index = DueIndex.of(np.array([123_456]), np.array([START + 24 * HOUR]), at=START)
    assert "123456" not in repr(index)

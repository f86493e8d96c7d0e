# SPDX-License-Identifier: Apache-2.0
"""Places, counts and sums by person are exact, however people and values lie."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from privseg.segment.scores.rows import MAX_SUM, MIN_SUM, favourites, groups_of, latest, sums

ordinals = st.integers(0, 12) | st.integers(2**32 - 9, 2**32 - 1)
numbers = st.integers(-9, 9) | st.sampled_from([2**63 - 1, -(2**63), 2**32, -(2**32), 2**31])


@given(st.sets(ordinals), st.lists(ordinals))
def test_a_place_is_where_the_person_stands_and_none_for_who_does_not(
    people: set[int], person: list[int]
) -> None:
    standing = sorted(people)
    found = groups_of(np.array(person, dtype=np.uint32), np.array(standing, dtype=np.uint32))
    assert found.tolist() == [standing.index(p) if p in people else -1 for p in person]


@given(st.lists(st.tuples(st.integers(0, 3), numbers), max_size=30))
def test_a_sum_is_exact_or_the_greatest_there_is(rows: list[tuple[int, int]]) -> None:
    group, value = (np.array([r[n] for r in rows], dtype=np.int64) for n in (0, 1))
    expected = [sum(v for g, v in rows if g == n) for n in range(4)]
    found = sums(group, value, 4).tolist()
    assert found == [min(max(total, MIN_SUM), MAX_SUM) for total in expected]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=30),
    st.sampled_from([5, 5_000]),
)
def test_a_favourite_has_most_rows_and_of_equals_the_least_code(
    rows: list[tuple[int, int]], codes: int
) -> None:
    group, code = (np.array([r[n] for r in rows], dtype=np.int64) for n in (0, 1))
    top, count = favourites(group, code, codes=codes, size=4)
    for n in range(4):
        votes = Counter(c for g, c in rows if g == n)
        best = min(votes, key=lambda c: (-votes[c], c), default=-1)
        assert (top[n], count[n]) == (best, votes[best])


def test_of_no_rows_the_last_time_is_before_every_moment() -> None:
    none = np.empty(0, dtype=np.int64)
    assert latest(none, none, 1)[0] < -(10**16)

# SPDX-License-Identifier: Apache-2.0
"""Bounding: who keeps what, and sums that stay exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.protect import bounding
from privseg.protect.bounding import (
    MAX_SUM,
    cell_rank,
    cell_tag,
    keep_cells,
    keep_events,
    siphash,
    sum_by_cell,
)
from tests.twins import naive_siphash

KEY = bytes(range(16))
WORDS = st.integers(0, 2**64 - 1)


def test_the_naive_siphash_gives_the_vectors_of_the_paper_and_of_its_authors_code() -> None:
    assert naive_siphash.siphash(KEY, bytes(range(15))) == 0xA129CA6149BE45E5  # Appendix A
    sixteen = bytes.fromhex("db9bc2577fcc2a3f")  # reference vectors.h, message of 16 bytes
    assert naive_siphash.siphash(KEY, bytes(range(16))) == int.from_bytes(sixteen, "little")


@given(st.binary(min_size=16, max_size=16), st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_the_vectorised_siphash_is_the_naive_one(key: bytes, pairs: list[tuple[int, int]]) -> None:
    halves = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    first = np.array([a for a, _ in pairs], np.uint64)
    second = np.array([b for _, b in pairs], np.uint64)
    messages = [a.to_bytes(8, "little") + b.to_bytes(8, "little") for a, b in pairs]
    expected = [naive_siphash.siphash(key, m) for m in messages]
    assert siphash(halves, first, second).tolist() == expected


def test_hashing_in_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.arange(100, dtype=np.uint64)
    whole = siphash((1, 2), words, words[::-1])
    monkeypatch.setattr(bounding, "_CHUNK", 7)
    assert (siphash((1, 2), words, words[::-1]) == whole).all()


def _keep(pairs: list[tuple[int, int]], most: int, *, key: bytes = KEY) -> set[tuple[int, int]]:
    people = np.array([p for p, _ in pairs], np.uint32)
    cells = np.array([c for _, c in pairs], np.int64)
    tags = np.array([cell_tag(("s", (str(n),))) for n in range(8)], np.uint64)
    kept = keep_cells(people, cells, tags=tags, most=most, key=key)
    return {pair for pair, keep in zip(pairs, kept, strict=True) if keep}


PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), unique=True, max_size=40)


@given(PAIRS, st.integers(1, 4))
def test_a_person_keeps_m_cells_or_all_they_have(pairs: list[tuple[int, int]], most: int) -> None:
    kept = _keep(pairs, most)
    for person in {p for p, _ in pairs}:
        own = [c for p, c in pairs if p == person]
        assert len([c for p, c in kept if p == person]) == min(len(own), most)


@given(PAIRS, st.integers(1, 4), st.integers(0, 5))
def test_one_person_more_or_less_changes_nothing_of_the_others(
    pairs: list[tuple[int, int]], most: int, gone: int
) -> None:
    others = [(p, c) for p, c in pairs if p != gone]
    assert _keep(others, most) == {(p, c) for p, c in _keep(pairs, most) if p != gone}


@given(PAIRS, st.integers(1, 4), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    pairs: list[tuple[int, int]], most: int, rng: object
) -> None:
    shuffled = list(pairs)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _keep(shuffled, most) == _keep(pairs, most)


def test_the_choice_differs_by_key_and_by_person() -> None:
    everyone = [(p, c) for p in range(64) for c in range(8)]
    kept = _keep(everyone, 1)
    assert kept != _keep(everyone, 1, key=b"another")
    assert len({c for _, c in kept}) == 8


def test_a_cell_is_named_by_both_of_its_parts() -> None:
    cells = [("ab", ("c",)), ("a", ("bc",)), ("a", ("b", "c")), ("a", ("bc", "")), ("abc", ())]
    assert len({cell_tag(cell) for cell in cells}) == len(cells)


def test_ties_in_the_upper_half_of_the_rank_are_settled_by_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ranks = {0: (7 << 32) | 9, 1: (7 << 32) | 1, 2: (6 << 32) | 5}

    def ranked(people: np.ndarray, tags: np.ndarray, *, key: bytes) -> np.ndarray:
        assert key
        assert len(people) == len(tags)
        known = {cell_tag(("s", (str(n),))): rank for n, rank in ranks.items()}
        return np.array([known[int(t)] for t in tags], np.uint64)

    monkeypatch.setattr(bounding, "cell_rank", ranked)
    assert _keep([(1, 0), (1, 1), (1, 2)], 2) == {(1, 1), (1, 2)}


def test_equal_ranks_are_settled_by_the_event_id_whatever_the_order_of_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def equal(ids: np.ndarray, **_: object) -> np.ndarray:
        return np.zeros(len(ids), np.uint64)

    monkeypatch.setattr(bounding, "event_rank", equal)
    ids = np.array([[5, 1], [2, 9], [2, 8]], np.uint64)
    people = np.zeros(3, np.uint32)
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        kept = keep_events(people, ids[order], most=1, key=KEY)
        assert ids[order][kept].tolist() == [[2, 8]]


@pytest.mark.parametrize("most", [0, -1])
def test_a_bound_that_lets_nobody_count_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match="bound"):
        _keep([(0, 0)], most)


def test_nobody_is_bounded_to_nobody() -> None:
    assert _keep([], 1) == set()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, MAX_SUM)), max_size=30))
def test_sums_are_exact_beyond_64_bits(pairs: list[tuple[int, int]]) -> None:
    cells = np.array([c for c, _ in pairs], np.int64)
    values = np.array([v for _, v in pairs], np.int64)
    expected = [sum(v for c, v in pairs if c == cell) for cell in range(4)]
    assert sum_by_cell(cells, values, 4) == expected


def test_ranks_do_not_depend_on_the_other_pairs() -> None:
    people, tags = np.arange(5, dtype=np.uint32), np.arange(5, dtype=np.uint64)
    alone = [int(cell_rank(people[i : i + 1], tags[i : i + 1], key=KEY)[0]) for i in range(5)]
    assert cell_rank(people, tags, key=KEY).tolist() == alone

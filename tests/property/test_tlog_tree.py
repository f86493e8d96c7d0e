# SPDX-License-Identifier: Apache-2.0
"""The laws of the tree: for every size up to 64, and against the RFC's own definitions."""

from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from privseg.tlog import (
    Frontier,
    ProofMismatchError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(1, 65)
LEAVES = [leaf_hash(bytes([i])) for i in range(64)]
ROOTS = [root_hash(LEAVES[:size]) for size in range(65)]

entries = st.lists(st.binary(max_size=8), min_size=1, max_size=64)


def _split(size: int) -> int:
    """Return the largest power of two below ``size`` by counting."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def _mth(log: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not log:
        return sha256(b"").digest()
    if len(log) == 1:
        return sha256(b"\x00" + log[0]).digest()
    k = _split(len(log))
    return sha256(b"\x01" + _mth(log[:k]) + _mth(log[k:])).digest()


def _path(m: int, log: list[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1, word for word."""
    if len(log) == 1:
        return []
    k = _split(len(log))
    if m < k:
        return [*_path(m, log[:k]), _mth(log[k:])]
    return [*_path(m - k, log[k:]), _mth(log[:k])]


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_of_every_tree_is_shown_to_be_in_it(size: int) -> None:
    for index in range(size):
        proof = inclusion_proof(index, LEAVES[:size])
        verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize("size", SIZES)
def test_every_tree_is_shown_to_be_a_prefix_of_every_later_one(size: int) -> None:
    for old in range(size + 1):
        proof = consistency_proof(old, LEAVES[:size])
        verify_consistency(old, size, proof, ROOTS[old], ROOTS[size])


@pytest.mark.parametrize("size", SIZES)
def test_a_fork_is_no_prefix(size: int) -> None:
    for old in range(1, size):
        proof = consistency_proof(old, LEAVES[:size])
        fork = root_hash([*LEAVES[: old - 1], leaf_hash(b"fork")])
        with pytest.raises(ProofMismatchError):
            verify_consistency(old, size, proof, fork, ROOTS[size])


@given(entries)
def test_roots_and_paths_are_those_of_the_rfc(log: list[bytes]) -> None:
    leaves = [leaf_hash(entry) for entry in log]
    assert root_hash(leaves) == Frontier().append(leaves).root() == _mth(log)
    for index in range(len(log)):
        assert inclusion_proof(index, leaves) == _path(index, log)


@given(entries, st.binary(max_size=8), st.data())
def test_a_rewritten_entry_is_caught(log: list[bytes], forged: bytes, data: st.DataObject) -> None:
    leaves = [leaf_hash(e) for e in log]
    i = data.draw(st.integers(0, len(log) - 1))
    assume(forged != log[i])
    proof = inclusion_proof(i, leaves)
    with pytest.raises(ProofMismatchError):
        verify_inclusion(leaf_hash(forged), i, len(log), proof, root_hash(leaves))


@given(entries, st.data())
def test_a_changed_bit_of_a_proof_is_caught(log: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(entry) for entry in log]
    i = data.draw(st.integers(0, len(log) - 1))
    proof = inclusion_proof(i, leaves)
    assume(proof)
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(proof[at])
    changed[bit // 8] ^= 1 << bit % 8
    proof[at] = bytes(changed)
    with pytest.raises(ProofMismatchError):
        verify_inclusion(leaves[i], i, len(log), proof, root_hash(leaves))


@given(entries, st.data())
def test_a_tree_says_how_many_entries_it_has(log: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(entry) for entry in log]
    cut = data.draw(st.integers(0, len(log) - 1))
    assert root_hash(leaves[:cut]) != root_hash(leaves)
    assert root_hash([*leaves, leaves[-1]]) != root_hash(leaves)


@given(st.lists(st.lists(st.binary(max_size=4), max_size=9), max_size=9))
def test_a_frontier_does_not_tell_how_the_entries_came(batches: list[list[bytes]]) -> None:
    hashed = [[leaf_hash(entry) for entry in batch] for batch in batches]
    frontier = Frontier()
    for batch in hashed:
        frontier = frontier.append(batch)
    assert frontier == Frontier().append([leaf for batch in hashed for leaf in batch])
    assert Frontier.from_hex(frontier.size, frontier.to_hex()) == frontier

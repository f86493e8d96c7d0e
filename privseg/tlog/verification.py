# SPDX-License-Identifier: Apache-2.0
"""Checking proofs against roots (RFC 9162 sections 2.1.3.2 and 2.1.4.2, which RFC 6962 implies).

A verifier trusts nothing it is given: sizes, indices and lengths of hashes are checked first.
"""

from __future__ import annotations

from collections.abc import Sequence

from privseg.errors import IntegrityError
from privseg.tlog.tree import EMPTY_ROOT, HASH_SIZE, node_hash


class ProofMismatchError(IntegrityError):
    """A proof does not lead to the root it was given for."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the proof does not hold: {why}; do not rely on this record")
        self.why = why


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that ``leaf`` (a hash) stands at ``index`` of the tree of ``size`` under ``root``.

    Raises:
        ProofMismatchError: it does not, or the proof is too long, too short or malformed.
    """
    if not 0 <= index < size:
        raise ProofMismatchError("the index is outside the tree")
    _require_hashes(leaf, root, *proof)
    if _climb(leaf, index, size, proof) != root:
        raise ProofMismatchError("it leads to another root")


def verify_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Check that the tree of ``old_size`` is a prefix of the tree of ``new_size``.

    Raises:
        ProofMismatchError: it is not (a fork, a roll-back), or the proof is malformed.
    """
    if not 0 <= old_size <= new_size:
        raise ProofMismatchError("the older tree is larger than the newer one")
    _require_hashes(old_root, new_root, *proof)
    if old_size in {0, new_size}:
        _verify_trivial(old_size, new_size, proof, old_root, new_root)
    elif _replay(old_size, new_size, proof, old_root) != (old_root, new_root):
        raise ProofMismatchError("the older tree is not a prefix of the newer one")


def _require_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_SIZE for each in hashes):
        raise ProofMismatchError("a hash is not 32 bytes long")


def _climb(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that ``proof`` leads to (RFC 9162 2.1.3.2, steps 2 to 4)."""
    fn, sn, result = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            raise ProofMismatchError("it is too long")
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            fn, sn = _skip_risen(fn, sn)
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise ProofMismatchError("it is too short")
    return result


def _verify_trivial(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """The empty tree is a prefix of every tree, and a tree is a prefix of itself; no proof."""
    if proof:
        raise ProofMismatchError("nothing was to be shown, yet a proof was given")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofMismatchError("the empty tree has another root")
    if old_size == new_size and old_root != new_root:
        raise ProofMismatchError("two trees of one size have different roots")


def _replay(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    """Return the (old, new) roots that ``proof`` leads to (RFC 9162 2.1.4.2, steps 2 to 7)."""
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # a full tree: its root starts the path unsaid
        path.insert(0, old_root)
    if not path:
        raise ProofMismatchError("it is empty")
    fn, sn = _skip_odd(old_size - 1, new_size - 1)
    fr = sr = path[0]
    for step in path[1:]:
        if sn == 0:
            raise ProofMismatchError("it is too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr), node_hash(step, sr)
            fn, sn = _skip_risen(fn, sn)
        else:
            sr = node_hash(sr, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise ProofMismatchError("it is too short")
    return fr, sr


def _skip_odd(fn: int, sn: int) -> tuple[int, int]:
    """Shift both right while the first is odd (step 4 of 2.1.4.2)."""
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _skip_risen(fn: int, sn: int) -> tuple[int, int]:
    """Shift both right until the first is odd or zero: levels where the node rose unhashed."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn

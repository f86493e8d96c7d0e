# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 6962 section 2.1 with SHA-256: hashes, roots and proofs.

Everything here takes *leaf hashes*; what a leaf says is its writer's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from privseg.errors import InputError

LEAF_PREFIX = b"\x00"  # RFC 6962 2.1: domain separation stops a node
NODE_PREFIX = b"\x01"  # from posing as a leaf (second-preimage attack).
HASH_SIZE = 32  # bytes of SHA-256
EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 2.1: MTH({}) = SHA-256()


class ProofRangeError(InputError):
    """A proof was asked for something that is not in the tree."""

    def __init__(self, *, wanted: int, size: int) -> None:
        super().__init__(f"the tree has {size} leaves, so {wanted} is outside it; ask inside it")
        self.wanted = wanted
        self.size = size


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry's bytes.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(LEAF_PREFIX + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node over its two children."""
    return sha256(NODE_PREFIX + left + right).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """Return the root over ``leaves`` (hashes); the empty tree has a root too.

    >>> root_hash([]) == EMPTY_ROOT
    True
    """
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0] if level else EMPTY_ROOT


def root_and_proof(index: int, leaves: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """Return the root and the inclusion proof of leaf ``index``, in one pass over the tree.

    Raises:
        ProofRangeError: there is no leaf ``index``.
    """
    if not 0 <= index < len(leaves):
        raise ProofRangeError(wanted=index, size=len(leaves))
    proof = []
    level = list(leaves)
    while len(level) > 1:
        if index ^ 1 < len(level):  # the last node of an odd level has no sibling: it rises
            proof.append(level[index ^ 1])
        level, index = _parents(level), index >> 1
    return level[0], proof


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of leaf ``index``, from its sibling up (RFC 6962 2.1.1).

    Law: ``verify_inclusion(leaves[i], i, n, inclusion_proof(i, leaves), root_hash(leaves))``.

    Raises:
        ProofRangeError: there is no leaf ``index``.
    """
    return root_and_proof(index, leaves)[1]


def consistency_proof(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the first ``old_size`` leaves are a prefix (RFC 6962 2.1.2).

    Empty for the empty tree and for the whole tree: there is nothing to show.

    Raises:
        ProofRangeError: ``old_size`` is negative or larger than the tree.
    """
    if not 0 <= old_size <= len(leaves):
        raise ProofRangeError(wanted=old_size, size=len(leaves))
    return list(_subproof(old_size, leaves, whole=True)) if old_size else []


def _subproof(old_size: int, leaves: Sequence[bytes], *, whole: bool) -> Iterator[bytes]:
    """Yield SUBPROOF(m, D[n], b) of RFC 6962 2.1.2."""
    if old_size == len(leaves):
        if not whole:
            yield root_hash(leaves)
        return
    split = 1 << (len(leaves) - 1).bit_length() - 1  # largest power of two below n
    left, right = leaves[:split], leaves[split:]
    if old_size <= split:
        yield from _subproof(old_size, left, whole=whole)
        yield root_hash(right)
    else:
        yield from _subproof(old_size - split, right, whole=False)
        yield root_hash(left)


def _parents(level: list[bytes]) -> list[bytes]:
    """Return the level above: pairs hashed, a last odd node as it is (the RFC's tree)."""
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [sha256(NODE_PREFIX + left + right).digest() for left, right in pairs]
    return above + level[len(level) & ~1 :]

# SPDX-License-Identifier: Apache-2.0
"""RFC 6962 section 2.1: the published answers, and every refusal."""

from hashlib import sha256

import pytest

from privseg.errors import InputError, IntegrityError
from privseg.tlog import (
    EMPTY_ROOT,
    ProofMismatchError,
    ProofRangeError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_and_proof,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

# The reference tests of Certificate Transparency (RFC 6962): entries, roots, proofs.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def _hex(hashes: list[bytes]) -> list[str]:
    return [each.hex() for each in hashes]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root_hash(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "published"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(
    index: int, size: int, published: list[str]
) -> None:
    root, proof = root_and_proof(index, LEAVES[:size])
    assert (root.hex(), _hex(proof)) == (ROOTS[size], published)
    verify_inclusion(LEAVES[index], index, size, proof, root)


@pytest.mark.parametrize(("old", "new", "published"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(
    old: int, new: int, published: list[str]
) -> None:
    proof = consistency_proof(old, LEAVES[:new])
    assert _hex(proof) == published
    verify_consistency(old, new, proof, root_hash(LEAVES[:old]), root_hash(LEAVES[:new]))


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert root_hash([]) == EMPTY_ROOT == sha256(b"").digest()


def test_a_node_cannot_pose_as_a_leaf() -> None:
    forged = leaf_hash(LEAVES[0] + LEAVES[1])
    assert forged != node_hash(LEAVES[0], LEAVES[1])
    with pytest.raises(ProofMismatchError):
        verify_inclusion(forged, 0, 1, [], root_hash(LEAVES[:2]))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (8, 8), (-1, 8), (99, 8)])
def test_a_proof_of_what_is_not_there_is_refused(index: int, size: int) -> None:
    with pytest.raises(ProofRangeError) as refusal:
        inclusion_proof(index, LEAVES[:size])
    assert (refusal.value.wanted, refusal.value.size) == (index, size)
    assert isinstance(refusal.value, InputError)


@pytest.mark.parametrize("old", [-1, 9])
def test_a_proof_from_a_larger_tree_is_refused(old: int) -> None:
    with pytest.raises(ProofRangeError):
        consistency_proof(old, LEAVES)


PROOF = inclusion_proof(5, LEAVES)
ROOT = root_hash(LEAVES)


@pytest.mark.parametrize(
    ("leaf", "index", "size", "proof", "root"),
    [
        (LEAVES[4], 5, 8, PROOF, ROOT),
        (LEAVES[5], 4, 8, PROOF, ROOT),
        (LEAVES[5], 5, 8, PROOF, EMPTY_ROOT),
        (LEAVES[5], 5, 5, PROOF, ROOT),
        (LEAVES[5], -1, 8, PROOF, ROOT),
        (LEAVES[5], 5, 0, PROOF, ROOT),
        (LEAVES[5], 5, 8, PROOF[:-1], ROOT),
        (LEAVES[5], 5, 8, [*PROOF, ROOT], ROOT),
        (LEAVES[5], 5, 8, PROOF[::-1], ROOT),
        (LEAVES[5], 5, 8, [], ROOT),
        (LEAVES[5][:-1], 5, 8, PROOF, ROOT),
        (LEAVES[5], 5, 8, [PROOF[0] + PROOF[1], PROOF[2]], ROOT),
        (LEAVES[5], 5, 8, PROOF, ROOT[:-1]),
        (EMPTY_ROOT, 0, 0, [], EMPTY_ROOT),
        (LEAVES[0][:-1], 0, 2, [LEAVES[0][-1:] + LEAVES[1]], root_hash(LEAVES[:2])),
        (LEAVES[0], 0, 1024, inclusion_proof(0, LEAVES), ROOT),
    ],
)
def test_an_inclusion_proof_that_does_not_hold_is_refused(
    leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> None:
    with pytest.raises(ProofMismatchError) as refusal:
        verify_inclusion(leaf, index, size, proof, root)
    assert isinstance(refusal.value, IntegrityError)


OLD, NEW = root_hash(LEAVES[:6]), ROOT
STEPS = consistency_proof(6, LEAVES)


@pytest.mark.parametrize(
    ("old", "new", "proof", "old_root", "new_root"),
    [
        (6, 8, STEPS, NEW, NEW),
        (6, 8, STEPS, OLD, OLD),
        (5, 8, STEPS, OLD, NEW),
        (8, 6, STEPS, NEW, OLD),
        (-1, 8, STEPS, OLD, NEW),
        (6, 8, STEPS[:-1], OLD, NEW),
        (6, 8, [*STEPS, NEW], OLD, NEW),
        (6, 8, [], OLD, NEW),
        (6, 8, STEPS[::-1], OLD, NEW),
        (6, 8, [STEPS[0][:-1], *STEPS[1:]], OLD, NEW),
        (6, 8, STEPS, OLD + b"\0", NEW),
        (8, 8, [], OLD, NEW),
        (8, 8, [NEW], NEW, NEW),
        (0, 8, [], OLD, NEW),
        (0, 8, [NEW], EMPTY_ROOT, NEW),
        (4, 8, [], root_hash(LEAVES[:4]), NEW),
        (6, 1024, STEPS, OLD, NEW),
        (1, 2, [LEAVES[0][-1:] + LEAVES[1]], LEAVES[0][:-1], root_hash(LEAVES[:2])),
    ],
)
def test_a_consistency_proof_that_does_not_hold_is_refused(
    old: int, new: int, proof: list[bytes], old_root: bytes, new_root: bytes
) -> None:
    with pytest.raises(ProofMismatchError):
        verify_consistency(old, new, proof, old_root, new_root)


def test_a_proof_stays_small_in_a_large_tree() -> None:
    height_of_100_million = (100_000_000 - 1).bit_length()
    assert height_of_100_million * 32 <= 1_536  # bytes

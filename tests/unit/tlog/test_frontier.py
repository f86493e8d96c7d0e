# SPDX-License-Identifier: Apache-2.0
"""What a writer keeps."""

import pytest

from privseg.tlog import EMPTY_ROOT, Frontier, FrontierError, leaf_hash, root_hash

LEAVES = [leaf_hash(bytes([i])) for i in range(70)]


def test_the_frontier_has_the_root_of_the_tree_at_every_size() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size, leaf in enumerate(LEAVES, 1):
        frontier = frontier.append([leaf])
        assert (frontier.size, frontier.root()) == (size, root_hash(LEAVES[:size]))


@pytest.mark.parametrize("split", [0, 1, 2, 3, 31, 32, 33, 69, 70])
def test_many_leaves_at_once_are_as_good_as_one_by_one(split: int) -> None:
    assert Frontier().append(LEAVES[:split]).append(LEAVES[split:]) == Frontier().append(LEAVES)


def test_appending_changes_no_earlier_frontier() -> None:
    earlier = Frontier().append(LEAVES[:5])
    earlier.append(LEAVES[5:])
    assert earlier == Frontier().append(LEAVES[:5])


@pytest.mark.parametrize("size", [0, 1, 6, 64, 70])
def test_a_frontier_survives_storage(size: int) -> None:
    frontier = Frontier().append(LEAVES[:size])
    assert Frontier.from_hex(size, frontier.to_hex()) == frontier


@pytest.mark.parametrize(
    ("size", "nodes"),
    [
        (-1, []),
        (0, ["00" * 32]),
        (1, []),
        (2, ["00" * 32, "00" * 32]),
        (3, ["00" * 32]),
        (1, ["00" * 31]),
        (1, ["zz" * 32]),
    ],
)
def test_hashes_that_fit_no_tree_are_refused(size: int, nodes: list[str]) -> None:
    with pytest.raises(FrontierError) as refusal:
        Frontier.from_hex(size, nodes)
    assert (refusal.value.size, refusal.value.count) == (size, len(nodes))

# SPDX-License-Identifier: Apache-2.0
"""Many processes at once, killed at random: what was acknowledged is there, once, and verifies."""

from __future__ import annotations

import os

import pytest

from tests.faults.conftest import Nursery

SEED = os.environ.get("PRIVSEG_FAULT_SEED", "1")


def test_eight_writers_killed_at_random_lose_nothing(nursery_process: Nursery) -> None:
    assert nursery_process.ask("writers", "", 8, seed=SEED) == []


@pytest.mark.long
@pytest.mark.parametrize("round_", range(3))
def test_thirty_two_writers_killed_at_random_lose_nothing(
    nursery_process: Nursery, round_: int
) -> None:
    assert nursery_process.ask("writers", "", 32, seed=f"{SEED}/{round_}") == []

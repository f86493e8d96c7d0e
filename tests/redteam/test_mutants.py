# SPDX-License-Identifier: Apache-2.0
"""Every attack fails on our code, and succeeds once a rule is broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.redteam import world
from tests.redteam.exact_attacks import EXACT
from tests.redteam.mutant import Mutant
from tests.redteam.mutants import MUTANTS
from tests.redteam.mutants_compute import COMPUTE
from tests.redteam.mutants_exact import EXACT_BROKEN

ALL = (*MUTANTS, *COMPUTE, *EXACT_BROKEN)
CHECKS = tuple(dict.fromkeys((*(m.caught_by for m in ALL), *EXACT)))


@pytest.fixture(autouse=True)
def _known_before() -> None:
    """Work out what a person moves before anything is broken."""
    for name in world.BLOCKS:
        world.reach(name)


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_the_attack_fails(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("mutant", ALL, ids=lambda m: m.name)
def test_with_a_rule_broken_the_attack_succeeds(
    mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant.put_in(monkeypatch)
    with pytest.raises(AssertionError):
        mutant.caught_by()


def test_no_two_mutants_have_one_name() -> None:
    assert len({m.name for m in ALL}) == len(ALL) > 60

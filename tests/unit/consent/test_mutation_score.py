# SPDX-License-Identifier: Apache-2.0
"""Of all small mistakes that the fold could have, a random sample: how many would be noticed?

By the random worlds alone, in which the fold is compared with its twin; the tests of the single
laws are not asked. What is left are mutants that mean the same (a default that is never used), and
those that only a law's own test tells.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from random import Random
from types import ModuleType

import pytest

from tests.twins.mutating import chain, source_of, standing_on
from tests.twins.random_mutants import mutants
from tests.unit.consent import test_mutants as triples
from tests.unit.consent import test_mutants_of_crowds as crowds

SAMPLE, LEAST = 200, 0.9

Mutant = tuple[str, int, ast.Module]


def sample(top: str, *, beside: tuple[str, ...] = ()) -> list[Mutant]:
    """Return a random sample of the mutants of what ``top`` stands on."""
    drawn = Random(f"mutants of {top}")
    found = [
        (name, line, tree)
        for name in chain(top)
        if name not in beside
        for line, tree in mutants(source_of(name))
    ]
    return sorted(drawn.sample(found, SAMPLE), key=lambda m: m[:2])


def survivors(
    top: str, sampled: list[Mutant], is_noticed: Callable[[ModuleType], bool]
) -> Iterator[str]:
    """Yield where the mutants are that nothing notices."""
    for module, line, tree in sampled:
        try:
            with standing_on(top, module, tree) as mutant:
                noticed = is_noticed(mutant)
        except Exception:  # noqa: BLE001 - it cannot even be loaded
            noticed = True
        if not noticed:
            yield f"{module}:{line}"


@pytest.mark.long
def test_nine_of_ten_random_mutants_of_the_fold_are_noticed() -> None:
    def is_noticed(mutant: ModuleType) -> bool:
        seeds = (*triples.TELLING, *range(triples.TRIPLES))
        return any(triples.is_told_apart(mutant.decide, seed) for seed in seeds)

    left = [*survivors("decide", sample("decide"), is_noticed)]
    print(f"{SAMPLE - len(left)} of {SAMPLE} mutants noticed; not:", *left)  # noqa: T201
    assert len(left) <= (1 - LEAST) * SAMPLE, left


@pytest.mark.long
def test_nine_of_ten_random_mutants_of_the_fold_over_everybody_are_noticed() -> None:
    def is_noticed(mutant: ModuleType) -> bool:
        seeds = (*crowds.TELLING, *range(crowds.CROWDS))
        return any(crowds.is_told_apart(mutant.eligible, seed) for seed in seeds)

    sampled = sample("eligibility", beside=chain("decide"))
    left = [*survivors("eligibility", sampled, is_noticed)]
    print(f"{SAMPLE - len(left)} of {SAMPLE} mutants noticed; not:", *left)  # noqa: T201
    assert len(left) <= (1 - LEAST) * SAMPLE, left

# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ARG005 (a mutant has the signature of what it stands for)
"""Noise that is too little, too much, not whole, or used again."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from privseg.protect import mechanism
from tests.redteam import gate_attacks as gate
from tests.redteam.mutant import Mutant, Patch, swap


def _draws(change: Callable[[Any, Fraction, int, Any], list[int]]) -> Callable[[Patch], None]:
    return swap(mechanism, "discrete_gaussians", lambda real: lambda s, n, b: change(real, s, n, b))


def _same_for_all(real: Any, sigma2: Fraction, count: int, bits: Any) -> list[int]:
    return real(sigma2, 1, bits) * count


def _same_for_segments(real: Any, sigma2: Fraction, count: int, bits: Any) -> list[int]:
    return (real(sigma2, 4, bits) * count)[:count]


def _seeded(_: object) -> Callable[..., object]:
    return lambda bits, size=0: random.Random(7).getrandbits


def _fork(_: object) -> Callable[..., object]:
    """A pool of bits that outlives one call of ``protect``, as a fork would copy it."""
    pool = random.SystemRandom().getrandbits(64)
    return lambda bits, size=0: random.Random(pool).getrandbits


def _repeated(memory: dict[object, list[int]], real: Any, s: Fraction, n: int, b: Any) -> list[int]:
    if n not in memory:
        memory[n] = real(s, n, b)
    return memory[n]


def _between_measures(patch: Patch) -> None:
    memory: dict[object, list[int]] = {}
    _draws(lambda real, s, n, b: _repeated(memory, real, s, n, b))(patch)


NOISE = (
    Mutant(
        "noise x 0.5", _draws(lambda r, s, n, b: r(s / 4, n, b)), gate.noise_is_as_large_as_charged
    ),
    Mutant(
        "noise halved",
        _draws(lambda r, s, n, b: [x // 2 for x in r(s, n, b)]),
        gate.noise_is_as_large_as_charged,
    ),
    Mutant("no noise", _draws(lambda r, s, n, b: [0] * n), gate.noise_is_as_large_as_charged),
    Mutant(
        "rho counted twice",
        _draws(lambda r, s, n, b: r(s / 2, n, b)),
        gate.noise_is_as_large_as_charged,
    ),
    Mutant(
        "one-sided noise",
        _draws(lambda r, s, n, b: [abs(x) for x in r(s, n, b)]),
        gate.sampler_is_the_law,
    ),
    Mutant(
        "noise on a grid of two",
        _draws(lambda r, s, n, b: [2 * (x // 2) for x in r(s, n, b)]),
        gate.sampler_is_the_law,
    ),
    Mutant("too much noise", _draws(lambda r, s, n, b: r(s * 2, n, b)), gate.sampler_is_the_law),
    Mutant("the seed is fixed", swap(mechanism, "buffered", _seeded), gate.fresh_draws),
    Mutant("a pool that a fork copies", swap(mechanism, "buffered", _fork), gate.fresh_draws),
    Mutant("one draw for all cells", _draws(_same_for_all), gate.fresh_draws),
    Mutant("running noise again for each segment", _draws(_same_for_segments), gate.fresh_draws),
    Mutant("noise shared between measures", _between_measures, gate.fresh_draws),
)

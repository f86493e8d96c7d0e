# SPDX-License-Identifier: Apache-2.0
"""Attacks on how numbers are made: floating point, precision, overflow, order. Each with a control.

Mironov 2012; Haney et al. 2022 (arXiv:2207.13793); Casacuberta et al. 2022 (arXiv:2207.10635).
"""

from __future__ import annotations

import ast
import inspect
import secrets
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np

from privseg import protect as room
from privseg.frames import Tally
from privseg.protect import discrete_gaussian
from privseg.protect.bounding import sum_by_cell
from tests.redteam import world
from tests.redteam.chance import assert_dp
from tests.twins import sensitivity_oracle as oracle

N = 4_000
FINE = 2**53
Noisy = Callable[[int], float]


def ours(count: int) -> float:
    """Return a count with noise of the size of one of 1/8 rho."""
    return count + discrete_gaussian(Fraction(4), secrets.randbits)


def float_laplace() -> Noisy:
    """Return diffprivlib's Laplace mechanism of epsilon 1/2, for comparison."""
    from diffprivlib.mechanisms import Laplace  # noqa: PLC0415  # slow to import

    made = Laplace(epsilon=0.5, delta=0.0, sensitivity=1.0)
    return lambda count: float(made.randomise(float(count)))


def precision_tells_nothing(noisy: Noisy) -> None:
    """Sampled: whether v * 2**53 is whole tells 0 and 1 apart where noise is a float."""
    zeros, ones = ([noisy(d) for _ in range(N)] for d in (0, 1))
    events = [lambda v: not (v * FINE).is_integer() if isinstance(v, float) else False]
    assert_dp(zeros, ones, events=events, epsilon=0.8, delta=0.01)


def every_value_is_reached_from_both(noisy: Noisy) -> None:
    """Sampled: no value that is likely from one neighbour is impossible from the other."""
    zeros, ones = ([noisy(d) for _ in range(5 * N)] for d in (0, 1))
    for value in range(-3, 5):
        assert zeros.count(value) > 0
        assert ones.count(value) > 0


def sums_are_exact(add: Callable[[Sequence[int]], int]) -> None:
    """Exactly: no overflow and no rounding, in any order."""
    for amounts in ([2**62] * 3, [2**53, 1, 1, 1, 1], [2**62, 2**53 + 1, 7], [0], []):
        assert add(amounts) == sum(amounts)
        assert add(amounts[::-1]) == sum(amounts)


def by_cell(amounts: Sequence[int]) -> int:
    """Return what is added up of a cell."""
    cells = np.zeros(len(amounts), np.int64)
    return sum_by_cell(cells, np.array(amounts, np.int64), 1)[0]


def wrapping(amounts: Sequence[int]) -> int:
    """Add in 64 bits, as a control."""
    with np.errstate(over="ignore"):
        return int(np.sum(np.array(amounts, np.int64)))


def floating(amounts: Sequence[int]) -> int:
    """Add in floats, as a control."""
    total = 0.0
    for amount in amounts:
        total += float(amount)
    return int(total)


def released_numbers_are_whole() -> None:
    """Exactly: what is released are whole numbers, of type int and of no other."""
    for block in world.BLOCKS.values():
        table = world.released(world.planned(block), world.tallies(block))
        for drawn in world.draws_of(table).values():
            for value in drawn.values():
                parts = value if isinstance(value, tuple) else (value,)
                assert all(type(part) is int for part in parts)


def no_float_is_made(modules: Sequence[ModuleType]) -> None:
    """Exactly: no float literal, call of ``float`` or generator but the given one in the source."""
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
            assert not (isinstance(node, ast.Name) and node.id in {"float", "random"})
            assert not (isinstance(node, ast.Attribute) and node.attr in {"random", "default_rng"})


def no_exponential_mechanism() -> None:
    """Exactly: nothing is chosen by noisy scores, whose constants are easily mistaken."""
    words = ("gumbel", "exponential_mechanism", "permute_and_flip")
    folder = Path(inspect.getfile(room)).parent
    texts = [path.read_text("utf-8").lower() for path in folder.glob("*.py")]
    assert texts
    assert not any(word in text for text in texts for word in words)


def strange_tallies_are_refused() -> None:
    """Exactly: what is no whole number, or beyond its bounds, is refused before any draw."""
    plan = world.planned(oracle.block(1))
    good = world.tallies(plan.block)
    first = plan.block.cells[0]
    for bad in (
        Tally(float("nan")), Tally(float("inf")), Tally(-1), Tally(2.5),  # type: ignore[arg-type]
        Tally(5, {"total": 10**30, "average": 0}, {"total": 0, "average": 0}),
    ):  # fmt: skip
        asked: list[int] = []

        def bits(k: int, asked: list[int] = asked) -> int:
            asked.append(k)
            return secrets.randbits(k)

        try:
            world.released(plan, {**good, first: bad}, randbits=bits)
        except (room.UnboundedTallyError, TypeError):
            assert not asked
            continue
        raise AssertionError

# SPDX-License-Identifier: Apache-2.0
"""The samplers, branch by branch: every path of chance is followed until its mass is tiny."""

from __future__ import annotations

import math
import secrets
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction

import pytest

from privseg.protect import sampler
from privseg.protect.sampler import (
    bernoulli_exp,
    buffered,
    discrete_gaussian,
    discrete_laplace,
    uniform_below,
)


class RejectedError(Exception):
    """Raised where a sampler starts over."""


class Branch(Exception):  # noqa: N818  (no error: a question)
    """Raised where a sampler asks for chance: the outcomes and their probabilities."""

    def __init__(self, outcomes: list[tuple[int, float]]) -> None:
        self.outcomes = outcomes


class Script:
    """Plays given outcomes, then branches."""

    def __init__(self, played: tuple[int, ...]) -> None:
        self.left = iter(played)
        self.rounds = 0

    def start_round(self) -> None:
        self.rounds += 1
        if self.rounds > 1:
            raise RejectedError

    def __call__(self, k: int) -> int:
        return self.bits(k)

    def choose(self, outcomes: list[tuple[int, float]]) -> int:
        chosen = next(self.left, None)
        if chosen is None:
            raise Branch(outcomes)
        return chosen

    def bits(self, k: int) -> int:
        return self.choose([(i, 2.0**-k) for i in range(2**k)])


def law_of(sample: Callable[[Script], int], least: float) -> tuple[dict[int, float], float]:
    """Return the mass of every outcome, following paths down to mass ``least``, and the rest."""
    mass: dict[int, float] = defaultdict(float)
    rest = 0.0
    stack: list[tuple[tuple[int, ...], float]] = [((), 1.0)]
    while stack:
        played, weight = stack.pop()
        if weight < least:
            rest += weight
            continue
        try:
            mass[sample(Script(played))] += weight
        except RejectedError:
            continue
        except Branch as branch:
            stack += [((*played, o), weight * p) for o, p in branch.outcomes if p]
    return mass, rest


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_a_uniform_draw_gives_every_integer_the_same_mass(n: int) -> None:
    mass, rest = law_of(lambda script: uniform_below(n, script.bits), 1e-6)
    assert set(mass) == set(range(n))
    assert len(set(mass.values())) == 1
    assert rest < 0.01


@pytest.mark.parametrize("exponent", ["0", "1/3", "1/2", "3/4", "1", "3/2", "2"])
def test_bernoulli_exp_has_exactly_the_mass_of_algorithm_1(exponent: str) -> None:
    gamma = Fraction(exponent)
    mass, rest = law_of(
        lambda script: bernoulli_exp(gamma.numerator, gamma.denominator, script.bits), 1e-6
    )
    true = math.exp(-gamma)
    assert rest < 0.02
    assert mass[True] <= true + 1e-12
    assert true <= mass[True] + rest + 1e-12


@pytest.fixture
def one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace Algorithm 1 (tested above, bit by bit) by what it is, and end where a round ends.

    Rounds are independent and alike, so the law is that of the rounds that are not rejected.
    """

    def bernoulli(numerator: int, denominator: int, script: Script) -> bool:
        p = math.exp(-numerator / denominator)
        return bool(script.choose([(1, p), (0, 1 - p)]))

    def uniform(n: int, script: Script) -> int:
        script.start_round()
        return script.choose([(i, 1 / n) for i in range(n)])

    monkeypatch.setattr(sampler, "_bernoulli_exp_below_one", bernoulli)
    monkeypatch.setattr(sampler, "uniform_below", uniform)


@pytest.mark.usefixtures("one_round")
@pytest.mark.parametrize("scale", ["1", "1/2", "2", "3/2", "5/3", "7"])
def test_the_laplace_law_has_exactly_the_mass_of_algorithm_2(scale: str) -> None:
    b = float(Fraction(scale))
    mass, rest = law_of(lambda script: discrete_laplace(Fraction(scale), script), 1e-9)
    norm = math.tanh(1 / (2 * b))  # (1 - q) / (1 + q), q = exp(-1/b)
    _compare(mass, rest, lambda x: norm * math.exp(-abs(x) / b))


@pytest.mark.parametrize("sigma2", ["1/2", "1", "2", "7/3", "9/2", "40", "1/9"])
def test_the_gaussian_law_has_exactly_the_mass_of_algorithm_3(
    sigma2: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def laplace(scale: Fraction, script: Script) -> int:
        script.start_round()
        b = float(scale)
        norm = math.tanh(1 / (2 * b))
        return script.choose([(x, norm * math.exp(-abs(x) / b)) for x in range(-300, 301)])

    def bernoulli(numerator: int, denominator: int, script: Script) -> bool:
        p = math.exp(-numerator / denominator)
        return bool(script.choose([(1, p), (0, 1 - p)]))

    monkeypatch.setattr(sampler, "discrete_laplace", laplace)
    monkeypatch.setattr(sampler, "bernoulli_exp", bernoulli)
    s = float(Fraction(sigma2))
    mass, rest = law_of(lambda script: discrete_gaussian(Fraction(sigma2), script), 0)
    norm = sum(math.exp(-x * x / (2 * s)) for x in range(-300, 301))
    _compare(mass, rest, lambda x: math.exp(-x * x / (2 * s)) / norm)


def _compare(mass: dict[int, float], rest: float, pmf: Callable[[int], float]) -> None:
    assert rest < 1e-6
    accepted = sum(mass.values())
    for x in range(-30, 31):
        assert mass.get(x, 0) / accepted == pytest.approx(pmf(x), abs=2e-6)


def test_a_pool_hands_on_the_bits_it_was_given_once_each() -> None:
    given: list[int] = []

    def source(k: int) -> int:
        given.append(secrets.randbits(k))
        return given[-1]

    take = buffered(source, 8)
    widths = [3, 5, 1, 10, 2, 3]
    taken = shift = 0
    for width in widths:
        taken |= take(width) << shift
        shift += width
    stream = sum(g << (8 * i) for i, g in enumerate(given))
    assert taken == stream & ((1 << shift) - 1)
    assert len(given) == 3


def test_two_pools_over_one_source_never_share_a_bit() -> None:
    counter = iter(range(10**6))
    a, b = (buffered(lambda _: next(counter), 32) for _ in range(2))
    assert {a(32) for _ in range(9)}.isdisjoint({b(32) for _ in range(9)})


@pytest.mark.parametrize("bad", [Fraction(0), Fraction(-1)])
def test_a_scale_that_is_not_positive_is_refused(bad: Fraction) -> None:
    with pytest.raises(ValueError, match="positive"):
        discrete_gaussian(bad, secrets.randbits)
    with pytest.raises(ValueError, match="positive"):
        discrete_laplace(bad, secrets.randbits)
    with pytest.raises(ValueError, match="quotient"):
        bernoulli_exp(-1, 2, secrets.randbits)


def test_a_draw_is_an_int_of_any_size() -> None:
    drawn = [discrete_gaussian(Fraction(10**40, 7), secrets.randbits) for _ in range(50)]
    assert all(type(x) is int for x in drawn)
    assert max(map(abs, drawn)) > 2**53

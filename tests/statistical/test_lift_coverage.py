# SPDX-License-Identifier: Apache-2.0
"""A lift's interval over people taken at random and over noise from the exact sampler.

A false alarm has probability FALSE_ALARM; coverage is at least 95 % given publication. Each control
forgets one part of the uncertainty and is caught by the same test.
"""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binomtest

from privseg.protect import lift as room
from privseg.protect.lift import Arm, lift
from privseg.protect.sampler import discrete_gaussian
from tests.twins import noise_law

FALSE_ALARM = 1e-6
RUNS = 500
PEOPLE = np.random.default_rng()
BITS = random.SystemRandom().getrandbits


def arm(people: int, rate: float, sigma2: Fraction) -> Arm:
    """Return the draws of people taken at random, of whom each has 1 at that rate, else 0."""
    won = int(PEOPLE.binomial(people, rate))
    noise = [discrete_gaussian(sigma2, BITS) for _ in range(2)]
    return Arm(2 * won - people + noise[0], people + noise[1], sigma2, sigma2, 0, 1)


def chance_of_so_few(
    people: tuple[int, int], rates: tuple[float, float], sigma2: str, *, relative: bool = False
) -> float:
    """Return the p-value of covering no more often than was seen, were it 95 %."""
    truth = rates[0] / rates[1] - 1 if relative else rates[0] - rates[1]
    printed = covered = 0
    for _ in range(RUNS):
        groups = (arm(n, p, Fraction(sigma2)) for n, p in zip(people, rates, strict=True))
        found = lift(*groups, relative=relative, decimals=4)
        if found is not None:
            printed += 1
            covered += found.estimate.low <= truth * 10**4 <= found.estimate.high
    assert printed > RUNS // 10
    return float(binomtest(covered, printed, 0.95, alternative="less").pvalue)


@pytest.mark.parametrize(
    ("people", "rates", "sigma2"),
    [
        ((300, 300), (0.3, 0.2), "160"),
        ((600, 300), (0.02, 0.03), "40"),
        ((150, 400), (0.95, 0.5), "40"),
        ((40, 40), (0.9, 0.8), "40"),  # both counts near the bar, at 32
        ((28, 300), (0.9, 0.1), "40"),  # one under it
        ((90, 80), (0.5, 0.5), "1"),
    ],
)
def test_a_lift_given_publication_is_covered_at_least_95_percent_of_the_time(
    people: tuple[int, int], rates: tuple[float, float], sigma2: str
) -> None:
    assert chance_of_so_few(people, rates, sigma2) > FALSE_ALARM


@pytest.mark.parametrize(
    ("people", "rates", "sigma2"),
    [
        ((900, 900), (0.45, 0.4), "40"),
        ((400, 400), (0.1, 0.12), "40"),  # the control's mean near its bar
        ((200, 40), (0.5, 0.9), "10"),  # its count near the bar
    ],
)
def test_a_relative_lift_given_publication_is_covered_at_least_95_percent_of_the_time(
    people: tuple[int, int], rates: tuple[float, float], sigma2: str
) -> None:
    assert chance_of_so_few(people, rates, sigma2, relative=True) > FALSE_ALARM


MIXED = ((300, 300), (0.3, 0.2), "160")  # half of the variance is noise


def test_a_lift_that_forgets_the_noise_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Arm.region

    def forgetful(self: Arm, alpha: Fraction) -> tuple[int, int]:
        one = Fraction(1)
        return whole(Arm(self.centred_sum, self.people, one, one, self.lower, self.upper), alpha)

    monkeypatch.setattr(Arm, "region", forgetful)
    assert chance_of_so_few(*MIXED) < FALSE_ALARM


def test_a_lift_that_forgets_the_sampling_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(self: Arm, alpha: Fraction) -> tuple[int, int]:
        del alpha
        _, low, high = self.law.interval(room.STEPS, -self.limit, self.limit)
        return low, high

    monkeypatch.setattr(Arm, "region", forgetful)
    assert chance_of_so_few(*MIXED) < FALSE_ALARM


@pytest.mark.parametrize("boxed", [True, False])
def test_a_lift_without_the_box_is_caught_near_the_bar(
    monkeypatch: pytest.MonkeyPatch,
    boxed: bool,  # noqa: FBT001
) -> None:
    """20 people, all of whom won, printed from a noisy count of 95 on: what is seen of them then.

    The rare noise is drawn from its exact law given that it is so large.
    """
    if not boxed:
        monkeypatch.setattr(room.QuotientLaw, "is_near", property(lambda _: False))
    sigma2 = Fraction(360)
    control = Arm(-400, 1000, sigma2, sigma2, 0, 1)  # 300 of 1,000
    seen = {e: p for e, p in noise_law.pmf(sigma2).items() if 20 + e >= 95}
    chances = np.array(list(seen.values())) / sum(seen.values())
    covered, runs = 0, 200
    for e in PEOPLE.choice(list(seen), size=runs, p=chances):
        noise = discrete_gaussian(Fraction(90), BITS)
        treated = Arm(20 + noise, 20 + int(e), Fraction(90), sigma2, 0, 1)
        found = lift(treated, control, relative=False, decimals=4)
        assert found is not None
        covered += found.estimate.low <= 7000 <= found.estimate.high
    chance = binomtest(covered, runs, 0.95, alternative="less").pvalue
    assert bool(chance > FALSE_ALARM) is boxed

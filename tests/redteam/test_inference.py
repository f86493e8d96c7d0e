# SPDX-License-Identifier: Apache-2.0
"""Who was in the data is guessed no better than the charge says; of exact answers, always.

Bounds on single guesses hold by Clopper and Pearson; a mean over 160 reconstructions is compared at
4.75 of its standard errors. Either way a false alarm has a probability of about FALSE_ALARM.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from scipy.stats import norm

from privseg.protect import TablePlan, mechanism
from tests.redteam import inference, world
from tests.redteam.chance import FALSE_ALARM, assert_at_least, assert_at_most, most_right

HALF = Fraction(1, 2)
BEST = most_right(0.5)
SEEDS = 160
RHOS = (Fraction(1, 2), Fraction(882, 10_000), Fraction(244, 10_000))


@pytest.mark.parametrize("name", inference.TARGETS)
def test_nobody_is_found_in_a_table_more_often_than_its_charge_says(name: str) -> None:
    found = inference.who_was_in(inference.TARGETS[name], rho=HALF, trials=400)
    assert_at_most(found.right, found.trials, BEST)
    assert_at_least(found.right, found.trials, BEST - 0.03)  # the attack is as good as one can be


@pytest.mark.parametrize("name", inference.TARGETS)
def test_of_exact_answers_the_same_attack_finds_everybody(name: str) -> None:
    found = inference.who_was_in(inference.TARGETS[name], rho=HALF, trials=40, exact=True)
    assert found.share == 1


def test_nobody_is_found_in_a_year_of_weeks_more_often_than_the_whole_year_is_charged() -> None:
    found = inference.who_was_in(inference.of_year(), rho=HALF, trials=200)
    assert_at_most(found.right, found.trials, BEST)


def _tenth(real: object) -> object:
    return lambda s, n, b: [int(x / 10) for x in real(s, n, b)]  # type: ignore[operator]


def test_with_a_tenth_of_the_noise_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mechanism, "discrete_gaussians", _tenth(mechanism.discrete_gaussians))
    for name in ("totals, averages, quantiles", "running sums, 4 of 12 weeks"):
        found = inference.who_was_in(inference.TARGETS[name], rho=HALF, trials=200)
        with pytest.raises(AssertionError):
            assert_at_most(found.right, found.trials, BEST)


def test_a_year_charged_as_one_week_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = world.planned

    def one_week(block: object, **how: object) -> TablePlan:
        more = {"rho": Fraction(52) * how["rho"]} if "rho" in how else {}  # type: ignore[operator]
        plan: TablePlan = real(block, **{**how, **more})  # type: ignore[arg-type]
        return plan

    monkeypatch.setattr(world, "planned", one_week)
    found = inference.who_was_in(inference.of_year(), rho=HALF, trials=100)
    with pytest.raises(AssertionError):
        assert_at_most(found.right, found.trials, BEST)


# --- reconstruction ---


def rebuilt(rho: Fraction | None, seeds: int, by: str) -> tuple[float, float]:
    """Return the mean over seeds of how many bits are right, and its standard error."""
    found = inference.reconstructions(rho, seeds=seeds, by=by)
    return float(np.mean(found)), float(np.std(found) / sqrt(seeds))


def _surely_above(found: tuple[float, float], limit: float) -> bool:
    mean, error = found
    return mean - norm.isf(FALSE_ALARM) * error > limit


def _limit(rho: Fraction) -> float:
    """Return Phi(sqrt(rho) / 2): a person is in half of the queries, which cost half of rho."""
    return float(norm.cdf(sqrt(rho) / 2))


@pytest.mark.parametrize("rho", RHOS, ids=str)
def test_bits_are_rebuilt_no_better_than_the_charge_says(rho: Fraction) -> None:
    assert not _surely_above(rebuilt(rho, SEEDS, "ridge"), _limit(rho))


@pytest.mark.long
@pytest.mark.parametrize("rho", RHOS, ids=str)
def test_a_linear_program_rebuilds_no_more(rho: Fraction) -> None:
    assert not _surely_above(rebuilt(rho, SEEDS, "l1"), _limit(rho))


@pytest.mark.parametrize(("by", "seeds"), [("ridge", SEEDS), ("l1", 5)])
def test_exact_counts_are_rebuilt_nearly_all(by: str, seeds: int) -> None:
    assert rebuilt(None, seeds, by)[0] >= 0.9


def test_a_budget_for_each_query_alone_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: no ledger, so that 400 queries cost what one does."""
    one = inference.subsets_sigma2(HALF) / inference.QUERIES
    real = mechanism.discrete_gaussians
    monkeypatch.setattr(mechanism, "discrete_gaussians", lambda _, n, b: real(one, n, b))
    assert _surely_above(rebuilt(HALF, 20, "ridge"), 0.9)


# --- trackers and pairs of reports ---


def test_a_tracker_finds_no_more_than_the_three_counts_cost() -> None:
    found = inference.tracked(HALF, trials=1_000)
    assert_at_most(found.right, found.trials, BEST)
    assert inference.tracked(None, trials=50).share == 1


def test_who_withdrew_between_two_reports_is_guessed_no_better_than_both_cost() -> None:
    found = inference.between_two_reports(HALF, trials=1_000)
    assert_at_most(found.right, found.trials, most_right(2.0))
    assert inference.between_two_reports(None, trials=50).share == 1


@pytest.mark.parametrize("attack", [inference.tracked, inference.between_two_reports])
def test_with_a_tenth_of_the_noise_both_attacks_succeed(
    monkeypatch: pytest.MonkeyPatch, attack: object
) -> None:
    monkeypatch.setattr(mechanism, "discrete_gaussians", _tenth(mechanism.discrete_gaussians))
    found = attack(HALF, trials=200)  # type: ignore[operator]
    with pytest.raises(AssertionError):
        assert_at_most(found.right, found.trials, most_right(1.0))

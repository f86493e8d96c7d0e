# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from scipy.optimize import minimize_scalar

from privseg.errors import BudgetError
from privseg.protect.loss import BudgetExceededError, PrivacyLoss, admit, epsilon_of

MILLIONTH = Fraction(1, 10**6)


@pytest.mark.parametrize(
    ("rho", "printed"),
    [
        ("0.0243", "0.999"),
        ("0.0244", "1.001"),
        ("1/80", "0.701"),
        ("52/200", "3.621"),  # 52 weekly counts at standard deviation 10
        ("1", "7.767"),
        ("0", "0.000"),
    ],
)
def test_the_printed_epsilon_is_the_one_of_the_note(rho: str, printed: str) -> None:
    assert str(epsilon_of(Fraction(rho), MILLIONTH)) == printed


@pytest.mark.parametrize("rho", ["1e-9", "1e-4", "0.0125", "0.3", "2", "50"])
@pytest.mark.parametrize("delta", ["1e-12", "1e-6", "1e-2"])
def test_epsilon_is_rounded_up_from_the_infimum_and_by_less_than_one_digit(
    rho: str, delta: str
) -> None:
    r, d = float(rho), float(delta)

    def bound(log_less: float) -> float:
        less = math.exp(log_less)
        return (
            (1 + less) * r + math.log(less / (1 + less)) - (math.log(d) + math.log(1 + less)) / less
        )

    best = min(
        minimize_scalar(bound, bounds=(a, a + 4), method="bounded", options={"xatol": 1e-10}).fun
        for a in range(-12, 24, 2)
    )
    printed = float(epsilon_of(Fraction(rho), Fraction(delta), places=6))
    assert max(best, 0) - 1e-9 <= printed <= max(best, 0) + 1.1e-6


def test_more_loss_never_prints_a_smaller_epsilon() -> None:
    printed = [epsilon_of(Fraction(i, 400), MILLIONTH, places=9) for i in range(40)]
    assert printed == sorted(printed)
    assert epsilon_of(Fraction(1, 80), MILLIONTH) < epsilon_of(Fraction(1, 80), MILLIONTH / 10)


def test_the_simple_bound_of_bun_and_steinke_is_never_beaten_upwards() -> None:
    for rho in (Fraction(1, 1000), Fraction(1, 10), Fraction(3)):
        simple = float(rho) + 2 * math.sqrt(float(rho) * math.log(1e6))
        assert epsilon_of(rho, MILLIONTH) <= Decimal(simple) + Decimal("0.001")


@pytest.mark.parametrize(("rho", "delta"), [(-1, MILLIONTH), (1, Fraction(0)), (1, Fraction(1))])
def test_what_is_no_loss_has_no_epsilon(rho: int, delta: Fraction) -> None:
    with pytest.raises(ValueError, match="rho"):
        epsilon_of(Fraction(rho), delta)


@pytest.mark.parametrize(("rho", "delta"), [("-1", "0"), ("1", "1"), ("1", "-1/2")])
def test_a_loss_outside_its_range_is_refused(rho: str, delta: str) -> None:
    with pytest.raises(ValueError, match="not a privacy loss"):
        PrivacyLoss.of(rho, delta)


def test_a_limit_can_be_spent_to_the_last_part_and_not_beyond() -> None:
    limit = PrivacyLoss.of("1", "1e-5")
    spent = PrivacyLoss.of("0")
    for _ in range(80):
        spent = admit(spent, PrivacyLoss.of("1/80", "1e-7"), limit)
    assert spent == PrivacyLoss.of("1", "8e-6")
    with pytest.raises(BudgetExceededError):
        admit(spent, PrivacyLoss.of("1e-30"), limit)


def test_a_refusal_of_either_part_is_a_budget_error_that_carries_its_facts() -> None:
    limit, spent = PrivacyLoss.of("1", "1e-5"), PrivacyLoss.of("0", "1e-5")
    wanted = PrivacyLoss.of("0.1", "1e-7")
    with pytest.raises(BudgetExceededError) as refusal:
        admit(spent, wanted, limit)
    assert isinstance(refusal.value, BudgetError)
    assert refusal.value.exit_code == 4
    assert (refusal.value.requested, refusal.value.spent, refusal.value.limit) == (
        wanted,
        spent,
        limit,
    )
    assert admit(PrivacyLoss.of("0"), wanted, limit) == wanted  # and nothing was changed

# SPDX-License-Identifier: Apache-2.0
"""A lift: how an average differs between two groups with nobody in common."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest

from privseg.protect.formula import Lift, Part
from privseg.protect.formulas import evaluate
from privseg.protect.lift import Arm, Lifted, lift
from privseg.protect.stage import Withheld
from tests.twins import formula_world as world
from tests.twins.formula_world import at

SIGMA2 = Fraction(40)
TREATED, CONTROL = at("DE", "gold"), at("FR", "gold")


def arm(won: int, people: int, sigma2: Fraction = SIGMA2, upper: int = 1) -> Arm:
    """Return the draws of a group without noise: ``won`` at the upper bound, others at 0."""
    return Arm(upper * (2 * won - people), people, upper**2 * sigma2, sigma2, 0, upper)


def lifted(treated: Arm, control: Arm, *, relative: bool = False) -> Lifted:
    found = lift(treated, control, relative=relative, decimals=4)
    assert found is not None
    return found


def test_a_lift_is_the_difference_of_the_means() -> None:
    found = lifted(arm(300, 1000), arm(200, 1000)).estimate
    assert (found.value, found.decimals) == (1000, 4)
    assert found.low < 1000 < found.high


def test_its_interval_counts_sampling_and_noise() -> None:
    found = lifted(arm(300, 1000), arm(200, 1000)).estimate
    sampling = (0.3 * 0.7 + 0.2 * 0.8) / 1000
    noise = sum(40 * (1 + (2 * p - 1) ** 2) / 1000**2 for p in (0.3, 0.2)) / 4
    width = 2 * 1.96 * math.sqrt(sampling + noise)
    assert width < (found.high - found.low) / 10**4 < 1.04 * width


def test_the_share_of_noise_is_that_of_the_variance_to_a_thousandth() -> None:
    sampling = sum(4 * p * (1 - p) / 1000 for p in (0.3, 0.2))
    noise = sum(40 * (1 + (2 * p - 1) ** 2) / 1000**2 for p in (0.3, 0.2))
    share = lifted(arm(300, 1000), arm(200, 1000)).noise_share
    assert share == Fraction(round(1000 * noise / (noise + sampling)), 1000)


def test_with_more_people_less_of_the_interval_is_noise() -> None:
    shares = [
        lifted(arm(n // 3, n), arm(n // 5, n)).noise_share for n in (100, 1000, 10_000, 100_000)
    ]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[-1] < Fraction(1, 100) < Fraction(1, 4) < shares[0] < 1


def test_swapped_groups_have_the_mirrored_lift() -> None:
    for people in (40, 90, 1000):
        one, other = arm(people // 3, people), arm(people // 2, people)
        there, back = lifted(one, other).estimate, lifted(other, one).estimate
        assert (there.low, there.high) == (-back.high, -back.low)


def test_two_groups_alike_differ_by_nothing_for_sure() -> None:
    for people in (40, 1000):
        found = lifted(arm(people // 4, people), arm(people // 4, people)).estimate
        assert found.low < 0 == found.value < found.high


def test_a_difference_never_exceeds_the_bounds() -> None:
    found = lifted(arm(40, 40), arm(0, 40)).estimate
    assert -(10**4) <= found.low <= found.value <= found.high <= 10**4


def test_amounts_with_wide_bounds_are_taken_to_vary_as_much_as_they_may() -> None:
    narrow = lifted(arm(300, 1000), arm(200, 1000)).estimate
    wide = lifted(arm(300, 1000, upper=500), arm(200, 1000, upper=500)).estimate
    assert wide.value == 500 * narrow.value
    assert wide.high - wide.low == pytest.approx(500 * (narrow.high - narrow.low), rel=0.01)


def test_near_the_bar_the_interval_is_widened() -> None:
    near, far = arm(30, 73), arm(30, 74)  # 11 sd + 4 = 73.57
    assert near.law.is_near
    assert not far.law.is_near
    other = arm(300, 1000)
    lengths = [e.high - e.low for e in (lifted(a, other).estimate for a in (near, far))]
    assert lengths[0] > 1.2 * lengths[1]


@pytest.mark.parametrize("relative", [False, True])
def test_a_lift_of_too_few_is_not_printed(relative: bool) -> None:  # noqa: FBT001
    for treated, control in ((31, 500), (500, 31)):
        assert lift(arm(9, treated), arm(9, control), relative=relative, decimals=4) is None
    assert lift(arm(9, 32), arm(400, 500), relative=relative, decimals=4) is not None


def test_a_relative_lift_is_the_difference_over_the_control() -> None:
    found = lifted(arm(3000, 10_000), arm(2000, 10_000), relative=True).estimate
    assert found.value == 5000
    deviation = 1.5 * math.sqrt(0.7 / 3000 + 0.8 / 2000)
    assert 1.8 * deviation < (found.high - found.value) / 10**4 < 2.3 * deviation
    assert 1.6 * deviation < (found.value - found.low) / 10**4 < 2.1 * deviation


def test_a_relative_lift_over_next_to_nothing_is_not_printed() -> None:
    assert lift(arm(300, 1000), arm(2, 1000), relative=True, decimals=4) is None
    assert lift(arm(300, 1000), arm(2, 1000), relative=False, decimals=4) is not None


def test_nothing_is_lost_below_nothing() -> None:
    found = lifted(arm(0, 1000), arm(500, 1000), relative=True).estimate
    assert found.low == found.value == -(10**4)


def test_a_relative_lift_agrees_with_the_difference_on_which_group_is_ahead() -> None:
    for won in (150, 200, 260):
        groups = arm(won * 20, 20_000), arm(4000, 20_000)
        plain, relative = (lifted(*groups, relative=r).estimate for r in (False, True))
        assert (plain.low > 0, plain.high < 0) == (relative.low > 0, relative.high < 0)


def test_a_formula_takes_its_draws_and_bounds_from_the_table() -> None:
    plan = world.table()
    draws = world.draws(plan, 500, won=100)
    draws[TREATED]["won"] = {Part.CENTRED_SUM: -200, Part.EVENTS: 500}  # 150 of 500
    found = evaluate(plan, draws, Lift("l", "won", TREATED, CONTROL))
    sigma2s = [plan.measures[3].quantity(p).sigma2 for p in (Part.CENTRED_SUM, Part.EVENTS)]
    arms = [Arm(s, 500, *sigma2s, 0, 1) for s in (-200, -300)]
    expected = lifted(*arms)
    assert (found.estimate, found.noise_share) == (expected.estimate, expected.noise_share)
    assert found.estimate is not None
    assert found.estimate.value == 1000


def test_a_formula_over_too_few_is_withheld_as_too_noisy() -> None:
    plan = world.table()
    draws = world.draws(plan, 500, won=100)
    draws[CONTROL]["won"] = {Part.CENTRED_SUM: 0, Part.EVENTS: 3}
    found = evaluate(plan, draws, Lift("l", "won", TREATED, CONTROL))
    assert (found.estimate, found.withheld, found.noise_share) == (None, Withheld.TOO_NOISY, None)


def test_noise_of_less_than_a_unit_is_refused() -> None:
    fine = replace(arm(30, 100), people_sigma2=Fraction(1, 2))
    with pytest.raises(ValueError, match="one unit"):
        lift(fine, fine, relative=False, decimals=4)

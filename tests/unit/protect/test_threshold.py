# SPDX-License-Identifier: Apache-2.0
"""The gate of a cell, its delta, and the interval given that it was published: all exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

from privseg.protect.threshold import Gate, first_shown, is_shown, selection_delta
from tests.twins import noise_law

DEFAULTS = Gate(min_people=20, groups=1, sigma2=Fraction(40), delta=Fraction(1, 10**7))
GATES = [
    DEFAULTS,
    Gate(20, 4, Fraction(320), Fraction(1, 10**7)),
    Gate(5, 10, Fraction(10, 3), Fraction(1, 10**5)),
    Gate(1, 1, Fraction(1, 2), Fraction(1, 10**6)),
    Gate(50, 2, Fraction(1600), Fraction(1, 100)),
]


def test_at_the_defaults_half_the_cells_of_54_people_are_shown_and_nearly_all_of_69() -> None:
    """DESIGN's anchors: one count, rho 1/80, m = 1, k = 20, delta 1e-7, so sigma^2 = 40."""
    assert DEFAULTS.threshold == 34
    assert DEFAULTS.smallest_value == 54
    assert DEFAULTS.people_needed(Fraction(1, 2)) == 54
    assert DEFAULTS.people_needed(Fraction(99, 100)) == 69


def test_at_the_defaults_the_value_54_means_20_to_62_people() -> None:
    """The note's anchor: plain [42, 66], adjusted [20, 62]."""
    half = DEFAULTS.law.half_width(Fraction(95, 100))
    assert (54 - half, 54 + half) == (42, 66)
    assert DEFAULTS.interval(54) == (20, 62)


def test_far_from_the_threshold_the_interval_is_the_plain_one() -> None:
    assert DEFAULTS.interval(1240) == (1228, 1252)


@pytest.mark.parametrize("gate", GATES)
def test_the_threshold_is_the_smallest_that_keeps_to_the_declared_delta(gate: Gate) -> None:
    def true_delta(threshold: int) -> float:
        p = float(noise_law.at_least(gate.sigma2, threshold + 1 - 1))  # P[1 + N > threshold]
        return 1 - (1 - p) ** gate.groups

    assert true_delta(gate.threshold) <= float(gate.delta) * (1 + 1e-9)
    assert float(gate.spent_delta) == pytest.approx(true_delta(gate.threshold), rel=1e-6)
    assert gate.threshold == 1 or true_delta(gate.threshold - 1) > float(gate.delta)


@pytest.mark.parametrize("gate", GATES)
def test_a_cell_of_k_people_is_published_with_a_chance_within_delta(gate: Gate) -> None:
    """The gate itself is asked, noise by noise: nothing is assumed about how it compares."""
    chance = sum(
        p for x, p in noise_law.pmf(gate.sigma2).items() if gate.publish(gate.min_people, x)
    )
    assert 1 - (1 - chance) ** gate.groups <= float(gate.delta) * (1 + 1e-9)


@pytest.mark.parametrize("gate", GATES)
def test_fewer_than_k_people_are_never_published_whatever_the_noise(gate: Gate) -> None:
    for people in range(gate.min_people):
        assert all(gate.publish(people, noise) is None for noise in (-9, 0, 99, 10**9))


@pytest.mark.parametrize("gate", GATES)
def test_the_value_is_the_count_plus_the_same_noise(gate: Gate) -> None:
    for people in range(gate.min_people, gate.min_people + 90):
        for noise in range(-20, 60):
            value = gate.publish(people, noise)
            assert value in {None, people + noise}
            assert (value is not None) is (people + noise >= gate.smallest_value)


@pytest.mark.parametrize("gate", GATES)
def test_given_publication_the_interval_covers_at_least_95_percent_exactly(gate: Gate) -> None:
    pmf = noise_law.pmf(gate.sigma2)
    sigma = int(gate.sigma2**0.5) + 1
    for people in range(gate.min_people, gate.smallest_value + 6 * sigma, max(1, sigma // 2)):
        published = covered = 0.0
        for noise, p in pmf.items():
            value = gate.publish(people, noise) if p > 1e-12 else None
            if value is not None:
                published += p
                low, high = gate.interval(value)
                covered += p * (low <= people <= high)
        assert covered >= 0.95 * published - 1e-12


def test_the_plain_interval_would_not_cover_near_the_threshold() -> None:
    """The control: without the adjustment a small cell is covered far too seldom."""
    gate, half = DEFAULTS, 12
    pmf = noise_law.pmf(gate.sigma2)
    shown = {x: p for x, p in pmf.items() if gate.publish(40, x)}
    covered = sum(p for x, p in shown.items() if abs(x) <= half)
    assert covered / sum(shown.values()) < 0.05


@pytest.mark.parametrize("gate", GATES)
def test_the_interval_is_a_naive_inversion_of_the_published_law(gate: Gate) -> None:
    values = range(gate.smallest_value, gate.smallest_value + 40, 7)
    for value in values:
        assert gate.interval(value) == _naive_interval(gate, value)


def _naive_interval(gate: Gate, value: int) -> tuple[int, int]:
    def tail(t: int) -> float:
        return float(noise_law.at_least(gate.sigma2, t))

    kept = [value]
    for n in range(gate.min_people, value + 8 * (int(gate.sigma2**0.5) + 1)):
        shown = tail(gate.smallest_value - n)
        if shown == 0:
            continue
        at_least, at_most = tail(value - n) / shown, 1 - tail(value + 1 - n) / shown
        if at_least > 0.025 and at_most > 0.025:
            kept.append(n)
    return min(kept), max(kept)


@pytest.mark.parametrize("gate", GATES)
def test_people_needed_is_the_smallest_count_with_that_chance(gate: Gate) -> None:
    for chance in (Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)):
        n = gate.people_needed(chance)
        shown = [
            float(noise_law.at_least(gate.sigma2, gate.smallest_value - i)) for i in (n - 1, n)
        ]
        assert shown[1] >= float(chance) - 1e-12
        assert shown[0] < float(chance) or n == gate.min_people


def test_exactly_at_the_threshold_is_not_shown() -> None:
    assert [is_shown(x, 34) for x in (33, 34, 35)] == [False, False, True]
    assert first_shown(34) == 35


def test_a_value_that_no_gate_publishes_has_no_interval() -> None:
    with pytest.raises(ValueError, match="never published"):
        DEFAULTS.interval(53)


@pytest.mark.parametrize(
    ("people", "groups", "delta"), [(0, 1, "1e-7"), (20, 0, "1e-7"), (20, 1, "0"), (20, 1, "1")]
)
def test_a_gate_without_a_minimum_groups_or_delta_is_refused(
    people: int, groups: int, delta: str
) -> None:
    with pytest.raises(ValueError, match="gate"):
        Gate(people, groups, Fraction(40), Fraction(delta))


@pytest.mark.parametrize("groups", [1, 2, 3, 7, 64, 1000])
def test_the_selection_delta_of_many_groups_is_bounded_above_and_tightly(groups: int) -> None:
    for p in (Fraction(1, 10**9), Fraction(1, 100), Fraction(1, 2)):
        exact = 1 - (1 - p) ** groups
        found = selection_delta(p, groups)
        assert exact <= found <= exact + Fraction(1, 10**50)

# SPDX-License-Identifier: Apache-2.0
"""Laws of the gate and of averages, over random parameters."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from privseg.protect import Gate
from privseg.protect.average import Ratio
from tests.twins import noise_law

sigma2s = st.fractions(min_value=Fraction(1, 4), max_value=300, max_denominator=8)
deltas = st.sampled_from([Fraction(1, 10**e) for e in range(1, 12)])
gates = st.builds(Gate, st.integers(1, 60), st.integers(1, 40), sigma2s, deltas)


@given(gates)
def test_no_gate_shows_a_cell_at_its_minimum_more_often_than_it_declares(gate: Gate) -> None:
    p = float(noise_law.at_least(gate.sigma2, gate.smallest_value - gate.min_people))
    assert 1 - (1 - p) ** gate.groups <= float(gate.delta) * (1 + 1e-9)
    assert gate.spent_delta <= gate.delta


@given(gates, st.integers(0, 400))
def test_a_value_lies_in_its_interval_and_the_interval_above_the_minimum(
    gate: Gate, above: int
) -> None:
    value = gate.smallest_value + above
    low, high = gate.interval(value)
    assert gate.min_people <= low <= value <= high


@given(gates, st.integers(0, 200))
def test_a_larger_value_never_has_a_lower_interval(gate: Gate, above: int) -> None:
    value = gate.smallest_value + above
    (low, high), (next_low, next_high) = gate.interval(value), gate.interval(value + 1)
    assert low <= next_low
    assert high <= next_high


@given(gates, st.integers(1, 9))
def test_more_groups_or_a_smaller_delta_never_lower_the_threshold(gate: Gate, more: int) -> None:
    wider = Gate(gate.min_people, gate.groups + more, gate.sigma2, gate.delta)
    stricter = Gate(gate.min_people, gate.groups, gate.sigma2, gate.delta / (1 + more))
    assert wider.threshold >= gate.threshold
    assert stricter.threshold >= gate.threshold


ratios = st.builds(
    Ratio,
    centred_sum=st.integers(-(10**6), 10**6),
    events=st.integers(90, 10**5),
    sum_sigma2=st.fractions(min_value=1, max_value=10**6, max_denominator=4),
    events_sigma2=st.fractions(min_value=1, max_value=300, max_denominator=4),
    lower=st.integers(-50, 0),
    upper=st.integers(1, 50),
)


@given(ratios)
def test_an_average_lies_in_its_interval_and_the_interval_in_the_bounds(ratio: Ratio) -> None:
    found = ratio.estimate()
    unit = 10**found.decimals
    assert unit * ratio.lower <= found.low <= found.value <= found.high <= unit * ratio.upper


@given(ratios)
def test_the_interval_of_an_average_mirrors_when_all_events_do(ratio: Ratio) -> None:
    mirrored = Ratio(
        -ratio.centred_sum,
        ratio.events,
        ratio.sum_sigma2,
        ratio.events_sigma2,
        -ratio.upper,
        -ratio.lower,
    )
    one, other = ratio.estimate(), mirrored.estimate()
    assert (one.low, one.high) == (-other.high, -other.low)

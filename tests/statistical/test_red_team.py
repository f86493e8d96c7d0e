# SPDX-License-Identifier: Apache-2.0
"""Attacks on the exit gate, each beside mutants that the same check must catch.

A check is a function of an implementation: it passes for ours and fails for every mutant. The
sampled ones have a false-alarm rate of FALSE_ALARM; the others are exact.
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from scipy.stats import beta, binomtest, chi2

from privseg.frames import Block, Measure, MeasureKind, Tally
from privseg.protect import Gate, Part, QuantityPlan, TablePlan, epsilon_of, protect
from privseg.protect.sampler import buffered, discrete_gaussian
from privseg.protect.sensitivity import Sensitivity, clamped_sum, people
from privseg.protect.threshold import first_shown
from tests.twins import noise_law, sensitivity_oracle
from tests.twins.naive_bounding import Cell, Person, tally

FALSE_ALARM = 1e-6
GATE = Gate(min_people=5, groups=3, sigma2=Fraction(40), delta=Fraction(1, 100))
Sampler = Callable[[Fraction], int]
Publish = Callable[[Gate, int, int], int | None]
Bits = buffered(secrets.randbits)


def ours(sigma2: Fraction) -> int:
    return discrete_gaussian(sigma2, Bits)


def assert_dp(
    first: Sequence[bool], second: Sequence[bool], *, epsilon: float, delta: float
) -> None:
    """Fail only when the event is surely likelier than e**epsilon p + delta allows."""
    low = beta.ppf(FALSE_ALARM / 2, sum(first), len(first) - sum(first) + 1) if any(first) else 0.0
    high = beta.isf(FALSE_ALARM / 2, sum(second) + 1, len(second) - sum(second))
    assert low <= math.exp(epsilon) * high + delta


# --- the noise is the noise that was charged ---


def check_noise(sample: Sampler) -> None:
    """The draws' squares add up to what sigma^2 says (chi-square, an upper and a lower tail)."""
    sigma2, n = Fraction(400), 20_000
    total = sum(sample(sigma2) ** 2 for _ in range(n)) / float(sigma2)
    assert min(chi2.cdf(total, n), chi2.sf(total, n)) > FALSE_ALARM


def test_the_noise_has_the_size_that_is_charged() -> None:
    check_noise(ours)


@pytest.mark.parametrize(
    "mutant",
    [
        lambda s: discrete_gaussian(s / 4, Bits),
        lambda s: ours(s) // 2,
        lambda _: 0,
        lambda s: abs(ours(s)) if ours(s) > 0 else 0,
        lambda s: discrete_gaussian(s / 2, Bits),
    ],
    ids=["noise x 0.5", "noise halved", "no noise", "one-sided", "rho counted twice"],
)
def test_too_little_noise_is_caught(mutant: Sampler) -> None:
    with pytest.raises(AssertionError):
        check_noise(mutant)


# --- singletons: rare cells stay out ---


def check_selection(publish: Publish) -> None:
    """Exactly: cells of k people show within delta, cells of fewer never, m cells together."""
    pmf = noise_law.pmf(GATE.sigma2)
    k = GATE.min_people
    assert all(publish(GATE, n, x) is None for n in range(k) for x in pmf)
    chance = sum(p for x, p in pmf.items() if publish(GATE, k, x) is not None)
    assert 1 - (1 - chance) ** GATE.groups <= float(GATE.delta)


def test_a_cell_at_the_minimum_shows_within_delta_and_below_it_never() -> None:
    check_selection(Gate.publish)


def _tau(gate: Gate, tau: int) -> Publish:
    def publish(_: Gate, n: int, x: int) -> int | None:
        noisy = n - (gate.min_people - 1) + x
        return gate.min_people - 1 + noisy if n >= gate.min_people and noisy > tau else None

    return publish


def _gate_for_one_group() -> Gate:
    return replace(GATE, groups=1)


@pytest.mark.parametrize(
    "mutant",
    [
        _tau(GATE, GATE.threshold - 1),  # >= is the same as one less
        _tau(GATE, GATE.threshold - 2),
        _tau(GATE, _gate_for_one_group().threshold),
        lambda g, n, x: n + x if n + x > g.min_people - 1 + g.threshold else None,
        lambda g, n, x: n + x if n >= g.min_people else None,
    ],
    ids=[
        "threshold >=",
        "tau floored",
        "m ignored in delta",
        "no minimum of people",
        "no threshold",
    ],
)
def test_a_gate_that_lets_rare_cells_through_is_caught(mutant: Publish) -> None:
    if (
        mutant(GATE, GATE.min_people + 1, 0) is not None
        and mutant(GATE, GATE.min_people, 0) is None
    ):
        with pytest.raises(AssertionError):  # an exact cut one higher: the step is at k + 1
            check_step(mutant)
        return
    with pytest.raises(AssertionError):
        check_selection(mutant)


def check_step(publish: Publish) -> None:
    """No neighbouring counts differ in the chance of showing by more than the law allows."""
    pmf = noise_law.pmf(GATE.sigma2)
    rho = Fraction(1) / (2 * GATE.sigma2)
    epsilon = float(epsilon_of(rho, Fraction(1, 10**6)))
    for n in range(GATE.min_people + 40):
        a, b = (sum(p for x, p in pmf.items() if publish(GATE, i, x)) for i in (n, n + 1))
        for one, other in ((a, b), (b, a)):
            assert one <= math.exp(epsilon) * other + 1e-6 + float(GATE.delta)


def test_one_person_more_never_changes_the_chance_of_showing_by_more_than_is_charged() -> None:
    check_step(Gate.publish)


def test_an_exact_cut_instead_of_a_noisy_one_is_caught() -> None:
    with pytest.raises(AssertionError):
        check_step(lambda g, n, x: n + x if n > g.min_people else None)


def test_of_twenty_thousand_singletons_only_delta_of_them_show() -> None:
    """Sampled through ``protect``: k = 1, one person in each cell, delta 1/100."""
    keys = tuple(f"v{i}" for i in range(2_000))
    block = Block("t", ("a",), None, keys, 1, (Measure("size", MeasureKind.SIZE),))
    table = TablePlan.of(block, rhos=(Fraction(1, 80),), min_people=1, delta=Fraction(1, 100))
    lone = {"t": dict.fromkeys(block.cells, Tally(1))}
    shown = trials = 0
    for _ in range(10):
        protected = protect(QuantityPlan((table,)), lone, None, randbits=secrets.randbits)
        shown += sum(c.withheld is None for c in protected.tables[0].cells)
        trials += len(keys)
    chance = float(noise_law.at_least(table.gate.sigma2, first_shown(table.gate.threshold) - 1))
    assert chance <= 0.01
    assert binomtest(shown, trials, chance).pvalue > FALSE_ALARM


# --- sensitivity: what one person can do ---


def check_sensitivity(claim: Callable[[Part, int], int], bounding: Any) -> None:
    """No small data set moves a quantity further than is claimed (the oracle tries them all)."""
    table = TablePlan.of(
        sensitivity_oracle.block(2),
        rhos=(Fraction(1, 240),) * 3,
        min_people=2,
        delta=Fraction(1, 10**7),
    )
    true = {q.part: q.sensitivity.squared for m in table.measures for q in m.quantities}
    worst = sensitivity_oracle.worst(table, bounding)
    assert all(worst[part] <= claim(part, squared) for part, squared in true.items())


def _unbounded(persons: Sequence[Person], block: Block) -> Any:
    return tally(persons, replace(block, groups_per_person=99), key=b"k")


def _unclamped(persons: Sequence[Person], block: Block) -> Any:
    wide = tuple(
        replace(m, upper=m.upper * 10) if m.kind is MeasureKind.TOTAL else m for m in block.measures
    )
    return tally(persons, replace(block, measures=wide), key=b"k")


def _shared_cap(persons: Sequence[Person], block: Block) -> Any:
    """Keeps m cells in all that *others* leave: whoever else is there changes what one keeps."""
    free = list(block.cells)[: 1 + len(persons) % 3]
    moved = [replace(p, cells=p.cells & frozenset[Cell](free)) for p in persons]
    return tally(moved, block, key=b"k")


def _uncapped_events(persons: Sequence[Person], block: Block) -> Any:
    loose = tuple(
        replace(m, events_per_person=99) if m.events_per_person else m for m in block.measures
    )
    return tally(persons, replace(block, measures=loose), key=b"k")


def test_the_claimed_sensitivities_hold() -> None:
    check_sensitivity(lambda _, squared: squared, sensitivity_oracle.bounded)


@pytest.mark.parametrize(
    "bounding",
    [_unbounded, _unclamped, _uncapped_events, _shared_cap],
    ids=["m not enforced", "no clamp", "no cap on events", "bounding looks at others"],
)
def test_bounding_that_does_not_bound_is_caught(bounding: Any) -> None:
    with pytest.raises(AssertionError):
        check_sensitivity(lambda _, squared: squared, bounding)


@pytest.mark.parametrize(
    "claim",
    [
        lambda _, squared: squared // 2,
        lambda part, squared: 1 if part is Part.PEOPLE else squared,
        lambda part, squared: squared // 4 if part is Part.CENTRED_SUM else squared,
    ],
    ids=["m ignored", "m ignored in counts", "halves forgotten in the centred sum"],
)
def test_a_claim_that_is_too_small_is_caught(claim: Callable[[Part, int], int]) -> None:
    with pytest.raises(AssertionError):
        check_sensitivity(claim, sensitivity_oracle.bounded)


# --- neighbours: no value tells them apart ---


def test_every_value_reached_from_one_neighbour_is_reached_from_the_other() -> None:
    """Reachable sets (Mironov 2012): with exact integer noise no value gives a person away."""
    n = 30_000
    without, with_one = (Counter(c + ours(Fraction(3)) for _ in range(n)) for c in (0, 1))
    for value in range(-4, 6):
        assert without[value] > 0
        assert with_one[value] > 0
    steps = Counter(x % 5 for x in without.elements())
    assert set(steps) == set(range(5))  # no grid but that of the integers


def test_a_sum_stays_within_its_charge_for_the_events_that_tell_most() -> None:
    rho = Fraction(1, 8)
    sigma2 = clamped_sum(1, 100).squared / (2 * rho)
    epsilon = float(epsilon_of(rho, Fraction(1, 1000)))
    here, there = ([d + ours(sigma2) for _ in range(20_000)] for d in (100, 0))
    for cut in (-200, 0, 50, 150, 300):
        above = [x > cut for x in here], [x > cut for x in there]
        assert_dp(*above, epsilon=epsilon, delta=1e-3)


def test_the_same_event_gives_a_mutant_with_a_tenth_of_the_noise_away() -> None:
    rho = Fraction(1, 8)
    sigma2 = clamped_sum(1, 100).squared / (2 * rho) / 100
    epsilon = float(epsilon_of(rho, Fraction(1, 1000)))
    here, there = ([d + ours(sigma2) for _ in range(20_000)] for d in (100, 0))
    with pytest.raises(AssertionError):
        assert_dp([x > 50 for x in here], [x > 50 for x in there], epsilon=epsilon, delta=1e-3)


def test_noise_is_unbounded_so_averaging_never_finds_an_edge() -> None:
    # sd 2: one draw exceeds 6 with probability 1.1e-3, so a false alarm has e**-69
    assert max(abs(ours(Fraction(4))) for _ in range(60_000)) > 3 * 2


# --- error bars: from released values only ---


def check_interval(interval: Callable[[Gate, int], tuple[int, int]]) -> None:
    """Given publication, every count near the threshold is covered at least 95 % (exactly)."""
    pmf = noise_law.pmf(GATE.sigma2)
    for n in range(GATE.min_people, GATE.smallest_value + 20, 4):
        shown = {x: p for x, p in pmf.items() if p > 1e-12 and GATE.publish(n, x) is not None}
        covered = 0.0
        for x, p in shown.items():
            low, high = interval(GATE, n + x)
            covered += p * (low <= n <= high)
        assert covered >= 0.95 * sum(shown.values())


def test_the_interval_given_publication_covers() -> None:
    check_interval(Gate.interval)


def _plain(gate: Gate, value: int) -> tuple[int, int]:
    half = gate.law.half_width(Fraction(95, 100))
    return value - half, value + half


@pytest.mark.parametrize(
    "mutant",
    [
        _plain,
        lambda g, v: (max(g.min_people, _plain(g, v)[0]), _plain(g, v)[1]),
        lambda g, v: (g.interval(v)[0] + 1, g.interval(v)[1]),
        lambda g, v: (g.interval(v)[0], g.interval(v)[1] - 3),
    ],
    ids=["plain", "plain, cut at k", "low end cut too high", "high end too low"],
)
def test_an_interval_that_forgets_the_selection_is_caught(
    mutant: Callable[[Gate, int], tuple[int, int]],
) -> None:
    with pytest.raises(AssertionError):
        check_interval(mutant)


# --- the cost printed is the cost ---


def check_norm(squared: Callable[[Sensitivity], int]) -> None:
    assert squared(people(9)) == 9
    assert squared(clamped_sum(4, 10)) == 400


def test_the_norm_is_that_of_a_vector() -> None:
    check_norm(lambda s: s.squared)


@pytest.mark.parametrize(
    "mutant", [lambda s: s.per_group**2, lambda s: s.groups * s.per_group], ids=["m ignored", "l1"]
)
def test_another_norm_is_caught(mutant: Callable[[Sensitivity], int]) -> None:
    with pytest.raises(AssertionError):
        check_norm(mutant)

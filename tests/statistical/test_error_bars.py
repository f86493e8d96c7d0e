# SPDX-License-Identifier: Apache-2.0
"""Error bars as ``protect`` prints them, run after run, against their exact coverage.

A false alarm has probability FALSE_ALARM. The exact coverage is computed (``tests.twins``), not
assumed to be 95 %: a band around 95 % would let a biased interval through.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from itertools import accumulate

import pytest
from scipy.stats import binomtest

from privseg.frames import (
    TOTAL_KEY,
    Block,
    ByCategory,
    ByPeriod,
    Cell,
    EachOf,
    Measure,
    MeasureKind,
    SumOf,
    Tally,
)
from privseg.protect import Part, ProtectedNumber, QuantityPlan, TablePlan, protect
from privseg.terms import Attribute
from tests.twins import noise_law

FALSE_ALARM = 1e-6
RUNS = 1_500
WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
AMOUNT = EachOf(Attribute("survey.score"), WINDOW)
SPENT = SumOf(Attribute("survey.score"), WINDOW)
SIZE = Measure("size", MeasureKind.SIZE)
COUNT = Measure("count", MeasureKind.COUNT)
BLOCK = Block(
    "t",
    ("a",),
    1,
    (
        SIZE,
        COUNT,
        Measure("total", MeasureKind.TOTAL, AMOUNT, upper=9),
        Measure("average", MeasureKind.AVERAGE, AMOUNT, lower=1, upper=5, events_per_person=1),
    ),
)


def planned(block: Block, rho: str = "1/80") -> TablePlan:
    rhos = (Fraction(rho),) * len(block.measures)
    return TablePlan.of(block, rhos=rhos, min_people=20, delta=Fraction(1, 10**7))


TABLE = planned(BLOCK)
PEOPLE, TOTAL, AT_LIMIT, EVENTS, SCORE_ABOVE_ONE = 60, 400, 11, 500, 1_100


def published(runs: int) -> list[dict[str, ProtectedNumber]]:
    tally = Tally(
        PEOPLE,
        {"total": TOTAL, "average": SCORE_ABOVE_ONE // 10},
        {"total": AT_LIMIT, "average": EVENTS // 10},
    )
    return [found[("a", ())] for found in repeated(TABLE, {("a", ()): tally}, runs) if found]


def repeated(
    plan: TablePlan, tallies: dict[Cell, Tally], runs: int
) -> list[dict[Cell, dict[str, ProtectedNumber]]]:
    """Return the shown cells' numbers of each of ``runs`` releases of the same tallies."""
    bits, name = random.SystemRandom().getrandbits, plan.block.name
    tables = (
        protect(QuantityPlan((plan,)), {name: tallies}, None, randbits=bits).tables[0]
        for _ in range(runs)
    )
    return [{c.cell: dict(c.numbers) for c in t.cells if not c.withheld} for t in tables]


@pytest.fixture(scope="module")
def runs() -> list[dict[str, ProtectedNumber]]:
    return published(RUNS)


def holds(number: ProtectedNumber, truth: Fraction | int) -> bool:
    estimate = number.estimate
    assert estimate is not None
    return estimate.low <= truth * 10**estimate.decimals <= estimate.high


def test_a_cell_is_published_as_often_as_its_law_says(
    runs: list[dict[str, ProtectedNumber]],
) -> None:
    gate = TABLE.gate
    chance = float(noise_law.at_least(gate.sigma2, gate.smallest_value - PEOPLE))
    assert binomtest(len(runs), RUNS, chance).pvalue > FALSE_ALARM


def test_a_size_given_publication_is_covered_as_often_as_its_law_says(
    runs: list[dict[str, ProtectedNumber]],
) -> None:
    gate = TABLE.gate
    shown = {x: p for x, p in noise_law.pmf(gate.sigma2).items() if gate.publish(PEOPLE, x)}
    covering = sum(
        p
        for x, p in shown.items()
        if gate.interval(PEOPLE + x)[0] <= PEOPLE <= gate.interval(PEOPLE + x)[1]
    )
    exact = covering / sum(shown.values())
    assert exact >= 0.95
    covered = sum(holds(r["size"], PEOPLE) for r in runs)
    assert binomtest(covered, len(runs), exact).pvalue > FALSE_ALARM


@pytest.mark.parametrize(("part", "truth"), [(Part.SUM, TOTAL), (Part.AT_LIMIT, AT_LIMIT)])
def test_a_total_and_the_count_at_its_limit_are_covered_as_often_as_their_law_says(
    runs: list[dict[str, ProtectedNumber]], part: Part, truth: int
) -> None:
    sigma2 = TABLE.measures[2].quantity(part).sigma2
    pmf = noise_law.pmf(sigma2)
    half = next(h for h in range(10**6) if sum(pmf[x] for x in range(-h, h + 1)) >= 0.95)
    exact = sum(pmf[x] for x in range(-half, half + 1))
    estimates = [r["total"].estimate if part is Part.SUM else r["total"].at_limit for r in runs]
    covered = sum(e is not None and e.low <= truth <= e.high for e in estimates)
    assert binomtest(covered, len(runs), exact).pvalue > FALSE_ALARM


def test_an_average_given_publication_is_covered_at_least_95_percent_of_the_time(
    runs: list[dict[str, ProtectedNumber]],
) -> None:
    """Exact coverage is at least 95 % (tests/unit/protect/test_average.py sums it)."""
    truth = 1 + Fraction(SCORE_ABOVE_ONE // 10, EVENTS // 10)
    printed = [r["average"] for r in runs if r["average"].estimate is not None]
    covered = sum(holds(number, truth) for number in printed)
    assert len(printed) > 100
    assert binomtest(covered, len(printed), 0.95, alternative="less").pvalue > FALSE_ALARM


def test_a_count_apart_from_the_gate_is_covered_as_often_as_its_law_says(
    runs: list[dict[str, ProtectedNumber]],
) -> None:
    """Whether it is shown is decided by another draw: its law stays the plain one."""
    pmf = noise_law.pmf(TABLE.measures[1].quantity(Part.COUNT).sigma2)
    half = next(h for h in range(10**6) if sum(pmf[x] for x in range(-h, h + 1)) >= 0.95)
    covered = sum(holds(r["count"], PEOPLE) for r in runs)
    exact = sum(pmf[x] for x in range(-half, half + 1))
    assert binomtest(covered, len(runs), exact).pvalue > FALSE_ALARM


def covers(outcomes: list[bool], *, at_least: float = 0.95) -> bool:
    """Return whether so many hits are compatible with a coverage of at least 95 %."""
    test = binomtest(sum(outcomes), len(outcomes), at_least, alternative="less")
    return bool(test.pvalue > FALSE_ALARM)


# --- running sums ---

WEEKS = 6
BY_WEEK = ByPeriod(
    Attribute("purchase"), tuple(f"w{i}" for i in range(WEEKS)), (WINDOW,) * WEEKS, 2
)
TREND = planned(
    Block(
        "trend",
        ("a",),
        2,
        (
            SIZE,
            Measure("count", MeasureKind.COUNT, running=True),
            Measure("total", MeasureKind.TOTAL, SPENT, upper=7, running=True),
        ),
        (BY_WEEK,),
    ),
    "1/40",
)
PER_WEEK = (300, 190, 250, 180, 400, 220)


@pytest.fixture(scope="module")
def trends() -> list[dict[Cell, dict[str, ProtectedNumber]]]:
    tallies = {
        cell: Tally(n, {"total": 3 * n}, {"total": n // 9})
        for cell, n in zip(TREND.block.cells, PER_WEEK, strict=True)
    }
    return repeated(TREND, tallies, 1_200)


@pytest.mark.parametrize("week", range(WEEKS))
@pytest.mark.parametrize("measure", ["count", "total"])
def test_a_running_sum_is_covered_at_least_95_percent_of_the_time(
    trends: list[dict[Cell, dict[str, ProtectedNumber]]], week: int, measure: str
) -> None:
    truth = list(accumulate(PER_WEEK))[week] * (3 if measure == "total" else 1)
    cell = TREND.block.cells[week]
    shown = [t[cell][measure] for t in trends if cell in t]
    assert len(shown) > 1_100
    assert covers([holds(number, truth) for number in shown])


def test_a_bar_two_thirds_as_long_would_not_cover_a_running_sum(
    trends: list[dict[Cell, dict[str, ProtectedNumber]]],
) -> None:
    """The control: noise that is a third too large for its bar would be found out."""
    cell, truth = TREND.block.cells[-1], sum(PER_WEEK)
    estimates = [t[cell]["count"].estimate for t in trends if cell in t]
    within = [
        e is not None and 3 * abs(e.value - truth) <= 2 * (e.high - e.value) for e in estimates
    ]
    assert not covers(within)


def test_a_running_total_says_how_many_its_limit_cut_up_to_then(
    trends: list[dict[Cell, dict[str, ProtectedNumber]]],
) -> None:
    cell = TREND.block.cells[-1]
    truth = sum(n // 9 for n in PER_WEEK)
    limits = [t[cell]["total"].at_limit for t in trends if cell in t]
    assert covers([e is not None and e.low <= truth <= e.high for e in limits])


# --- margins that agree ---

CITIES = ByCategory(Attribute("city"), ("x", "y", "z"))
MARGIN = planned(Block("grid", ("a",), 1, (SIZE, COUNT), (CITIES,), ((),)), "1/40")


def test_counts_that_agree_with_their_margin_are_covered_at_least_95_percent_of_the_time() -> None:
    people = {"x": 300, "y": 411, "z": 250}
    tallies = {("a", (k,)): Tally(n) for k, n in {**people, TOTAL_KEY: 961}.items()}
    shown = [found for found in repeated(MARGIN, tallies, 1_000) if len(found) == len(tallies)]
    assert len(shown) > 900
    for cell, tally in tallies.items():
        assert covers([holds(found[cell]["count"], tally.people) for found in shown])


# --- quantiles: every kind of distribution ---

GRID = (0, 10, 20, 30, 40, 50)
RANKS = (Fraction(1, 4), Fraction(1, 2), Fraction(9, 10))
QUANTILES = planned(
    Block(
        "q",
        ("a",),
        1,
        (SIZE, Measure("spend", MeasureKind.QUANTILES, SPENT, grid=GRID, ranks=RANKS)),
    ),
    "1/20",
)
DISTRIBUTIONS = {
    "atoms in the middle of bins": [5] * 60 + [25] * 120 + [45] * 60,
    "exactly q of the people are below an edge": [9] * 120 + [10] * 120,
    "one more than q of the people are below an edge": [9] * 121 + [10] * 119,
    "all at one edge": [30] * 240,
    "all at the upper end": [50] * 240,
    "all below the grid": [-9] * 240,
    "even": list(range(50)) * 5,
    "nearly all in one bin": [12] * 230 + [44] * 10,
    "nobody has an amount": [],
    "three people have one": [15, 25, 35],
}


def binned(amounts: list[int]) -> tuple[int, ...]:
    bins = [0] * (len(GRID) + 1)
    for amount in amounts:
        bins[sum(edge <= amount for edge in GRID)] += 1
    return tuple(bins)


def true_quantile(amounts: list[int], rank: Fraction) -> int | None:
    clamped = sorted(min(max(a, GRID[0]), GRID[-1]) for a in amounts)
    return next((v for i, v in enumerate(clamped, 1) if i >= rank * len(clamped)), None)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_quantile_given_that_it_is_printed_is_covered_at_least_95_percent_of_the_time(
    name: str,
) -> None:
    amounts = DISTRIBUTIONS[name]
    tally = Tally(250, bins={"spend": binned(amounts)})
    found = repeated(QUANTILES, {("a", ()): tally}, 600)
    for rank, truth in ((r, true_quantile(amounts, r)) for r in RANKS):
        shown = [f[("a", ())]["spend"].quantiles[RANKS.index(rank)] for f in found if f]
        printed = [e for e in shown if e is not None]
        assert len(printed) == len(found)  # the cell's size decides, and it is far above
        assert covers([truth is None or e.low <= truth <= e.high for e in printed])


def test_an_interval_of_half_the_bound_would_not_cover_a_quantile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control, where exactly half of the people are below an edge."""
    from privseg.protect import quantiles  # noqa: PLC0415

    half: Callable[..., tuple[Fraction, ...]] = partial(_halved, quantiles._bounds)
    monkeypatch.setattr(quantiles, "_bounds", half)
    amounts = DISTRIBUTIONS["exactly q of the people are below an edge"]
    tally = Tally(250, bins={"spend": binned(amounts)})
    found = repeated(QUANTILES, {("a", ()): tally}, 600)
    printed = [f[("a", ())]["spend"].quantiles[1] for f in found]
    assert not covers([e is not None and e.low <= 9 <= e.high for e in printed])


def _halved(bounds: Callable[..., tuple[Fraction, ...]], *facts: object) -> tuple[Fraction, ...]:
    return tuple(b / 2 for b in bounds(*facts))

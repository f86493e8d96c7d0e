# SPDX-License-Identifier: Apache-2.0
"""Error bars as ``protect`` prints them, run after run, against their exact coverage.

A false alarm has probability FALSE_ALARM. The exact coverage is computed (``tests.twins``), not
assumed to be 95 %: a band around 95 % would let a biased interval through.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from scipy.stats import binomtest

from privseg.frames import Block, Measure, MeasureKind, Tally
from privseg.protect import Part, ProtectedNumber, QuantityPlan, TablePlan, protect
from privseg.terms import Attribute
from tests.twins import noise_law

FALSE_ALARM = 1e-6
RUNS = 1_500
AMOUNT = Attribute("survey.score")
BLOCK = Block(
    "t",
    ("a",),
    None,
    ("",),
    1,
    (
        Measure("size", MeasureKind.SIZE),
        Measure("total", MeasureKind.TOTAL, AMOUNT, upper=9),
        Measure("average", MeasureKind.AVERAGE, AMOUNT, lower=1, upper=5, events_per_person=1),
    ),
)
TABLE = TablePlan.of(BLOCK, rhos=(Fraction(1, 80),) * 3, min_people=20, delta=Fraction(1, 10**7))
PEOPLE, TOTAL, AT_LIMIT, EVENTS, SCORE_ABOVE_ONE = 60, 400, 11, 500, 1_100


def published(runs: int) -> list[dict[str, ProtectedNumber]]:
    tally = Tally(
        PEOPLE,
        {"total": TOTAL, "average": SCORE_ABOVE_ONE // 10},
        {"total": AT_LIMIT, "average": EVENTS // 10},
    )
    plan, bits = QuantityPlan((TABLE,)), random.SystemRandom()
    found = []
    for _ in range(runs):
        protected = protect(plan, {"t": {("a", ""): tally}}, None, randbits=bits.getrandbits)
        found.append(dict(protected.tables[0].cells[0].numbers))
    return [numbers for numbers in found if numbers]


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
    sigma2 = TABLE.measures[1].quantity(part).sigma2
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

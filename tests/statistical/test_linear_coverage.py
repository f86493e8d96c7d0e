# SPDX-License-Identifier: Apache-2.0
"""Error bars of sums, totals that agree and quotients, with noise from the exact sampler.

A false alarm has probability FALSE_ALARM. Coverage is compared with its exact value where that is
known, and with 95 % from below where it is bounded.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from scipy.stats import binomtest

from privseg.frames import Cell
from privseg.protect.consistent import counts
from privseg.protect.formula import Combined, Part, Quotient
from privseg.protect.formulas import evaluate
from privseg.protect.linear import half_width
from privseg.protect.sampler import discrete_gaussian
from privseg.protect.stage import Drawn, Estimate
from tests.twins import formula_world as world
from tests.twins.formula_world import at, people
from tests.twins.sum_law import sum_law

FALSE_ALARM = 1e-6
BITS = random.SystemRandom().getrandbits
PLAN = world.table(measures=world.MEASURES[:2])
CROSSED = world.table(measures=world.MEASURES[:2], margins=((0,), (1,), ()))
SIGMA2 = PLAN.measures[1].quantity(Part.COUNT).sigma2
CELLS = (at("DE", "gold"), at("FR", "gold"))


def noisy(n: int, sigma2: Fraction = SIGMA2) -> int:
    return n + discrete_gaussian(sigma2, BITS)


def drawn(
    truths: dict[Cell, int], sigma2: Fraction = SIGMA2
) -> dict[Cell, dict[str, dict[Part, Drawn]]]:
    return {
        c: {"size": {Part.PEOPLE: 999}, "people": {Part.COUNT: noisy(n, sigma2)}}
        for c, n in truths.items()
    }


def holds(found: Estimate, truth: Fraction | int) -> bool:
    return found.low <= truth * 10**found.decimals <= found.high


def test_a_sum_is_covered_as_often_as_its_law_says() -> None:
    formula = Combined("net", (people(CELLS[0]), people(CELLS[1], -2)), is_signed=True)
    weights = ((Fraction(1), SIGMA2), (Fraction(-2), SIGMA2))
    exact = sum_law(weights).within(half_width(weights))
    assert exact >= 0.95
    truths = {CELLS[0]: 300, CELLS[1]: 200}
    runs = 2_000
    found = (evaluate(PLAN, drawn(truths), formula).estimate for _ in range(runs))
    covered = sum(e is not None and holds(e, -100) for e in found)
    assert binomtest(covered, runs, exact).pvalue > FALSE_ALARM


@pytest.mark.parametrize("withheld", [(), (at("IT", "gold"),)], ids=["all shown", "one withheld"])
def test_counts_that_agree_are_each_covered_at_least_95_percent_of_the_time(
    withheld: tuple[Cell, ...],
) -> None:
    """And hardly more: their law is nearly normal, and their ends whole."""
    sigma2 = CROSSED.measures[1].quantity(Part.COUNT).sigma2
    truths = {c: 40 * (1 + i) for i, c in enumerate(CROSSED.block.finest)}
    fine = tuple(truths.items())
    for cell in CROSSED.block.cells[len(fine) :]:
        truths[cell] = sum(n for c, n in fine if _is_in(c, cell))
    runs, covered = 700, dict.fromkeys(truths, 0)
    for _ in range(runs):
        released = drawn({c: n for c, n in truths.items() if c not in withheld}, sigma2)
        for cell, found in counts(CROSSED, released).items():
            covered[cell] += holds(found, truths[cell])
    estimated = {cell: n for cell, n in covered.items() if n}
    assert len(estimated) == len(truths) - (4 if withheld else 0)
    for n in estimated.values():
        assert binomtest(n, runs, 0.95, alternative="less").pvalue > FALSE_ALARM / len(truths)
        assert binomtest(n, runs, 0.985, alternative="greater").pvalue > FALSE_ALARM / len(truths)


def _is_in(finest: Cell, margin: Cell) -> bool:
    pairs = zip(finest[1], margin[1], strict=True)
    return all(b in (a, "(all)") for a, b in pairs)


@pytest.mark.parametrize("others", [34, 45, 80, 1000])
@pytest.mark.parametrize("share", ["0", "1/2"])
def test_a_share_given_publication_is_covered_at_least_95_percent_of_the_time(
    others: int, share: str
) -> None:
    """The bar of two counts is at 45, and the box ends at 103."""
    formula = Quotient("share", (people(CELLS[0]),), tuple(map(people, CELLS)), highest=1)
    mine = int(Fraction(share) * others)
    truths = {CELLS[0]: mine, CELLS[1]: others - mine}
    found = [evaluate(PLAN, drawn(truths), formula).estimate for _ in range(1_200)]
    printed = [e for e in found if e is not None]
    covered = sum(holds(e, Fraction(mine, others)) for e in printed)
    assert len(printed) > 80
    assert binomtest(covered, len(printed), 0.95, alternative="less").pvalue > FALSE_ALARM

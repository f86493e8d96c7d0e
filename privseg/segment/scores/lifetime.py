# SPDX-License-Identifier: Apache-2.0
"""Lifetime value: what each buyer will buy, is worth, and whether they still buy.

Three steps, so that people can be read in shards: ``summarise`` each shard, ``fit`` all summaries
together where the policy gives no parameters, and ``lifetime_columns`` of each summary. Results
are floating-point numbers only until they are rounded to their grid, here and nowhere else: who has
no finite number has no result, and nobody else learns of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from privseg.policy.scores import LifetimeParameters, LifetimeValue
from privseg.segment.scores import bg_nbd, gamma_gamma
from privseg.segment.scores.activity import Column, Integers, Ordinals
from privseg.segment.scores.fitting import Reals
from privseg.segment.scores.purchases import Summary

MOST = 2**62  # a result beyond is this, on the grid: float to integer must not overflow


def fit(formula: LifetimeValue, summaries: Sequence[Summary]) -> LifetimeParameters:
    """Return the parameters under which what all these people did is the most likely.

    Neither the order of people nor how they are cut into summaries matters.

    Raises:
        NotFittedError: one of the models does not fit them.
    """
    times = bg_nbd.fit(summaries, period_days=formula.period_days)
    money = gamma_gamma.fit(summaries, minor_units=10**formula.currency.exponent)
    return LifetimeParameters(*map(Fraction, (*times, *money)))


def lifetime_columns(
    formula: LifetimeValue,
    summary: Summary,
    *,
    parameters: LifetimeParameters,
    asked: frozenset[str],
) -> Mapping[str, Column]:
    """Return the results ``asked`` for, each on its grid; ties go to the even neighbour.

    It never fails on data: where the closed form has no finite value, the person has no such
    result, and everybody else has theirs.
    """
    with np.errstate(all="ignore"):  # what is not finite is missing
        return {
            name: _known(summary.people, values, grid)
            for name, values, grid in _numbers(formula, summary, parameters, asked)
        }


def _numbers(
    formula: LifetimeValue, summary: Summary, p: LifetimeParameters, asked: frozenset[str]
) -> Iterator[tuple[str, Reals, int]]:
    """Yield what is asked for and nothing else: numbers, some not finite, and their grid."""
    times = bg_nbd.Parameters(float(p.r), float(p.alpha), float(p.a), float(p.b))
    seen = bg_nbd.past(summary, period_days=formula.period_days)
    if "alive" in asked:
        yield "alive", bg_nbd.alive(times, seen) * 100, 1
    if asked.isdisjoint({"purchases", "value"}):
        return
    purchases = bg_nbd.expected_purchases(times, seen, horizon=float(formula.horizon))
    if "purchases" in asked:
        yield "purchases", purchases * 100, 1
    if "value" in asked:
        minor_units = 10**formula.currency.exponent
        money = gamma_gamma.Parameters(float(p.p), float(p.q), float(p.v))
        spent = gamma_gamma.spent(summary, minor_units=minor_units)
        worth = gamma_gamma.expected_worth(money, spent)
        yield "value", purchases * worth * minor_units, formula.grid


def _known(people: Ordinals, values: Reals, grid: int) -> Column:
    """Return the column of those whose number is finite."""
    finite = np.isfinite(values)
    return Column(people[finite], on_grid(values[finite], grid))


def on_grid(values: Reals, grid: int) -> Integers:
    """Return the nearest multiple of ``grid`` to each value (0 or more), ties to the even one.

    >>> on_grid(np.array([2.5, 7.5, 1e300]), 5).tolist() == [0, 10, MOST // 5 * 5]
    True
    """
    steps = np.rint(np.asarray(values, dtype=np.float64) / grid)
    most = MOST // grid
    below = np.where(steps < most, steps, 0.0).astype(np.int64)
    rounded: Integers = np.where(steps < most, below, most) * grid
    return rounded

# SPDX-License-Identifier: Apache-2.0
"""Gamma-Gamma: what a purchase of somebody is worth on average.

Fader & Hardie (2013), "The Gamma-Gamma model of monetary value": the worth of a purchase is
Gamma(p, nu), nu ~ Gamma(q, v) among people, and it has nothing to do with how often they buy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import digamma, gammaln

from privseg.segment.scores.errors import NotFittedError
from privseg.segment.scores.fitting import Reals, maximise
from privseg.segment.scores.purchases import Summary, tally

MODEL = "Gamma-Gamma"


class Parameters(NamedTuple):
    """p and q have no unit, v is in whole currency units; all positive, and q more than 1."""

    p: float
    q: float
    v: float


class Spent(NamedTuple):
    """Repeat purchases of a known worth, their sum, and how many people each line stands for."""

    x: Reals
    total: Reals
    people: Reals


def spent(summary: Summary, *, minor_units: int) -> Spent:
    """Return the lines of a summary, one for each person.

    Who got back more than they paid counts as having paid nothing: the model knows no less.
    """
    worth = np.maximum(summary.worth, 0) / minor_units
    return Spent(summary.valued.astype(np.float64), worth, np.ones(len(worth)))


def fit(summaries: Sequence[Summary], *, minor_units: int) -> Parameters:
    """Return the parameters under which what these people spent is the most likely.

    Only repeats that were worth something tell anything.

    Raises:
        NotFittedError: there are none, the search does not converge, or the mean is infinite.
    """
    columns = [
        np.concatenate([getattr(s, name) for s in summaries] or [np.empty(0, dtype=np.int64)])
        for name in ("valued", "worth")
    ]
    (x, worth), people = tally(columns)
    tells = (x > 0) & (worth > 0)
    if not np.any(tells):
        raise NotFittedError(MODEL, "nobody bought a second time for a known amount")
    seen = Spent(
        x[tells].astype(np.float64), worth[tells] / minor_units, people[tells].astype(np.float64)
    )
    mean = float(np.average(seen.total / seen.x, weights=seen.people))
    start = np.array([2.0, 3.0, mean])
    found = Parameters(
        *map(float, maximise(MODEL, lambda p: log_likelihood(Parameters(*p), seen), start=start))
    )
    if found.q <= 1:
        raise NotFittedError(MODEL, "the mean that it finds is infinite")
    return found


def log_likelihood(parameters: Parameters, seen: Spent) -> tuple[float, Reals]:
    """Return the log-likelihood (equation 1a of the note) a person, and its gradient."""
    p, q, v = parameters
    x, total, people = seen
    value = (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(v)
        + (p * x - 1) * np.log(total)
        + np.log(x)
        - (p * x + q) * np.log(v + total)
    )
    slope = (
        x * (digamma(p * x + q) - digamma(p * x) + np.log(total) - np.log(v + total)),
        digamma(p * x + q) - digamma(q) + np.log(v) - np.log(v + total),
        q / v - (p * x + q) / (v + total),
    )
    share = people / people.sum()
    return float(np.sum(share * value)), np.array([np.sum(share * s) for s in slope])


def expected_worth(parameters: Parameters, seen: Spent) -> Reals:
    """Return what a purchase of each is expected to be worth (equation 5 of the note).

    The more purchases are known, the less the mean of everybody counts; of none it is that mean.
    """
    p, q, v = parameters
    found: Reals = p * (v + seen.total) / (p * seen.x + q - 1)
    return found

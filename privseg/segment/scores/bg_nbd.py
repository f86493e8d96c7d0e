# SPDX-License-Identifier: Apache-2.0
"""BG/NBD: when people buy, and when they silently stop.

Fader, Hardie & Lee (2005), "Counting your customers the easy way: an alternative to the Pareto/NBD
model", Marketing Science 24(2): a buyer buys at a rate lambda ~ Gamma(r, alpha) and stops after a
purchase with probability p ~ Beta(a, b). x repeats, the last t_x after the first purchase, seen
for T. Special functions are scipy's, one number at a time: a person's result does not depend on
who stands beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import numpy as np
from scipy.special import digamma, exp2, expit, expm1, gammaln, hyp2f1, log_expit, xlogy

from privseg.segment.scores.errors import NotFittedError
from privseg.segment.scores.fitting import Reals, maximise
from privseg.segment.scores.purchases import Summary, tally

MODEL = "BG/NBD"
_NEAR = 1e-6  # of a pole that the closed form has and the expectation has not
_SLACK = 1e-6  # of the greatest expectation there can be: beyond, the closed form has gone astray


class Parameters(NamedTuple):
    """Of the rate of buying (r, alpha) and of the chance to stop (a, b); all positive."""

    r: float
    alpha: float
    a: float
    b: float


class Past(NamedTuple):
    """x, t_x and T of people, in periods; and how many people each line stands for."""

    x: Reals
    t_x: Reals
    T: Reals
    people: Reals


def past(summary: Summary, *, period_days: int) -> Past:
    """Return the lines of a summary, one for each person."""
    one = np.ones(len(summary.people))
    return Past(
        summary.repeats.astype(np.float64),
        summary.last / period_days,
        summary.age / period_days,
        one,
    )


def fit(summaries: Sequence[Summary], *, period_days: int) -> Parameters:
    """Return the parameters under which all these people together are the most likely.

    Raises:
        NotFittedError: nobody bought again, or the search does not converge.
    """
    columns = [
        np.concatenate([getattr(s, name) for s in summaries] or [np.empty(0, dtype=np.int64)])
        for name in ("repeats", "last", "age")
    ]
    (x, last, age), people = tally(columns)
    if not np.any(x > 0):
        raise NotFittedError(MODEL, "nobody bought a second time")
    seen = Past(
        x.astype(np.float64), last / period_days, age / period_days, people.astype(np.float64)
    )
    mean_age = float(np.average(seen.T, weights=seen.people))
    start = np.array([1.0, max(mean_age, 1.0), 1.0, 1.0])
    found = maximise(MODEL, lambda p: log_likelihood(Parameters(*p), seen), start=start)
    return Parameters(*map(float, found))


def log_likelihood(parameters: Parameters, seen: Past) -> tuple[float, Reals]:
    """Return the log-likelihood (equation 6 of the paper) a person, and its gradient."""
    r, alpha, a, b = parameters
    x, t_x, age, people = seen
    odds = _log_odds(parameters, seen)
    dead, lives = expit(odds), expit(-odds)
    both = gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both
    value -= (r + x) * np.log(alpha + age) + log_expit(-odds)  # the branch alive over its share
    from_b = digamma(a + b) - digamma(a + b + x)
    slope = (
        digamma(r + x)
        - digamma(r)
        + np.log(alpha)
        - lives * np.log(alpha + age)
        - dead * np.log(alpha + t_x),
        r / alpha - (r + x) * (lives / (alpha + age) + dead / (alpha + t_x)),
        from_b + dead / a,
        from_b + digamma(b + x) - digamma(b) - dead / np.where(x > 0, b + x - 1, 1.0),
    )
    share = people / people.sum()
    return float(np.sum(share * value)), np.array([np.sum(share * s) for s in slope])


def alive(parameters: Parameters, seen: Past) -> Reals:
    """Return the probability that each still buys; 1 of who has not bought again.

    In the model people stop after a repeat purchase only (the paper's section 4; P(alive) is in
    Fader, Hardie & Lee 2008, "Computing P(alive) using the BG/NBD model").
    """
    found: Reals = expit(-_log_odds(parameters, seen))
    return found


def expected_purchases(parameters: Parameters, seen: Past, *, horizon: float) -> Reals:
    """Return how many purchases each is expected to make in the next ``horizon`` periods.

    Equation 10 of the paper after Euler's transformation of 2F1 (DLMF 15.8.1), which takes out the
    power of r + x that would overflow. At a = 1 and at a + b + x = 1 the closed form is 0/0: there
    it is the mean of its values a little to both sides. It is NaN of whom the closed form gives no
    number, or one below nothing or above what they would buy if they never stopped.
    """
    a, b = parameters.a, parameters.b
    if min(abs(a - 1), abs(a + b - 1)) < _NEAR:
        sides = [parameters._replace(a=a * k, b=b * k) for k in (1 - 10 * _NEAR, 1 + 10 * _NEAR)]
        low, high = (_closed_form(side, seen, horizon) for side in sides)
        found = (low + high) / 2
    else:
        found = _closed_form(parameters, seen, horizon)
    most = (parameters.r + seen.x) / (parameters.alpha + seen.T) * horizon
    expected: Reals = alive(parameters, seen) * possible(found, most)
    return expected


def possible(found: Reals, most: Reals) -> Reals:
    """Return each number that is between 0 and the ``most`` there can be, but for rounding; or NaN.

    >>> possible(np.array([-1.0, -1e-9, 0.5, 1.1, np.inf]), np.ones(5)).tolist()
    [nan, 0.0, 0.5, nan, nan]
    """
    inside = (found >= -_SLACK * most) & (found <= (1 + _SLACK) * most) & np.isfinite(found)
    return np.where(inside, np.maximum(found, 0.0), np.nan)


def _log_odds(parameters: Parameters, seen: Past) -> Reals:
    """Return the logarithm of the odds to have stopped; none for who has not bought again."""
    r, alpha, a, b = parameters
    again = seen.x > 0
    start = xlogy(1.0, a / np.where(again, b + seen.x - 1, 1.0))
    since = xlogy(r + seen.x, (alpha + seen.T) / (alpha + seen.t_x))
    return np.where(again, start + since, -np.inf)


def _closed_form(parameters: Parameters, seen: Past, horizon: float) -> Reals:
    """Return what is expected of who is alive."""
    r, alpha, a, b = parameters
    c = a + b + seen.x - 1
    z = horizon / (alpha + seen.T + horizon)
    f = hyp2f1(a + b - 1 - r, a - 1, c, z)
    power = xlogy(a - 1, 1 - z)  # of (1 - z)**(a - 1), which may be near 1 or near nothing
    part = np.where(np.abs(power) < 1, expm1(power) * f + (f - 1), exp2(power / log(2)) * f - 1)
    found: Reals = -(c / (a - 1)) * part
    return found

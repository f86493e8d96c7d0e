# SPDX-License-Identifier: Apache-2.0
"""When an attack counts as successful: never by chance, but with a probability that is stated.

Bounds are those of Clopper and Pearson (1934), which hold exactly for every n.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from scipy.stats import beta, norm

FALSE_ALARM = 1e-6
"""The probability that one check fails though everything holds."""

Answer = TypeVar("Answer")


def bounds(hits: int, trials: int, *, alpha: float) -> tuple[float, float]:
    """Return bounds of a probability, each of which fails with at most ``alpha / 2``."""
    low = float(beta.ppf(alpha / 2, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.isf(alpha / 2, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def assert_dp(
    here: Sequence[Answer],
    there: Sequence[Answer],
    *,
    events: Iterable[Callable[[Answer], bool]],
    epsilon: float,
    delta: float,
    alpha: float = FALSE_ALARM,
) -> None:
    """Fail only where an event is surely likelier than e**epsilon p + delta allows.

    ``here`` and ``there`` are independent answers on neighbours. Both directions and all events
    together fail wrongly with at most ``alpha`` (Bonferroni).
    """
    asked = list(events)
    each = alpha / (2 * len(asked))
    for event in asked:
        one, other = (sum(map(event, answers)) for answers in (here, there))
        for more, of, less, among in (
            (one, len(here), other, len(there)),
            (other, len(there), one, len(here)),
        ):
            low, _ = bounds(more, of, alpha=each)
            _, high = bounds(less, among, alpha=each)
            assert low <= math.exp(epsilon) * high + delta, (low, high)


def assert_at_most(hits: int, trials: int, limit: float, *, alpha: float = FALSE_ALARM) -> None:
    """Fail only where the probability of a hit is surely above ``limit``."""
    assert bounds(hits, trials, alpha=2 * alpha)[0] <= limit, (hits, trials, limit)


def assert_at_least(hits: int, trials: int, limit: float, *, alpha: float = FALSE_ALARM) -> None:
    """Fail only where the probability of a hit is surely below ``limit``."""
    assert bounds(hits, trials, alpha=2 * alpha)[1] >= limit, (hits, trials, limit)


def most_right(rho: float, delta: float = 0.0) -> float:
    """Return how often a guess between two neighbours is right at most, at even odds.

    Phi(sqrt(rho / 2)), and half of delta. Gaussian noise that costs rho stands sqrt(2 rho) sd
    away from its neighbour, and the best test between two normal laws mu apart is right
    Phi(mu / 2) of the time (Dong, Roth & Su 2022). Discrete noise of some units of width is as
    near to that as no sample here can tell.
    """
    return float(norm.cdf(math.sqrt(rho / 2))) + delta / 2

# SPDX-License-Identifier: Apache-2.0
"""What the files of the demo shop draw from: kinds of customers, values with gaps, moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

YEAR = 365

Array = npt.NDArray[Any]
Shares = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of customer: how many there are (weight) and what they do in a year (means).

    ``quiet_days`` is how long ago they last did anything, at least.
    """

    weight: float
    orders: float
    basket: float  # euros
    views: float
    opens: float
    quiet_days: int = 0


HABITS = (
    Habit(0.14, orders=8.0, basket=72, views=30, opens=22),  # loyal
    Habit(0.24, orders=3.2, basket=55, views=16, opens=9),  # regular
    Habit(0.13, orders=5.5, basket=98, views=12, opens=5, quiet_days=95),  # big, then gone
    Habit(0.27, orders=0.9, basket=44, views=6, opens=3),  # now and then
    Habit(0.12, orders=0.12, basket=30, views=70, opens=4),  # looks and does not buy
    Habit(0.10, orders=0.25, basket=38, views=1.0, opens=0.5, quiet_days=200),  # asleep
)


def ids(people: int) -> list[str]:
    """Return the customer numbers."""
    return [f"C{n:07d}" for n in range(1, people + 1)]


def chosen(
    chance: np.random.Generator, count: int, shares: Shares, missing: float = 0.0
) -> pa.Array:
    """Return one of several values each, by their shares."""
    return sparse(chance, chance.choice(list(shares), count, p=list(shares.values())), missing)


def sparse(chance: np.random.Generator, values: Any, missing: float) -> pa.Array:
    """Return values of which a share is missing."""
    return pa.array(values, mask=chance.random(len(values)) < missing)


def happened(
    chance: np.random.Generator, habit: Array, what: str, end: datetime, *, evening: int
) -> tuple[Array, Array]:
    """Return who did something and when (UTC, to the second), in order of time.

    People differ around their habit's mean; days before the new year are busier, and most of a
    day's events fall around an hour.
    """
    mean = np.array([getattr(h, what) for h in HABITS])[habit]
    counts = chance.poisson(mean * chance.gamma(2.0, 0.5, len(habit)))
    who = np.repeat(np.arange(len(habit)), counts)
    quiet = np.array([h.quiet_days for h in HABITS])[habit[who]]
    days = chance.random(len(who)) ** 1.15 * (YEAR - quiet) + quiet
    seconds = (chance.normal(evening, 3.2, len(who)) % 24 * 3600).astype(np.int64)
    last = np.datetime64((end - timedelta(days=1)).date(), "s")
    when = last - days.astype(np.int64) * 86_400 + seconds
    order = np.lexsort((who, when))
    return who[order], when[order].astype("datetime64[us]")


def texts(when: Array) -> pa.Array:
    """Return moments as ISO 8601 in UTC."""
    return pa.array(np.char.add(np.datetime_as_string(when, unit="s"), "Z"))


def event_ids(letter: str, count: int) -> pa.Array:
    """Return ids in order."""
    return pa.array([f"{letter}{n:08d}" for n in range(1, count + 1)])

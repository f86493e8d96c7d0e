# SPDX-License-Identifier: Apache-2.0
"""What a lifetime value is computed from: one line of whole numbers for each buyer.

A purchase is a local day on which somebody bought (Fader, Hardie & Lee 2005 count days, too). The
first one makes a buyer and says nothing of repeating; money is of the repeat days alone (Fader &
Hardie 2013, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from privseg.policy.scores import LifetimeValue
from privseg.segment.scores.activity import Activity, Integers, Ordinals
from privseg.segment.scores.local_time import local_days
from privseg.segment.scores.rows import amounts, counts, rows_within, sums
from privseg.terms import to_micros


@dataclass(frozen=True, slots=True)
class Summary:
    """Everybody who ever bought before ``at``, in ascending order.

    ``repeats`` are the days of purchase after the first; ``last`` and ``age`` are the days from
    the first to the last purchase, and to the last day before ``at``. ``valued`` repeats have a
    known amount, together ``worth`` minor units.
    """

    people: Ordinals = field(repr=False)
    repeats: Integers = field(repr=False)
    last: Integers = field(repr=False)
    age: Integers = field(repr=False)
    valued: Integers = field(repr=False)
    worth: Integers = field(repr=False)


def summarise(formula: LifetimeValue, activity: Activity, *, at: datetime) -> Summary:
    """Return the buyers among ``activity.people``; nobody's line depends on anybody else.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    zone, size = ZoneInfo(formula.time_zone), len(activity.people)
    rows = rows_within(activity, formula.event, at=at, days=None)
    amount, day = amounts(activity, formula.amount), local_days(rows.time, zone)
    first, last = _ends(rows.group, day, size)
    again = day > first[rows.group]
    valued = again & amount.known[rows.row]
    today = local_days(np.array([to_micros(at) - 1], dtype=np.int64), zone)[0]
    buyer = counts(rows.group, size) > 0
    return Summary(
        people=activity.people[buyer],
        repeats=_days(rows.group[again], day[again], size)[buyer],
        last=(last - first)[buyer],
        age=(np.maximum(today, last) - first)[buyer],  # a clock set back at midnight
        valued=_days(rows.group[valued], day[valued], size)[buyer],
        worth=sums(rows.group[valued], amount.values[rows.row][valued], size)[buyer],
    )


def tally(columns: Sequence[Integers]) -> tuple[tuple[Integers, ...], Integers]:
    """Return the different lines of ``columns`` in ascending order, and how often each occurs.

    A likelihood over them does not depend on the order in which people come.
    """
    order = np.lexsort(columns[::-1])
    ordered = [c[order] for c in columns]
    if len(order) == 0:
        return tuple(ordered), order.astype(np.int64)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = np.any([c[1:] != c[:-1] for c in ordered], axis=0)
    starts = np.flatnonzero(new)
    return tuple(c[starts] for c in ordered), np.diff(starts, append=len(order)).astype(np.int64)


def _ends(group: NDArray[np.intp], day: Integers, size: int) -> tuple[Integers, Integers]:
    """Return the first and the last day of each group (of an empty one: both 0)."""
    first = np.full(size, np.iinfo(np.int64).max)
    last = np.full(size, np.iinfo(np.int64).min)
    np.minimum.at(first, group, day)
    np.maximum.at(last, group, day)
    none = first > last
    return np.where(none, 0, first), np.where(none, 0, last)


def _days(group: NDArray[np.intp], day: Integers, size: int) -> Integers:
    """Return how many different days each group has."""
    (found, _), _ = tally([group.astype(np.int64), day])
    return counts(found.astype(np.intp), size)

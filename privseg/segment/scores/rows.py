# SPDX-License-Identifier: Apache-2.0
"""Which events count, whose they are, and exact counts and sums by person.

A window is [``at`` - days, ``at``): nothing from ``at`` on is ever looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from privseg.segment.scores.activity import (
    Activity,
    Column,
    Flags,
    Groups,
    Integers,
    Numbers,
    Ordinals,
)
from privseg.segment.scores.errors import IncompleteActivityError
from privseg.terms import to_micros

DAY = 86_400_000_000  # microseconds: a day of a window is 24 hours exactly
BEGINNING = to_micros(datetime.min.replace(tzinfo=UTC))  # no stored moment is earlier
MAX_SUM, MIN_SUM = 2**63 - 1, -(2**63)  # a sum beyond is as good as these: it passes every cut
_DENSE = 8  # ordinals have few gaps: up to so many for one, a table of places is the fastest
_HALF = 32  # bits: a 64-bit number is added up in two halves, neither of which can overflow


@dataclass(frozen=True, slots=True)
class Rows:
    """The events of one kind that count: whose, when, and in which row of the activity."""

    group: Groups = field(repr=False)
    time: Integers = field(repr=False)
    row: NDArray[np.intp] = field(repr=False)


def rows_within(activity: Activity, event: str, *, at: datetime, days: int | None) -> Rows:
    """Return the events of ``activity.people`` in the last ``days`` (None: ever) before ``at``.

    Raises:
        IncompleteActivityError: nothing is said of that kind of event.
    """
    happened = activity.of(event)
    end = to_micros(at)
    start = BEGINNING if days is None else max(end - days * DAY, BEGINNING)
    row = np.flatnonzero((happened.time >= start) & (happened.time < end))
    group = groups_of(happened.person[row], activity.people)
    row, group = row[group >= 0], group[group >= 0]
    return Rows(group, happened.time[row], row)


def groups_of(person: Ordinals, people: Ordinals) -> Groups:
    """Return the place of each person in ``people``; -1 for who is not among them."""
    if len(people) == 0:
        return np.full(len(person), -1, dtype=np.intp)
    span = int(people[-1]) - int(people[0]) + 1
    if span > _DENSE * len(people):
        return _searched(person, people)
    places = np.full(span + 1, -1, dtype=np.intp)  # the last one is of who is out of range
    places[people - people[0]] = np.arange(len(people))
    inside = (person >= people[0]) & (person <= people[-1])
    return places[np.where(inside, person - people[0], np.uint32(span))]


def amounts(activity: Activity, name: str) -> Numbers:
    """Return a property that is a number; ``name`` is in full (``purchase.amount``).

    Raises:
        IncompleteActivityError: it was not given.
    """
    event, _, own = name.partition(".")
    found = activity.of(event).properties.get(own)
    if not isinstance(found, Numbers):
        raise IncompleteActivityError(name)
    return found


def counts(group: Groups, size: int) -> Integers:
    """Return how many rows each of ``size`` groups has."""
    return np.bincount(group, minlength=size).astype(np.int64)


def latest(group: Groups, time: Integers, size: int) -> Integers:
    """Return the last time of each group; before the beginning for none."""
    found = np.full(size, BEGINNING - 1, dtype=np.int64)
    np.maximum.at(found, group, time)
    return found


def sums(group: Groups, values: Integers, size: int) -> Integers:
    """Return the exact sum of each group; one beyond 64 bits is the greatest or least there is.

    A cut point is a 64-bit number, so that it is compared with such a sum as with the true one.
    """
    high, low = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    np.add.at(high, group, values >> _HALF)
    np.add.at(low, group, values & (2**_HALF - 1))
    high, low = high + (low >> _HALF), low & (2**_HALF - 1)
    exact = (high << _HALF) | low
    limit = 2 ** (_HALF - 1)
    return np.select([high >= limit, high < -limit], [MAX_SUM, MIN_SUM], exact)


def reached(values: Integers, cuts: tuple[int, ...]) -> Integers:
    """Return how many of the ascending ``cuts`` each value reaches."""
    found = np.searchsorted(np.array(cuts, dtype=np.int64), values, side="right")
    return found.astype(np.int64)


def favourites(group: Groups, code: Integers, *, codes: int, size: int) -> tuple[Integers, ...]:
    """Return the code that most rows of each group have (ties: the least), and of how many.

    Of a group without rows they are -1 and 0.
    """
    if size * codes <= _DENSE * (len(group) + 1):
        table = np.bincount(group * codes + code, minlength=size * codes).reshape(size, codes)
        count = table.max(axis=1).astype(np.int64)
        return np.where(count > 0, table.argmax(axis=1), -1).astype(np.int64), count
    return _sorted_favourites(group, code, codes=codes, size=size)


def column(people: Ordinals, values: Integers, having: Flags | None = None) -> Column:
    """Return a result of ``people``, or of those of them who have one."""
    if having is None:
        return Column(people, values.astype(np.int64))
    return Column(people[having], values[having].astype(np.int64))


def _searched(person: Ordinals, people: Ordinals) -> Groups:
    """Return the places where ordinals have many gaps."""
    place = np.searchsorted(people, person)
    place[place == len(people)] = 0
    place[people[place] != person] = -1
    return place


def _sorted_favourites(
    group: Groups, code: Integers, *, codes: int, size: int
) -> tuple[Integers, ...]:
    """Return the same where a table of every group and code would be large."""
    keys, times = np.unique(group.astype(np.int64) * codes + code, return_counts=True)
    of, what = keys // codes, keys % codes
    order = np.lexsort((what, -times, of))
    first = order[np.flatnonzero(np.diff(of[order], prepend=-1))]
    top, count = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
    top[of[first]], count[of[first]] = what[first], times[first]
    return top, count

# SPDX-License-Identifier: Apache-2.0
"""The hour and the day on a wall clock, of many moments at once.

A zone's offset is asked once for each UTC day that occurs. In every zone of the tz database two
changes lie more than a day apart, so a day whose ends agree has one offset, and in any other day
the one change is found by halving.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from privseg.segment.scores.activity import Integers
from privseg.segment.scores.rows import DAY
from privseg.terms import EPOCH, to_micros

_HOUR = DAY // 24
_FIRST = to_micros(datetime(1, 1, 3, tzinfo=UTC)) // DAY  # a wall clock needs a day around it
_LAST = to_micros(datetime(9999, 12, 29, tzinfo=UTC)) // DAY


def local_hours(time: Integers, zone: ZoneInfo) -> Integers:
    """Return the hour of the day, 0 to 23, of each moment on the wall clock of ``zone``."""
    return (local_times(time, zone) // _HOUR) % 24


def local_days(time: Integers, zone: ZoneInfo) -> Integers:
    """Return the calendar day of each moment in ``zone``, counted from 1970-01-01."""
    return local_times(time, zone) // DAY


def local_times(time: Integers, zone: ZoneInfo) -> Integers:
    """Return what the wall clock of ``zone`` shows, as microseconds since its own 1970-01-01."""
    if len(time) == 0:
        return time
    day = time // DAY
    first = int(day.min())
    occurs = np.zeros(int(day.max()) - first + 1, dtype=np.bool_)
    occurs[day - first] = True
    days = np.flatnonzero(occurs) + first
    place = (np.cumsum(occurs) - 1)[day - first]
    found = [_offsets(int(d), zone) for d in np.clip(days, _FIRST, _LAST)]
    before, change, after = np.array(found, dtype=np.int64).T
    shown: Integers = time + np.where(time < change[place], before[place], after[place])
    return shown


def _offsets(day: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """Return the offset at the start of a UTC day, when it changes, and the one from then on."""
    low, high = day * DAY, (day + 1) * DAY
    before, after = _offset(low, zone), _offset(high, zone)
    while before != after and high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return before, high, after


def _offset(moment: int, zone: ZoneInfo) -> int:
    """Return how far the wall clock of ``zone`` is ahead of UTC at a moment, in microseconds."""
    there = (EPOCH + timedelta(microseconds=moment)).astimezone(zone)
    return (there.utcoffset() or timedelta(0)) // timedelta(microseconds=1)

# SPDX-License-Identifier: Apache-2.0
"""Scores of what people prefer: a topic, a channel, an hour of the day. Exact whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from privseg.policy.scores import Affinity, Preferred
from privseg.segment.scores.activity import Activity, Codes, Column, Flags, Groups, Integers, Sets
from privseg.segment.scores.errors import IncompleteActivityError
from privseg.segment.scores.local_time import local_hours
from privseg.segment.scores.rows import Rows, column, counts, favourites, rows_within

_HOURS = 24


def affinity(formula: Affinity, activity: Activity, *, at: datetime) -> Mapping[str, Column]:
    """Return the value that most events of a person have, and its share in percent.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    event, _, own = formula.of.partition(".")
    rows = rows_within(activity, event, at=at, days=formula.within_days)
    size, codes = len(activity.people), max(len(formula.values), 1)
    match activity.of(event).properties.get(own):
        case Codes() as one:
            known, group, code = _of_codes(one, rows, codes)
        case Sets() as several:
            known, group, code = _of_sets(several, rows, codes)
        case _:
            raise IncompleteActivityError(formula.of)
    number = counts(rows.group[known], size)
    top, count = favourites(group, code, codes=codes, size=size)
    having = (number >= formula.at_least) & (count > 0)
    percent = 100 * count // np.maximum(number, 1)
    return {
        "top": column(activity.people, top, having),
        "percent": column(activity.people, percent, having),
    }


def preferred(formula: Preferred, activity: Activity, *, at: datetime) -> Mapping[str, Column]:
    """Return the channel and the hour at which a person reacts most.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    kinds = {
        event: rows_within(activity, event, at=at, days=formula.within_days)
        for event in formula.channels.values()
    }
    size, people = len(activity.people), activity.people
    group = np.concatenate([rows.group for rows in kinds.values()])
    time = np.concatenate([rows.time for rows in kinds.values()])
    hour, _ = favourites(
        group, local_hours(time, ZoneInfo(formula.time_zone)), codes=_HOURS, size=size
    )
    having = counts(group, size) >= max(formula.at_least, 1)
    by_channel = np.stack([counts(kinds[e].group, size) for e in formula.channels.values()])
    return {
        "channel": column(people, by_channel.argmax(axis=0), having),
        "hour": column(people, hour, having),
    }


def _of_codes(one: Codes, rows: Rows, codes: int) -> tuple[Flags, Groups, Integers]:
    """Return which rows are known, and the group and code of each that is."""
    code = one.codes[rows.row]
    known = (code >= 0) & (code < codes)
    return known, rows.group[known], code[known]


def _of_sets(several: Sets, rows: Rows, codes: int) -> tuple[Flags, Groups, Integers]:
    """Return which rows are known, and the group and code of every value in one that is."""
    group = np.full(len(several), -1, dtype=np.intp)
    group[rows.row] = np.where(several.known[rows.row], rows.group, -1)
    declared = (several.codes >= 0) & (several.codes < codes)
    inside = declared & (group[several.rows] >= 0)
    pairs = np.unique(several.rows[inside].astype(np.int64) * codes + several.codes[inside])
    return several.known[rows.row], group[pairs // codes], pairs % codes

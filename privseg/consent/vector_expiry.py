# SPDX-License-Identifier: Apache-2.0
"""Which of everybody's grants are in time (law 6); one by one in ``expiry``."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from privseg.consent.crowd import Crowd, Mask, Micros, Numbers
from privseg.consent.encoding import NEVER, NONE
from privseg.consent.event import Act
from privseg.consent.regime import Regime
from privseg.consent.relevant import Docket
from privseg.consent.rows import Rows
from privseg.consent.scope import Case
from privseg.terms import MICROSECOND, to_micros

LONGEST = 2**60
"""Microseconds, longer than the calendar; added to any moment it is still a number."""


def in_time(grants: Rows, docket: Docket, case: Case, law: Regime) -> Mask:
    """Return which grants nothing has ended: ``at >= end`` is over."""
    at = to_micros(case.at)
    found = grants.events.expires_at[grants.row] > at
    if case.terms.consent_lasts is not None:
        found &= at - grants.event_time < micros(case.terms.consent_lasts)
    limit = idle_limits(grants, case, law.law.idle)
    if np.any(limit < NEVER):
        found &= longest_away(grants, docket, at) < limit
    counted = docket.counted.biting(at)
    found &= ~_ended(grants, counted.of({Act.HAPPENED}), docket.crowd)
    found &= ~_used_up(grants, counted.of({Act.USE}), docket.crowd)
    return found


def micros(lasts: timedelta) -> int:
    """Return a duration in microseconds, cut at ``LONGEST``."""
    return min(lasts // MICROSECOND, LONGEST)


def idle_limits(grants: Rows, case: Case, by_law: timedelta | None) -> Micros:
    """Return how long each grant lasts without activity: the shortest of all that limit it."""
    limits = (micros(t) for t in (case.terms.idle, by_law) if t is not None)
    return np.minimum(grants.events.idle[grants.row], min(limits, default=NEVER))


def last_activity(grants: Rows, docket: Docket, at: int) -> Micros:
    """Return when the person last did anything about the case, the grant itself included."""
    active = docket.activity.serving(at)
    latest = docket.crowd.latest_own(active.person, active.event_time)
    return np.maximum(grants.event_time, latest[grants.person])


def longest_away(grants: Rows, docket: Docket, at: int) -> Micros:
    """Return the longest time since each grant in which the person did nothing about the case."""
    active = docket.activity.serving(at)
    since: Micros = at - grants.event_time
    if not len(active):
        return since
    moments, moment = np.unique(
        np.concatenate([active.event_time, grants.event_time]), return_inverse=True
    )
    key = active.person.astype(np.int64) * len(moments) + moment[: len(active)]
    order = np.argsort(key, kind="stable")
    person, time = active.person[order], active.event_time[order]
    longest = _longest_from(person, time, at)
    asked = grants.person.astype(np.int64) * len(moments) + moment[len(active) :]
    first = np.minimum(np.searchsorted(key[order], asked), len(order) - 1)
    came = (person[first] == grants.person) & (time[first] >= grants.event_time)
    return np.where(came, np.maximum(time[first] - grants.event_time, longest[first]), since)


def _longest_from(person: Numbers, time: Micros, at: int) -> Micros:
    """Return, of rows in order of person and time, the longest gap from each to ``at``.

    A running maximum from the end, over numbers that grow from one person to the next, so that
    none looks into another's rows.
    """
    is_last = np.append(person[1:] != person[:-1], True)
    gap = np.where(is_last, at, np.append(time[1:], at)) - time
    gaps, rank = np.unique(gap, return_inverse=True)
    apart = (person[-1] - person[::-1]).astype(np.int64) * len(gaps)
    found: Micros = gaps[np.maximum.accumulate(apart + rank[::-1]) % len(gaps)][::-1]
    return found


def _ended(grants: Rows, happened: Rows, crowd: Crowd) -> Mask:
    """Return which grants end with something that happened at or after them."""
    until = grants.events.until[grants.row]
    if not len(happened) or np.all(until == NONE):
        return np.zeros(len(grants), dtype=np.bool_)
    words = len(grants.events.values)
    names, name = np.unique(_group(happened, crowd) * words + happened.value, return_inverse=True)
    latest = Crowd(len(names)).latest_own(name, happened.event_time)
    asked = _group(grants, crowd) * words + until
    place = np.minimum(np.searchsorted(names, asked), len(names) - 1)
    found: Mask = (names[place] == asked) & (latest[place] >= grants.event_time) & (until != NONE)
    return found


def _used_up(grants: Rows, used: Rows, crowd: Crowd) -> Mask:
    """Return which grants were used as often as they say, counted from the grant on."""
    uses = grants.events.uses[grants.row]
    if not len(used) or np.all(uses == NEVER):
        return np.zeros(len(grants), dtype=np.bool_)
    times = np.concatenate([used.event_time, grants.event_time])
    moments, moment = np.unique(times, return_inverse=True)
    sort = np.sort(_group(used, crowd) * len(moments) + moment[: len(used)])
    group = _group(grants, crowd) * len(moments)
    first = np.searchsorted(sort, group + moment[len(used) :])
    found: Mask = np.searchsorted(sort, group + len(moments)) - first >= uses
    return found


def _group(rows: Rows, crowd: Crowd) -> Numbers:
    """Return the number of each row's group of linked profiles."""
    return rows.person if crowd.group is None else crowd.group[rows.person]

# SPDX-License-Identifier: Apache-2.0
"""Scores of what people did: RFM, engagement, fatigue and funnel. Exact whole numbers throughout.

Each takes a formula and gives its results by their own names; the formulas are written out, with
their laws, in ``privseg.policy.scores``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from privseg.policy.scores import Engagement, Fatigue, Funnel, Rfm
from privseg.segment.scores.activity import Activity, Column
from privseg.segment.scores.rows import (
    DAY,
    amounts,
    column,
    counts,
    latest,
    reached,
    rows_within,
    sums,
)
from privseg.terms import to_micros


def rfm(formula: Rfm, activity: Activity, *, at: datetime) -> Mapping[str, Column]:
    """Return the levels of recency, frequency and money, and their total, of who has any event.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    rows = rows_within(activity, formula.event, at=at, days=formula.within_days)
    size, amount = len(activity.people), amounts(activity, formula.amount)
    known = amount.known[rows.row]
    number = counts(rows.group, size)
    spent = sums(rows.group[known], amount.values[rows.row][known], size)
    days = (to_micros(at) - latest(rows.group, rows.time, size)) // DAY
    recency = 1 + len(formula.recency_days) - reached(days, formula.recency_days)
    frequency = 1 + reached(number, formula.frequency)
    monetary = 1 + reached(spent, formula.monetary)
    levels = {"recency": recency, "frequency": frequency, "monetary": monetary}
    levels["total"] = recency + frequency + monetary
    return {name: column(activity.people, made, number > 0) for name, made in levels.items()}


def engagement(formula: Engagement, activity: Activity, *, at: datetime) -> Mapping[str, Column]:
    """Return the level of everybody; 0 of who gave no signal.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    points = np.zeros(len(activity.people), dtype=np.int64)
    for event, signal in formula.signals.items():
        rows = rows_within(activity, event, at=at, days=formula.within_days)
        number = counts(rows.group, len(activity.people))
        points += signal.weight * np.minimum(number, signal.cap)
    return {"level": column(activity.people, 100 * points // formula.greatest)}


def fatigue(formula: Fatigue, activity: Activity, *, at: datetime) -> Mapping[str, Column]:
    """Return how many messages each person left unanswered, and the level; 0 of who got none.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    size = len(activity.people)
    reaction = rows_within(activity, formula.reaction, at=at, days=formula.within_days)
    sent = rows_within(activity, formula.sent, at=at, days=formula.within_days)
    since = sent.time > latest(reaction.group, reaction.time, size)[sent.group]
    unanswered = counts(sent.group[since], size)
    return {
        "unanswered": column(activity.people, unanswered),
        "level": column(activity.people, reached(unanswered, formula.cuts)),
    }


def funnel(formula: Funnel, activity: Activity, *, at: datetime) -> Mapping[str, Column]:
    """Return the furthest stage of each person; step 0 and no stage of who reached none.

    Raises:
        IncompleteActivityError: an input was not given.
    """
    step = np.zeros(len(activity.people), dtype=np.int64)
    for place, event in enumerate(formula.stages.values(), start=1):
        step[rows_within(activity, event, at=at, days=formula.within_days).group] = place
    people = activity.people
    return {"stage": column(people, step - 1, step > 0), "step": column(people, step)}

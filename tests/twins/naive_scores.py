# SPDX-License-Identifier: Apache-2.0
"""Scores written down a second time: one person, loops, Python integers, exact fractions.

Lifetime values come from the definitions, as integrals over both distributions, not from the closed
forms that the package uses.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import exp, inf, log
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import betaln, expit, log_expit

from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeParameters,
    LifetimeValue,
    Preferred,
    Rfm,
)

DAY = timedelta(days=1)
Results = dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of one person, as the evaluator of record has it."""

    name: str
    time: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


def naive_scores(formula: Formula, events: Iterable[Happened], at: datetime) -> Results:  # noqa: PLR0911 - one for each kind
    """Return every result that a person has, by its own name."""
    happened = [e for e in events if e.time < at]
    days = getattr(formula, "within_days", None)
    recent = [e for e in happened if days is None or e.time >= at - days * DAY]
    match formula:
        case Rfm():
            return _rfm(formula, recent, at)
        case Engagement():
            return _engagement(formula, recent)
        case Affinity():
            return _affinity(formula, recent)
        case Preferred():
            return _preferred(formula, recent)
        case Fatigue():
            return _fatigue(formula, recent)
        case Funnel():
            return _funnel(formula, recent)
        case LifetimeValue():
            return _lifetime(formula, happened, at)


def _rfm(formula: Rfm, recent: list[Happened], at: datetime) -> Results:
    bought = [e for e in recent if e.name == formula.event]
    if not bought:
        return {}
    days = (at - max(e.time for e in bought)) // DAY
    spent = sum(e.properties.get("amount") or 0 for e in bought)
    r = 1 + sum(days < cut for cut in formula.recency_days)
    f = 1 + sum(len(bought) >= cut for cut in formula.frequency)
    m = 1 + sum(spent >= cut for cut in formula.monetary)
    return {"recency": r, "frequency": f, "monetary": m, "total": r + f + m}


def _engagement(formula: Engagement, recent: list[Happened]) -> Results:
    number = Counter(e.name for e in recent)
    points = sum(s.weight * min(number[event], s.cap) for event, s in formula.signals.items())
    return {"level": 100 * points // sum(s.weight * s.cap for s in formula.signals.values())}


def _affinity(formula: Affinity, recent: list[Happened]) -> Results:
    event, _, own = formula.of.partition(".")
    known, votes = 0, Counter[str]()
    for e in recent:
        cell = e.properties.get(own) if e.name == event else None
        if isinstance(cell, str):
            known += cell in formula.values
            votes[cell] += 1
        elif cell is not None:
            known += 1
            votes.update(set(cell))
    best = max(formula.values, key=lambda v: votes[v], default=None)
    if known < formula.at_least or best is None or not votes[best]:
        return {}
    return {"top": best, "percent": 100 * votes[best] // known}


def _preferred(formula: Preferred, recent: list[Happened]) -> Results:
    zone, events = ZoneInfo(formula.time_zone), set(formula.channels.values())
    reactions = [e for e in recent if e.name in events]
    if len(reactions) < max(formula.at_least, 1):
        return {}
    number = Counter(e.name for e in reactions)
    hours = Counter(e.time.astimezone(zone).hour for e in reactions)
    return {
        "channel": max(formula.channels, key=lambda c: number[formula.channels[c]]),
        "hour": max(range(24), key=lambda h: hours[h]),
    }


def _fatigue(formula: Fatigue, recent: list[Happened]) -> Results:
    reactions = [e.time for e in recent if e.name == formula.reaction]
    unanswered = sum(e.name == formula.sent and all(e.time > r for r in reactions) for e in recent)
    return {"unanswered": unanswered, "level": sum(unanswered >= cut for cut in formula.cuts)}


def _funnel(formula: Funnel, recent: list[Happened]) -> Results:
    step = 0
    for place, event in enumerate(formula.stages.values(), start=1):
        if any(e.name == event for e in recent):
            step = place
    return {"step": step} | ({"stage": list(formula.stages)[step - 1]} if step else {})


def _lifetime(formula: LifetimeValue, happened: list[Happened], at: datetime) -> Results:
    zone = ZoneInfo(formula.time_zone)
    by_day: dict[int, list[int | None]] = {}
    for e in happened:
        if e.name == formula.event:
            day = e.time.astimezone(zone).date().toordinal()
            by_day.setdefault(day, []).append(e.properties.get("amount"))
    if not by_day:
        return {}
    days, today = sorted(by_day), (at - timedelta.resolution).astimezone(zone).date().toordinal()
    known = [cells for d in days[1:] if (cells := [c for c in by_day[d] if c is not None])]
    assert formula.parameters is not None
    found = naive_lifetime(
        formula.parameters,
        x=len(days) - 1,
        t_x=Fraction(days[-1] - days[0], formula.period_days),
        age=Fraction(max(today, days[-1]) - days[0], formula.period_days),
        horizon=formula.horizon,
    )
    minor = 10**formula.currency.exponent
    total = Fraction(max(sum(map(sum, known)), 0), minor)
    p = formula.parameters
    worth = p.p * (p.v + total) / (p.p * len(known) + p.q - 1)
    value = Fraction(found[0]) * worth * minor / formula.grid
    return {
        "purchases": round(found[0] * 100),
        "value": round(value) * formula.grid,
        "alive": round(found[1] * 100),
    }


def naive_lifetime(
    parameters: LifetimeParameters, *, x: int, t_x: Fraction, age: Fraction, horizon: int
) -> tuple[float, float]:
    """Return expected purchases and P(alive) from the two branches of the likelihood.

    Of somebody alive with chance u to stop, the rate falls as time passes: over the horizon that is
    (1 - ((alpha + T) / (alpha + T + u t)) ** (r + x)) / u purchases, u ~ Beta(a, b + x). The mean
    over u is a sum over its log-odds in small steps: nothing hypergeometric is in it.
    """
    r, alpha, a, b = (float(getattr(parameters, n)) for n in ("r", "alpha", "a", "b"))
    seen, first = float(age), float(t_x)
    lives = betaln(a, b + x) - (r + x) * log(alpha + seen)
    dead = betaln(a + 1, b + x - 1) - (r + x) * log(alpha + first) if x else -inf
    alive = 1 / (1 + exp(min(dead - lives, 700)))

    odds = np.arange(-700, 700, 0.02)
    u = expit(odds)
    density = np.exp(a * log_expit(odds) + (b + x) * log_expit(-odds) - betaln(a, b + x))
    bought = -np.expm1(-(r + x) * np.log1p(u * horizon / (alpha + seen))) / u
    return alive * float((bought * density).sum() * 0.02), alive

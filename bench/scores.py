# SPDX-License-Identifier: Apache-2.0
"""``python -m bench.scores``: how fast scores are computed from columns in memory.

PRIVSEG_BENCH_PEOPLE (default a million) sets the size; five events a person of each kind.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeValue,
    Preferred,
    Rfm,
    Score,
    Signal,
)
from privseg.segment.scores import (
    Activity,
    Codes,
    Happenings,
    Numbers,
    compute_score,
    fit,
    lifetime_columns,
    summary_of,
)
from privseg.segment.scores.rows import DAY
from privseg.terms import Attribute, Category, Currency, Place, to_micros

PEOPLE = int(os.environ.get("PRIVSEG_BENCH_PEOPLE", "1000000"))
EVENTS = 5  # a person, of each kind
AT = datetime(2026, 11, 1, tzinfo=UTC)
AMOUNT, SECTION = Attribute("purchase.amount"), Attribute("page_view.section")
FORMULAS: tuple[Formula, ...] = (
    Rfm("purchase", AMOUNT, 365, (30, 90, 180), (2, 3, 5), (50_00, 100_00)),
    Engagement(90, {"email_open": Signal(1, 10), "purchase": Signal(5, 4)}),
    Affinity(SECTION, 90, 2, tuple("abcdefgh")),
    Preferred({"mail": "email_open", "web": "page_view"}, 180, 3, "Europe/Berlin"),
    Fatigue("email_sent", "email_open", 60, (4, 8, 12)),
    Funnel({"seen": "page_view", "bought": "purchase"}, 90),
)
VALUE = LifetimeValue("purchase", AMOUNT, 7, 52, 100, Currency("EUR"), "Europe/Berlin")


def main() -> None:
    activity = _activity(np.random.default_rng(7))
    for formula in FORMULAS:
        score = _named(formula)
        names = frozenset(score.outputs)
        _timed(formula.kind, lambda s=score, n=names: compute_score(s, activity, at=AT, outputs=n))
    score = _named(VALUE)
    summary = _timed("lifetime: summary", lambda: summary_of(score, activity, at=AT))
    parameters = _timed("lifetime: fit", lambda: fit(score, [summary]))
    names = frozenset(score.outputs)
    _timed(
        "lifetime: columns",
        lambda: lifetime_columns(score, summary, parameters=parameters, outputs=names),
    )


def _timed(what: str, work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    done = work()
    print(f"{what:20}{time.perf_counter() - start:8.2f} s for {PEOPLE:,} people")
    return done


def _named(formula: Formula) -> Score:
    return Score("it", formula, Category("purchases"), Place("shop.yaml", 1))


def _activity(rng: np.random.Generator) -> Activity:
    """Return purchases as BG/NBD draws them, and everything else at random in a year."""
    size = PEOPLE * EVENTS
    kinds = {
        name: Happenings(_people(rng, size), to_micros(AT) - rng.integers(1, 365 * DAY, size))
        for name in ("email_open", "email_sent")
    }
    seen = _people(rng, size), to_micros(AT) - rng.integers(1, 365 * DAY, size)
    kinds["page_view"] = Happenings(*seen, {"section": Codes(rng.integers(0, 8, size))})
    kinds["purchase"] = _purchases(rng)
    return Activity(np.arange(PEOPLE, dtype=np.uint32), kinds)


def _purchases(rng: np.random.Generator) -> Happenings:
    """Return purchases: everybody's first within the year, and repeats until they stop."""
    rate = rng.gamma(0.8, 1 / 40, PEOPLE)
    stops = rng.geometric(rng.beta(0.9, 2.5, PEOPLE))
    day, person = rng.uniform(0, 365, PEOPLE), np.arange(PEOPLE, dtype=np.uint32)
    days, people = [day], [person]
    for bought in range(1, 60):
        day = day + rng.exponential(1 / rate[person])
        still = (day < 365) & (stops[person] >= bought)
        day, person = day[still], person[still]
        days.append(day)
        people.append(person)
    time_ = (to_micros(AT) - 365 * DAY + np.concatenate(days) * DAY).astype(np.int64)
    each = 15.4 / rng.gamma(3.7, 1, PEOPLE)  # euros: people differ as Gamma-Gamma says
    whose = np.concatenate(people)
    worth = (rng.gamma(6.2, 1, len(time_)) * each[whose] * 100).astype(np.int64)
    amount = Numbers(worth + 1, np.ones(len(time_), dtype=np.bool_))
    return Happenings(whose, time_, {"amount": amount})


def _people(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.integers(0, PEOPLE, size).astype(np.uint32)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""A report as a marketer gets it: every kind of table, at a real size, with invented numbers.

Nothing is measured here: numbers are made from their cell's place by a fixed rule, so that pages
look the same in every run. (``release_world`` makes true releases.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from privseg.protect import (
    Estimate,
    LeftOutPlan,
    PrivacyLoss,
    Protected,
    ProtectedNumber,
)
from privseg.release import (
    Budget,
    MemberSet,
    ReportPlan,
    Statement,
)
from privseg.terms import Controller, Purpose
from tests.twins.marketer_basics import (
    AT,
    LAPSED,
    NAMES,
    NOTES,
    THEN,
    Made,
    people,
    planned,
    protected,
)
from tests.twins.marketer_tables import (
    added_up,
    ages,
    campaign,
    change,
    cities,
    largest,
    overlap,
    overview,
    recency,
    survey,
    trend,
    where,
)

KINDS: tuple[Callable[[], Made], ...] = (
    overview, where, ages, recency, trend, added_up, overlap, change, campaign, survey, cities,
    largest,
)  # fmt: skip


def statement(*kinds: Callable[[], Made]) -> Statement:
    """Return what a release with tables of these kinds says; of all without any."""
    made = [kind() for kind in kinds or KINDS]
    rare = LeftOutPlan.of(rho=Fraction(1, 400), min_people=20, delta=Fraction(1, 10**7))
    plan = ReportPlan(
        name="autumn",
        title="Who left us, who came, and what the autumn letter did",
        controller=Controller("Kleiderhaus Beispiel"),
        segmenter="lifecycle-marketing",
        purpose=Purpose("marketing.insight"),
        policy_digest="ab" * 32,
        segments=tuple((n, f"{i}1" * 32) for i, n in enumerate(NAMES)),
        tables=tuple(t for t, _ in made),
        not_included=rare,
        conversion_delta=Fraction(1, 10**6),
        at=AT,
        sets=(MemberSet(THEN, LAPSED, "01" * 32, 30),),
    )
    left = ProtectedNumber("not_included", {}, Estimate(412, 371, 452))
    return Statement(
        plan=plan,
        protected=Protected(tuple(p for _, p in made), left),
        purpose_title="Learning what customers need",
        segments=NOTES,
        edition_id="0f" * 16,
        released_at=datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC),
        budget=Budget(
            "2026",
            PrivacyLoss(Fraction(5), Fraction(1, 100_000)),
            PrivacyLoss.of("1/40", "2e-7"),
            PrivacyLoss.of("1/20", "4e-7"),
        ),
        audit=bytes(range(32)),
        register="shop.example/releases",
        code="0.1.0",
    )


def with_labels(of: Statement, text: str) -> Statement:
    """Return a statement whose segments are all called ``text``, and mean it too."""
    notes = tuple(replace(n, label=text, words=text) for n in of.segments)
    return replace(of, segments=notes)


__all__ = [
    "KINDS",
    "NOTES",
    "Made",
    "added_up",
    "ages",
    "campaign",
    "change",
    "cities",
    "largest",
    "overlap",
    "overview",
    "people",
    "planned",
    "protected",
    "recency",
    "statement",
    "survey",
    "trend",
    "where",
    "with_labels",
]

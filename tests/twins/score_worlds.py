# SPDX-License-Identifier: Apache-2.0
"""Invented people and what happened to them, at and beside every bound of a score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import strategies as st

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
    Score,
    Signal,
)
from privseg.segment.scores import (
    MISSING,
    Activity,
    Codes,
    Column,
    Happenings,
    Numbers,
    Sets,
    compute_score,
)
from privseg.terms import Attribute, Category, Currency, Place, to_micros
from tests.twins.naive_scores import Happened

EUR = Currency("EUR")
AMOUNT = Attribute("purchase.amount")
SECTIONS, TOPICS = ("garden", "kitchen", "toys"), ("art", "law", "music", "tea")
EVENTS = ("purchase", "page_view", "email_open", "email_sent")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu")
ATS = [
    datetime(2026, 11, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # Berlin's clock goes from 02:00 to 03:00
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # and back
    datetime(2011, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),  # Apia has left out a day
]
MICROSECOND = timedelta(microseconds=1)
PUBLIC = LifetimeParameters(
    *map(Fraction, ("0.243", "4.414", "0.793", "2.426", "6.250", "3.744", "15.447"))
)
BIG = 2**63 - 1

World = Mapping[int, Sequence[Happened]]  # what happened, by ordinal


@dataclass(frozen=True, slots=True)
class Case:
    """A formula, a moment, and people; some of them did nothing."""

    formula: Formula
    at: datetime
    world: World


@st.composite
def cases(draw: st.DrawFn) -> Case:
    formula, at = draw(formulas()), draw(st.sampled_from(ATS))
    rng = Random(draw(st.integers(0, 2**32)))
    return Case(formula, at, population(formula, at, rng))


def formulas() -> st.SearchStrategy[Formula]:
    days, least = st.sampled_from([1, 2, 30]), st.integers(1, 4)
    cuts = st.lists(st.integers(0, 6), max_size=3, unique=True).map(lambda c: tuple(sorted(c)))
    money = st.lists(st.sampled_from([-1, 0, 5, BIG]), max_size=3, unique=True)
    signal = st.builds(Signal, st.integers(1, 5), st.integers(1, 3))
    signals = st.dictionaries(st.sampled_from(EVENTS), signal, min_size=1)
    named = st.dictionaries(st.sampled_from("abc"), st.sampled_from(EVENTS), min_size=1)
    zones, event = st.sampled_from(ZONES), st.sampled_from(EVENTS)
    of = st.sampled_from([("page_view.section", SECTIONS), ("page_view.topics", TOPICS)])
    return st.one_of(
        st.builds(
            Rfm,
            st.just("purchase"),
            st.just(AMOUNT),
            days,
            cuts,
            cuts,
            money.map(lambda m: tuple(sorted(m))),
        ),
        st.builds(Engagement, days, signals),
        st.builds(lambda o, d, n: Affinity(Attribute(o[0]), d, n, o[1]), of, days, least),
        st.builds(Preferred, named, days, least, zones),
        st.builds(Fatigue, event, event, days, cuts),
        st.builds(Funnel, named, days),
    )


def lifetime(zone: str = "UTC", *, public: LifetimeParameters | None = PUBLIC) -> LifetimeValue:
    return LifetimeValue("purchase", AMOUNT, 7, 39, 100, EUR, zone, public)


def named(formula: Formula) -> Score:
    return Score("it", formula, Category("purchases"), Place("shop.yaml", 1))


def population(formula: Formula, at: datetime, rng: Random, *, people: int = 25) -> World:
    """Return what happened to people whose ordinals have gaps; a quarter did nothing."""
    days = getattr(formula, "within_days", 400)
    bounds = [at, at - timedelta(days=days), *(at - timedelta(days=n) for n in range(1, 7))]
    times = [b + n * MICROSECOND for b in bounds for n in (-1, 0, 1)]
    times += [at - timedelta(hours=n) for n in range(1, 30)]
    return {
        ordinal: [_happened(rng, times) for _ in range(rng.choice((0, 1, 3, 9)))]
        for ordinal in rng.sample(range(2**32), people)
    }


def _happened(rng: Random, times: Sequence[datetime]) -> Happened:
    name = rng.choice(EVENTS)
    properties: dict[str, object] = {}
    if name == "purchase":
        properties["amount"] = rng.choice([None, 0, 1, -1, 5, 900, BIG, -BIG - 1])
    if name == "page_view":
        properties["section"] = rng.choice([None, "no longer declared", *SECTIONS])
        topics = frozenset(t for t in (*TOPICS, "gone") if rng.random() < 0.4)
        properties["topics"] = rng.choice([None, topics])
    return Happened(name, rng.choice(times), properties)


def activity(world: World, *, order: Random | None = None) -> Activity:
    """Return the columns of everybody's events, in the order given or in another."""
    rows = [(o, e) for o, events in world.items() for e in events]
    if order is not None:
        order.shuffle(rows)
    by_event = {n: [(o, e) for o, e in rows if e.name == n] for n in EVENTS}
    return Activity(
        np.array(sorted(world), dtype=np.uint32),
        {n: _happenings(happened, n) for n, happened in by_event.items()},
    )


def _happenings(rows: Sequence[tuple[int, Happened]], name: str) -> Happenings:
    def cells(own: str) -> list:
        return [e.properties.get(own) for _, e in rows]

    properties = {
        "purchase": lambda: {"amount": _numbers(cells("amount"))},
        "page_view": lambda: {
            "section": Codes(_codes(cells("section"), SECTIONS)),
            "topics": _sets(cells("topics")),
        },
    }
    return Happenings(
        np.array([o for o, _ in rows], dtype=np.uint32),
        np.array([to_micros(e.time) for _, e in rows], dtype=np.int64),
        properties.get(name, dict)(),
    )


def _numbers(cells: list) -> Numbers:
    return Numbers(
        np.array([c or 0 for c in cells], dtype=np.int64),
        np.array([c is not None for c in cells], dtype=np.bool_),
    )


def _codes(cells: list, declared: Sequence[str]) -> np.ndarray:
    places = {v: n for n, v in enumerate(declared)}
    return np.array([places.get(c, MISSING) for c in cells], dtype=np.int64)


def _sets(cells: list) -> Sets:
    pairs = [(row, v) for row, c in enumerate(cells) for v in sorted(c or ())]
    return Sets(
        np.array([c is not None for c in cells], dtype=np.bool_),
        np.array([row for row, _ in pairs], dtype=np.int64),
        _codes([v for _, v in pairs], TOPICS),
    )


def results(case: Case, given: Activity) -> dict[int, dict[str, int | str]]:
    """Return every result of everybody, by ordinal and own name, categories as text."""
    score = named(case.formula)
    found = compute_score(score, given, at=case.at, outputs=frozenset(score.outputs))
    return by_person(score, found, given)


def by_person(score: Score, found: Mapping[Attribute, Column], given: Activity) -> dict:
    people: dict[int, dict[str, int | str]] = {int(o): {} for o in given.people}
    for name, column in found.items():
        values = score.outputs[name].values
        for ordinal, value in zip(column.ordinals, column.values, strict=True):
            people[int(ordinal)][name.partition(".")[2]] = values[value] if values else int(value)
    return people

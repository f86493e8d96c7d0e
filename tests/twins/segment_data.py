# SPDX-License-Identifier: Apache-2.0
"""Conditions and people made to disagree about: ties, bounds hit exactly, hostile text.

Times are drawn at and around the bounds of the drawn windows; literals and data come from one
small pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from privseg.policy.catalogue import Column, ColumnType
from privseg.segment import (
    Aggregate,
    AggregateKind,
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    Event,
    EventTest,
    Fixed,
    Not,
    Operator,
    Person,
    PropertyTest,
    Scaled,
    Step,
    Value,
    Window,
    resolve,
)
from privseg.segment import Sequence as Ordered
from privseg.segment.evaluate import Stored
from privseg.segment.reads import leaves
from privseg.segment.tree_events import AGGREGATED, operators_of
from privseg.segment.values import NUMBER_OPERATORS, OPERATORS, Cell
from privseg.terms import Attribute, Money
from tests.twins.segment_pools import ATS, BIG, DAYS, NUMBERS, TEXTS, ZONES
from tests.twins.shop_catalogue import CATALOGUE, EUR

T = ColumnType
MICROSECOND = timedelta(microseconds=1)
PEOPLE = 60  # ordinals of an example: some have no data, some no permission, some neither


@dataclass(frozen=True, slots=True)
class Case:
    """Conditions, the people they are asked about, and which of those are eligible."""

    at: datetime
    zone: ZoneInfo
    conditions: tuple[Condition, ...]
    people: dict[int, Person]
    eligible: frozenset[int]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    at, zone = draw(st.sampled_from(ATS)), draw(st.sampled_from(ZONES))
    asked = tuple(draw(st.lists(conditions(), min_size=1, max_size=3)))
    rng = Random(draw(st.integers(0, 2**32)))
    people = population(asked, at, zone, rng)
    eligible = frozenset(o for o in range(PEOPLE) if rng.random() < 0.7)
    return Case(at, zone, asked, people, eligible)


def conditions() -> st.SearchStrategy[Condition]:
    """Return any condition without references, of a few levels."""
    leaf = st.one_of(attribute_tests(), event_tests(), event_tests(), sequences())
    return st.recursive(leaf, _nested, max_leaves=6)


def _nested(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(several.map(All), several.map(Any_), inner.map(Not))


@st.composite
def attribute_tests(draw: st.DrawFn) -> AttributeTest:
    sources = [s for s in CATALOGUE.sources.values() if s.event is None]
    readable = [c for s in sources for c in s.columns if c.category is not None]
    readable += [c for c in readable if c.type is T.TEXT] * 2  # the most hostile
    column = draw(st.sampled_from(readable))
    operators = st.sampled_from(sorted(OPERATORS[column.type]))
    tests = draw(st.lists(operators, min_size=1, max_size=2))
    return AttributeTest(
        Attribute(column.attribute), column.type, tuple(draw(comparison(o, column)) for o in tests)
    )


@st.composite
def comparison(draw: st.DrawFn, operator: Operator, column: Column) -> Comparison:
    if operator is Operator.IS_KNOWN:
        return Comparison(operator, (draw(st.booleans()),))
    sizes = {Operator.IN: (1, 3), Operator.BETWEEN: (2, 2)}
    low, high = sizes.get(operator, (1, 1))
    return Comparison(
        operator, tuple(draw(st.lists(literals(column), min_size=low, max_size=high)))
    )


def literals(column: Column) -> st.SearchStrategy[Value]:
    numbers = st.sampled_from(NUMBERS)
    kinds: dict[ColumnType, st.SearchStrategy[Value]] = {
        T.TEXT: st.sampled_from(TEXTS),
        T.CATEGORY: st.sampled_from(column.values or ("-",)),
        T.SET: st.sampled_from(column.values or ("-",)),
        T.INTEGER: numbers,
        T.DECIMAL: numbers.map(lambda n: Scaled(n, column.decimals)),
        T.MONEY: numbers.map(lambda n: Money(n, EUR)),
        T.BOOLEAN: st.booleans(),
        T.DATE: st.sampled_from(DAYS),
        T.TIME: st.sampled_from(ATS),
    }
    return kinds[column.type]


@st.composite
def event_tests(draw: st.DrawFn) -> EventTest:
    event = draw(st.sampled_from(["purchase", "purchase", "email_open"]))
    asked = draw(st.lists(aggregates() if event == "purchase" else counts(), max_size=2))
    where = draw(st.none() | filters()) if event == "purchase" else None
    return EventTest(event, tuple(asked), draw(windows()), where)


def counts() -> st.SearchStrategy[Aggregate]:
    operators = st.sampled_from(sorted(NUMBER_OPERATORS - {Operator.BETWEEN}))
    tests = st.builds(lambda o, n: Comparison(o, (n,)), operators, st.integers(0, 3))
    several = st.lists(tests, min_size=1, max_size=2).map(tuple)
    return several.map(lambda t: Aggregate(AggregateKind.COUNT, t))


@st.composite
def aggregates(draw: st.DrawFn) -> Aggregate:
    kind = draw(st.sampled_from(AggregateKind))
    if kind in {AggregateKind.COUNT, AggregateKind.DISTINCT}:
        counted = draw(counts())
        if kind is AggregateKind.COUNT:
            return counted
        of = draw(st.sampled_from(_properties()))
        return Aggregate(kind, counted.tests, _name(of), of.type)
    of = draw(st.sampled_from([c for c in _properties() if c.type in AGGREGATED[kind]]))
    names = st.sampled_from(sorted(operators_of(kind, of.type)))
    tests = tuple(draw(comparison(o, of)) for o in draw(st.lists(names, min_size=1, max_size=2)))
    return Aggregate(kind, tests, _name(of), of.type)


@st.composite
def filters(draw: st.DrawFn) -> PropertyTest:
    of = draw(st.sampled_from(_properties()))
    operator = draw(st.sampled_from(sorted(OPERATORS[of.type])))
    return PropertyTest(_name(of), of.type, (draw(comparison(operator, of)),))


@st.composite
def sequences(draw: st.DrawFn) -> Ordered:
    step = st.one_of(
        st.just(Step("email_open")), st.builds(Step, st.just("purchase"), st.none() | filters())
    )
    steps = tuple(draw(st.lists(step, min_size=2, max_size=3)))
    span = draw(st.none() | st.sampled_from([timedelta(hours=1), timedelta(days=30)]))
    return Ordered(steps, span, draw(st.none() | step), draw(windows()))


def _properties() -> list[Column]:
    return [c for c in CATALOGUE.events()["purchase"].columns if c.category is not None]


def _name(column: Column) -> Attribute:
    return Attribute(f"purchase.{column.attribute}")


def windows() -> st.SearchStrategy[Window | None]:
    ago = st.builds(Ago, st.sampled_from([1, 2, 12, 30, 999_999]), st.sampled_from(AgoUnit))
    days = st.just(Fixed(date(2026, 3, 29), date(2026, 10, 25)))
    moments = st.just(Fixed(ATS[1], ATS[0]))
    return st.one_of(st.none(), ago, ago, days, moments)


def _times(windows_asked: list[Window | None], at: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return moments at and beside every bound, and beside ``at``."""
    spans = [resolve(w, at=at, zone=zone) for w in windows_asked]
    bounds = {at, *(s.end for s in spans), *(s.start for s in spans if s.start is not None)}
    return sorted({b + n * MICROSECOND for b in bounds for n in (-1, 0, 1)})


def population(
    asked: tuple[Condition, ...], at: datetime, zone: ZoneInfo, rng: Random
) -> dict[int, Person]:
    """Return people with what the conditions ask about: known, missing, or nobody's row.

    Drawn by ``rng`` and not by Hypothesis: fifty people an example find what five never meet.
    """
    tests = [t for c in asked for t in leaves(c)]
    columns = {t.attribute: _column(t.attribute) for t in tests if isinstance(t, AttributeTest)}
    happenings = [t for t in tests if isinstance(t, EventTest | Ordered)]
    times = _times([t.window for t in happenings], at, zone)
    events = [e for t in happenings for e in _events_of(t)]
    return {
        ordinal: Person(
            {a: _maybe(c, rng) for a, c in columns.items() if rng.random() < 0.9},
            tuple(_event(rng.choice(events), times, rng) for _ in range(rng.randrange(5)))
            if events
            else (),
        )
        for ordinal in rng.sample(range(PEOPLE), PEOPLE * 4 // 5)
    }


def _events_of(test: EventTest | Ordered) -> list[str]:
    return [test.event] if isinstance(test, EventTest) else [s.event for s in test.steps]


def _column(attribute: Attribute) -> Column:
    column = CATALOGUE.readables[attribute].column
    assert column is not None
    return column


def _event(name: str, times: list[datetime], rng: Random) -> Event:
    """Return an event with all its properties."""
    of = _properties() if name == "purchase" else []
    properties = {c.attribute: _maybe(c, rng) for c in of}
    return Event(name, rng.randbytes(16), rng.choice(times), properties)


def _maybe(column: Column, rng: Random) -> Stored:
    """Return a value as the column store holds it, or none."""
    if rng.random() < 0.2:
        return None
    if column.type is T.SET:
        return frozenset(v for v in column.values if rng.random() < 0.5)
    if column.type is T.TIME:
        return rng.choice(ATS) + rng.choice((-1, 0, 1)) * MICROSECOND
    pools: dict[ColumnType, Sequence[Cell]] = {
        T.CATEGORY: column.values,
        T.TEXT: TEXTS,
        T.BOOLEAN: (True, False),
        T.DATE: DAYS,
    }
    return rng.choice(pools.get(column.type, [*NUMBERS, *NUMBERS, -BIG - 1]))

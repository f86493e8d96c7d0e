# SPDX-License-Identifier: Apache-2.0
"""Conditions and people made to disagree about: ties, bounds hit exactly, hostile text.

Times are drawn at and around the bounds of the drawn windows; literals and data come from one
small pool.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from privseg.policy.catalogue import Column, ColumnType
from privseg.segment import (
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
    Scaled,
    SumTest,
    Value,
    Window,
    resolve,
)
from privseg.segment.evaluate import Stored
from privseg.segment.reads import leaves
from privseg.segment.tree import NUMBER_OPERATORS, OPERATORS, Cell
from privseg.terms import Attribute, Money
from tests.twins.shop_catalogue import CATALOGUE, EUR

T = ColumnType
BIG = 2**63 - 1
TEXTS = [
    *("", "x", "X", "straße", "STRASSE", "Strasse", "İstanbul", "istanbul", "ISTANBUL", "\u0131"),
    *("ﬁn", "FIN", "Σίσυφος", "σίσυφοσ", "ς", "علي", "علی", "كتاب", "کتاب", "۱۲", "١٢", "12"),
    *("a\u200cb", "ab", "\u200fab", "x\x00y", "\x00", "é", "e\u0301", "ǰ", "J\u030c", "🙂", "🙂x"),
    *("%", "_", "'", '"; DROP', "$v0", "\u0345", "ᾳ", "NaN", "null", " "),
]
NUMBERS = [0, 1, 2, 3, -1, 100, 20_000, BIG, BIG - 1, -BIG]
DAYS = [date(2024, 2, 29), date(2026, 3, 29), date(2026, 10, 25), date(1, 1, 1), date(9999, 12, 31)]
ATS = [
    datetime(2026, 11, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 31, 1, 30, tzinfo=UTC),  # a month before is inside no February 31
    datetime(2026, 4, 29, 0, 30, tzinfo=UTC),  # Berlin 02:30; a month before falls in the gap
    datetime(2026, 11, 25, 1, 30, tzinfo=UTC),  # Berlin 02:30; a month before comes twice
    datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
]
ZONES = [ZoneInfo(z) for z in ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia")]
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
    leaf = st.one_of(attribute_tests(), event_tests(), event_tests())
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
    operators = st.sampled_from(sorted(NUMBER_OPERATORS))
    counts = st.builds(lambda o, n: Comparison(o, (n,)), operators, st.integers(0, 3))
    count = tuple(draw(st.lists(counts, max_size=2)))
    total = draw(st.none() | sums()) if event == "purchase" else None
    return EventTest(event, count, total, draw(windows()))


@st.composite
def sums(draw: st.DrawFn) -> SumTest:
    source = CATALOGUE.events()["purchase"]
    column = draw(st.sampled_from([c for c in source.columns if c.attribute != "coupon"]))
    operators = draw(st.lists(st.sampled_from(sorted(NUMBER_OPERATORS)), min_size=1, max_size=2))
    tests = tuple(draw(comparison(o, column)) for o in operators)
    return SumTest(Attribute(f"purchase.{column.attribute}"), column.type, tests)


def windows() -> st.SearchStrategy[Window | None]:
    ago = st.builds(Ago, st.sampled_from([1, 2, 12, 30, 999_999]), st.sampled_from(AgoUnit))
    days = st.just(Fixed(date(2026, 3, 29), date(2026, 10, 25)))
    moments = st.just(Fixed(ATS[1], ATS[0]))
    return st.one_of(st.none(), ago, ago, days, moments)


def _times(tests: list[EventTest], at: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return moments at and beside every bound, and beside ``at``."""
    spans = [resolve(t.window, at=at, zone=zone) for t in tests]
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
    happenings = [t for t in tests if isinstance(t, EventTest)]
    times = _times(happenings, at, zone)
    return {
        ordinal: Person(
            {a: _maybe(c, rng) for a, c in columns.items() if rng.random() < 0.9},
            tuple(_event(rng.choice(happenings), times, rng) for _ in range(rng.randrange(5)))
            if happenings
            else (),
        )
        for ordinal in rng.sample(range(PEOPLE), PEOPLE * 4 // 5)
    }


def _column(attribute: Attribute) -> Column:
    column = CATALOGUE.readables[attribute].column
    assert column is not None
    return column


def _event(test: EventTest, times: list[datetime], rng: Random) -> Event:
    """Return an event of the kind that a test counts, with the property that it adds up."""
    of = {} if test.sum is None else {test.sum.of.partition(".")[2]: _column(test.sum.of)}
    properties = {name: _maybe(column, rng) for name, column in of.items()}
    return Event(test.event, rng.randbytes(16), rng.choice(times), properties)


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

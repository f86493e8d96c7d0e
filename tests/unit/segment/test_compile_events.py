# SPDX-License-Identifier: Apache-2.0
"""The tests of one event in SQL: filters, windows, aggregates, another event's values."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from privseg.policy.catalogue import ColumnType
from privseg.segment import (
    Aggregate,
    AggregateKind,
    Ago,
    AgoUnit,
    All,
    Any_,
    Comparison,
    Condition,
    Event,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    Not,
    Operator,
    Person,
    PropertyTest,
    Relation,
    Relative,
    SameAs,
    Scaled,
    Test,
)
from privseg.terms import Attribute, Money
from tests.twins.compiled import AT, compiled, found
from tests.twins.segment_catalogue import EUR

Op, T, K = Operator, ColumnType, AggregateKind
BIG = 2**63 - 1
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
DAY = Ago(1, AgoUnit.DAYS)


def is_(operator: Operator, *values: object) -> Comparison:
    return Comparison(operator, values)  # type: ignore[arg-type]


def bought(hours: float, event: str = "purchase", event_id: int = 0, **cells: object) -> Event:
    """Return something that happened so many hours before ``at``."""
    time = AT - hours * HOUR
    return Event(event, event_id.to_bytes(16, "big"), time, cells)  # type: ignore[arg-type]


def person(*events: Event) -> Person:
    return Person({}, events)


def asked(
    kind: AggregateKind, of: str | None, type_: ColumnType, *tests: Test, **more: object
) -> EventTest:
    aggregate = Aggregate(kind, tests, of and Attribute(f"purchase.{of}"), type_)  # type: ignore[arg-type]
    return EventTest("purchase", (aggregate,), **more)  # type: ignore[arg-type]


def count(*tests: Test, **more: object) -> EventTest:
    return asked(K.COUNT, None, T.INTEGER, *tests, **more)


def where(name: str, kind: ColumnType, *tests: Test) -> PropertyTest:
    return PropertyTest(Attribute(f"purchase.{name}"), kind, tests)


@pytest.mark.parametrize(
    ("test", "members"),
    [
        (count(is_(Op.AT_LEAST, 1)), {1, 2}),
        (count(is_(Op.EQUALS, 0)), {3}),
        (count(is_(Op.UNDER, 2)), {2, 3}),
        (count(is_(Op.AT_MOST, 0)), {3}),
        (count(is_(Op.BETWEEN, 0, 1)), {2, 3}),
        (count(is_(Op.OVER, 0), is_(Op.UNDER, 2)), {2}),
        (asked(K.SUM, "number", T.INTEGER, is_(Op.EQUALS, 0)), {2, 3}),
        (asked(K.SUM, "number", T.INTEGER, is_(Op.OVER, -1)), {1, 2, 3}),
        (asked(K.DISTINCT, "number", T.INTEGER, is_(Op.EQUALS, 0)), {2, 3}),
        (asked(K.MIN, "number", T.INTEGER, is_(Op.AT_MOST, 0)), set()),
        (asked(K.MIN, "number", T.INTEGER, is_(Op.IS_KNOWN, False)), {2, 3}),
        (asked(K.FIRST, "number", T.INTEGER, is_(Op.AT_MOST, 0)), set()),
        (asked(K.AVERAGE, "number", T.INTEGER, is_(Op.AT_MOST, 0)), set()),
    ],
)
def test_over_nothing_a_count_and_a_sum_are_0_and_all_else_is_missing(
    test: EventTest, members: set[int]
) -> None:
    people = {
        1: person(bought(1, number=2), bought(2, number=3)),
        2: person(bought(1)),
        3: person(),
    }
    other = {1, 2, 3} - members
    assert found(people, it=test, other=Not(test)) == {"it": members, "other": other}
    assert found(people, it=Not(test)) == {"it": other}


def test_a_window_takes_its_start_in_and_leaves_out_its_end() -> None:
    times = {1: 24 * HOUR + TICK, 2: 24 * HOUR, 3: TICK, 4: 0 * HOUR, 5: -HOUR}
    people = {n: person(Event("purchase", bytes(16), AT - t)) for n, t in times.items()}
    assert found(people, day=count(is_(Op.EQUALS, 1), window=DAY), ever=count(is_(Op.OVER, 0))) == {
        "day": {2, 3},
        "ever": {1, 2, 3},
    }


def test_sums_and_averages_are_exact_beyond_64_bits() -> None:
    people = {
        1: person(*(bought(n, number=BIG) for n in range(1, 5))),
        2: person(*(bought(n, number=-BIG - 1) for n in range(1, 5))),
        3: person(bought(1, number=BIG), bought(2, number=BIG - 1)),
    }
    average = (asked(K.AVERAGE, "number", T.INTEGER, is_(o, BIG)) for o in (Op.EQUALS, Op.UNDER))
    equal, under = average
    between = asked(K.AVERAGE, "number", T.INTEGER, is_(Op.BETWEEN, -BIG, BIG - 1))
    total = asked(K.SUM, "number", T.INTEGER, is_(Op.OVER, BIG))
    assert found(people, a=equal, b=under, c=between, d=total) == {
        "a": {1},
        "b": {2, 3},
        "c": set(),
        "d": {1, 3},
    }


def test_an_average_is_of_the_known_values_in_their_own_units() -> None:
    people = {1: person(bought(1, amount=100), bought(2), bought(3, amount=101))}
    tests = {"over": Money(100, EUR), "under": Money(101, EUR)}
    conditions = {n: asked(K.AVERAGE, "amount", T.MONEY, is_(Op(n), m)) for n, m in tests.items()}
    weight = asked(K.AVERAGE, "weight", T.DECIMAL, is_(Op.EQUALS, Scaled(5, 3)))
    assert found(people, **conditions, weight=weight) == {
        "over": {1},
        "under": {1},
        "weight": set(),
    }


def test_the_first_and_the_last_are_by_time_then_event_id_and_may_be_missing() -> None:
    people = {
        1: person(bought(2, channel="web"), bought(1, channel="app")),
        2: person(bought(1, event_id=2, channel="web"), bought(1, event_id=255, channel="app")),
        3: person(bought(2), bought(1, channel="app")),
        4: person(bought(2, channel="web"), bought(1)),
        5: person(bought(1, event_id=127, channel="web"), bought(1, event_id=128, channel="app")),
    }
    web, app = is_(Op.EQUALS, "web"), is_(Op.EQUALS, "app")
    assert found(
        people,
        first=asked(K.FIRST, "channel", T.CATEGORY, web),
        last=asked(K.LAST, "channel", T.CATEGORY, app),
        none=asked(K.FIRST, "channel", T.CATEGORY, is_(Op.IS_KNOWN, False)),
        lately=asked(K.FIRST, "channel", T.CATEGORY, app, window=Ago(1, AgoUnit.HOURS)),
    ) == {
        "first": {1, 2, 4, 5},
        "last": {1, 2, 3, 5},
        "none": {3},
        "lately": {1, 3},
    }


def test_the_time_of_an_event_is_a_property_of_it() -> None:
    people = {1: person(bought(30), bought(2)), 2: person(bought(30)), 3: person()}
    day = Relative(Relation.WITHIN, DAY)
    lately = where("time", T.TIME, day)
    assert found(
        people,
        last=asked(K.LAST, "time", T.TIME, day),
        first=asked(K.FIRST, "time", T.TIME, day),
        least=asked(K.MIN, "time", T.TIME, day),
        kept=count(is_(Op.EQUALS, 1), where=lately),
        gone=count(is_(Op.EQUALS, 1), where=FilterNot(lately)),
        moments=asked(K.DISTINCT, "time", T.TIME, is_(Op.EQUALS, 2)),
    ) == {
        "last": {1},
        "first": set(),
        "least": set(),
        "kept": {1},
        "gone": {1, 2},
        "moments": {1},
    }


@pytest.mark.parametrize(
    ("kept", "number"),
    [
        (where("channel", T.CATEGORY, is_(Op.EQUALS, "web")), 1),
        (FilterNot(where("channel", T.CATEGORY, is_(Op.EQUALS, "web"))), 2),  # one is missing
        (where("channel", T.CATEGORY, is_(Op.IS_KNOWN, False)), 1),
        (where("word", T.TEXT, is_(Op.EQUALS, "STRASSE")), 2),
        (where("topics", T.SET, is_(Op.CONTAINS, "tea")), 1),
        (
            FilterNot(
                FilterAny(
                    (
                        where("channel", T.CATEGORY, is_(Op.EQUALS, "app")),
                        where("number", T.INTEGER, is_(Op.OVER, 1)),
                    )
                )
            ),
            1,
        ),
        (
            FilterAll(
                (
                    where("channel", T.CATEGORY, is_(Op.IN, "web", "app")),
                    where("number", T.INTEGER, is_(Op.AT_LEAST, 1), is_(Op.AT_MOST, 2)),
                )
            ),
            1,
        ),
    ],
)
def test_a_filter_says_which_events_count_and_not_passes_what_is_missing(
    kept: Filter, number: int
) -> None:
    mine = person(
        bought(1, channel="web", word="straße", number=5),
        bought(2, channel="app", word="Strasse", number=2, topics=["tea"]),
        bought(3, word="x"),
    )
    exactly = count(is_(Op.EQUALS, number), where=kept)
    assert found({1: mine, 2: person()}, it=exactly, all=count(is_(Op.EQUALS, 3))) == {
        "it": {1},
        "all": {1},
    }
    assert found({1: mine, 2: person()}, it=exactly) == {"it": {1}}


def test_every_aggregate_is_of_its_own_events_where_others_ask_for_more() -> None:
    web = where("channel", T.CATEGORY, is_(Op.EQUALS, "web"))
    mine = person(
        bought(1, channel="app", number=7, word="x"),
        bought(2, channel="web", number=5, word="a"),
        bought(3, channel="web", number=None, word="A"),
        bought(4, channel="web", number=9, word="b"),
        bought(90, channel="web", number=1, word="c"),
    )
    numbers = {
        "count": count(is_(Op.EQUALS, 3), window=DAY, where=web),
        "sum": asked(K.SUM, "number", T.INTEGER, is_(Op.EQUALS, 14), window=DAY, where=web),
        "least": asked(K.MIN, "number", T.INTEGER, is_(Op.EQUALS, 5), window=DAY, where=web),
        "most": asked(K.MAX, "number", T.INTEGER, is_(Op.EQUALS, 9), window=DAY, where=web),
        "mean": asked(K.AVERAGE, "number", T.INTEGER, is_(Op.EQUALS, 7), window=DAY, where=web),
        "kinds": asked(K.DISTINCT, "word", T.TEXT, is_(Op.EQUALS, 2), window=DAY, where=web),
        "first": asked(K.FIRST, "word", T.TEXT, is_(Op.EQUALS, "b"), window=DAY, where=web),
        "last": asked(K.LAST, "number", T.INTEGER, is_(Op.EQUALS, 5), window=DAY, where=web),
        "all": count(is_(Op.EQUALS, 5)),
    }
    assert found({1: mine, 2: person()}, **numbers) == {key: {1} for key in numbers}
    nobody = {n: Not(c) for n, c in numbers.items()}
    assert found({1: mine, 2: person()}, **nobody) == {key: {2} for key in numbers}


def test_how_many_different_counts_texts_as_they_are_matched() -> None:
    texts = ("straße", "STRASSE", "Strasse", "x", None)
    people = {1: person(*(bought(n, word=t) for n, t in enumerate(texts, 1)))}
    assert found(people, it=asked(K.DISTINCT, "word", T.TEXT, is_(Op.EQUALS, 2))) == {"it": {1}}


def same(name: str, kind: ColumnType, window: Ago | None = None) -> SameAs:
    return SameAs(Attribute(f"purchase.{name}"), Attribute(f"wish.{name}"), kind, window)


def test_another_events_value_doubles_no_row_and_a_missing_one_equals_nothing() -> None:
    def wish(hours: float, **cells: object) -> Event:
        return bought(hours, "wish", **cells)

    people = {
        1: person(bought(1, word="tea"), wish(2, word="TEA"), wish(3, word="tea")),
        2: person(bought(1), wish(2)),
        3: person(bought(1, word="x"), wish(2, word="y")),
        4: person(bought(50, word="tea"), wish(40, word="tea")),
        5: person(bought(1, word="tea")),
        6: person(wish(1, word="tea")),
    }
    ever, lately = same("word", T.TEXT), same("word", T.TEXT, DAY)
    assert found(
        people,
        once=count(is_(Op.EQUALS, 1), where=ever),
        lately=count(is_(Op.EQUALS, 1), where=lately),
        neither=count(is_(Op.EQUALS, 1), where=FilterNot(ever)),
        bought=count(is_(Op.OVER, 0)),
    ) == {"once": {1, 4}, "lately": {1}, "neither": {2, 3, 5}, "bought": {1, 2, 3, 4, 5}}
    assert found(people, it=count(is_(Op.EQUALS, 1), where=ever)) == {"it": {1, 4}}
    assert found(people, it=Not(count(is_(Op.EQUALS, 1), where=ever))) == {"it": {2, 3, 5, 6}}


def test_an_event_may_be_compared_with_others_of_its_own_kind() -> None:
    own = SameAs(Attribute("purchase.number"), Attribute("purchase.number"), T.INTEGER, DAY)
    people = {
        1: person(bought(30, number=1), bought(1, number=1)),
        2: person(bought(30, number=1), bought(1, number=2)),
    }
    twice = count(is_(Op.EQUALS, 2), where=own)
    assert found(people, it=twice) == {"it": {1}}
    assert "purchase" not in compiled(it=twice).since


def _starts(condition: Condition) -> dict[str, datetime]:
    return dict(compiled(it=condition).since)


def test_a_reader_is_told_the_earliest_moment_that_any_test_looks_at() -> None:
    day, week = count(is_(Op.OVER, 0), window=DAY), Ago(7, AgoUnit.DAYS)
    once = count(is_(Op.OVER, 0), window=week)
    assert _starts(All((day, Not(once)))) == {"purchase": AT - 168 * HOUR}
    assert _starts(Any_((day, count(is_(Op.OVER, 0))))) == {}
    compared = count(is_(Op.OVER, 0), window=DAY, where=same("word", T.TEXT, week))
    assert _starts(compared) == {"purchase": AT - 24 * HOUR, "wish": AT - 168 * HOUR}
    unbounded = count(is_(Op.OVER, 0), window=DAY, where=same("word", T.TEXT))
    assert _starts(All((compared, unbounded))) == {"purchase": AT - 24 * HOUR}

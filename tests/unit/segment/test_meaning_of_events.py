# SPDX-License-Identifier: Apache-2.0
"""What a condition on events means: which count, what of nothing, who is first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from privseg.segment import (
    Aggregate,
    Ago,
    Condition,
    Event,
    EventTest,
    FilterAll,
    FilterAny,
    FilterNot,
    Fixed,
    Not,
    Person,
    Relation,
    SameAs,
    Scaled,
    Sequence,
    Step,
    holds,
)
from privseg.terms import Attribute, Money
from tests.twins.segment_nodes import (
    BOUGHT,
    EUR,
    Kind,
    Op,
    T,
    U,
    compared,
    count,
    happened,
    lies,
    over,
    prop,
)

BEGIN, FINISH = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
AT, ZONE = datetime(2026, 11, 1, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin")


def true(condition: Condition, *events: Event, at: datetime = AT) -> bool:
    return holds(condition, Person({}, events), at=at, zone=ZONE, segments={})


def event(name: str, days_ago: float, event_id: bytes = b"0", **properties: object) -> Event:
    time = AT - timedelta(days=days_ago)
    return Event(name, event_id, time, properties)  # type: ignore[arg-type]


def purchase(days_ago: float, amount: object, event_id: bytes = b"0") -> Event:
    return event("purchase", days_ago, event_id, amount=amount)


def amounts(kind: Kind, operator: Op, *cents: int) -> EventTest:
    values = (Money(c, EUR) for c in cents)
    return happened("purchase", over(kind, "purchase.amount", T.MONEY, operator, *values))


# --- over nothing


@pytest.mark.parametrize("events", [(), (purchase(1, None),), (purchase(1, float("nan")),)])
def test_over_nothing_a_sum_is_zero_and_so_is_the_number_of_different_values(
    events: tuple[Event, ...],
) -> None:
    assert true(amounts(Kind.SUM, Op.EQUALS, 0), *events)
    distinct = over(Kind.DISTINCT, "purchase.amount", T.MONEY, Op.EQUALS, 0)
    assert true(happened("purchase", distinct), *events)
    assert true(happened("purchase", count(Op.EQUALS, len(events))), *events)


@pytest.mark.parametrize("kind", [Kind.AVERAGE, Kind.MIN, Kind.MAX, Kind.FIRST, Kind.LAST])
@pytest.mark.parametrize("events", [(), (purchase(1, None),)])
def test_over_nothing_an_average_and_an_extreme_are_missing(
    kind: Kind, events: tuple[Event, ...]
) -> None:
    for operator in (Op.AT_LEAST, Op.AT_MOST, Op.EQUALS, Op.OVER, Op.UNDER):
        assert not true(amounts(kind, operator, 0), *events)
        assert true(Not(amounts(kind, operator, 0)), *events)
    if kind is not Kind.AVERAGE:
        for known in (True, False):
            asked = over(kind, "purchase.amount", T.MONEY, Op.IS_KNOWN, known)
            assert true(happened("purchase", asked), *events) is not known


# --- what they add up to


def test_a_bare_event_is_at_least_one() -> None:
    assert true(BOUGHT, purchase(1, 5))
    assert not true(BOUGHT)
    assert not true(BOUGHT, event("email_open", 1))


def test_a_sum_and_an_average_leave_unknown_values_out() -> None:
    events = (purchase(1, 100), purchase(2, None), purchase(3, 201))
    assert true(amounts(Kind.SUM, Op.EQUALS, 301), *events)
    assert true(amounts(Kind.AVERAGE, Op.OVER, 150), *events)
    assert true(amounts(Kind.AVERAGE, Op.UNDER, 151), *events)
    assert true(happened("purchase", count(Op.EQUALS, 3)), *events)


def test_an_average_is_compared_exactly_and_never_rounded() -> None:
    thirds = (purchase(1, 1), purchase(2, 1), purchase(3, 2))  # 4/3
    assert true(amounts(Kind.AVERAGE, Op.OVER, 1), *thirds)
    assert not true(amounts(Kind.AVERAGE, Op.EQUALS, 1), *thirds)
    assert true(amounts(Kind.AVERAGE, Op.BETWEEN, 1, 2), *thirds)
    big = 2**62
    near = (purchase(1, big), purchase(2, big + 1))
    assert true(amounts(Kind.AVERAGE, Op.OVER, big), *near)
    assert not true(amounts(Kind.AVERAGE, Op.AT_LEAST, big + 1), *near)


def test_several_tests_of_an_average_mean_each_of_them() -> None:
    tests = compared(Op.OVER, Money(10, EUR)), compared(Op.UNDER, Money(20, EUR))
    asked = Aggregate(Kind.AVERAGE, tests, Attribute("purchase.amount"), T.MONEY)
    assert [a for a in (5, 15, 25) if true(happened("purchase", asked), purchase(1, a))] == [15]


def test_a_negative_average_is_not_rounded_towards_zero() -> None:
    refunds = (purchase(1, -1), purchase(2, 0))
    assert true(amounts(Kind.AVERAGE, Op.UNDER, 0), *refunds)
    assert true(amounts(Kind.AVERAGE, Op.OVER, -1), *refunds)


def test_sums_go_beyond_64_bits_without_wrapping() -> None:
    most = 2**63 - 1
    assert true(amounts(Kind.SUM, Op.OVER, most), purchase(1, most), purchase(2, most))


def test_smallest_and_largest_are_of_known_values() -> None:
    events = (purchase(1, 5), purchase(2, None), purchase(3, 7))
    assert true(amounts(Kind.MIN, Op.EQUALS, 5), *events)
    assert true(amounts(Kind.MAX, Op.EQUALS, 7), *events)


def test_different_values_are_counted_once_and_texts_as_they_are_matched() -> None:
    articles = ("Straße", "STRASSE", "Weg", None, "")
    events = [event("page_view", n, article=a) for n, a in enumerate(articles, 1)]
    distinct = over(Kind.DISTINCT, "page_view.article", T.TEXT, Op.EQUALS, 3)
    assert true(happened("page_view", distinct), *events)


def test_several_aggregates_mean_each_of_them() -> None:
    both = happened(
        "purchase", count(Op.AT_LEAST, 2),
        over(Kind.SUM, "purchase.amount", T.MONEY, Op.OVER, Money(10, EUR)),
    )  # fmt: skip
    assert true(both, purchase(1, 6), purchase(2, 6))
    assert not true(both, purchase(1, 60))
    assert not true(both, purchase(1, 1), purchase(2, 1))


# --- first and last


def test_first_and_last_are_by_time_and_then_by_event_id() -> None:
    events = (purchase(2, 30, b"b"), purchase(2, 20, b"a"), purchase(1, 40, b"a"))
    for order in (events, events[::-1]):
        assert true(amounts(Kind.FIRST, Op.EQUALS, 20), *order)
        assert true(amounts(Kind.LAST, Op.EQUALS, 40), *order)
    tied = (purchase(1, 1, b"\x7f"), purchase(1, 2, b"\x80"))  # ids are compared as bytes
    assert true(amounts(Kind.LAST, Op.EQUALS, 2), *tied)


def test_a_missing_property_of_the_first_stays_missing() -> None:
    events = (purchase(2, None), purchase(1, 5))
    assert not true(amounts(Kind.FIRST, Op.AT_LEAST, 0), *events)
    assert true(amounts(Kind.LAST, Op.EQUALS, 5), *events)


def test_the_time_of_the_last_is_a_moment_like_others() -> None:
    week = Aggregate(Kind.LAST, (lies(Relation.WITHIN, 7),), Attribute("purchase.time"), T.TIME)
    assert true(happened("purchase", week), purchase(30, 1), purchase(7, 1))
    assert not true(happened("purchase", week), purchase(30, 1), purchase(8, 1))
    assert not true(happened("purchase", week))
    earliest = over(Kind.MIN, "purchase.time", T.TIME, Op.EQUALS, AT - timedelta(days=30))
    assert true(happened("purchase", earliest), purchase(30, 1), purchase(8, 1))


# --- windows


def test_what_happens_at_or_after_the_moment_is_never_seen() -> None:
    tick = timedelta(microseconds=1)
    for window in (None, Ago(1, U.YEARS), Fixed(date(2026, 1, 1), date(2027, 1, 1))):
        test = happened("purchase", window=window)
        assert true(test, Event("purchase", b"0", AT - tick))
        assert not true(test, Event("purchase", b"0", AT), Event("purchase", b"1", AT + tick))


def test_days_are_exact_multiples_and_months_go_by_the_calendar() -> None:
    at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    february = Event("purchase", b"0", datetime(2026, 2, 28, 13, tzinfo=UTC))
    month, days = (happened("purchase", window=w) for w in (Ago(1, U.MONTHS), Ago(30, U.DAYS)))
    assert true(month, february, at=at)
    assert not true(days, february, at=at)


def test_a_daily_window_is_anew_every_day() -> None:
    """Others left yesterday's count standing when the day turned."""
    day = happened("purchase", count(Op.AT_LEAST, 2), window=Ago(1, U.DAYS))
    events = (purchase(0.9, 1), purchase(0.1, 1))
    assert true(day, *events)
    assert not true(day, *events, at=AT + timedelta(hours=3))


@pytest.mark.parametrize("time", [None, float("nan"), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_event_without_a_moment_has_not_happened(time: object) -> None:
    assert not true(BOUGHT, Event("purchase", b"0", time))  # type: ignore[arg-type]
    first = over(Kind.FIRST, "purchase.amount", T.MONEY, Op.IS_KNOWN, False)
    assert true(happened("purchase", first), Event("purchase", b"0", time))  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_an_event_at_the_calendars_ends_is_no_failure(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    ends = [Event("purchase", b"0", t.replace(tzinfo=zone)) for t in (BEGIN, FINISH)]
    latest = over(Kind.MAX, "purchase.time", T.TIME, Op.UNDER, AT)
    assert true(happened("purchase", count(Op.EQUALS, 1), latest), *ends)
    sequence = Sequence((Step("purchase"), Step("purchase")), timedelta(days=1))
    assert not true(sequence, *ends)


# --- which events count

WEB = prop("page_view.section", T.CATEGORY, compared(Op.EQUALS, "shoes"))


def views(*sections: object) -> list[Event]:
    return [event("page_view", n, section=s) for n, s in enumerate(sections, 1)]


def counted(where: object, *events: Event) -> int:
    return next(
        n
        for n in range(99)
        if true(happened("page_view", count(Op.EQUALS, n), where=where), *events)  # type: ignore[arg-type]
    )


def test_a_filter_says_which_events_count_and_are_added_up() -> None:
    events = views("shoes", "sale", None, "shoes")
    assert counted(WEB, *events) == 2
    assert counted(FilterAny((WEB, FilterNot(WEB))), *events) == 4
    assert counted(FilterAll((WEB, FilterNot(WEB))), *events) == 0


def test_a_not_over_a_property_passes_where_the_property_is_missing() -> None:
    assert counted(FilterNot(WEB), *views("shoes", "sale", None)) == 2
    known = prop("page_view.section", T.CATEGORY, compared(Op.IS_KNOWN, True))
    assert counted(FilterAll((known, FilterNot(WEB))), *views("shoes", "sale", None)) == 1


def test_none_such_is_not_some_other() -> None:
    """Not having an event that passes differs from having one that does not."""
    events = views("shoes", "sale")
    assert not true(Not(happened("page_view", where=WEB)), *events)
    assert true(happened("page_view", where=FilterNot(WEB)), *events)


def test_the_time_of_an_event_can_be_asked_of_it() -> None:
    recent = prop("page_view.time", T.TIME, lies(Relation.WITHIN, 2))
    assert counted(recent, *views(None, None, None)) == 2


def test_properties_of_every_type_are_tested_by_their_own_rules() -> None:
    one = event(
        "page_view", 1, tags=["new"], article="Straße", delivery=date(2026, 10, 31),
        logged_in=False, ratio=150,
    )  # fmt: skip
    passing = [
        prop("page_view.tags", T.SET, compared(Op.CONTAINS, "new")),
        prop("page_view.article", T.TEXT, compared(Op.STARTS_WITH, "STRASS")),
        prop("page_view.delivery", T.DATE, lies(Relation.WITHIN, 2)),
        prop("page_view.logged_in", T.BOOLEAN, compared(Op.EQUALS, False)),
        prop("page_view.ratio", T.DECIMAL, compared(Op.EQUALS, Scaled(150, 2))),
        prop("page_view.colour", T.CATEGORY, compared(Op.IS_KNOWN, False)),
    ]
    assert [counted(p, one) for p in passing] == [1] * len(passing)


# --- another event's property


def same(other: str, days: int | None = None, kind: T = T.TEXT) -> EventTest:
    window = None if days is None else Ago(days, U.DAYS)
    same_as = SameAs(Attribute("page_view.article"), Attribute(other), kind, window)
    return happened("page_view", where=same_as)


def test_a_property_is_compared_with_that_of_some_event_of_the_same_person() -> None:
    view = event("page_view", 1, article="Straße")
    assert true(same("purchase.coupon"), view, event("purchase", 9, coupon="STRASSE"))
    assert not true(same("purchase.coupon"), view, event("purchase", 9, coupon="Weg"))
    assert not true(same("purchase.coupon"), view)
    several = [event("purchase", n, coupon=c) for n, c in enumerate(("Weg", None, "straße"), 1)]
    assert true(same("purchase.coupon"), view, *several)


def test_a_missing_property_equals_nothing_not_even_another_missing_one() -> None:
    nothing = event("page_view", 1, article=None), event("purchase", 1, coupon=None)
    assert not true(same("purchase.coupon"), *nothing)
    assert true(Not(same("purchase.coupon")), *nothing)


def test_of_very_many_events_each_is_compared_with_all_of_the_others() -> None:
    views = [event("page_view", n / 24, article=f"a{n}") for n in range(1, 20_001)]
    purchases = [event("purchase", n / 24, coupon=f"b{n}") for n in range(1, 20_001)]
    assert not true(same("purchase.coupon"), *views, *purchases)
    assert true(same("purchase.coupon"), *views, *purchases, event("purchase", 1, coupon="A20000"))


def test_the_other_event_has_its_own_window_and_is_never_in_the_future() -> None:
    view = event("page_view", 1, article="a")
    assert true(same("purchase.coupon", 9), view, event("purchase", 9, coupon="a"))
    assert not true(same("purchase.coupon", 8), view, event("purchase", 9, coupon="a"))
    assert not true(same("purchase.coupon"), view, event("purchase", -1, coupon="a"))
    assert true(same("purchase.coupon"), view, event("purchase", 0.5, coupon="a"))  # later is fine

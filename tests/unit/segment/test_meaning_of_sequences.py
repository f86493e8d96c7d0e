# SPDX-License-Identifier: Apache-2.0
"""One after the other: strictly increasing times, a span over the whole, and what breaks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.segment import Ago, Event, Fixed, Person, Sequence, Step, Window, holds
from tests.twins.segment_nodes import Op, T, U, compared, prop

AT, ZONE = datetime(2026, 11, 1, 12, tzinfo=UTC), ZoneInfo("UTC")
HOUR = timedelta(hours=1)


def event(name: str, hour: float, **properties: object) -> Event:
    return Event(name, b"0", AT + timedelta(hours=hour), properties)  # type: ignore[arg-type]


def steps(names: str) -> tuple[Step, ...]:
    return tuple(map(Step, names.split()))


def true(
    names: str,
    *events: Event,
    span: timedelta | None = None,
    without: str | None = None,
    window: Window | None = None,
) -> bool:
    test = Sequence(steps(names), span, Step(without) if without else None, window)
    return holds(test, Person({}, events), at=AT, zone=ZONE, segments={})


def test_the_order_counts_and_what_lies_between_does_not() -> None:
    assert true("a b", event("a", -3), event("c", -2), event("b", -1))
    assert not true("a b", event("b", -3), event("a", -1))
    assert not true("a b", event("a", -3))
    assert true("a b a", event("a", -3), event("b", -2), event("a", -1))


def test_times_increase_strictly() -> None:
    assert not true("a b", event("a", -1), event("b", -1))
    assert not true("a a", event("a", -1))
    assert not true("a a", event("a", -1), event("a", -1))
    assert true("a a", event("a", -2), event("a", -1))
    tick = timedelta(microseconds=1)
    assert true("a b", event("a", -1), Event("b", b"1", AT - HOUR + tick))


def test_the_last_step_lies_before_the_first_plus_the_span() -> None:
    nearly = event("b", -1).time - timedelta(microseconds=1)
    assert not true("a b", event("a", -2), event("b", -1), span=HOUR)
    assert true("a b", event("a", -2), Event("b", b"0", nearly), span=HOUR)


def test_the_span_bounds_the_whole_and_not_each_pair() -> None:
    events = event("a", -3), event("b", -2.2), event("c", -1.4)
    assert not true("a b c", *events, span=HOUR)
    assert true("a b c", *events, span=2 * HOUR)


def test_a_later_first_step_may_succeed_where_an_earlier_one_fails() -> None:
    events = event("a", -9), event("a", -2), event("b", -1.5)
    assert true("a b", *events, span=HOUR)
    broken = *events, event("x", -8.5)
    assert true("a b", *broken, span=HOUR, without="x")


def test_the_earliest_next_step_is_not_always_the_one_beside_it() -> None:
    events = event("a", -9), event("b", -8), event("c", -8.5), event("b", -7), event("c", -6)
    assert true("a b c", *events)
    assert not true("a b c", *events[:4])


@pytest.mark.parametrize(
    ("hour", "found"), [(-3.001, True), (-3, False), (-2.5, False), (-2.001, False), (-2, True)]
)
def test_without_may_not_occur_from_the_first_until_the_span_has_passed(
    hour: float,
    found: bool,  # noqa: FBT001 - a fact of the case
) -> None:
    events = event("a", -3), event("b", -2.9), event("x", hour)
    assert true("a b", *events, span=HOUR, without="x") is found


def test_without_counts_after_the_last_step_too() -> None:
    events = event("a", -3), event("b", -2.9), event("x", -2.5)
    assert not true("a b", *events, span=HOUR, without="x")


def test_a_span_that_is_still_open_counts() -> None:
    assert true("a b", event("a", -0.2), event("b", -0.1), span=HOUR, without="x")


def test_what_would_break_it_in_the_future_is_not_seen() -> None:
    events = event("a", -0.2), event("b", -0.1), event("x", 0)
    assert true("a b", *events, span=HOUR, without="x")


def test_with_no_span_nothing_may_follow_the_first() -> None:
    events = event("a", -900), event("b", -899)
    assert true("a b", event("x", -901), *events, without="x")
    assert not true("a b", *events, event("x", -1), without="x")


def test_a_step_that_is_also_forbidden_is_never_found() -> None:
    assert not true("a b", event("a", -3), event("b", -2), without="a")


def test_a_window_bounds_every_step_and_not_what_must_be_absent() -> None:
    window = Fixed(AT - 5 * HOUR, AT - 2 * HOUR)
    events = event("a", -5), event("b", -3)
    assert true("a b", *events, window=window)
    assert not true("a b", event("a", -5.1), event("b", -3), window=window)
    assert not true("a b", event("a", -5), event("b", -2), window=window)
    assert not true("a b", *events, event("x", -1), without="x", window=window)
    assert not true("a b", event("a", -3), event("b", -2), window=Ago(2, U.HOURS))


def test_each_step_has_its_own_filter() -> None:
    shoes = prop("page_view.section", T.CATEGORY, compared(Op.EQUALS, "shoes"))
    test = Sequence((Step("page_view"), Step("page_view", shoes)))
    seen = event("page_view", -3, section="shoes"), event("page_view", -2, section="home")
    person = Person({}, (*seen, event("page_view", -1, section=None)))
    assert not holds(test, person, at=AT, zone=ZONE, segments={})
    more = Person({}, (*seen, event("page_view", -1, section="shoes")))
    assert holds(test, more, at=AT, zone=ZONE, segments={})


def test_the_order_in_which_events_arrived_says_nothing() -> None:
    events = event("c", -5), event("b", -2), event("b", -8), event("a", -1), event("a", -9)
    assert true("a b c", *events)
    assert true("a b c", *events[::-1])


def test_very_many_events_are_no_trouble() -> None:
    events = [event("abc"[n % 3], -1000 + n / 10) for n in range(3000)]
    assert true("a b c a b c a b", *events, span=HOUR)
    assert not true("a b c a b c d", *events)


MANY = 20_000  # of one person: whatever looks at each of them beside each other does not end


@pytest.mark.parametrize("apart", [0, 1])
@pytest.mark.parametrize("without", [None, "x"])
def test_who_did_very_much_has_an_answer(apart: int, without: str | None) -> None:
    """Either all at once, or so that every first step is looked at and none is a beginning."""
    events = [event("a", -apart * n - 1) for n in range(MANY)]
    barred = [event("x", -apart * n - 0.5) for n in range(MANY)]
    assert not true("a a a", *events, *barred, span=2 * HOUR, without=without)
    assert true("a a a", *events, *barred, span=2.5 * HOUR) is bool(apart)
    assert not true("a a a", *events, *barred, span=2.5 * HOUR, without="x")


# --- against the definition, word by word


def naive(test: Sequence, events: list[tuple[str, int]]) -> bool:
    """Return whether some choice of events, of all there are, is such a sequence."""
    hours = [[t for n, t in events if n == s.event and t < 0] for s in test.steps]
    span = 10**6 if test.span is None else test.span // HOUR
    barred = [t for n, t in events if test.without and n == test.without.event and t < 0]
    return any(
        all(x < y for x, y in pairwise(chosen))
        and chosen[-1] < chosen[0] + span
        and not any(chosen[0] <= b < chosen[0] + span for b in barred)
        for chosen in product(*hours)
    )


@given(
    st.lists(st.tuples(st.sampled_from("abx"), st.integers(-9, 1)), max_size=9),
    st.lists(st.sampled_from("ab"), min_size=2, max_size=4),
    st.none() | st.integers(1, 6),
    st.none() | st.just(Step("x")),
)
def test_a_sequence_is_found_exactly_if_some_choice_of_events_is_one(
    events: list[tuple[str, int]], names: list[str], hours: int | None, without: Step | None
) -> None:
    span = None if hours is None else hours * HOUR
    test = Sequence(tuple(map(Step, names)), span, without)
    person = Person({}, tuple(event(n, t) for n, t in events))
    assert holds(test, person, at=AT, zone=ZONE, segments={}) == naive(test, events)

# SPDX-License-Identifier: Apache-2.0
"""Sequences in SQL: strictly later, within a span, without something in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest

from privseg.policy.catalogue import ColumnType
from privseg.segment import (
    Ago,
    AgoUnit,
    Comparison,
    Event,
    Not,
    Operator,
    Person,
    PropertyTest,
    SameAs,
    Sequence,
    Step,
)
from privseg.terms import Attribute
from tests.twins.compiled import AT, compiled, found

HOUR, MINUTE, TICK = timedelta(hours=1), timedelta(minutes=1), timedelta(microseconds=1)
WISH, BUY, OPEN = Step("wish"), Step("purchase"), Step("open")
EVENTS = {"w": "wish", "p": "purchase", "o": "open"}
DAY = Ago(1, AgoUnit.DAYS)


def lived(story: str, *, step: timedelta = MINUTE) -> Person:
    """Return whose story is told by letters: each a step later, those in brackets at once."""
    events, now, at_once = [], AT - HOUR, False
    for n, letter in enumerate(story):
        if letter in "()":
            at_once = letter == "("
        elif letter in EVENTS:
            events.append(Event(EVENTS[letter], n.to_bytes(16, "big"), now))
        now += step if not at_once else timedelta(0)
    return Person({}, tuple(events))


def happened(name: str, time: datetime, **cells: object) -> Event:
    return Event(name, name.encode().ljust(16), time, cells)  # type: ignore[arg-type]


def members(sequence: Sequence, *stories: str, step: timedelta = MINUTE) -> set[str]:
    """Return the stories that a sequence is found in."""
    people = {n: lived(s, step=step) for n, s in enumerate(stories)}
    made = found(people, it=sequence, other=Not(sequence))
    assert made["it"] | made["other"] == set(people)
    return {stories[n] for n in made["it"]}


def test_steps_come_strictly_one_after_the_other() -> None:
    assert members(Sequence((WISH, BUY)), "wp", "pw", "(wp)", "w(wp)", "wop", "w", "") == {
        "wp",
        "w(wp)",
        "wop",
    }
    assert members(Sequence((WISH, WISH)), "w", "ww", "(ww)") == {"ww"}
    three = Sequence((WISH, BUY, OPEN))
    assert members(three, "wpo", "wop", "wwpo", "w(po)", "(wp)o", "opwo", "opwpo") == {
        "wpo",
        "wwpo",
        "opwpo",
    }
    assert members(Sequence((WISH, BUY) * 4), "wp" * 4, "wp" * 3 + "w", "wwpp" * 4) == {
        "wp" * 4,
        "wwpp" * 4,
    }


def test_a_span_bounds_the_whole_and_a_later_start_may_keep_it() -> None:
    near = Sequence((WISH, BUY), span=HOUR)
    minutes = {1: 59, 2: 60, 3: 61}
    people = {
        n: Person(
            {},
            (
                happened("wish", AT - 2 * HOUR),
                happened("purchase", AT - 2 * HOUR + m * MINUTE),
            ),
        )
        for n, m in minutes.items()
    }
    assert found(people, it=near)["it"] == {1}
    tick = Sequence((WISH, BUY, OPEN), span=3 * MINUTE)
    assert members(tick, "wpo", "wp-o", "w-wpo", "wp-po", "wpw-o") == {"wpo", "w-wpo"}


def test_nothing_forbidden_lies_from_the_first_step_to_the_end_of_the_span() -> None:
    bought = Sequence((WISH, OPEN), span=3 * MINUTE, without=BUY)
    assert members(bought, "wo", "wpo", "wop", "wo-p", "pwo", "(pw)o", "w(po)", "wpwo") == {
        "wo",
        "wo-p",
        "pwo",
        "wpwo",
    }
    ever = Sequence((WISH, OPEN), without=BUY)
    assert members(ever, "wo", "wpo", "wop", "wo---p", "pwo", "(pw)o", "wopwo") == {
        "wo",
        "pwo",
        "wopwo",
    }


def test_a_span_that_is_still_open_counts_and_the_future_is_never_read() -> None:
    open_ = Sequence((WISH, BUY), span=timedelta(days=9), without=OPEN)
    past = (happened("wish", AT - HOUR), happened("purchase", AT - MINUTE))
    people = {
        1: Person({}, past),
        2: Person({}, (*past, happened("open", AT))),
        3: Person({}, (*past, happened("open", AT - TICK))),
        4: Person({}, (past[0], happened("purchase", AT))),
    }
    assert found(people, it=open_)["it"] == {1, 2}


def test_a_window_bounds_the_steps_and_not_what_is_forbidden() -> None:
    within = Sequence((WISH, BUY), without=OPEN, window=DAY)
    early, late = AT - 25 * HOUR, AT - HOUR
    people = {
        1: Person({}, (happened("wish", late), happened("purchase", late + MINUTE))),
        2: Person({}, (happened("wish", early), happened("purchase", late))),
        3: Person(
            {},
            (
                happened("open", early),
                happened("wish", late),
                happened("purchase", late + MINUTE),
            ),
        ),
    }
    assert found(people, it=within)["it"] == {1, 3}
    start = AT - 24 * HOUR
    assert compiled(it=within).since == dict.fromkeys(("wish", "purchase", "open"), start)


def test_a_step_may_have_a_filter_and_compare_with_another_event() -> None:
    word, kind = Attribute("purchase.word"), ColumnType.TEXT
    tea = PropertyTest(word, kind, (Comparison(Operator.EQUALS, ("TEA",)),))
    wished = SameAs(word, Attribute("wish.word"), kind)

    def told(*words: str) -> Person:
        first, *bought = words
        events = [happened("wish", AT - HOUR, word=first)]
        for n, each in enumerate(bought):
            events.append(happened("purchase", AT - HOUR + (n + 1) * MINUTE, word=each))
        return Person({}, tuple(events))

    people = {1: told("x", "tea"), 2: told("tea", "y"), 3: told("y", "tea", "Y"), 4: told("y")}
    assert found(
        people,
        tea=Sequence((WISH, Step("purchase", tea))),
        wished=Sequence((WISH, Step("purchase", wished))),
        forbidden=Sequence((WISH, BUY), without=Step("purchase", tea)),
        twice=Sequence((Step("purchase", tea), Step("purchase", wished))),
    ) == {"tea": {1, 3}, "wished": {3}, "forbidden": {2}, "twice": {3}}


@pytest.mark.parametrize("span", [None, 2 * MINUTE, 3 * MINUTE])
@pytest.mark.parametrize("without", [None, OPEN])
def test_every_short_story_is_judged_alike(span: timedelta | None, without: Step | None) -> None:
    beats = ("w", "p", "o", "(wp)", "(po)", "(wo)", "")
    stories = ["-".join(s) for s in product(beats, repeat=3)]
    for steps in ((WISH, BUY), (WISH, BUY, WISH), (WISH, WISH)):
        members(Sequence(steps, span, without), *stories)


def test_the_extremes_of_the_calendar_do_not_overflow() -> None:
    first = AT.replace(year=1, month=1, day=2)
    long = Sequence((WISH, BUY), span=timedelta.max, without=OPEN)
    story = (happened("wish", first), happened("purchase", AT - TICK))
    assert found({1: Person({}, story)}, it=long)["it"] == {1}

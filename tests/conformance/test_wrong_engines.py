# SPDX-License-Identifier: Apache-2.0
"""The suite does find faults: engines that are wrong in one small thing, each caught by it.

Each is the evaluator of record but for one mistake that engines of the field have shipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from privseg.segment import Person
from privseg.segment.library import Library
from privseg.segment.tree import (
    AccountTest,
    All,
    Any_,
    AttributeTest,
    Condition,
    Not,
    ScoreTest,
    Segment,
)
from privseg.segment.tree_events import AggregateKind, EventTest, FilterNot, SameAs, Sequence
from privseg.segment.values import Ago, AgoUnit, Comparison, Operator, Test
from tests.conformance.engines import Found, Record
from tests.conformance.test_engines_agree import TESTS, TREES, WORLDS, disagreements
from tests.twins.segment_pools import MICROSECOND
from tests.twins.segment_worlds import World, world

Mistake = Callable[[Any], Any]


class Wrong:
    """The evaluator of record, of a condition with each node of it misunderstood."""

    def __init__(self, mistake: Mistake, people: Callable[[World], World] | None = None) -> None:
        self._mistake = mistake
        self._people = people

    def members(self, conditions: Mapping[str, Condition], asked: World) -> Found:
        library = Library(
            Segment(name, "all", self._read(asked.library[name].where)) for name in asked.library
        )
        seen = replace(asked, library=library)
        seen = seen if self._people is None else self._people(seen)
        return Record().members({n: self._read(c) for n, c in conditions.items()}, seen)

    def _read(self, node: Condition) -> Condition:
        match node:
            case All(parts) | Any_(parts):
                made: Condition = type(node)(tuple(map(self._read, parts)))
            case Not(part):
                made = Not(self._read(part))
            case _:
                made = node
        wrong: Condition = self._mistake(made)
        return wrong


def same(node: Any) -> Any:
    return node


def negation_is_three_valued(node: Any) -> Any:
    """NOT of a comparison with NULL is NULL: people without the attribute are lost."""
    match node:
        case Not(AttributeTest(name, kind)):
            known = AttributeTest(name, kind, (Comparison(Operator.IS_KNOWN, (True,)),))
            return All((node, known))
        case _:
            return node


def no_span(node: Any) -> Any:
    return replace(node, span=None) if isinstance(node, Sequence) else node


def span_is_closed(node: Any) -> Any:
    if isinstance(node, Sequence) and node.span is not None:
        return replace(node, span=node.span + MICROSECOND)
    return node


def nothing_is_forbidden(node: Any) -> Any:
    return replace(node, without=None) if isinstance(node, Sequence) else node


def first_is_last(node: Any) -> Any:
    turned = {AggregateKind.FIRST: AggregateKind.LAST}
    if not isinstance(node, EventTest):
        return node
    return replace(
        node, aggregates=tuple(replace(a, kind=turned.get(a.kind, a.kind)) for a in node.aggregates)
    )


def sum_over_nothing_is_missing(node: Any) -> Any:
    if isinstance(node, EventTest) and any(a.kind is AggregateKind.SUM for a in node.aggregates):
        return All((node, EventTest(node.event, window=node.window, where=node.where)))
    return node


def months_are_thirty_days(node: Any) -> Any:
    window = getattr(node, "window", None)
    if isinstance(window, Ago) and window.unit is AgoUnit.MONTHS:
        return replace(node, window=Ago(30 * window.number, AgoUnit.DAYS))
    return node


def filters_are_never_negated(node: Any) -> Any:
    if isinstance(node, EventTest) and isinstance(node.where, FilterNot):
        return replace(node, where=node.where.part)
    return node


def same_as_needs_any_event(node: Any) -> Any:
    if isinstance(node, EventTest) and isinstance(node.where, SameAs):
        return replace(node, where=None)
    return node


def between_leaves_out_its_end(node: Any) -> Any:
    if isinstance(node, EventTest):
        return replace(node, aggregates=tuple(_open(a) for a in node.aggregates))
    return _open(node) if isinstance(node, AttributeTest | ScoreTest | AccountTest) else node


def _open(asked: Any) -> Any:
    return replace(asked, tests=tuple(t for test in asked.tests for t in _half_open(test)))


def _half_open(test: Test) -> tuple[Test, ...]:
    match test:
        case Comparison(Operator.BETWEEN, (low, high)):
            return Comparison(Operator.AT_LEAST, (low,)), Comparison(Operator.UNDER, (high,))
        case _:
            return (test,)


def any_binds_like_all(node: Any) -> Any:
    return All(node.parts) if isinstance(node, Any_) and len(node.parts) > 2 else node


def now_is_included(asked: World) -> World:
    return replace(asked, at=asked.at + MICROSECOND)


def clock_is_two_hours_ahead(asked: World) -> World:
    return replace(asked, at=asked.at + timedelta(hours=2))


def ties_are_broken_backwards(asked: World) -> World:
    people = {
        o: replace(
            p,
            events=tuple(replace(e, event_id=bytes(255 - b for b in e.event_id)) for e in p.events),
        )
        for o, p in asked.people.items()
    }
    return replace(asked, people=people)


def text_is_not_folded(asked: World) -> World:
    people = {o: Person(_written(p.attributes), p.events, p.draws) for o, p in asked.people.items()}
    return replace(asked, people=people)


def _written(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return texts that match nothing but by their very bytes."""
    return {
        n: v if n != "word" or v is None or v.isascii() else f"{v}\u0001"
        for n, v in attributes.items()
    }


def draws_are_halved(asked: World) -> World:
    people = {
        o: replace(p, draws={n: d // 2 for n, d in p.draws.items()})
        for o, p in asked.people.items()
    }
    return replace(asked, people=people)


NODES = (
    negation_is_three_valued, no_span, span_is_closed, nothing_is_forbidden, first_is_last,
    sum_over_nothing_is_missing, months_are_thirty_days, filters_are_never_negated,
    same_as_needs_any_event, between_leaves_out_its_end, any_binds_like_all,
)  # fmt: skip
WORLDS_SEEN = (
    now_is_included, clock_is_two_hours_ahead, ties_are_broken_backwards, text_is_not_folded,
    draws_are_halved,
)  # fmt: skip
MISTAKES = {
    **{f.__name__: Wrong(f) for f in NODES},
    **{f.__name__: Wrong(same, f) for f in WORLDS_SEEN},
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_engine_with_one_mistake_is_caught(mistake: str) -> None:
    assert any(
        any(disagreements(MISTAKES[mistake], world(seed, conditions=TREES), seed))
        for seed in range(TESTS * WORLDS)
    )


def test_an_engine_without_a_mistake_is_not() -> None:
    assert not list(disagreements(Wrong(same), world(0, conditions=TREES), 0))


def test_a_mistake_is_told_by_the_smallest_part_that_it_is_in() -> None:
    engine = MISTAKES["no_span"]
    told = next(
        told
        for seed in range(TESTS * WORLDS)
        for told in disagreements(engine, world(seed, conditions=TREES), seed)
    )
    assert "begins with Sequence(" in told

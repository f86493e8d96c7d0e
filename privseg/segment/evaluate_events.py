# SPDX-License-Identifier: Apache-2.0
"""What a condition on events means: which count, what they add up to, and in which order they came.

Nothing at or after ``at`` is ever looked at. The work grows with the number of a person's events
as sorting them does, so that whoever did very much has an answer, too.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime

from privseg.policy.catalogue import ColumnType
from privseg.segment.evaluate_values import (
    Event,
    Known,
    Moment,
    Person,
    compares,
    known,
    literals,
    satisfies,
)
from privseg.segment.tree_events import (
    Aggregate,
    AggregateKind,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
    Sequence,
    Step,
)
from privseg.segment.values import Comparison, Window
from privseg.segment.walk import event_of, is_time
from privseg.segment.window import resolve
from privseg.terms import MICROSECOND, Attribute, to_micros


def event_test_holds(test: EventTest, person: Person, moment: Moment) -> bool:
    """Return whether the events that count satisfy every aggregate's tests."""
    counted = _counted(Step(test.event, test.where), test.window, person, moment)
    return all(_aggregate_holds(a, counted, moment) for a in test.aggregates)


def sequence_holds(test: Sequence, person: Person, moment: Moment) -> bool:
    """Return whether the steps happened one after the other, and nothing forbidden beside them.

    From each first event on, the earliest possible next ones are the best: whatever follows a later
    one follows an earlier one, too.
    """
    steps = [_times(step, test.window, person, moment) for step in test.steps]
    barred = [] if test.without is None else _times(test.without, None, person, moment)
    span = None if test.span is None else test.span // MICROSECOND
    return any(
        _within(first, _reached(first, steps[1:]), span)
        and not _within(first, _at(barred, bisect_left(barred, first)), span)
        for first in steps[0]
    )


def _times(step: Step, window: Window | None, person: Person, moment: Moment) -> list[int]:
    """Return when the events that count happened, ascending."""
    return sorted(map(_time, _counted(step, window, person, moment)))


def _reached(first: int, steps: list[list[int]]) -> int | None:
    """Return when the last step happened, each as early as it can after the one before."""
    time: int | None = first
    for times in steps:
        time = None if time is None else _at(times, bisect_right(times, time))
    return time


def _at(times: list[int], place: int) -> int | None:
    """Return the time at a place; None behind the last."""
    return times[place] if place < len(times) else None


def _within(first: int, time: int | None, span: int | None) -> bool:
    """Return whether there is a time, less than the span after the first (None: whenever)."""
    return time is not None and (span is None or time - first < span)


def _counted(
    step: Step, window: Window | None, person: Person, moment: Moment
) -> tuple[Event, ...]:
    """Return the events of a kind in a window that pass a filter."""
    passes = _passing(step.where, person, moment)
    return tuple(e for e in _happened(step.event, window, person, moment) if passes(e))


def _happened(
    event: str, window: Window | None, person: Person, moment: Moment
) -> tuple[Event, ...]:
    """Return the events of a kind in a window; one without a time has not happened."""
    span = resolve(window, at=moment.at, zone=moment.zone)
    same = (e for e in person.events if e.name == event and _is_moment(e.time))
    return tuple(e for e in same if e.time in span)


def _passing(where: Filter | None, person: Person, moment: Moment) -> Callable[[Event], bool]:
    """Return which events pass a filter; of a missing property every test is false."""
    match where:
        case None:
            return lambda _: True
        case FilterAll(parts):
            every = [_passing(p, person, moment) for p in parts]
            return lambda e: all(passes(e) for passes in every)
        case FilterAny(parts):
            some = [_passing(p, person, moment) for p in parts]
            return lambda e: any(passes(e) for passes in some)
        case FilterNot(part):
            refused = _passing(part, person, moment)
            return lambda e: not refused(e)
        case PropertyTest(of, kind, tests):
            return lambda e: satisfies(_property(e, of, kind), tests, kind, moment)
        case SameAs(of, other, kind, window):
            others = _happened(event_of(other), window, person, moment)
            values = {_property(o, other, kind) for o in others} - {None}
            return lambda e: _property(e, of, kind) in values


def _aggregate_holds(asked: Aggregate, events: tuple[Event, ...], moment: Moment) -> bool:
    """Return whether an aggregate satisfies every test; an average is never divided."""
    if asked.of is None:
        return satisfies(len(events), asked.tests, asked.result, moment)
    values = [_property(e, asked.of, asked.type) for e in _in_order(events)]
    there = [v for v in values if v is not None]
    if asked.kind is AggregateKind.AVERAGE:
        return bool(there) and all(_average(there, t, asked.type) for t in asked.tests)
    return satisfies(_aggregated(asked.kind, values, there), asked.tests, asked.result, moment)


def _aggregated(
    kind: AggregateKind, values: list[Known | None], there: list[Known]
) -> Known | None:
    """Return an aggregate of ``values`` in the order of their events; ``there`` are the known."""
    match kind:
        case AggregateKind.DISTINCT:
            return len(set(there))
        case AggregateKind.SUM:
            return sum(_numbers(there))
        case AggregateKind.MIN:
            return min(there, default=None)
        case AggregateKind.MAX:
            return max(there, default=None)
        case AggregateKind.FIRST:
            return values[0] if values else None
        case AggregateKind.LAST:
            return values[-1] if values else None
        case _:
            raise AssertionError(kind)


def _average(values: list[Known], test: object, kind: ColumnType) -> bool:
    """Return whether sum / n compares with a literal: whether the sum does with n times it."""
    assert isinstance(test, Comparison)  # an average is of numbers, which lie nowhere in time
    scaled = tuple(len(values) * x for x in _numbers(literals(test, kind)))
    return compares(sum(_numbers(values)), test, scaled)


def _property(event: Event, name: Attribute, kind: ColumnType) -> Known | None:
    """Return a property of an event as it is matched; its time is one."""
    if is_time(name):
        return known(event.time, kind)
    return known(event.properties.get(name.partition(".")[2]), kind)


def _in_order(events: Iterable[Event]) -> list[Event]:
    """Return events by time, ties by event id."""
    return sorted(events, key=lambda e: (_time(e), e.event_id))


def _numbers(values: Iterable[object]) -> list[int]:
    return [v for v in values if isinstance(v, int)]


def _is_moment(time: object) -> bool:
    return isinstance(time, datetime) and time.tzinfo is not None


def _time(event: Event) -> int:
    return to_micros(event.time)

# SPDX-License-Identifier: Apache-2.0
"""What could be otherwise in one test: values beside its public thresholds, events fewer or more.

Candidates only: ``reasons`` asks the evaluator of record which of them make a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from privseg.dsr.changes import Change, ChangeKind, happened
from privseg.policy.catalogue import ColumnType
from privseg.segment.evaluate_values import Event, Moment, Person, Stored, known
from privseg.segment.measured import events_of, events_of_step, measured
from privseg.segment.text import fold_text
from privseg.segment.tree import AccountTest, AttributeTest, CohortTest, Leaf, Sample, ScoreTest
from privseg.segment.tree_events import (
    AggregateKind,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
)
from privseg.segment.tree_events import Sequence as InOrder
from privseg.segment.values import (
    ORDERED_TYPES,
    Comparison,
    Operator,
    Relation,
    Relative,
    Test,
)
from privseg.segment.walk import is_time
from privseg.segment.window import days_of, moments_of, resolve
from privseg.terms import MICROSECOND

MOST_EVENTS = 12  # that a change tells of one by one; then all of them
DAY = timedelta(days=1)
PROPERTIES = 24  # ways of filling in an event that has not happened
Others = Mapping[str, Sequence[str]]
"""The declared values of an attribute: public, not from data."""


def candidates(leaf: Leaf, person: Person, moment: Moment, others: Others) -> Iterator[Change]:
    """Yield what could be otherwise in one test, small things first."""
    match leaf:
        case AttributeTest(name, kind, tests) | AccountTest(name, _, kind, tests):
            yield from _values(name, kind, tests, person, moment, others)
        case ScoreTest(name, kind, tests):
            yield from _values(name, kind, tests, person, moment, others)
        case CohortTest(name):
            listed = person.attributes.get(name) is True
            yield Change(ChangeKind.LISTED, name, to=None if listed else True)
        case Sample(name):
            inside = person.draws.get(name, leaf.below) < leaf.below
            yield Change(ChangeKind.DRAW, name, draw=leaf.below if inside else 0)
        case EventTest():
            yield from _fewer(leaf.event, events_of(leaf, person, moment), person, _sums(leaf))
            yield from _more(leaf, person, moment, others)
        case InOrder():
            yield from _sequence(leaf, person, moment, others)


def _values(
    name: str, kind: ColumnType, tests: tuple[Test, ...], person: Person, moment: Moment,
    others: Others,
) -> Iterator[Change]:  # fmt: skip
    """Yield another value each, then that it is not known."""
    now = person.attributes.get(name)
    for value in values_beside(kind, tests, now, moment, others.get(name, ())):
        if known(value, kind) != known(now, kind):
            yield Change(ChangeKind.VALUE, name, to=value)
    if known(now, kind) is not None:
        yield Change(ChangeKind.UNKNOWN, name)


def values_beside(
    kind: ColumnType, tests: tuple[Test, ...], now: Stored, moment: Moment, others: Sequence[str]
) -> Iterator[Stored]:
    """Yield the values beside and at the thresholds of tests, in stored units."""
    for test in tests:
        if isinstance(test, Relative):
            yield from _in_time(kind, test, moment)
        else:
            yield from _literals(kind, test, now)
    yield from _declared(kind, now, others)
    if kind is ColumnType.SET:  # everything that is asked for, at once
        yield frozenset(str(c) for t in tests if isinstance(t, Comparison) for c in t.cells
                        if t.operator is Operator.CONTAINS)  # fmt: skip


def _declared(kind: ColumnType, now: Stored, others: Sequence[str]) -> Iterator[Stored]:
    """Yield what else a declared value could be: public, whatever the data are."""
    match kind:
        case ColumnType.CATEGORY:
            yield from others
        case ColumnType.BOOLEAN:
            yield from (True, False)
        case ColumnType.SET:
            there = known(now, kind)
            had = there if isinstance(there, frozenset) else frozenset[str]()
            yield from (had - {one} for one in sorted(had))
            yield from (had | {one} for one in others)
        case ColumnType.TEXT:
            yield ""
        case _:
            return


def _literals(kind: ColumnType, test: Comparison, now: Stored) -> Iterator[Stored]:
    """Yield the literals of a comparison and their neighbours."""
    if test.operator is Operator.IS_KNOWN:
        return
    for cell in test.cells:
        if kind is ColumnType.SET:
            there = known(now, kind)
            had = there if isinstance(there, frozenset) else frozenset[str]()
            yield had ^ {str(cell)}
        elif kind in ORDERED_TYPES:
            yield from _neighbours(cell)
        else:
            yield fold_text(cell) if kind is ColumnType.TEXT and isinstance(cell, str) else cell


def _neighbours(cell: object) -> Iterator[Stored]:
    """Yield a threshold, and what lies just below and above it."""
    step = MICROSECOND if isinstance(cell, datetime) else DAY if isinstance(cell, date) else 1
    for off in (-1, 0, 1):
        try:
            yield cell + off * step  # type: ignore[operator,misc]
        except OverflowError:  # beyond the calendar
            continue


def _in_time(kind: ColumnType, test: Relative, moment: Moment) -> Iterator[Stored]:
    """Yield days or moments at both ends of where a relative test looks."""
    if test.relation is Relation.ANNIVERSARY_WITHIN_NEXT:
        today = moment.at.astimezone(moment.zone).date()
        yield from _neighbours(date(today.year - 30, today.month, min(today.day, 28)))
        yield date(today.year - 30, 1 + (today.month + 5) % 12, 15)  # half a year away
    elif kind is ColumnType.DATE:
        days = days_of(test, at=moment.at, zone=moment.zone)
        yield from (v for end in (days.first, days.end) if end for v in _neighbours(end))
    else:
        span = moments_of(test, at=moment.at, zone=moment.zone)
        yield from (v for end in (span.start, span.end) if end for v in _neighbours(end))


def _sums(leaf: EventTest) -> tuple[str, ...]:
    """Return the properties that are added up or compared, by their own names."""
    return tuple(a.of.partition(".")[2] for a in leaf.aggregates if a.of is not None)


def _fewer(
    name: str, events: tuple[Event, ...], person: Person, properties: tuple[str, ...] = ()
) -> Iterator[Change]:
    """Yield that some of the events had not happened: the last, or the largest, or all."""
    places = {id(e): at for at, e in enumerate(person.events)}
    orders = [list(reversed(events)), list(events)]
    for own in properties:
        numbers = [e for e in events if type(e.properties.get(own)) is int]
        ordered = sorted(numbers, key=lambda e: e.properties[own], reverse=True)  # type: ignore[arg-type,return-value]
        orders += [ordered, ordered[::-1]]
    seen: set[frozenset[int]] = set()
    for number in (*range(1, min(len(events), MOST_EVENTS) + 1), len(events)):
        for order in orders:
            gone = frozenset(places[id(e)] for e in order[:number])
            if gone and gone not in seen:
                seen.add(gone)
                yield Change(ChangeKind.FEWER, name, without=gone)


def _more(leaf: EventTest, person: Person, moment: Moment, others: Others) -> Iterator[Change]:
    """Yield that such events happen as well: one, then several; the last of all, or the first."""
    span = resolve(leaf.window, at=moment.at, zone=moment.zone)
    last = min(span.end, moment.at.astimezone(UTC)) - MICROSECOND
    asked = [
        *_asked(leaf.where, moment, person, others),
        *_compared(leaf, person, moment, others),
    ]
    times = [last, *(e.time - MICROSECOND for e in events_of(leaf, person, moment)[:1])]
    ways = [(t, f) for f in _filled(leaf.event, person, asked) for t in times if t in span]
    for number in range(1, MOST_EVENTS + 1):
        for time, filled in ways:
            made = tuple(happened(n, leaf.event, time, filled) for n in range(number))
            yield Change(ChangeKind.MORE, leaf.event, more=made)


def _compared(
    leaf: EventTest, person: Person, moment: Moment, others: Others
) -> Iterator[tuple[str, tuple[Stored, ...]]]:
    """Yield each property that is added up or compared, with values beside its thresholds."""
    events = events_of(leaf, person, moment)
    for asked in leaf.aggregates:
        if asked.of is None or is_time(asked.of):
            continue
        tests = asked.tests if asked.result is asked.type else ()
        beside = list(values_beside(asked.type, tests, None, moment, others.get(asked.of, ())))
        if asked.kind is AggregateKind.SUM and isinstance(total := measured(asked, events), int):
            beside = [v - total for v in beside if isinstance(v, int)]
        yield asked.of.partition(".")[2], tuple(beside)


def _filled(
    event: str, person: Person, asked: Sequence[tuple[str, tuple[Stored, ...]]]
) -> Iterator[Mapping[str, Stored]]:
    """Yield properties that such an event could have: as their own have, or as is asked."""
    own = [e.properties for e in person.events if e.name == event][-2:]
    yield from own
    yield {}
    combined = list(islice(_combined(asked), PROPERTIES))
    yield from combined
    yield from ({**had, **more} for had in own for more in combined)


def _combined(asked: Sequence[tuple[str, tuple[Stored, ...]]]) -> Iterator[Mapping[str, Stored]]:
    """Yield the first values of every property together, then the second ones, and so on."""
    longest = max((len(values) for _, values in asked), default=0)
    for place in range(longest):
        yield {name: values[min(place, len(values) - 1)] for name, values in asked if values}


def _asked(
    where: Filter | None, moment: Moment, person: Person, others: Others
) -> Iterator[tuple[str, tuple[Stored, ...]]]:
    """Yield each property that a filter asks about, with values beside its thresholds."""
    match where:
        case FilterAll(parts) | FilterAny(parts):
            for part in parts:
                yield from _asked(part, moment, person, others)
        case FilterNot(part):
            yield from _asked(part, moment, person, others)
        case PropertyTest(name, kind, tests):
            beside = values_beside(kind, tests, None, moment, others.get(name, ()))
            yield name.partition(".")[2], tuple(beside)
        case SameAs(name, other):
            event, _, own = other.partition(".")
            there = (e.properties.get(own) for e in person.events if e.name == event)
            yield name.partition(".")[2], tuple(v for v in there if v is not None)
        case _:
            return


def _sequence(leaf: InOrder, person: Person, moment: Moment, others: Others) -> Iterator[Change]:
    """Yield that a step had not happened, or that what ends the sequence did."""
    for step in leaf.steps:
        yield from _fewer(step.event, events_of_step(step, leaf, person, moment), person)
    if leaf.without is None:
        return
    yield from _fewer(
        leaf.without.event, events_of_step(leaf.without, leaf, person, moment), person
    )
    firsts = events_of_step(leaf.steps[0], leaf, person, moment)
    for filled in _filled(
        leaf.without.event, person, [*_asked(leaf.without.where, moment, person, others)]
    ):
        made = tuple(happened(n, leaf.without.event, e.time, filled) for n, e in enumerate(firsts))
        if made:
            yield Change(ChangeKind.MORE, leaf.without.event, more=made)

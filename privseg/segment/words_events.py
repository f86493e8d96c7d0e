# SPDX-License-Identifier: Apache-2.0
"""Tests of events and sequences in plain words (gettext)."""

from __future__ import annotations

from gettext import gettext as _
from gettext import ngettext

from privseg.policy.catalogue import ColumnType
from privseg.segment.tree import (
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
from privseg.segment.values import Comparison, Operator, Test
from privseg.segment.walk import event_of
from privseg.segment.words_values import (
    asked_in_words,
    duration_in_words,
    is_compound,
    value_in_words,
    window_in_words,
)

_TIMES = frozenset({ColumnType.DATE, ColumnType.TIME})
_OLD = frozenset({AggregateKind.COUNT, AggregateKind.SUM})


def event_in_words(test: EventTest) -> str:
    """Return a test of events: "at least 2 purchase events in the 30 days before".

    Where more is asked than how many there are and what they add up to, it begins with which
    events are meant: "among purchase events ... : ...".
    """
    parts = _(" and ").join(_aggregate(a, test.event) for a in test.aggregates)
    window = window_in_words(test.window)
    if test.where is None and {a.kind for a in test.aggregates} <= _OLD:
        return f"{parts} {window}"
    if [a.kind for a in test.aggregates] == [AggregateKind.COUNT]:
        return f"{parts} {window}{_where(test.where)}"
    return _("among {event} events {window}{where}: {parts}").format(
        event=test.event, window=window, where=_where(test.where), parts=parts
    )


def event_is_compound(test: EventTest) -> bool:
    """Return whether the words hold several parts, so that a "not" needs parentheses."""
    several = len(test.aggregates) > 1 or any(is_compound(a.tests) for a in test.aggregates)
    return several or test.where is not None


def sequence_in_words(test: Sequence) -> str:
    """Return a sequence: which steps, how long from the first to the last, and without what."""
    steps = _("; then ").join(_step(s) for s in test.steps)
    span = None if test.span is None else duration_in_words(test.span)
    text = _("one after the other ({steps}), each {window}").format(
        steps=steps, window=window_in_words(test.window)
    )
    if span is not None:
        text += _(", the last less than {span} after the first").format(span=span)
    return text if test.without is None else text + _without(test.without, span)


def filter_in_words(where: Filter) -> str:
    """Return which events count."""
    match where:
        case FilterAll(parts):
            return _("all of ({parts})").format(parts=_("; ").join(map(filter_in_words, parts)))
        case FilterAny(parts):
            return _("any of ({parts})").format(parts=_("; ").join(map(filter_in_words, parts)))
        case FilterNot(part):
            text = filter_in_words(part)
            compound = isinstance(part, PropertyTest) and is_compound(part.tests)
            return _("not: {part}").format(part=f"({text})" if compound else text)
        case PropertyTest():
            return f"{where.property} {asked_in_words(where.tests, where.type)}"
        case SameAs():
            return _("{property} is the {other} of some {event} event {window}").format(
                property=where.property,
                other=where.other,
                event=event_of(where.other),
                window=window_in_words(where.window),
            )


def _where(where: Filter | None) -> str:
    """Return a filter after what it is about, in parentheses."""
    match where:
        case None:
            return ""
        case FilterAll() | FilterAny():
            return _(" where {filter}").format(filter=filter_in_words(where))
        case _:
            return _(" where ({filter})").format(filter=filter_in_words(where))


def _step(step: Step) -> str:
    return f"{step.event}{_where(step.where)}"


def _without(step: Step, span: str | None) -> str:
    words = _step(step)
    if span is None:
        return _(", and no {step} from the first on").format(step=words)
    return _(", and no {step} from the first until {span} after it").format(step=words, span=span)


def _aggregate(asked: Aggregate, event: str) -> str:
    if asked.kind is AggregateKind.COUNT:
        return _(" and ").join(_count(t, event) for t in asked.tests)
    tests = asked_in_words(asked.tests, asked.result)
    return f"{_quantity(asked).format(of=asked.of)} {tests}"


def _quantity(asked: Aggregate) -> str:  # noqa: PLR0911 - one for each kind
    timed = asked.type in _TIMES
    match asked.kind:
        case AggregateKind.DISTINCT:
            return _("the number of different {of}")
        case AggregateKind.SUM:
            return _("the sum of {of}")
        case AggregateKind.AVERAGE:
            return _("the average of {of}")
        case AggregateKind.MIN:
            return _("the earliest {of}") if timed else _("the smallest {of}")
        case AggregateKind.MAX:
            return _("the latest {of}") if timed else _("the largest {of}")
        case AggregateKind.FIRST:
            return _("the {of} of the first event")
        case AggregateKind.LAST:
            return _("the {of} of the last event")
        case AggregateKind.COUNT:
            return _("the number of events")


def _count(test: Test, event: str) -> str:
    """Return a count in words: "any purchase", "at least 2 purchase events"."""
    assert isinstance(test, Comparison)  # a count is a number, which lies nowhere in time
    low, number = test.cells[0], test.cells[-1]
    assert isinstance(number, int)
    if test.operator is Operator.AT_LEAST and number == 1:
        return _("any {event}").format(event=event)
    if test.operator is Operator.BETWEEN:
        text = ngettext("{low} to {n} {event} event", "{low} to {n} {event} events", number)
        return text.format(low=low, n=number, event=event)
    words = {
        Operator.AT_LEAST: _("at least"),
        Operator.OVER: _("more than"),
        Operator.AT_MOST: _("at most"),
        Operator.UNDER: _("fewer than"),
        Operator.EQUALS: _("exactly"),
    }[test.operator]
    events = ngettext("{words} {number} {event} event", "{words} {number} {event} events", number)
    return events.format(words=words, number=value_in_words(number), event=event)

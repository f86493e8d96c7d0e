# SPDX-License-Identifier: Apache-2.0
"""Tests of events and sequences in plain words, said by a voice."""

from __future__ import annotations

from collections.abc import Iterable

from privseg.policy.catalogue import ColumnType
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
from privseg.segment.values import Comparison, Operator, Test
from privseg.segment.voice import Voice
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


def event_in_words(test: EventTest, _: Voice) -> str:
    """Return a test of events: "at least 2 purchase events in the 30 days before".

    Where more is asked than how many there are and what they add up to, it begins with which
    events are meant: "among purchase events ... : ...".
    """
    parts = _(" and ").join(_aggregate(a, test.event, _) for a in test.aggregates)
    window, where = window_in_words(test.window, _), _where(test.where, _)
    if test.where is None and {a.kind for a in test.aggregates} <= _OLD:
        return _("{parts} {window}").format(parts=parts, window=window)
    if [a.kind for a in test.aggregates] == [AggregateKind.COUNT]:
        return _("{parts} {window}{where}").format(parts=parts, window=window, where=where)
    return _("among {event} events {window}{where}: {parts}").format(
        event=_.name(test.event), window=window, where=where, parts=parts
    )


def event_is_compound(test: EventTest) -> bool:
    """Return whether the words hold several parts, so that a "not" needs parentheses."""
    several = len(test.aggregates) > 1 or any(is_compound(a.tests) for a in test.aggregates)
    return several or test.where is not None


def is_any(test: EventTest) -> bool:
    """Return whether it asks for one event or more of a kind, and for nothing else."""
    if event_is_compound(test):
        return False
    (asked,) = test.aggregates
    return asked.kind is AggregateKind.COUNT and all(map(_is_one_or_more, asked.tests))


def sequence_in_words(test: Sequence, _: Voice) -> str:
    """Return a sequence: which steps, how long from the first to the last, and without what."""
    steps = _("; then ").join(_step(s, _) for s in test.steps)
    span = None if test.span is None else duration_in_words(test.span, _)
    text = _("one after the other ({steps}), each {window}").format(
        steps=steps, window=window_in_words(test.window, _)
    )
    if span is not None:
        text += _(", the last less than {span} after the first").format(span=span)
    return text if test.without is None else text + _without(test.without, span, _)


def filter_in_words(where: Filter, _: Voice) -> str:
    """Return which events count."""
    match where:
        case FilterAll(parts):
            return _("all of ({parts})").format(parts=_filters(parts, _))
        case FilterAny(parts):
            return _("any of ({parts})").format(parts=_filters(parts, _))
        case FilterNot(part):
            return _filtered_out(part, _)
        case PropertyTest():
            tests = asked_in_words(where.tests, where.type, _)
            return _("{attribute} {tests}").format(attribute=_.name(where.property), tests=tests)
        case SameAs():
            return _("{property} is the {other} of some {event} event {window}").format(
                property=_.name(where.property),
                other=_.name(where.other),
                event=_.name(event_of(where.other)),
                window=window_in_words(where.window, _),
            )


def _filtered_out(part: Filter, _: Voice) -> str:
    """Return that an event counts only where ``part`` does not hold."""
    match part:
        case FilterAll(parts):
            return _("not: all of ({parts})").format(parts=_filters(parts, _))
        case FilterAny(parts):
            return _("not: any of ({parts})").format(parts=_filters(parts, _))
    compound = isinstance(part, PropertyTest) and is_compound(part.tests)
    form = _("not: ({part})") if compound else _("not: {part}")
    return form.format(part=filter_in_words(part, _))


def _filters(parts: Iterable[Filter], _: Voice) -> str:
    return _("; ").join(filter_in_words(part, _) for part in parts)


def _where(where: Filter | None, _: Voice) -> str:
    """Return a filter after what it is about, in parentheses."""
    match where:
        case None:
            return ""
        case FilterAll() | FilterAny():
            return _(" where {filter}").format(filter=filter_in_words(where, _))
        case _other:
            return _(" where ({filter})").format(filter=filter_in_words(where, _))


def _step(step: Step, _: Voice) -> str:
    return _("{event}{where}").format(event=_.name(step.event), where=_where(step.where, _))


def _without(step: Step, span: str | None, _: Voice) -> str:
    words = _step(step, _)
    if span is None:
        return _(", and no {step} from the first on").format(step=words)
    return _(", and no {step} from the first until {span} after it").format(step=words, span=span)


def _aggregate(asked: Aggregate, event: str, _: Voice) -> str:
    if asked.kind is AggregateKind.COUNT:
        return _(" and ").join(_count(t, event, _) for t in asked.tests)
    of = "" if asked.of is None else _.name(asked.of)
    return _("{attribute} {tests}").format(
        attribute=_quantity(asked, _).format(of=of),
        tests=asked_in_words(asked.tests, asked.result, _),
    )


def _quantity(asked: Aggregate, _: Voice) -> str:  # noqa: PLR0911 - one for each kind
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


def _is_one_or_more(test: Test) -> bool:
    """Return whether a count is only asked not to be nothing."""
    assert isinstance(test, Comparison)  # a count is a number, which lies nowhere in time
    return test.operator is Operator.AT_LEAST and test.cells[-1] == 1


def _count(test: Test, event: str, _: Voice) -> str:
    """Return a count in words: "any purchase", "at least 2 purchase events"."""
    assert isinstance(test, Comparison)  # a count is a number, which lies nowhere in time
    low, number = test.cells[0], test.cells[-1]
    assert isinstance(number, int)
    name = _.name(event)
    if _is_one_or_more(test):
        return _("any {event}").format(event=name)
    if test.operator is Operator.BETWEEN:
        text = _.many("{low} to {n} {event} event", "{low} to {n} {event} events", number)
        return text.format(low=low, n=number, event=name)
    words = {
        Operator.AT_LEAST: _("at least"),
        Operator.OVER: _("more than"),
        Operator.AT_MOST: _("at most"),
        Operator.UNDER: _("fewer than"),
        Operator.EQUALS: _("exactly"),
    }[test.operator]
    events = _.many("{words} {number} {event} event", "{words} {number} {event} events", number)
    return events.format(words=words, number=value_in_words(number, _), event=name)

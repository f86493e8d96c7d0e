# SPDX-License-Identifier: Apache-2.0
"""What a test saw of one person: the events that counted, and the number that was compared.

It is what the evaluator of record itself reckons with, so that a person is told the same value
that decided.
"""

from __future__ import annotations

from fractions import Fraction

from privseg.segment.evaluate_events import _aggregated, _counted, _in_order, _numbers, _property
from privseg.segment.evaluate_values import Event, Known, Moment, Person
from privseg.segment.tree_events import Aggregate, AggregateKind, EventTest, Sequence, Step


def events_of(test: EventTest, person: Person, moment: Moment) -> tuple[Event, ...]:
    """Return the events that count, in the order they happened."""
    return events_of_step(Step(test.event, test.where), test, person, moment)


def events_of_step(
    step: Step, test: EventTest | Sequence, person: Person, moment: Moment
) -> tuple[Event, ...]:
    """Return the events that count as one step of a sequence; what is barred has no window."""
    barred = isinstance(test, Sequence) and step is test.without
    window = None if barred else test.window
    return tuple(_in_order(_counted(step, window, person, moment)))


def measured(asked: Aggregate, events: tuple[Event, ...]) -> Known | Fraction | None:
    """Return the number (or value) of ``events`` that an aggregate compares; None: missing."""
    if asked.of is None:
        return len(events)
    values = [_property(e, asked.of, asked.type) for e in events]
    there = [v for v in values if v is not None]
    if asked.kind is AggregateKind.AVERAGE:
        return Fraction(sum(_numbers(there)), len(there)) if there else None
    return _aggregated(asked.kind, values, there)

# SPDX-License-Identifier: Apache-2.0
"""The evaluator of record: what a condition means, for one person, in plain Python.

Every engine must find the same people. Two-valued logic: a missing value makes a comparison false,
``not`` flips it, a count or sum over nothing is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from privseg.policy.catalogue import ColumnType
from privseg.segment.errors import UnknownSegmentError
from privseg.segment.text import fold_text
from privseg.segment.tree import (
    All,
    Any_,
    AttributeTest,
    Cell,
    Comparison,
    Condition,
    EventTest,
    Not,
    Operator,
    Segment,
    SegmentRef,
)
from privseg.segment.window import resolve

Stored = Cell | float | Iterable[str] | None
"""A value as stored: None is missing (so are NaN and infinity); a set is several texts."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a person; properties by their own names (``amount``)."""

    name: str
    event_id: bytes
    time: datetime
    properties: Mapping[str, Stored] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Everything a condition may read of one person, in stored units."""

    attributes: Mapping[str, Stored] = field(repr=False)
    events: tuple[Event, ...] = field(default=(), repr=False)


def holds(
    condition: Condition,
    person: Person,
    *,
    at: datetime,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
) -> bool:
    """Return whether ``condition`` is true of ``person`` at ``at``; total: it never fails on data.

    Raises:
        UnknownSegmentError: a reference names a segment that ``segments`` does not have.
    """

    def true(part: Condition) -> bool:
        return holds(part, person, at=at, zone=zone, segments=segments)

    match condition:
        case All(parts):
            return all(true(p) for p in parts)
        case Any_(parts):
            return any(true(p) for p in parts)
        case Not(part):
            return not true(part)
        case AttributeTest():
            return _attribute_holds(condition, person)
        case EventTest():
            return _event_holds(condition, person, at=at, zone=zone)
        case SegmentRef(name):
            if name not in segments:
                raise UnknownSegmentError(name)
            return true(segments[name].where)


def _attribute_holds(test: AttributeTest, person: Person) -> bool:
    value = _known(person.attributes.get(test.attribute))
    return all(_compare(value, c, test.type) for c in test.comparisons)


def _event_holds(test: EventTest, person: Person, *, at: datetime, zone: ZoneInfo) -> bool:
    span = resolve(test.window, at=at, zone=zone)
    happened = [e for e in person.events if e.name == test.event and e.time in span]
    if not all(_compare(len(happened), c, ColumnType.INTEGER) for c in test.count):
        return False
    if test.sum is None:
        return True
    prop = test.sum.of.removeprefix(f"{test.event}.")
    values = (_known(e.properties.get(prop)) for e in happened)
    total = sum(v for v in values if isinstance(v, int))
    return all(_compare(total, c, test.sum.type) for c in test.sum.comparisons)


def _known(value: Stored) -> Stored:
    """Return None for what counts as missing."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _compare(value: Stored, comparison: Comparison, kind: ColumnType) -> bool:
    """Return whether one comparison is true; of a missing value only "is not known" is."""
    if comparison.operator is Operator.IS_KNOWN:
        return (value is not None) == comparison.values[0]
    if value is None:
        return False
    if kind is ColumnType.TEXT:
        return _TESTS[comparison.operator](fold_text(str(value)), _folded(comparison))
    return _TESTS[comparison.operator](value, comparison.cells)


def _folded(comparison: Comparison) -> tuple[str, ...]:
    return tuple(fold_text(str(v)) for v in comparison.values)


_TESTS: Mapping[Operator, Callable[[Any, tuple[Any, ...]], bool]] = {
    Operator.EQUALS: lambda x, v: x == v[0],
    Operator.IN: lambda x, v: x in v,
    Operator.BETWEEN: lambda x, v: v[0] <= x <= v[1],
    Operator.AT_LEAST: lambda x, v: x >= v[0],
    Operator.OVER: lambda x, v: x > v[0],
    Operator.AT_MOST: lambda x, v: x <= v[0],
    Operator.UNDER: lambda x, v: x < v[0],
    Operator.STARTS_WITH: lambda x, v: x.startswith(v[0]),
    Operator.CONTAINS: lambda x, v: v[0] in x,
}
"""Of a known value and the literals, whose types the catalogue matched."""

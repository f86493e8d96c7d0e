# SPDX-License-Identifier: Apache-2.0
"""What is known of one person, and whether one value satisfies its tests: two-valued and total.

A value that is missing makes every test false but "is not known". So does one that its type cannot
be (NaN, infinity, a moment without zone): it is missing. An empty text and an empty set are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from privseg.policy.catalogue import ColumnType
from privseg.segment.text import fold_text
from privseg.segment.values import Cell, Comparison, Operator, Relation, Relative, Test
from privseg.segment.window import anniversaries, days_of, moments_of
from privseg.terms import to_micros

Stored = Cell | float | bytes | Iterable[str] | None
"""A value as stored: None is missing; a set is several texts, an account a keyed hash."""

Known = str | bool | int | bytes | date | frozenset[str]
"""A known value, as values are matched: text folded, a moment in whole microseconds."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a person; properties by their own names (``amount``)."""

    name: str
    event_id: bytes
    time: datetime
    properties: Mapping[str, Stored] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Everything a condition may read of one person, in stored units.

    ``attributes`` are the person's, those of the person's account, results of scores by their full
    names, and ``True`` by the name of a list that the person is on. ``draws`` are those of samples.
    """

    attributes: Mapping[str, Stored] = field(repr=False)
    events: tuple[Event, ...] = field(default=(), repr=False)
    draws: Mapping[str, int] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a condition is judged, and on which wall clock calendars count."""

    at: datetime
    zone: ZoneInfo


def known(value: Stored, kind: ColumnType) -> Known | None:
    """Return ``value`` as it is matched; None for what counts as missing."""
    match kind, value:
        case (ColumnType.TEXT, str()):
            return fold_text(value)
        case (ColumnType.SET, frozenset() | set() | list() | tuple()):
            return frozenset(v for v in value if isinstance(v, str))
        case (ColumnType.TIME, datetime()):
            return None if value.tzinfo is None else to_micros(value)
        # Exact types: True is an int and a datetime is a date, and neither may pass as one.
        case (_, str() | bool() | int() | bytes() | date()) if type(value) is _EXACT.get(kind):
            return value
        case _:
            return None


_EXACT: Mapping[ColumnType, type] = {
    ColumnType.CATEGORY: str,
    ColumnType.BOOLEAN: bool,
    ColumnType.INTEGER: int,
    ColumnType.DECIMAL: int,
    ColumnType.MONEY: int,
    ColumnType.DATE: date,
    ColumnType.ACCOUNT: bytes,
}


def satisfies(
    value: Known | None, tests: tuple[Test, ...], kind: ColumnType, moment: Moment
) -> bool:
    """Return whether a value, as ``known`` gives it, satisfies every test."""
    return all(_satisfies(value, test, kind, moment) for test in tests)


def literals(comparison: Comparison, kind: ColumnType) -> tuple[Known | None, ...]:
    """Return what is compared with, as values of ``kind`` (of a set: its members) are matched."""
    one = ColumnType.CATEGORY if kind is ColumnType.SET else kind
    return tuple(known(cell, one) for cell in comparison.cells)


def compares(value: Known | None, comparison: Comparison, against: tuple[Any, ...]) -> bool:
    """Return whether one comparison is true of ``value`` against these literals."""
    if comparison.operator is Operator.IS_KNOWN:
        return (value is not None) == comparison.values[0]
    return value is not None and _OPERATORS[comparison.operator](value, against)


def _satisfies(value: Known | None, test: Test, kind: ColumnType, moment: Moment) -> bool:
    match test:
        case Comparison():
            return compares(value, test, literals(test, kind))
        case Relative():
            return _lies(value, test, moment)


def _lies(value: Known | None, test: Relative, moment: Moment) -> bool:
    """Return whether a day or a moment lies where a relative test says."""
    at, zone = moment.at, moment.zone
    if test.relation is Relation.ANNIVERSARY_WITHIN_NEXT:
        years = anniversaries(test.span, at=at, zone=zone)
        return isinstance(value, date) and any(value in days for days in years)
    if isinstance(value, date):
        return value in days_of(test, at=at, zone=zone)
    span = moments_of(test, at=at, zone=zone)
    start = span.start or datetime.min.replace(tzinfo=UTC)
    return isinstance(value, int) and to_micros(start) <= value < to_micros(span.end)


_OPERATORS: Mapping[Operator, Callable[[Any, tuple[Any, ...]], bool]] = {
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
"""Of a known value and the literals, whose types the tree matched."""

# SPDX-License-Identifier: Apache-2.0
"""The segment language of events: which of a person's events count, and what is asked of them.

A filter says which events of a kind count. Either aggregates of them satisfy tests, or they
happened one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from privseg.policy.catalogue import ColumnType
from privseg.segment.values import (
    NUMBER_OPERATORS,
    OPERATORS,
    ORDERED_TYPES,
    SUMMABLE,
    Comparison,
    Operator,
    Test,
    Window,
    check_tests,
)
from privseg.terms import Attribute

TIME_PROPERTY = "time"  # every event has it: when it happened
MIN_STEPS, MAX_STEPS = 2, 8  # of one sequence


@dataclass(frozen=True, slots=True)
class PropertyTest:
    """A property of an event satisfies every test. ``property`` is named in full."""

    property: Attribute  # "purchase.channel"
    type: ColumnType
    tests: tuple[Test, ...]

    def __post_init__(self) -> None:
        """Refuse no test, or one that the type does not have."""
        check_tests(self.type, self.tests, OPERATORS[self.type])


@dataclass(frozen=True, slots=True)
class SameAs:
    """A property equals that property of some event of the same person, before ``at``.

    A missing property equals nothing. ``window`` bounds the other event.
    """

    property: Attribute
    other: Attribute  # "wishlist.article"
    type: ColumnType
    window: Window | None = None

    def __post_init__(self) -> None:
        """Refuse sets, which are not compared as a whole."""
        if self.type in {ColumnType.SET, ColumnType.ACCOUNT}:
            raise ValueError(f"{self.type} is not compared with another event's")


@dataclass(frozen=True, slots=True)
class FilterAll:
    """Every part holds of the event."""

    parts: tuple[Filter, ...]

    def __post_init__(self) -> None:
        """Refuse nothing."""
        if not self.parts:
            raise ValueError("all of nothing")


@dataclass(frozen=True, slots=True)
class FilterAny:
    """At least one part holds of the event."""

    parts: tuple[Filter, ...]

    def __post_init__(self) -> None:
        """Refuse nothing."""
        if not self.parts:
            raise ValueError("any of nothing")


@dataclass(frozen=True, slots=True)
class FilterNot:
    """The part does not hold of the event: true also where the property is missing."""

    part: Filter


Filter = FilterAll | FilterAny | FilterNot | PropertyTest | SameAs
"""Which events of a kind count. Closed: match on it exhaustively."""


class AggregateKind(StrEnum):
    """What is asked of the events that count."""

    COUNT = "count"  # 0 over nothing
    DISTINCT = "distinct"  # how many different known values; 0 over nothing
    SUM = "sum"  # of known values; 0 over nothing
    AVERAGE = "average"  # of known values, compared exactly; missing over nothing
    MIN = "min"  # of known values; missing over nothing
    MAX = "max"
    FIRST = "first"  # of the earliest event, ties by event id; missing where its property is
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate satisfies every test. Over ``event.time`` it is of when events happened."""

    kind: AggregateKind
    tests: tuple[Test, ...]
    of: Attribute | None = None  # "purchase.amount"; of a count nothing
    type: ColumnType = ColumnType.INTEGER  # the property's

    def __post_init__(self) -> None:
        """Refuse what the kind cannot be asked of."""
        if (self.of is None) != (self.kind is AggregateKind.COUNT):
            raise ValueError(f"{self.kind}: of what?")
        if self.of is None and self.type is not ColumnType.INTEGER:
            raise ValueError("a count is a whole number")
        if self.of is not None and self.type not in AGGREGATED[self.kind]:
            raise ValueError(f"{self.kind} cannot be asked of {self.type}")
        check_tests(self.result, self.tests, operators_of(self.kind, self.type))

    @property
    def result(self) -> ColumnType:
        """Return the type that is compared."""
        counted = self.kind in {AggregateKind.COUNT, AggregateKind.DISTINCT}
        return ColumnType.INTEGER if counted else self.type


_ALL = frozenset(ColumnType) - {ColumnType.ACCOUNT}
AGGREGATED: Mapping[AggregateKind, frozenset[ColumnType]] = {
    AggregateKind.DISTINCT: _ALL - {ColumnType.SET},
    AggregateKind.SUM: SUMMABLE,
    AggregateKind.AVERAGE: SUMMABLE,
    AggregateKind.MIN: ORDERED_TYPES,
    AggregateKind.MAX: ORDERED_TYPES,
    AggregateKind.FIRST: _ALL,
    AggregateKind.LAST: _ALL,
}


def operators_of(kind: AggregateKind, of: ColumnType) -> frozenset[Operator]:
    """Return how an aggregate can be compared."""
    match kind:
        case AggregateKind.FIRST | AggregateKind.LAST:
            return OPERATORS[of]
        case AggregateKind.MIN | AggregateKind.MAX:
            return NUMBER_OPERATORS | {Operator.IS_KNOWN}
        case _:
            return NUMBER_OPERATORS


ONCE = Aggregate(AggregateKind.COUNT, (Comparison(Operator.AT_LEAST, (1,)),))


@dataclass(frozen=True, slots=True)
class EventTest:
    """The events of a kind in a window that pass a filter satisfy every aggregate's tests.

    Without a window it is everything before ``at``; without aggregates it is "at least once".
    """

    event: str
    aggregates: tuple[Aggregate, ...] = ()
    window: Window | None = None
    where: Filter | None = None

    def __post_init__(self) -> None:
        """Make the bare test explicit, so that both spellings are one condition."""
        if not self.aggregates:
            object.__setattr__(self, "aggregates", (ONCE,))
        names = [a.of for a in self.aggregates if a.of is not None]
        check_same_event(self.event, [*names, *properties_of(self.where)])


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a sequence."""

    event: str
    where: Filter | None = None

    def __post_init__(self) -> None:
        """Refuse a filter on another event's properties."""
        check_same_event(self.event, properties_of(self.where))


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events happened one after the other, at strictly increasing times.

    ``span`` bounds the whole: the last step is before first + span. No event of ``without`` lies in
    [first, first + span), or from the first on where there is no span; a span still open at ``at``
    counts. ``window`` bounds every step, not ``without``.
    """

    steps: tuple[Step, ...]
    span: timedelta | None = None
    without: Step | None = None
    window: Window | None = None

    def __post_init__(self) -> None:
        """Refuse fewer than two steps, too many, and a span without length."""
        if not MIN_STEPS <= len(self.steps) <= MAX_STEPS:
            raise ValueError(f"a sequence has {MIN_STEPS} to {MAX_STEPS} steps")
        if self.span is not None and self.span <= timedelta(0):
            raise ValueError("a span needs a length")


def properties_of(where: Filter | None) -> tuple[Attribute, ...]:
    """Return the properties of the event itself that a filter reads, in its order."""
    match where:
        case None:
            return ()
        case FilterAll(parts) | FilterAny(parts):
            return tuple(name for p in parts for name in properties_of(p))
        case FilterNot(part):
            return properties_of(part)
        case PropertyTest() | SameAs():
            return (where.property,)


def same_as_of(where: Filter | None) -> tuple[SameAs, ...]:
    """Return the comparisons with other events in a filter, in its order."""
    match where:
        case FilterAll(parts) | FilterAny(parts):
            return tuple(found for p in parts for found in same_as_of(p))
        case FilterNot(part):
            return same_as_of(part)
        case SameAs():
            return (where,)
        case _:
            return ()


def check_same_event(event: str, properties: list[Attribute] | tuple[Attribute, ...]) -> None:
    """Refuse a property of another event.

    Raises:
        ValueError: as it says.
    """
    if any(not name.startswith(f"{event}.") for name in properties):
        raise ValueError("a property is of another event")

# SPDX-License-Identifier: Apache-2.0
"""The segment language: a small typed tree of conditions on one person.

There are all, any, not, a test of an attribute, a test of an event's count and sum, and a reference
to another segment. (Average, min, max, first, last, distinct, property filters, relative dates,
sequence, score, cohort, account and sample are not in the tree yet.)

Logic is two-valued: a missing value makes a comparison false, and ``not`` flips it, so "A or not A"
is everybody. Values are in stored units: money in minor units, decimals scaled, times in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from privseg.policy.catalogue import ColumnType
from privseg.terms import Attribute, Category, Money

MAX_INTEGER = 2**63 - 1  # what a stored integer can be; a larger literal could never be compared
MAX_VALUES = 1000  # in one `in`


class Operator(StrEnum):
    """How a value is compared. ``between`` includes both ends."""

    EQUALS = "equals"
    IN = "in"
    BETWEEN = "between"
    AT_LEAST = "at_least"
    OVER = "over"
    AT_MOST = "at_most"
    UNDER = "under"
    STARTS_WITH = "starts_with"
    CONTAINS = "contains"  # substring for text, membership for sets
    IS_KNOWN = "is_known"  # an empty text is known


_O = Operator
NUMBER_OPERATORS = frozenset({_O.EQUALS, _O.AT_LEAST, _O.OVER, _O.AT_MOST, _O.UNDER})
_ORDERED = NUMBER_OPERATORS | {_O.IN, _O.BETWEEN, _O.IS_KNOWN}
OPERATORS: Mapping[ColumnType, frozenset[Operator]] = {
    ColumnType.TEXT: frozenset({_O.EQUALS, _O.IN, _O.STARTS_WITH, _O.CONTAINS, _O.IS_KNOWN}),
    ColumnType.CATEGORY: frozenset({_O.EQUALS, _O.IN, _O.IS_KNOWN}),
    ColumnType.BOOLEAN: frozenset({_O.EQUALS, _O.IS_KNOWN}),
    ColumnType.SET: frozenset({_O.CONTAINS, _O.IS_KNOWN}),
    ColumnType.INTEGER: _ORDERED,
    ColumnType.DECIMAL: _ORDERED,
    ColumnType.MONEY: _ORDERED,
    ColumnType.DATE: _ORDERED,
    ColumnType.TIME: _ORDERED,
}
SUMMABLE = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})


@dataclass(frozen=True, slots=True)
class Scaled:
    """An exact decimal: ``units / 10**decimals``."""

    units: int
    decimals: int


Value = str | bool | int | Scaled | Money | date | datetime
"""A literal: text, boolean, integer, decimal, money, a day, or a moment with its zone."""

Cell = str | bool | int | date | datetime
"""A literal in the units of the column store."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operator with its literals (``in`` has several, ``between`` two)."""

    operator: Operator
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        """Refuse a wrong number of literals, and text or integers that cannot be stored."""
        wanted = {Operator.IN: range(1, MAX_VALUES + 1), Operator.BETWEEN: range(2, 3)}
        if len(self.values) not in wanted.get(self.operator, range(1, 2)):
            raise ValueError(f"{self.operator} with {len(self.values)} values")
        for cell in self.cells:
            _check_cell(cell)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the literals in stored units."""
        return tuple(_cell(v) for v in self.values)


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """A person's attribute satisfies every comparison."""

    attribute: Attribute
    type: ColumnType
    comparisons: tuple[Comparison, ...]

    def __post_init__(self) -> None:
        """Refuse no comparison, or one that the type does not have."""
        _check_comparisons(self.type, self.comparisons, OPERATORS[self.type])


class AgoUnit(StrEnum):
    """``h`` and ``d`` are exact multiples; ``w``, ``mo`` and ``y`` count on the wall clock."""

    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "mo"
    YEARS = "y"


@dataclass(frozen=True, slots=True)
class Ago:
    """The last so-many hours, days, weeks, months or years before ``at``."""

    number: int
    unit: AgoUnit

    def __post_init__(self) -> None:
        """Refuse a window without length."""
        if self.number < 1:
            raise ValueError("a window needs a length")


@dataclass(frozen=True, slots=True)
class Fixed:
    """[start, end): two days (from local midnight to local midnight), or two moments."""

    start: date | datetime
    end: date | datetime

    def __post_init__(self) -> None:
        """Refuse an empty window, a day beside a moment, and a moment without zone."""
        moments = [isinstance(x, datetime) for x in (self.start, self.end)]
        if len(set(moments)) > 1:
            raise ValueError("a window is between two days or two moments")
        if any(isinstance(x, datetime) and x.tzinfo is None for x in (self.start, self.end)):
            raise ValueError("a moment needs a time zone")
        if self.start >= self.end:
            raise ValueError("a window needs a length")


Window = Ago | Fixed


@dataclass(frozen=True, slots=True)
class SumTest:
    """The sum of an event's property satisfies every comparison; over nothing it is 0."""

    of: Attribute  # "purchase.amount"
    type: ColumnType
    comparisons: tuple[Comparison, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot be added up."""
        if self.type not in SUMMABLE:
            raise ValueError(f"{self.type} cannot be added up")
        _check_comparisons(self.type, self.comparisons, NUMBER_OPERATORS)


@dataclass(frozen=True, slots=True)
class EventTest:
    """How often an event happened in a window, and what its property adds up to: both must hold.

    Without a window it is everything before ``at``; without count and sum it is "at least once".
    """

    event: str
    count: tuple[Comparison, ...] = ()
    sum: SumTest | None = None
    window: Window | None = None

    def __post_init__(self) -> None:
        """Make the bare test explicit, so that both spellings are one condition."""
        if not self.count and self.sum is None:
            object.__setattr__(self, "count", (Comparison(Operator.AT_LEAST, (1,)),))
        if self.count:
            _check_comparisons(ColumnType.INTEGER, self.count, NUMBER_OPERATORS)
        if self.sum is not None and not self.sum.of.startswith(f"{self.event}."):
            raise ValueError("a sum is over a property of the same event")


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """Whoever another segment holds for."""

    name: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse nothing: "all of nothing" would be everybody."""
        if not self.parts:
            raise ValueError("all of nothing")


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is taken by typing
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse nothing: "any of nothing" would be nobody."""
        if not self.parts:
            raise ValueError("any of nothing")


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = All | Any_ | Not | AttributeTest | EventTest | SegmentRef
"""Closed: match on it exhaustively."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A named condition, and how it is shown. ``segmenter`` gives purpose and rights.

    ``reveals`` names what being in it tells of people beside what is read: a label that says
    something of their health makes it data about health (GDPR Art. 9, inferred ones too).
    """

    name: str
    segmenter: str
    where: Condition
    label: Mapping[str, str] = field(default_factory=dict)  # by language
    colour: str | None = None
    note: str | None = None
    reveals: frozenset[Category] = frozenset()


def _cell(value: Value) -> Cell:
    """Return a literal in the units of the column store."""
    match value:
        case Money():
            return value.minor
        case Scaled():
            return value.units
        case datetime():
            return value.astimezone(UTC)
        case _:
            return value


def _check_cell(cell: Cell) -> None:
    """Refuse what no column can hold."""
    if isinstance(cell, int) and abs(cell) > MAX_INTEGER:
        raise ValueError("an integer beyond 64 bits")
    if isinstance(cell, str) and any("\ud800" <= c <= "\udfff" for c in cell):
        raise ValueError("text with a lone surrogate")


_LITERALS: Mapping[ColumnType, type] = {
    ColumnType.TEXT: str,
    ColumnType.CATEGORY: str,
    ColumnType.SET: str,
    ColumnType.BOOLEAN: bool,
    ColumnType.INTEGER: int,
    ColumnType.DECIMAL: Scaled,
    ColumnType.MONEY: Money,
    ColumnType.DATE: date,
    ColumnType.TIME: datetime,
}


def _check_comparisons(
    kind: ColumnType, comparisons: tuple[Comparison, ...], allowed: frozenset[Operator]
) -> None:
    """Refuse no comparison, an operator the type does not have, or a literal of another type."""
    if not comparisons:
        raise ValueError("no comparison")
    for comparison in comparisons:
        if comparison.operator not in allowed:
            raise ValueError(f"{kind} has no {comparison.operator}")
        wanted = bool if comparison.operator is Operator.IS_KNOWN else _LITERALS[kind]
        # Exact types: True is an int and a datetime is a date, and neither may pass as one.
        if any(type(v) is not wanted for v in comparison.values):
            raise ValueError(f"{comparison.operator} of {kind} needs {wanted.__name__}")

# SPDX-License-Identifier: Apache-2.0
"""What a value is compared with: literals, operators, and days counted from ``at``.

Values are in stored units: money in minor units, decimals scaled, times in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from privseg.policy.catalogue import ColumnType
from privseg.terms import Money

MAX_INTEGER = 2**63 - 1  # what a stored integer can be; a larger literal could never be compared
MAX_VALUES = 1000  # in one `in`
YEAR_DAYS = 366  # an anniversary looks ahead at most so far: beyond is everybody with a date


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
NUMBER_OPERATORS = frozenset({_O.EQUALS, _O.AT_LEAST, _O.OVER, _O.AT_MOST, _O.UNDER, _O.BETWEEN})
_ORDERED = NUMBER_OPERATORS | {_O.IN, _O.IS_KNOWN}
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
    ColumnType.ACCOUNT: frozenset({_O.IS_KNOWN}),
}
SUMMABLE = frozenset({ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY})
ORDERED_TYPES = SUMMABLE | {ColumnType.DATE, ColumnType.TIME}


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


class AgoUnit(StrEnum):
    """``h`` and ``d`` are exact multiples; ``w``, ``mo`` and ``y`` count on the wall clock."""

    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "mo"
    YEARS = "y"


@dataclass(frozen=True, slots=True)
class Ago:
    """So many hours, days, weeks, months or years, back from ``at`` or on from it."""

    number: int
    unit: AgoUnit

    def __post_init__(self) -> None:
        """Refuse no length."""
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
        for bound in (self.start, self.end):
            _cell(bound)


Window = Ago | Fixed


class Relation(StrEnum):
    """Where a date or moment lies, seen from ``at``. A date counts from its local midnight."""

    WITHIN = "within"  # [at - span, at)
    OLDER_THAN = "older_than"  # before at - span
    WITHIN_NEXT = "within_next"  # [at, at + span)
    ANNIVERSARY_WITHIN_NEXT = "anniversary_within_next"  # its day in a later year, from today on


@dataclass(frozen=True, slots=True)
class Relative:
    """A date or moment lies so far from ``at``; an anniversary is of dates only.

    An anniversary is the same day of a later year, 29 February falling on the 28th in years that
    have none; today counts, the day itself does not.
    """

    relation: Relation
    span: Ago

    def __post_init__(self) -> None:
        """Refuse an anniversary within a year or more, or counted in hours."""
        days = {AgoUnit.DAYS: 1, AgoUnit.WEEKS: 7, AgoUnit.MONTHS: 31, AgoUnit.YEARS: YEAR_DAYS}
        if self.relation is Relation.ANNIVERSARY_WITHIN_NEXT:
            if self.span.unit is AgoUnit.HOURS:
                raise ValueError("an anniversary is a day: count in days, weeks or months")
            if self.span.number * days[self.span.unit] >= YEAR_DAYS:
                raise ValueError("an anniversary within a year is everybody with a date")


Test = Comparison | Relative
"""What one value must satisfy; of a missing value only "is not known" is true."""


def check_tests(kind: ColumnType, tests: tuple[Test, ...], allowed: frozenset[Operator]) -> None:
    """Refuse no test, one that the type does not have, or a literal of another type.

    Raises:
        ValueError: as it says.
    """
    if not tests:
        raise ValueError("no comparison")
    for test in tests:
        if isinstance(test, Relative):
            _check_relative(kind, test)
        else:
            _check_comparison(kind, test, allowed)


def _check_relative(kind: ColumnType, test: Relative) -> None:
    dates = {ColumnType.DATE}
    if test.relation is not Relation.ANNIVERSARY_WITHIN_NEXT:
        dates |= {ColumnType.TIME}
    if kind not in dates:
        raise ValueError(f"{kind} has no {test.relation}")


def _check_comparison(kind: ColumnType, test: Comparison, allowed: frozenset[Operator]) -> None:
    if test.operator not in allowed:
        raise ValueError(f"{kind} has no {test.operator}")
    wanted = bool if test.operator is Operator.IS_KNOWN else _LITERALS[kind]
    # Exact types: True is an int and a datetime is a date, and neither may pass as one.
    if any(type(v) is not wanted for v in test.values):
        raise ValueError(f"{test.operator} of {kind} needs {wanted.__name__}")


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


def _cell(value: Value) -> Cell:
    """Return a literal in the units of the column store."""
    match value:
        case Money():
            return value.minor
        case Scaled():
            return value.units
        case datetime():
            return _in_utc(value)
        case _:
            return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment beyond the calendar") from None


def _check_cell(cell: Cell) -> None:
    """Refuse what no column can hold."""
    if isinstance(cell, int) and abs(cell) > MAX_INTEGER:
        raise ValueError("an integer beyond 64 bits")
    if isinstance(cell, str) and any("\ud800" <= c <= "\udfff" for c in cell):
        raise ValueError("text with a lone surrogate")

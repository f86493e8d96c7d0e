# SPDX-License-Identifier: Apache-2.0
"""The literals of a segment, each read as the type that the catalogue declares for it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import stored
from privseg.loaders.nodes import Scalar
from privseg.loaders.segment_file import Comparators, FixedEntry
from privseg.loaders.values import INTEGER, VALUES, UnreadableError
from privseg.policy.catalogue import Column, ColumnType
from privseg.policy.findings import suggestion
from privseg.segment import Ago, AgoUnit, Comparison, Fixed, Operator, Scaled, Value, normal_text
from privseg.segment.tree import MAX_INTEGER, NUMBER_OPERATORS
from privseg.terms import Money, Place

_AGO = re.compile(r"([1-9][0-9]{0,5})(h|d|w|mo|y)")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
_SPELT_AGO = "expected 12h, 365d, 4w, 6mo or 2y, or {from: 2026-01-01, to: 2026-02-01}"
_SPELT_MOMENT = "expected a moment with its zone, such as 2026-11-21T21:04:00Z"


def literal(written: Scalar, column: Column, mistakes: Mistakes) -> Value | None:
    """Return a literal as the column's type; note what is none, and return None."""
    match column.type:
        case ColumnType.MONEY | ColumnType.DECIMAL | ColumnType.INTEGER:
            return _number(written, column, mistakes)
        case ColumnType.CATEGORY | ColumnType.SET:
            return _declared(written, column, mistakes)
        case ColumnType.TEXT:
            return normal_text(written.text)
        case ColumnType.TIME:
            return moment(written, mistakes)
        case ColumnType.BOOLEAN:
            return _kind(written, bool, mistakes)
        case ColumnType.DATE:
            return _kind(written, date, mistakes)


def _number(written: Scalar, column: Column, mistakes: Mistakes) -> Value | None:
    units = stored(written, column, mistakes)
    if units is None:
        return None
    if column.currency is not None and column.type is ColumnType.MONEY:
        return Money(units, column.currency)
    return Scaled(units, column.decimals) if column.type is ColumnType.DECIMAL else units


def _declared(written: Scalar, column: Column, mistakes: Mistakes) -> str | None:
    if written.text in column.values:
        return written.text
    close = suggestion(written.text, column.values)
    mistakes.note(f"{column.attribute} has no value {written.text[:60]!r}{close}", written.place)
    return None


def _kind(written: Scalar, wanted: type[bool | date], mistakes: Mistakes) -> Value | None:
    try:
        value: Value = VALUES[wanted].read(written)
    except UnreadableError:
        mistakes.note(f"expected {VALUES[wanted].words}", written.place)
        return None
    return value


def moment(written: Scalar, mistakes: Mistakes) -> datetime | None:
    """Return a moment with its zone; note anything else."""
    if _MOMENT.fullmatch(written.text):
        try:
            return datetime.fromisoformat(written.text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # no such day or hour, or none in UTC: as unusable as any other text
    mistakes.note(_SPELT_MOMENT, written.place)
    return None


def comparisons(
    entry: Comparators, column: Column | None, mistakes: Mistakes
) -> tuple[Comparison, ...]:
    """Return the comparisons of a sum over ``column``, or of a count (None)."""
    found = []
    for operator in sorted(NUMBER_OPERATORS):
        written: Scalar | None = getattr(entry, operator.value)
        if written is None:
            continue
        value = _count(written, mistakes) if column is None else literal(written, column, mistakes)
        if value is not None:
            found.append(Comparison(operator, (value,)))
    if not any(getattr(entry, o.value) for o in NUMBER_OPERATORS):
        names = ", ".join(sorted(NUMBER_OPERATORS))
        mistakes.note(f"say how it is compared: {names}", entry.place())
    return tuple(found)


def _count(written: Scalar, mistakes: Mistakes) -> int | None:
    """Return how often: a whole number that is not negative."""
    try:
        number: int = INTEGER.read(written)
    except UnreadableError:
        number = -1
    if not 0 <= number <= MAX_INTEGER:
        mistakes.note("expected how often: a whole number, such as 2", written.place)
        return None
    return number


def window(within: str | FixedEntry, place: Place, mistakes: Mistakes) -> Ago | Fixed | None:
    """Return a window; note what is none, or has no length."""
    if isinstance(within, FixedEntry):
        return _fixed(within, mistakes)
    match = _AGO.fullmatch(within)
    if match is None:
        mistakes.note(_SPELT_AGO, place)
        return None
    return Ago(int(match[1]), AgoUnit(match[2]))


def _fixed(entry: FixedEntry, mistakes: Mistakes) -> Fixed | None:
    start, end = (_bound(b, mistakes) for b in (entry.from_, entry.to))
    if start is None or end is None:
        return None
    try:
        return Fixed(start, end)
    except ValueError as error:
        mistakes.note(f"{error}: `from` must lie before `to`", entry.place("to"))
        return None


def _bound(written: Scalar, mistakes: Mistakes) -> date | datetime | None:
    """Return a day or a moment."""
    if VALUES[date].reads(written):
        day: date = VALUES[date].read(written)
        return day
    return moment(written, mistakes)


def operator_of(key: str) -> Operator:
    """Return the operator that a key of a file means (``in_`` is ``in``)."""
    return Operator(key.rstrip("_"))

# SPDX-License-Identifier: Apache-2.0
"""The literals of a segment, each read as the type that the catalogue declares for it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import stored
from privseg.loaders.nodes import Scalar
from privseg.loaders.values import INTEGER, VALUES, UnreadableError
from privseg.policy.catalogue import Column, ColumnType
from privseg.policy.findings import suggestion
from privseg.segment.text import normal_text
from privseg.segment.values import MAX_INTEGER, Scaled, Value
from privseg.terms import Money

DRAWS = 2**32  # a sample's share is so fine: each person draws one of so many numbers

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
TYPOGRAPHIC = frozenset("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb")  # quotes
_SPELT_MOMENT = "expected a moment with its zone, such as 2026-11-21T21:04:00Z"


def literal(written: Scalar, column: Column, mistakes: Mistakes) -> Value | None:
    """Return a literal as the column's type; note what is none, and return None."""
    match column.type:
        case ColumnType.MONEY | ColumnType.DECIMAL | ColumnType.INTEGER:
            return _number(written, column, mistakes)
        case ColumnType.CATEGORY | ColumnType.SET:
            return _declared(written, column, mistakes)
        case ColumnType.TEXT:
            return _text(written, mistakes)
        case ColumnType.TIME:
            return moment(written, mistakes)
        case ColumnType.BOOLEAN | ColumnType.DATE:
            return _kind(written, bool if column.type is ColumnType.BOOLEAN else date, mistakes)
        case ColumnType.ACCOUNT:
            raise AssertionError("an account is only known or not: it has no literals")


def _text(written: Scalar, mistakes: Mistakes) -> str | None:
    """Return a text; quotes that a word processor made are no quotes here, and no text either."""
    if not written.quoted and written.text[:1] in TYPOGRAPHIC:
        why = f"begins with {written.text[0]}, which would be part of the text"
        mistakes.note(f'{why}; write straight quotes: "..."', written.place)
        return None
    return normal_text(written.text)


def how_often(written: Scalar, mistakes: Mistakes) -> int | None:
    """Return how often: a whole number that is not negative."""
    try:
        number: int = INTEGER.read(written)
    except UnreadableError:
        number = -1
    if not 0 <= number <= MAX_INTEGER:
        mistakes.note("expected how often: a whole number, such as 2", written.place)
        return None
    return number


def moment(written: Scalar, mistakes: Mistakes) -> datetime | None:
    """Return a moment with its zone; note anything else."""
    if _MOMENT.fullmatch(written.text):
        try:
            return datetime.fromisoformat(written.text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # no such day or hour, or none in UTC: as unusable as any other text
    mistakes.note(_SPELT_MOMENT, written.place)
    return None


def share(written: Scalar, mistakes: Mistakes) -> Fraction | None:
    """Return a share, exactly: more than nobody and less than everybody.

    >>> from privseg.terms import Place
    >>> [share(Scalar(t, False, Place("a", 1)), Mistakes()) for t in ("10%", "0.1")]
    [Fraction(1, 10), Fraction(1, 10)]
    """
    text = written.text
    try:
        number = Fraction(VALUES[Decimal].convert(text.removesuffix("%")))
    except UnreadableError:
        mistakes.note("expected a share, such as 10% or 0.1", written.place)
        return None
    found = number / 100 if text.endswith("%") else number
    if not 1 <= found * DRAWS < DRAWS:
        why = "a share is more than nobody and less than everybody, such as 10% or 0.1"
        mistakes.note(why, written.place)
        return None
    return found


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

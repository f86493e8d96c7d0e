# SPDX-License-Identifier: Apache-2.0
"""How amounts and spans of time are written in documents: exactly, with their unit."""

from __future__ import annotations

import re
from decimal import Decimal

from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.nodes import Scalar
from privseg.loaders.values import VALUES, UnreadableError
from privseg.policy.catalogue import Column, ColumnType
from privseg.terms import Currency, Place

MAX_STORED = 2**63 - 1  # numbers are 64-bit in the column store
MAX_DAYS = 36_525  # a hundred years

_DAYS = re.compile(r"([1-9][0-9]{0,5})d")
_MONEY = re.compile(r"(?P<amount>\S+) (?P<code>[A-Z]{3})")


def days(text: str, place: Place, mistakes: Mistakes) -> int:
    """Return the days of ``365d``; note anything else.

    >>> days("365d", Place("a.yaml", 1), Mistakes())
    365
    """
    match = _DAYS.fullmatch(text)
    if match is None or int(match[1]) > MAX_DAYS:
        mistakes.note("expected whole days, such as 365d", place)
        return 1
    return int(match[1])


def days_of(entry: Document, key: str, mistakes: Mistakes) -> int | None:
    """Return the days that a key of ``entry`` names, or None if it is absent."""
    text: str | None = getattr(entry, key)
    return None if text is None else days(text, entry.place(key), mistakes)


def stored(literal: Scalar, column: Column, mistakes: Mistakes) -> int | None:
    """Return a number as the column's store holds it: minor units, or scaled by its decimals.

    Notes a literal of another currency, finer than the unit, too large, or of no number at all,
    and returns None; also for a money column whose currency was a mistake itself.
    """
    if column.type is ColumnType.MONEY and column.currency is None:
        return None
    try:
        number = _number(literal, column)
    except UnreadableError as error:
        mistakes.note(str(error), literal.place)
        return None
    if abs(number) > MAX_STORED:
        mistakes.note("larger than what can be stored (64 bits)", literal.place)
        return None
    return number


def _number(literal: Scalar, column: Column) -> int:
    """Return the scaled integer of a literal for a column."""
    match column.type:
        case ColumnType.MONEY if column.currency is not None:
            return money(literal.text, column.currency)
        case ColumnType.INTEGER:
            return _scaled(literal.text, 0, "expected a whole number, such as 12")
        case ColumnType.DECIMAL:
            return _scaled(literal.text, column.decimals, "expected a number, such as 1.5")
        case _:
            raise UnreadableError(f"{column.attribute} is {column.type}, which has no amounts")


def money(text: str, currency: Currency) -> int:
    """Return the minor units of ``400 EUR``.

    >>> money("12.50 EUR", Currency("EUR"))
    1250

    Raises:
        UnreadableError: it is no amount of ``currency``, or finer than its minor unit.
    """
    expected = f"expected an amount, such as 400 {currency.code}"
    match = _MONEY.fullmatch(text)
    if match is None:
        raise UnreadableError(expected)
    if match["code"] != currency.code:
        raise UnreadableError(f"the catalogue declares {currency.code}, not {match['code']}")
    return _scaled(match["amount"], currency.exponent, expected)


def _scaled(text: str, digits: int, expected: str) -> int:
    """Return the number times ten to the ``digits``, which must be whole."""
    try:
        number: Decimal = VALUES[Decimal].convert(text)
    except UnreadableError:
        raise UnreadableError(expected) from None
    if len(text.partition(".")[2]) > digits:
        raise UnreadableError(f"finer than {digits} digits after the point")
    return int(number.scaleb(digits))

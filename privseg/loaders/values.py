# SPDX-License-Identifier: Apache-2.0
"""How the text of a single value is read as a number, a date or a truth: exactly or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from privseg.loaders.nodes import Scalar

MAX_DIGITS = 40  # of a number; bounds the cost of exact arithmetic

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_EXACT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_RATIO = re.compile(r"-?(0|[1-9][0-9]*)/[1-9][0-9]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class UnreadableError(ValueError):
    """A text is not a value of the kind."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of single value: its words for a refusal and how its text is read."""

    words: str
    convert: Callable[[str], Any]
    quotable: bool = False

    def read(self, scalar: Scalar) -> Any:
        """Return the value.

        >>> INTEGER.read(Scalar("20", quoted=False, place=None))
        20

        Raises:
            UnreadableError: the text is not one, or stands in quotes and so is text.
        """
        if scalar.quoted and not self.quotable:
            raise UnreadableError
        return self.convert(scalar.text)

    def reads(self, scalar: Scalar) -> bool:
        """Return whether ``scalar`` is one."""
        try:
            self.read(scalar)
        except UnreadableError:
            return False
        return True


def _whole(text: str) -> int:
    """Return a whole number; no sign but minus, no leading zero, no underscore."""
    return int(_matched(_WHOLE, text))


def _decimal(text: str) -> Decimal:
    """Return a decimal number, exactly as written."""
    return Decimal(_matched(_EXACT, text))


def _fraction(text: str) -> Fraction:
    """Return a decimal number or a ratio of whole numbers."""
    return Fraction(_matched(_RATIO if "/" in text else _EXACT, text))


def _truth(text: str) -> bool:
    """Return a truth; ``yes``, ``NO``, ``on`` and ``1`` are none."""
    if text not in {"true", "false"}:
        raise UnreadableError
    return text == "true"


def _day(text: str) -> date:
    """Return a calendar day that exists."""
    try:
        return date.fromisoformat(_matched(_DAY, text))
    except ValueError:
        raise UnreadableError from None


def _matched(pattern: re.Pattern[str], text: str) -> str:
    """Return ``text`` if it is all of ``pattern`` and not too long to reckon with."""
    if len(text) > MAX_DIGITS or not pattern.fullmatch(text):
        raise UnreadableError
    return text


INTEGER = Kind("a whole number, such as 20", _whole)

VALUES: Mapping[Any, Kind] = MappingProxyType(
    {
        bool: Kind("true or false", _truth),
        int: INTEGER,
        Decimal: Kind("an exact number, such as 0.0125 (no exponent)", _decimal),
        Fraction: Kind("an exact number, such as 0.0125 or 1/80 (no exponent)", _fraction),
        date: Kind("a day, such as 2026-11-21", _day),
        str: Kind("a text", str, quotable=True),
    }
)
"""Every kind of single value by its Python type, from the narrowest to text."""

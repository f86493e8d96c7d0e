# SPDX-License-Identifier: Apache-2.0
"""Reading a JSON document strictly: a value, the path that leads to it, and its refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from privseg.errors import IntegrityError

MAX_DIGITS = 120  # of a number: far more than any plan needs, few enough to compute with
MAX_TEXT = 1 << 16  # letters of one text
_FRACTION = re.compile(rf"(0|[1-9][0-9]{{0,{MAX_DIGITS}}})(/[1-9][0-9]{{0,{MAX_DIGITS}}})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
Made = TypeVar("Made")
Choice = TypeVar("Choice", bound=StrEnum)


class ReleaseForgedError(IntegrityError):
    """A release does not say what it must, or what follows from what it says."""

    def __init__(self, *, field: str, why: str) -> None:
        super().__init__(f"this release does not hold at {field}: {why}; do not rely on it")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON document and the path that leads to it, for the message."""

    value: Any
    path: str = ""

    def __getitem__(self, key: str) -> Node:
        """Return the value under ``key`` of a map."""
        if not isinstance(self.value, dict) or key not in self.value:
            raise self.wrong(f"it has no {key!r}")
        return Node(self.value[key], f"{self.path}.{key}" if self.path else key)

    def __iter__(self) -> Iterator[Node]:
        """Yield the values of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("it is not a list")
        return (Node(v, f"{self.path}[{i}]") for i, v in enumerate(self.value))

    def items(self) -> Iterator[tuple[Node, Node]]:
        """Yield the keys and values of a map."""
        if not isinstance(self.value, dict):
            raise self.wrong("it is not a map")
        return ((Node(k, f"{self.path}.{k[:40]}"), self[k]) for k in self.value)

    def text(self) -> str:
        """Return it as text of a sane length."""
        if not isinstance(self.value, str) or len(self.value) > MAX_TEXT:
            raise self.wrong("it is not text, or too long")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(n.text() for n in self)

    def boolean(self) -> bool:
        """Return it as true or false."""
        if not isinstance(self.value, bool):
            raise self.wrong("it is neither true nor false")
        return self.value

    def integer(self) -> int:
        """Return it as an integer of a sane length."""
        if type(self.value) is not int or abs(self.value) >= 10**MAX_DIGITS:
            raise self.wrong("it is not an integer, or too long")
        return self.value

    def integers(self) -> tuple[int, ...]:
        """Return a list of integers."""
        return tuple(n.integer() for n in self)

    def fraction(self) -> Fraction:
        """Return the quotient that the text spells."""
        if not _FRACTION.fullmatch(self.text()):
            raise self.wrong("it is not a quotient such as '1/80'")
        return Fraction(self.text())

    def moment(self) -> datetime:
        """Return the moment in UTC that the text spells."""
        if not _MOMENT.fullmatch(self.text()):
            raise self.wrong("it is not a moment such as '2026-11-21T21:04:47.123456Z'")
        return self.make(lambda: datetime.fromisoformat(self.text()[:-1]).replace(tzinfo=UTC))

    def choice(self, kind: type[Choice]) -> Choice:
        """Return the member of ``kind`` that the text names."""
        return self.make(lambda: kind(self.text()))

    def optional(self, read: Callable[[Node], Made]) -> Made | None:
        """Return None for null, else what ``read`` makes of it."""
        return None if self.value is None else read(self)

    def make(self, made: Callable[[], Made]) -> Made:
        """Return what ``made`` makes; a value that a type refuses is named by its path."""
        try:
            return made()
        except (ValueError, LookupError, ArithmeticError, StopIteration):
            raise self.wrong("no release can say this") from None

    def wrong(self, why: str) -> ReleaseForgedError:
        """Return the refusal of this value."""
        return ReleaseForgedError(field=self.path or "document", why=why)

# SPDX-License-Identifier: Apache-2.0
"""What a report file writes where numbers are meant: amounts of a person, and points on a scale."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from privseg.terms import Attribute, Place


@dataclass(frozen=True, slots=True)
class Point:
    """A number as it was written, with its currency if it has one; what it means a column says."""

    number: Decimal
    place: Place
    currency: str | None = None


class AmountKind(StrEnum):
    """What is taken of a person."""

    VALUE = "value"  # the person's own number, or the result of a score
    COUNT = "count"  # how many events
    SUM = "sum"  # the sum of an event's property
    DAYS_SINCE = "days_since"  # days since the last event


@dataclass(frozen=True, slots=True)
class AmountRequest:
    """One number of a person: of an attribute, an event, or an event's property.

    ``days`` is the window [at - days x 24 h, at); None is everything before ``at``. ``only_with``
    leaves out who has no such event: else they count with 0.
    """

    kind: AmountKind
    attribute: Attribute
    place: Place
    days: int | None = None
    only_with: bool = False

    def __post_init__(self) -> None:
        """Refuse a window of nothing, and one of what has no time."""
        if self.days is not None and (self.days < 1 or self.kind is AmountKind.VALUE):
            raise ValueError("a window is at least a day, and a person's own number has none")

# SPDX-License-Identifier: Apache-2.0
"""An amount: one integer of one person, made of that person's own rows alone.

Amounts are what totals, averages and quantiles are taken of, and what people are put into bins by.
Integers count the unit of the column: whole numbers, minor units of money, scaled decimals; a
boolean property is 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from privseg.terms import Attribute

Window = tuple[datetime, datetime]
"""Half-open [from, to) in UTC, resolved before anything is read."""

Where = tuple[tuple[str, str], ...]
"""Which events count: (column, value) pairs of the event's categories, all of them equal."""


@dataclass(frozen=True, slots=True)
class OfPerson:
    """A person's own attribute, or the result of a score; missing where it is missing."""

    attribute: Attribute


@dataclass(frozen=True, slots=True)
class CountOf:
    """How many events of a kind a person has; 0 without any (missing, if ``only_with``)."""

    event: Attribute
    window: Window
    where: Where = ()
    only_with: bool = False


@dataclass(frozen=True, slots=True)
class SumOf:
    """The sum of an event's property over a person's events; an event without a value adds 0.

    0 without any event (missing, if ``only_with``). Sums saturate at the signed 64-bit ends.
    """

    attribute: Attribute  # "purchase.amount"
    window: Window
    where: Where = ()
    only_with: bool = False

    @property
    def event(self) -> Attribute:
        """Return the event that the property belongs to."""
        return Attribute(self.attribute.partition(".")[0])


@dataclass(frozen=True, slots=True)
class DaysSince:
    """Whole days of 24 h from a person's last event to the window's end; missing without one."""

    event: Attribute
    window: Window
    where: Where = ()


@dataclass(frozen=True, slots=True)
class EachOf:
    """The property of each event by itself: for averages over events, not over people."""

    attribute: Attribute
    window: Window
    where: Where = ()

    @property
    def event(self) -> Attribute:
        """Return the event that the property belongs to."""
        return Attribute(self.attribute.partition(".")[0])


Amount = OfPerson | CountOf | SumOf | DaysSince | EachOf


def reads_of(amount: Amount) -> frozenset[Attribute]:
    """Return every attribute that an amount reads: the event, its property, filtered columns.

    >>> sorted(reads_of(OfPerson(Attribute("age"))))
    ['age']
    """
    match amount:
        case OfPerson(attribute):
            return frozenset({attribute})
        case CountOf() | DaysSince():
            return event_reads(amount.event, amount.where)
        case SumOf() | EachOf():
            return event_reads(amount.event, amount.where) | {amount.attribute}


def may_be_missing(amount: Amount) -> bool:
    """Return whether a person may be without the amount; counts and sums are 0 without an event."""
    match amount:
        case CountOf() | SumOf():
            return amount.only_with
        case _:
            return True


def event_reads(event: Attribute, where: Where) -> frozenset[Attribute]:
    """Return an event and the properties of it that a filter reads."""
    return frozenset({event, *(Attribute(f"{event}.{column}") for column, _ in where)})

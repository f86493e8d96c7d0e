# SPDX-License-Identifier: Apache-2.0
"""Amounts: one whole number of each person (or of a person's period), of that person's rows alone.

Of a period, an amount is that of the events of the period: its window is the part of its own that
lies within. Sums are exact (two halves that cannot overflow below 2**31 events) and then saturate
at the ends of signed 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from privseg.compute.events import Asked, Events, Found, known_in, numbers_of
from privseg.compute.people import People
from privseg.compute.slots import Integers, Mask, Slots
from privseg.frames import Amount, CountOf, DaysSince, EachOf, OfPerson, SumOf
from privseg.terms import Attribute, to_micros

LOW = (1 << 32) - 1  # the lower half of a value
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Values:
    """By slot, an amount and whether it is known; what is missing has the number 0."""

    numbers: Integers = field(repr=False)
    known: Mask = field(repr=False)


def asked_of(amount: Amount) -> Asked | None:
    """Return which events an amount is made of; None for what is a person's own."""
    match amount:
        case OfPerson():
            return None
        case CountOf() | DaysSince():
            return Asked(amount.event, amount.window, amount.where)
        case SumOf() | EachOf():
            column = amount.attribute.partition(".")[2]
            only_known = isinstance(amount, EachOf)
            return Asked(amount.event, amount.window, amount.where, column, only_known)


def amount_of(amount: Amount, slots: Slots, *, people: People, events: Events) -> Values:
    """Return an amount of every slot.

    Raises:
        NotImportedError, NotFittedError, ScanFailedError: as they say.
    """
    asked = asked_of(amount)
    if isinstance(amount, OfPerson):
        return _of_person(amount.attribute, slots, people)
    assert asked is not None  # everything else is of events
    found = events.found(asked, slots)
    match amount:
        case CountOf():
            counts = counts_of(found, slots.size)
            return Values(counts, counts > 0 if amount.only_with else _all(slots))
        case SumOf():
            numbers, happened = _sums(found, slots.size)
            return Values(numbers, happened if amount.only_with else _all(slots))
        case DaysSince():
            return _days_since(found, slots, to_micros(amount.window[1]))
        case EachOf():
            raise AssertionError("single events are averaged, and are nobody's amount")


def counts_of(found: Iterator[Found], size: int) -> Integers:
    """Return how many events each slot has."""
    counts = np.zeros(size, np.int64)
    for some in found:
        np.add.at(counts, some.slots, 1)
    return counts


def _sums(found: Iterator[Found], size: int) -> tuple[Integers, Mask]:
    """Return the saturated sum of each slot, and whether it has any event."""
    low, high = np.zeros(size, np.int64), np.zeros(size, np.int64)
    happened = np.zeros(size, np.bool_)
    for some in found:
        values = some.numbers
        happened[some.slots] = True
        np.add.at(low, some.slots, values & LOW)
        if (upper := values >> 32).any():
            np.add.at(high, some.slots, upper)
    high += low >> 32
    low &= LOW
    sums = (high << 32) | low  # wraps round where the halves below tell that it must not
    sums[high > INT64_MAX >> 32] = INT64_MAX
    sums[high < INT64_MIN >> 32] = INT64_MIN
    return sums, happened


def _days_since(found: Iterator[Found], slots: Slots, window_end: int) -> Values:
    """Return the whole days from each slot's last event to its end."""
    last = np.full(slots.size, INT64_MIN, np.int64)
    for some in found:
        np.maximum.at(last, some.slots, some.times)
    known = last > INT64_MIN
    days = (slots.ends(window_end) - np.where(known, last, 0)) // DAY
    return Values(np.where(known, days, 0), known)


def _of_person(attribute: Attribute, slots: Slots, people: People) -> Values:
    """Return an attribute of each slot's person."""
    owners = slots.people()
    cells = list(people.cells(attribute))
    size = slots.size if owners is None else int(owners.max(initial=0)) + 1
    size = max([size, *(int(o.max(initial=0)) + 1 for o, _ in cells)])
    numbers, known = np.zeros(size, np.int64), np.zeros(size, np.bool_)
    for ordinals, column in cells:
        numbers[ordinals], known[ordinals] = numbers_of(column), known_in(column)
    if owners is None:
        return Values(numbers[: slots.size], known[: slots.size])
    return Values(numbers[owners], known[owners])


def _all(slots: Slots) -> Mask:
    return np.ones(slots.size, np.bool_)

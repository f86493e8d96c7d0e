# SPDX-License-Identifier: Apache-2.0
"""A person's amounts by hand: plain loops over that person's events, Python integers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from privseg.frames import Amount, CountOf, DaysSince, EachOf, OfPerson, SumOf, Where, Window
from privseg.segment import Event, Person
from privseg.terms import Attribute

LEAST, MOST = -(2**63), 2**63 - 1


def naive_amount(person: Person, amount: Amount, within: Window | None = None) -> int | None:
    """Return an amount; ``within`` is the period of a cell, if it has one."""
    if isinstance(amount, OfPerson):
        value = person.attributes.get(amount.attribute)
        return None if value is None else int(value)  # type: ignore[call-overload]
    assert not isinstance(amount, EachOf)
    window = cut(amount.window, within)
    events = counted(person.events, amount.event, window, amount.where)
    if isinstance(amount, DaysSince):
        last = max((e.time for e in events), default=None)
        return None if last is None else (window[1] - last) // timedelta(days=1)
    if amount.only_with and not events:
        return None
    if isinstance(amount, CountOf):
        return len(events)
    total = sum(number(e, amount) or 0 for e in events)
    return min(max(total, LEAST), MOST)


def each(person: Person, amount: EachOf, within: Window | None = None) -> list[Event]:
    """Return the events that an average over events is taken of."""
    events = counted(person.events, amount.event, cut(amount.window, within), amount.where)
    return [e for e in events if number(e, amount) is not None]


def number(event: Event, amount: SumOf | EachOf) -> int | None:
    value = event.properties.get(amount.attribute.partition(".")[2])
    return None if value is None else int(value)  # type: ignore[call-overload]


def counted(events: Iterable[Event], kind: Attribute, window: Window, where: Where) -> list[Event]:
    return [
        e
        for e in events
        if e.name == kind and window[0] <= e.time < window[1] and all(has(e, *w) for w in where)
    ]


def has(event: Event, column: str, value: str) -> bool:
    there = event.properties.get(column)
    return there is not None and spelled(there) == value


def spelled(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def cut(window: Window, within: Window | None) -> tuple[datetime, datetime]:
    if within is None:
        return window
    return max(window[0], within[0]), min(window[1], within[1])

# SPDX-License-Identifier: Apache-2.0
"""Changes of one person's data that would take them out of a segment, or in.

GDPR Art. 15(1)(h): the logic involved, so that it can be acted on (CJEU C-203/22). Candidates come
from the public thresholds of the tests; whether one flips the answer is asked of the evaluator of
record, so what is told is true of the rule that decides, and nothing is told of anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from privseg.segment.evaluate_values import Event, Person, Stored

LATER = "later"  # how the id of an event that has not happened begins


class ChangeKind(StrEnum):
    """What would be otherwise."""

    VALUE = "value"  # a value is another one
    UNKNOWN = "unknown"  # a value is not known to us
    LISTED = "listed"  # being on a list, or not
    FEWER = "fewer"  # some events had not happened
    MORE = "more"  # some events happen as well
    DRAW = "draw"  # chance had drawn otherwise: nothing that anybody does


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would have to be otherwise.

    ``of`` is an attribute, an event, a list or a sample; ``to`` the value that it becomes.
    ``without`` are places in the person's events, ``more`` events that happen as well.
    """

    kind: ChangeKind
    of: str
    to: Stored = field(default=None, repr=False)
    without: frozenset[int] = field(default=frozenset(), repr=False)
    more: tuple[Event, ...] = field(default=(), repr=False)
    draw: int = field(default=0, repr=False)

    @property
    def size(self) -> int:
        """Return how many things it changes: each event is one."""
        return max(1, len(self.without) + len(self.more))


Changes = tuple[Change, ...]


def size_of(changes: Changes) -> int:
    """Return how many things several changes change together."""
    return sum(change.size for change in changes)


def applied(person: Person, changes: Changes) -> Person:
    """Return the person as they would be; what is changed twice becomes what the last one says."""
    values: dict[str, Stored] = dict(person.attributes)
    draws: dict[str, int] = dict(person.draws)
    gone: set[int] = set()
    more: list[Event] = []
    for change in changes:
        gone |= change.without
        more += change.more
        if change.kind is ChangeKind.DRAW:
            draws[change.of] = change.draw
        elif change.kind in _OF_VALUES:
            _set(values, change)
    kept = tuple(e for place, e in enumerate(person.events) if place not in gone)
    return replace(person, attributes=values, events=(*kept, *more), draws=draws)


def smaller(change: Change) -> tuple[Change, ...]:
    """Return the change without one of its events each; nothing for one that is a single thing."""
    if change.size <= 1:
        return ()
    fewer = [replace(change, without=change.without - {place}) for place in sorted(change.without)]
    less = [replace(change, more=change.more[:at] + change.more[at + 1 :])
            for at in range(len(change.more))]  # fmt: skip
    return (*fewer, *less)


_OF_VALUES = frozenset({ChangeKind.VALUE, ChangeKind.UNKNOWN, ChangeKind.LISTED})


def _set(values: dict[str, Stored], change: Change) -> None:
    """Give an attribute the value that a change says."""
    if change.kind is ChangeKind.UNKNOWN or change.to is None:
        values.pop(change.of, None)
    else:
        values[change.of] = change.to


def happened(number: int, name: str, time: object, properties: Mapping[str, Stored]) -> Event:
    """Return an event that has not happened; ``number`` tells it from others of its kind."""
    return Event(name, f"{LATER}-{number}".encode(), time, properties)  # type: ignore[arg-type]

# SPDX-License-Identifier: Apache-2.0
"""Every test in a condition, and every look that a test takes at a person's events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privseg.segment.tree import All, Any_, Condition, Leaf, Not, SegmentRef
from privseg.segment.tree_events import (
    TIME_PROPERTY,
    EventTest,
    Filter,
    Sequence,
    Step,
    properties_of,
    same_as_of,
)
from privseg.segment.values import Window
from privseg.terms import Attribute


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the events of one kind in a window, and the properties that are read of them."""

    event: str
    window: Window | None
    properties: tuple[Attribute, ...]

    @property
    def attributes(self) -> frozenset[Attribute]:
        """Return all that is read: that it happened, and each property but its time.

        Of when an event happened it says no more than that it happened in a window.
        """
        bare = Attribute(self.event)
        own = (p for p in self.properties if not is_time(p))
        return frozenset({bare, *own})


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the tests of a condition whose references are written out, in its order.

    Raises:
        ValueError: a reference is left.
    """
    match condition:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case SegmentRef():
            raise ValueError("write references out first (Library.expand)")
        case _:
            yield condition


def looks(test: Leaf) -> tuple[Look, ...]:
    """Return every look that ``test`` itself takes at events; a score's are the score's."""
    match test:
        case EventTest():
            asked = [a.of for a in test.aggregates if a.of is not None]
            return _looks(test.event, test.window, test.where, asked)
        case Sequence():
            steps = steps_of(test)
            return tuple(look for s in steps for look in _looks(s.event, test.window, s.where, []))
        case _:
            return ()


def steps_of(test: Sequence) -> tuple[Step, ...]:
    """Return the steps of a sequence, and what must not happen after them."""
    return test.steps if test.without is None else (*test.steps, test.without)


def is_time(attribute: Attribute) -> bool:
    """Return whether ``attribute`` is when an event happened.

    >>> is_time(Attribute("purchase.time")), is_time(Attribute("time"))
    (True, False)
    """
    event, dot, name = attribute.partition(".")
    return bool(event and dot) and name == TIME_PROPERTY


def event_of(attribute: Attribute) -> str:
    """Return the event that a property is of.

    >>> event_of(Attribute("purchase.amount"))
    'purchase'
    """
    return attribute.partition(".")[0]


def _looks(
    event: str, window: Window | None, where: Filter | None, asked: list[Attribute]
) -> tuple[Look, ...]:
    """Return the look at the event, then those at what it is compared with."""
    own = Look(event, window, (*asked, *properties_of(where)))
    others = (Look(event_of(s.other), s.window, (s.other,)) for s in same_as_of(where))
    return (own, *others)

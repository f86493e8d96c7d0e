# SPDX-License-Identifier: Apache-2.0
"""How deep, how large and how dear a condition is, its references written out; and the limits.

The cost is known before any data is: it is what an engine must do for a segment, not how long it
takes. A condition over a limit is refused with its measures; nothing is cut off in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from privseg.segment.errors import TooComplexError
from privseg.segment.tree import All, Any_, Condition, Not, SegmentRef
from privseg.segment.tree_events import (
    Aggregate,
    AggregateKind,
    EventTest,
    Filter,
    FilterAll,
    FilterAny,
    FilterNot,
    PropertyTest,
    SameAs,
    Sequence,
    Step,
)
from privseg.segment.walk import is_time, steps_of

MAX_DEPTH = 16  # levels
MAX_NODES = 500  # conditions, filters and steps
MAX_COST = 2000
LOOKUP = 1  # an attribute, account, score, list or sample: one value of a person
SCAN = 5  # an event: all of its rows in a window
FOLD = 2  # an aggregate that keeps one number a person
SORTED_FOLD = 5  # one that keeps values, or the order of events
JOIN = 10  # with another event
STEP = 20  # of a sequence: a pass over a person's events in order


@dataclass(frozen=True, slots=True)
class Size:
    """The measures of a condition."""

    depth: int
    nodes: int
    cost: int

    @property
    def fits(self) -> bool:
        """Return whether it is within every limit."""
        return self.depth <= MAX_DEPTH and self.nodes <= MAX_NODES and self.cost <= MAX_COST


def check_size(size: Size, segment: str | None = None) -> Size:
    """Return ``size`` if it is within the limits.

    Raises:
        TooComplexError: it is not; ``segment`` is whose it is.
    """
    if not size.fits:
        raise TooComplexError(
            segment=segment,
            depth=size.depth,
            nodes=size.nodes,
            cost=size.cost,
            max_depth=MAX_DEPTH,
            max_nodes=MAX_NODES,
            max_cost=MAX_COST,
        )
    return size


def measure(condition: Condition, known: Mapping[str, Size]) -> Size:
    """Return the measures of ``condition``; ``known`` has those of what it refers to."""
    match condition:
        case All(parts) | Any_(parts):
            return _around(measure(p, known) for p in parts)
        case Not(part):
            return _around([measure(part, known)])
        case SegmentRef(name):
            return known[name]
        case EventTest():
            own = SCAN + sum(_aggregate(a) for a in condition.aggregates)
            return _around(_filter(condition.where), own)
        case Sequence():
            return _around(_step(s) for s in steps_of(condition))
        case _:
            return Size(1, 1, LOOKUP)


def _around(parts: Iterable[Size], own: int = 0) -> Size:
    """Return the size of a node with these parts in it."""
    sizes = tuple(parts)
    depth = max((s.depth for s in sizes), default=0)
    return Size(1 + depth, 1 + sum(s.nodes for s in sizes), own + sum(s.cost for s in sizes))


def _step(step: Step) -> Size:
    return _around(_filter(step.where), STEP)


def _filter(where: Filter | None) -> tuple[Size, ...]:
    """Return the size of a filter, if there is one."""
    match where:
        case None:
            return ()
        case FilterAll(parts) | FilterAny(parts):
            return (_around(s for p in parts for s in _filter(p)),)
        case FilterNot(part):
            return (_around(_filter(part)),)
        case PropertyTest():
            return (Size(1, 1, 0),)
        case SameAs():
            return (Size(1, 1, JOIN),)


def _aggregate(aggregate: Aggregate) -> int:
    match aggregate.kind:
        case AggregateKind.DISTINCT:
            return SORTED_FOLD
        case AggregateKind.FIRST | AggregateKind.LAST:
            of = aggregate.of
            return FOLD if of is not None and is_time(of) else SORTED_FOLD
        case _:
            return FOLD

# SPDX-License-Identifier: Apache-2.0
"""Why a person is in a segment, and the smallest changes that would take them out.

Both come from the evaluator of record: a part held because it says so, and a change is told only
after it was applied and the whole condition was asked again.

Law (tests/property/test_dsr_reasons.py): applying what is told flips the answer; leaving any part
of it out does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from privseg.dsr.candidates import Others, candidates
from privseg.dsr.changes import Changes, applied, size_of, smaller
from privseg.segment.evaluate import holds
from privseg.segment.evaluate_values import Moment, Person
from privseg.segment.tree import All, Any_, Condition, Leaf, Not, SegmentRef

MOST = 3  # changes that are told of one segment
TRIED = 300  # candidates of one test that are tried
KEPT = 6  # ways that are followed from one part of a condition to the whole


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition with its references written out, and when it is judged."""

    where: Condition
    at: datetime
    zone: ZoneInfo
    others: Others

    @property
    def moment(self) -> Moment:
        """Return when and on which wall clock."""
        return Moment(self.at, self.zone)

    def holds(self, part: Condition, person: Person) -> bool:
        """Return whether a part of it holds."""
        return holds(part, person, at=self.at, zone=self.zone, segments={})


def flips(asked: Asked, person: Person) -> tuple[Changes, ...]:
    """Return the smallest changes that turn yes into no, or no into yes: at most ``MOST``.

    None of them has a part that could be left out. Nothing is found where no single test could be
    told apart by its thresholds.
    """
    wanted = not asked.holds(asked.where, person)
    ways = _ways(asked, asked.where, person, wanted=wanted)
    found = {_key(least): least for way in ways if (least := _least(asked, person, way, wanted))}
    ordered = sorted(found.values(), key=size_of)
    return tuple(_once_each(ordered))


def _ways(asked: Asked, part: Condition, person: Person, *, wanted: bool) -> list[Changes]:
    """Return a few sets of changes that may make a part true or false; the empty one if it is."""
    if asked.holds(part, person) is wanted:
        return [()]
    match part:
        case All(parts) | Any_(parts):
            each = [_ways(asked, p, person, wanted=wanted) for p in parts]
            one_is_enough = isinstance(part, Any_) is wanted
            ways = [w for some in each for w in some] if one_is_enough else _together(each)
        case Not(inner):
            ways = _ways(asked, inner, person, wanted=not wanted)
        case SegmentRef():
            raise ValueError("write references out first (Library.expand)")
        case _:
            ways = list(islice(_of_leaf(asked, part, person, wanted=wanted), KEPT))
    return sorted(ways, key=size_of)[: KEPT * 4]


def _of_leaf(asked: Asked, leaf: Leaf, person: Person, *, wanted: bool) -> Iterator[Changes]:
    """Yield the changes of one test that make it true or false, small ones first."""
    tried = islice(candidates(leaf, person, asked.moment, asked.others), TRIED)
    for change in sorted(tried, key=lambda c: c.size):
        if asked.holds(leaf, applied(person, (change,))) is wanted:
            yield (change,)


def _together(each: list[list[Changes]]) -> list[Changes]:
    """Return sets of changes that have one way of every part: the best, then one other each."""
    if not all(each):
        return []
    best = [ways[0] for ways in each]
    other = [
        [*best[:place], way, *best[place + 1 :]]
        for place, ways in enumerate(each)
        for way in ways[1:]
    ]
    return [tuple(change for way in ways for change in way) for ways in (best, *other)]


def _least(asked: Asked, person: Person, way: Changes, wanted: bool) -> Changes:  # noqa: FBT001
    """Return a way with nothing in it that could be left out; nothing if it does not work."""

    def works(changes: Changes) -> bool:
        return bool(changes) and asked.holds(asked.where, applied(person, changes)) is wanted

    if not works(way):
        return ()
    while (less := next(filter(works, _parts_of(way)), None)) is not None:
        way = less
    return way


def _parts_of(way: Changes) -> Iterator[Changes]:
    """Yield a way without one of its changes, or without one event of one of them."""
    for place, change in enumerate(way):
        yield (*way[:place], *way[place + 1 :])
        for less in smaller(change):
            yield (*way[:place], less, *way[place + 1 :])


def _once_each(found: Iterable[Changes]) -> Iterator[Changes]:
    """Yield at most ``MOST`` ways that differ in what they change, not only in the value."""
    seen: set[object] = set()
    for way in found:
        what = frozenset((change.kind, change.of) for change in way)
        if what not in seen and len(seen) < MOST:
            seen.add(what)
            yield way


def _key(way: Changes) -> object:
    return tuple((c.kind, c.of, repr(c.to), c.without, len(c.more)) for c in way)

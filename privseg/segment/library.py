# SPDX-License-Identifier: Apache-2.0
"""All segments of a workspace together: references resolved, versions pinned, limits kept.

A version is the SHA-256 (hex) of the canonical JSON of segmenter, condition and what it says it
reveals (where it says so), references standing as the version they point to. The segment's name,
labels, colour and note are outside: a rename changes no meaning; an edit of a referred segment
changes every version built on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256

from privseg.segment.errors import SegmentCycleError, TooComplexError, UnknownSegmentError
from privseg.segment.tree import (
    Ago,
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Fixed,
    Not,
    Scaled,
    Segment,
    SegmentRef,
    Value,
    Window,
)
from privseg.terms import Category, Money
from privseg.tlog.canonical import canonical

FORMAT = "privseg/segment/1"
MAX_DEPTH = 16  # levels, references written out
MAX_NODES = 500  # nodes, references written out


class Library(Mapping[str, Segment]):
    """Every segment by name; made only when each reference is there and none is circular."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        """Pin every version.

        Raises:
            ValueError: two segments share a name.
            UnknownSegmentError, SegmentCycleError, TooComplexError: as they say.
        """
        given = tuple(segments)
        self._segments = {s.name: s for s in given}
        if len(self._segments) < len(given):
            raise ValueError("two segments share a name")
        self._versions: dict[str, str] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        for name in self._segments:
            self._pin(name, ())

    def __getitem__(self, name: str) -> Segment:
        """Return the segment called ``name``."""
        return self._segments[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over names."""
        return iter(self._segments)

    def __len__(self) -> int:
        """Return how many segments there are."""
        return len(self._segments)

    def version(self, name: str) -> str:
        """Return the pinned version of a segment.

        Raises:
            UnknownSegmentError: there is none of that name.
        """
        return self._pin(name, ())

    def reveals(self, name: str) -> frozenset[Category]:
        """Return what being in a segment tells of people: what it says, and what it builds on says.

        Raises:
            UnknownSegmentError: there is none of that name.
        """
        self._pin(name, ())
        waiting, seen = [name], set[str]()
        while waiting:
            if (one := waiting.pop()) not in seen:
                seen.add(one)
                waiting += references(self._segments[one].where)
        return frozenset().union(*(self._segments[s].reveals for s in seen))

    def expand(self, condition: Condition) -> Condition:
        """Return ``condition`` with every reference written out.

        Raises:
            UnknownSegmentError: a reference names a segment that is not there.
            TooComplexError: it is then over the limits.
        """
        for name in references(condition):
            self._pin(name, ())
        self._measure(condition)
        return self._write_out(condition)

    def _write_out(self, condition: Condition) -> Condition:
        match condition:
            case All(parts):
                return All(tuple(self._write_out(p) for p in parts))
            case Any_(parts):
                return Any_(tuple(self._write_out(p) for p in parts))
            case Not(part):
                return Not(self._write_out(part))
            case SegmentRef(name):
                return self._write_out(self._segments[name].where)
            case _:
                return condition

    def _pin(self, name: str, path: tuple[str, ...]) -> str:
        """Return the version of ``name``, pinning first what it refers to."""
        if name in self._versions:
            return self._versions[name]
        if name in path:
            raise SegmentCycleError((*path[path.index(name) :], name))
        if name not in self._segments:
            raise UnknownSegmentError(name)
        segment = self._segments[name]
        for reference in references(segment.where):
            self._pin(reference, (*path, name))
        self._sizes[name] = self._measure(segment.where, name)
        self._versions[name] = self._hash(segment)
        return self._versions[name]

    def _hash(self, segment: Segment) -> str:
        where = _json(segment.where, self._versions)
        body: dict[str, object] = {"format": FORMAT, "segmenter": segment.segmenter, "where": where}
        if segment.reveals:
            body["reveals"] = sorted(segment.reveals)
        return sha256(canonical(body)).hexdigest()

    def _measure(self, condition: Condition, name: str | None = None) -> tuple[int, int]:
        """Return depth and nodes, references written out; refuse what is over the limits."""
        depth, nodes = _size(condition, self._sizes)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise TooComplexError(
                segment=name, depth=depth, nodes=nodes, max_depth=MAX_DEPTH, max_nodes=MAX_NODES
            )
        return depth, nodes


def references(condition: Condition) -> tuple[str, ...]:
    """Return the names of the segments that ``condition`` itself refers to, in its order."""
    match condition:
        case All(parts) | Any_(parts):
            return tuple(dict.fromkeys(n for p in parts for n in references(p)))
        case Not(part):
            return references(part)
        case SegmentRef(name):
            return (name,)
        case _:
            return ()


def _size(condition: Condition, known: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return (depth, nodes)."""
    match condition:
        case All(parts) | Any_(parts):
            sizes = [_size(p, known) for p in parts]
            return 1 + max(d for d, _ in sizes), 1 + sum(n for _, n in sizes)
        case Not(part):
            depth, nodes = _size(part, known)
            return 1 + depth, 1 + nodes
        case SegmentRef(name):
            return known[name]
        case _:
            return 1, 1


def _json(condition: Condition, versions: Mapping[str, str]) -> dict[str, object]:
    """Return the canonical shape of a condition; times are text, nothing is a float."""
    match condition:
        case All(parts):
            return {"all": [_json(p, versions) for p in parts]}
        case Any_(parts):
            return {"any": [_json(p, versions) for p in parts]}
        case Not(part):
            return {"not": _json(part, versions)}
        case AttributeTest():
            tests = _comparisons(condition.comparisons)
            return {"attribute": condition.attribute, "type": condition.type, "tests": tests}
        case EventTest():
            return _event(condition)
        case SegmentRef(name):
            return {"segment": versions[name]}


def _event(test: EventTest) -> dict[str, object]:
    total = test.sum and {
        "of": test.sum.of,
        "type": test.sum.type,
        "tests": _comparisons(test.sum.comparisons),
    }
    return {
        "event": test.event,
        "count": _comparisons(test.count),
        "sum": total,
        "window": _window(test.window),
    }


def _window(window: Window | None) -> object:
    match window:
        case Ago(number, unit):
            return {"ago": [number, unit]}
        case Fixed(start, end):
            return {"from": _value(start), "to": _value(end)}
        case None:
            return None


def _comparisons(comparisons: tuple[Comparison, ...]) -> list[object]:
    return [{"op": c.operator, "values": [_value(v) for v in c.values]} for c in comparisons]


def _value(value: Value) -> object:
    match value:
        case Money(minor, currency):
            return {"minor": minor, "currency": currency.code, "exponent": currency.exponent}
        case Scaled(units, decimals):
            return {"units": units, "decimals": decimals}
        case datetime():
            wall = value.astimezone(UTC).replace(tzinfo=None)
            return f"{wall.isoformat(timespec='microseconds')}Z"
        case date():
            return value.isoformat()
        case _:
            return value

# SPDX-License-Identifier: Apache-2.0
"""All segments of a workspace together: references resolved, versions pinned, limits kept.

A version is the SHA-256 (hex) of a segment's canonical form (``canonical_form``), references
standing as the version they point to. Its name, labels, colour, note and schedule are outside: a
rename changes no meaning; an edit of a referred segment changes every version built on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from privseg.segment.canonical_form import version_of
from privseg.segment.cost import Size, check_size, measure
from privseg.segment.errors import SegmentCycleError, UnknownSegmentError
from privseg.segment.tree import All, Any_, Condition, Not, Segment, SegmentRef
from privseg.terms import Category


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
        self._sizes: dict[str, Size] = {}
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

    def size(self, condition: Condition) -> Size:
        """Return how deep, large and dear ``condition`` is, references written out.

        Raises:
            UnknownSegmentError: a reference names a segment that is not there.
            TooComplexError: it is over the limits.
        """
        for name in references(condition):
            self._pin(name, ())
        return check_size(measure(condition, self._sizes))

    def expand(self, condition: Condition) -> Condition:
        """Return ``condition`` with every reference written out.

        Raises:
            UnknownSegmentError, TooComplexError: see ``size``.
        """
        self.size(condition)
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
        self._sizes[name] = check_size(measure(segment.where, self._sizes), name)
        self._versions[name] = version_of(segment, self._versions)
        return self._versions[name]


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

# SPDX-License-Identifier: Apache-2.0
"""Sets of people in parts of 65,536, so that one person is looked up without the other millions.

A set is cut where roaring bitmaps cut it (Lemire et al. 2018, section 2: one container for each
upper half of a number). Equal parts are stored once; a page says for an entry which parts its sets
have. Pure bytes: where they lie and under which keys is the store's work and the vault's.
"""

from __future__ import annotations

import json
import struct
import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise

from pyroaring import BitMap, FrozenBitMap

from privseg.audit.people import MalformedPeopleError
from privseg.tlog import canonical

BUCKET = 65_536  # people in a part: one roaring container
_COUNT = struct.Struct("<I")
_Texts = tuple[str, ...]
_Layout = tuple[str, _Texts, _Texts, Sequence[int], Sequence[int], tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts of one set lie: of each bucket that has anybody, the number of its part."""

    buckets: Sequence[int]
    numbers: Sequence[int]
    people: int = 0

    def number(self, bucket: int) -> int | None:
        """Return the part of a bucket; None when the set has nobody there."""
        at = bisect_left(self.buckets, bucket)
        return self.numbers[at] if at < len(self.buckets) and self.buckets[at] == bucket else None


@dataclass(frozen=True, slots=True)
class Page:
    """What the index keeps of one entry: who, what it reveals, and the parts of its sets."""

    user: str
    reveals: tuple[str, ...]
    sets: Mapping[str, Parts] = field(repr=False)


def cut(people: FrozenBitMap) -> Iterator[tuple[int, bytes]]:
    """Yield the bucket and the bytes of each part of a set, in order; equal parts are equal bytes.

    Law: the union of the parts is the set.
    """
    at = people.min() // BUCKET if people else None
    last = people.max() // BUCKET if people else 0
    while at is not None:
        part = BitMap(people & _bucket(at))
        part.run_optimize()
        yield at, part.serialize()
        following = people.rank(min((at + 1) * BUCKET - 1, 2**32 - 1))
        at = people[following] // BUCKET if at < last else None


def part_of(data: bytes) -> FrozenBitMap:
    """Return the part that ``cut`` gave.

    Raises:
        MalformedPeopleError: it gave nothing like it.
    """
    try:
        return FrozenBitMap.deserialize(data)
    except (ValueError, IndexError):
        raise MalformedPeopleError from None


def packed(page: Page) -> bytes:
    """Return a page as bytes: counts, buckets, numbers, then what is text.

    Law: ``unpacked(packed(p)) == p``.
    """
    sets = page.sets.values()
    words = {"user": page.user, "reveals": list(page.reveals), "sets": list(page.sets)}
    buckets = [b for parts in sets for b in parts.buckets]
    numbers = [n for parts in sets for n in parts.numbers]
    return b"".join(
        (
            _COUNT.pack(len(sets)),
            struct.pack(f"<{len(sets)}I", *(len(parts.buckets) for parts in sets)),
            struct.pack(f"<{len(sets)}Q", *(parts.people for parts in sets)),
            struct.pack(f"<{len(numbers)}Q", *numbers),
            struct.pack(f"<{len(buckets)}H", *buckets),
            canonical(words),
        )
    )


def unpacked(data: bytes) -> Page:
    """Return the page that ``packed`` was given; its numbers are read when somebody looks.

    Raises:
        MalformedPeopleError: it was given nothing like it.
    """
    try:
        user, reveals, names, numbers, buckets, ends, people = _laid_out(data)
        sets = {
            name: Parts(buckets[first:last], numbers[first:last], size)
            for name, (first, last), size in zip(names, pairwise(ends), people, strict=True)
        }
    except (struct.error, ValueError, KeyError, TypeError):
        raise MalformedPeopleError from None
    return Page(user, reveals, sets)


def looked_up(
    data: bytes, wanted: Sequence[int]
) -> tuple[str, tuple[str, ...], dict[str, list[int]]]:
    """Return user, what is revealed, and of each set the parts that some buckets have.

    Law: it is what ``Parts.number`` says for each of ``unpacked``; for one person it is quicker.

    Raises:
        MalformedPeopleError: these are not the bytes of a page.
    """
    try:
        user, reveals, names, numbers, buckets, ends, _ = _laid_out(data)
        sets: dict[str, list[int]] = {}
        for name, (first, last) in zip(names, pairwise(ends), strict=True):
            sets[name] = found = []
            for bucket in wanted:
                at = bisect_left(buckets, bucket, first, last)
                if at < last and buckets[at] == bucket:
                    found.append(numbers[at])
    except (struct.error, ValueError, KeyError, TypeError):
        raise MalformedPeopleError from None
    return user, reveals, sets


def _laid_out(data: bytes) -> _Layout:
    """Return what a page holds, where it lies; ``ends`` are where sets end among the numbers."""
    (count,) = _COUNT.unpack_from(data)
    lengths = struct.unpack_from(f"<{count}I", data, 4)
    people = struct.unpack_from(f"<{count}Q", data, 4 + 4 * count)
    at, total = 4 + 12 * count, sum(lengths)
    numbers = _integers(data, at, total, "Q")
    buckets = _integers(data, at + 8 * total, total, "H")
    user, reveals, names = _words(data[at + 10 * total :])
    return user, reveals, names, numbers, buckets, tuple(accumulate(lengths, initial=0)), people


@lru_cache(maxsize=4_096)  # the words of a page are those of many
def _words(data: bytes) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return who, what is revealed, and the names of the sets."""
    words = json.loads(data)
    return words["user"], tuple(words["reveals"]), tuple(words["sets"])


def _integers(data: bytes, at: int, count: int, code: str) -> Sequence[int]:
    """Return little-endian integers; on most machines they are only looked at."""
    if sys.byteorder == "little":
        size = struct.calcsize(code)
        found = memoryview(data)[at : at + size * count].cast(code)  # type: ignore[call-overload]
        if len(found) != count:
            raise ValueError
        return found  # type: ignore[no-any-return]
    return struct.unpack_from(f"<{count}{code}", data, at)


def _bucket(number: int) -> FrozenBitMap:
    """Return everybody of a bucket: one run, so that an AND looks at one container."""
    return FrozenBitMap(range(number * BUCKET, (number + 1) * BUCKET))

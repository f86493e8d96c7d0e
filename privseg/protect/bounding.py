# SPDX-License-Identifier: Apache-2.0
"""Bounding: how much of one person may enter the numbers; the last step before aggregation.

A person keeps at most m cells, and at most C events of an average: those with the smallest keyed
hash. The choice depends on the key and on that person's own rows, never on anybody else's, so that
adding or removing one person changes nothing of the others (release.md, "Units and bounds").

The hash is SipHash-2-4 (Aumasson and Bernstein 2012) over 16 bytes, vectorised. Its key is derived
from the caller's by BLAKE2b, apart for cells and events.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from privseg.frames import Cell

Words = NDArray[np.uint64]
Ordinals = NDArray[np.uint32]
Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]

MAX_SUM = 2**62  # the most that one person may add to one cell: sums stay exact in 64-bit halves

_CELLS = b"privseg cells"  # BLAKE2b personalisation (at most 16 bytes): keys of the two
_EVENTS = b"privseg events"  # choices are unrelated
_CHUNK = 1 << 14  # words hashed at once: the state stays in the cache


def cell_tag(cell: Cell) -> int:
    """Return 64 bits that name a cell (segment, keys), whatever else is in the report.

    The length of each part stands before it: no two cells are hashed as the same bytes.
    """
    segment, keys = cell
    parts = [part.encode() for part in (segment, *keys)]
    text = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def cell_rank(ordinals: Ordinals, tags: Words, *, key: bytes) -> Words:
    """Return the keyed hash of each (person, cell)."""
    return siphash(_halves(key, _CELLS), ordinals.astype(np.uint64), tags)


def event_rank(event_ids: Words, *, key: bytes) -> Words:
    """Return the keyed hash of each event; ``event_ids`` has two little-endian words a row."""
    return siphash(_halves(key, _EVENTS), event_ids[:, 0], event_ids[:, 1])


def keep_cells(ordinals: Ordinals, cells: Integers, *, tags: Words, most: int, key: bytes) -> Mask:
    """Return which of the (person, cell) pairs count: at most ``most`` for each person.

    Args:
        ordinals: The person of each pair. No pair occurs twice.
        cells: The cell of each pair, an index into ``tags``.
        tags: ``cell_tag`` of every cell.
        most: m, the cells a person may keep.
        key: The caller's secret.

    Raises:
        ValueError: ``most`` is below 1.
    """
    heavy = _in_more_than(ordinals, most)
    kept = np.ones(len(ordinals), np.bool_)
    if heavy.any():
        people, own = ordinals[heavy], tags[cells[heavy]]
        ranks = cell_rank(people, own, key=key)
        kept[heavy] = _smallest(people, ranks, (own,), most)
    return kept


def keep_events(ordinals: Ordinals, event_ids: Words, *, most: int, key: bytes) -> Mask:
    """Return which events count: at most ``most`` for each person.

    Raises:
        ValueError: ``most`` is below 1.
    """
    heavy = _in_more_than(ordinals, most)
    kept = np.ones(len(ordinals), np.bool_)
    if heavy.any():
        own = event_ids[heavy]
        ranks = event_rank(own, key=key)
        kept[heavy] = _smallest(ordinals[heavy], ranks, (own[:, 1], own[:, 0]), most)
    return kept


def sum_by_cell(cells: Integers, values: Integers, size: int) -> list[int]:
    """Return the exact sum of ``values`` in each of ``size`` cells, as Python integers.

    Values are at most 2**62 and not negative. They are added in halves of 32 bits, which cannot
    overflow below 2**31 pairs.
    """
    low = np.zeros(size, np.int64)
    high = np.zeros(size, np.int64)
    np.add.at(low, cells, values & 0xFFFFFFFF)
    if (values >> 32).any():
        np.add.at(high, cells, values >> 32)
    return [(int(h) << 32) + int(x) for h, x in zip(high, low, strict=True)]


def siphash(key: tuple[int, int], first: Words, second: Words) -> Words:
    """Return SipHash-2-4 of each 16-byte message, given as two little-endian words."""
    out = np.empty(len(first), np.uint64)
    for start in range(0, len(first), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part] = _siphash(key, first[part], second[part])
    return out


def _siphash(key: tuple[int, int], first: Words, second: Words) -> Words:
    """Hash one chunk (section 2.2 of the paper: two compression and four finalisation rounds)."""
    k0, k1 = key
    start = (
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    )
    v = [np.full(len(first), word, np.uint64) for word in start]
    spare = np.empty(len(first), np.uint64)
    length = np.uint64(16 << 56)  # the last block: the message's length in its top byte
    for block in (first, second, length):
        v[3] ^= block
        _rounds(v, 2, spare)
        v[0] ^= block
    v[2] ^= np.uint64(0xFF)
    _rounds(v, 4, spare)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: list[Words], count: int, spare: Words) -> None:
    """Apply SipRound in place ``count`` times; additions wrap at 64 bits, as the paper means."""
    for _ in range(count):
        for a, b, left in ((0, 1, 13), (2, 3, 16)):
            _mix(v[a], v[b], left, spare)
        _turn(v[0], 32, spare)
        for a, b, left in ((2, 1, 17), (0, 3, 21)):
            _mix(v[a], v[b], left, spare)
        _turn(v[2], 32, spare)


def _mix(a: Words, b: Words, left: int, spare: Words) -> None:
    """Add ``b`` to ``a``, turn ``b`` and XOR it with ``a``; all in place."""
    a += b
    _turn(b, left, spare)
    b ^= a


def _turn(words: Words, left: int, spare: Words) -> None:
    """Rotate in place; new arrays at every step took twice as long."""
    np.left_shift(words, np.uint64(left), out=spare)
    np.right_shift(words, np.uint64(64 - left), out=words)
    words |= spare


def _halves(key: bytes, label: bytes) -> tuple[int, int]:
    """Return the SipHash key for one kind of choice."""
    derived = blake2b(key, digest_size=16, person=label).digest()
    return int.from_bytes(derived[:8], "little"), int.from_bytes(derived[8:], "little")


def _in_more_than(ordinals: Ordinals, most: int) -> Mask:
    """Return which rows are of a person with more than ``most`` of them."""
    if most < 1:
        raise ValueError("a bound below 1 lets nobody count")
    if not len(ordinals):
        return np.zeros(0, np.bool_)
    return np.asarray(np.bincount(ordinals)[ordinals] > most)


def _smallest(groups: Ordinals, ranks: Words, ties: Sequence[Words], most: int) -> Mask:
    """Return the ``most`` rows of each group with the smallest rank; equal ranks by ``ties``.

    Sorting by group and the rank's upper half nearly always decides; the full order only if not.
    """
    coarse = (groups.astype(np.uint64) << np.uint64(32)) | (ranks >> np.uint64(32))
    order = np.argsort(coarse)
    in_order = coarse[order]
    if (in_order[1:] == in_order[:-1]).any():
        order = np.lexsort(np.stack([*ties, ranks, groups.astype(np.uint64)]))
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(ordered)])
    place = np.arange(len(ordered)) - np.repeat(starts, sizes)
    kept = np.zeros(len(ordered), np.bool_)
    kept[order] = place < most
    return kept

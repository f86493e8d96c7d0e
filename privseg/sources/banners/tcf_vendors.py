# SPDX-License-Identifier: Apache-2.0
"""Vendors in a TC string: a bit field or ranges, whichever is shorter, with every id once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from privseg.sources.banners.bits import BitReader, BitWriter

MAX_VENDOR = 65_535  # 16 bits
_ENTRIES = 12  # bits of NumEntries
_ID = 16  # bits of a vendor's id


@dataclass(frozen=True, slots=True)
class Vendors:
    """Some vendors' ids and how they are written.

    ``mask`` has bit *i* for vendor *i*. ``highest`` is MaxVendorId, which a bit field may fill
    with zeros beyond its last one.

    >>> 755 in Vendors.of([2, 3, 755]), 4 in Vendors.of([2, 3, 755])
    (True, False)
    """

    mask: int
    highest: int
    in_ranges: bool

    @classmethod
    def of(cls, ids: Iterable[int]) -> Vendors:
        """Return vendors in the shorter of both spellings; at a tie in ranges, as iabgpp-es."""
        mask = sum(1 << i for i in {*ids})
        highest = max(mask.bit_length() - 1, 0)
        length = sum(1 + _ID + _ID * (last > first) for first, last in runs(mask))
        return cls(mask, highest, in_ranges=_ENTRIES + length <= highest)

    @property
    def ids(self) -> tuple[int, ...]:
        """Return the ids in order."""
        return tuple(i for first, last in runs(self.mask) for i in range(first, last + 1))

    def __contains__(self, vendor: int) -> bool:
        """Return whether a vendor is among them."""
        return bool(self.mask >> vendor & 1)


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last id of every run of neighbours.

    >>> list(runs(0b11101000100))
    [(2, 2), (6, 6), (8, 10)]
    """
    marked = (i for i, bit in enumerate(reversed(f"{mask:b}")) if bit == "1")
    for _, run in groupby(enumerate(marked), lambda pair: pair[1] - pair[0]):
        ids = [i for _, i in run]
        yield ids[0], ids[-1]


def read_vendors(bits: BitReader, name: str) -> Vendors:
    """Return the vendors of a section: MaxVendorId, IsRangeEncoding, then the ids.

    Raises:
        MalformedStringError: an id is 0, above MaxVendorId or there twice; a run goes backwards.
    """
    highest = bits.integer(_ID, f"the highest id of {name}")
    if bits.flag(f"the encoding of {name}"):
        return Vendors(read_ranges(bits, name, highest=highest), highest, in_ranges=True)
    field = bits.integer(highest, f"the bit field of {name}")
    # the first bit is vendor 1: turned around, and one place up
    mask = int(f"{field:0{highest}b}"[::-1], 2) << 1 if highest else 0
    return Vendors(mask, highest, in_ranges=False)


def read_ranges(bits: BitReader, name: str, *, highest: int = MAX_VENDOR) -> int:
    """Return the mask of a Range(Int): NumEntries, then single ids and runs of them.

    Raises:
        MalformedStringError: an id is 0, above ``highest`` or there twice; a run goes backwards.
    """
    mask = 0
    for _ in range(bits.integer(_ENTRIES, f"the number of entries of {name}")):
        is_run = bits.flag(f"an entry of {name}")
        first = bits.one_of(_ID, f"an id of {name}", range(1, highest + 1))
        last = bits.one_of(_ID, f"an id of {name}", range(first, highest + 1)) if is_run else first
        run = ((1 << (last - first + 1)) - 1) << first
        if mask & run:
            raise bits.refusal(f"{name} names an id twice")
        mask |= run
    return mask


def write_vendors(bits: BitWriter, vendors: Vendors) -> None:
    """Write a section of vendors.

    Raises:
        ValueError: an id is outside 1 .. ``highest``.
    """
    if vendors.mask & 1 or vendors.mask >> vendors.highest + 1:
        raise ValueError("a vendor's id is outside 1 .. highest")
    bits.integer(vendors.highest, _ID)
    bits.flag(value=vendors.in_ranges)
    if vendors.in_ranges:
        write_ranges(bits, vendors.mask)
    elif vendors.highest:
        turned = f"{vendors.mask >> 1:0{vendors.highest}b}"[::-1]
        bits.integer(int(turned, 2), vendors.highest)


def write_ranges(bits: BitWriter, mask: int) -> None:
    """Write a Range(Int) with as few entries as there are runs."""
    found = list(runs(mask))
    bits.integer(len(found), _ENTRIES)
    for first, last in found:
        bits.flag(value=last > first)
        bits.integer(first, _ID)
        if last > first:
            bits.integer(last, _ID)

# SPDX-License-Identifier: Apache-2.0
"""What a measure is taken of: a person, or a person within a period; numbered for arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from privseg.frames import ByPeriod
from privseg.terms import to_micros

Integers = NDArray[np.int64]
Ordinals = NDArray[np.uint32]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]

_BITS = 64


class Slots(Protocol):
    """Numbers each person, or each person's period, below ``size``."""

    @property
    def size(self) -> int:
        """Return how many numbers there are."""
        ...

    def find(self, people: Ordinals, times: Integers) -> tuple[Mask, Integers]:
        """Return which events have a slot, and the slots of those that do."""
        ...

    def people(self) -> Ordinals | None:
        """Return whose each slot is; None where a slot's number is the person's."""
        ...

    def ends(self, window_end: int) -> Integers | int:
        """Return when each slot ends, within a window that ends at ``window_end``."""
        ...


@dataclass(frozen=True, slots=True)
class PersonSlots:
    """One slot a person, numbered like the person; events of others have none."""

    counted: Mask = field(repr=False)  # ends with a False that every larger ordinal falls on

    @property
    def size(self) -> int:
        """Return more than the ordinal of anybody counted."""
        return len(self.counted)

    def find(self, people: Ordinals, times: Integers) -> tuple[Mask, Integers]:
        """Return which events are of somebody counted, and whose those are."""
        del times
        inside: Mask = np.take(self.counted, people, mode="clip")
        return inside, people[inside].astype(np.int64)

    def people(self) -> None:
        """Return that slots are people."""
        return

    def ends(self, window_end: int) -> int:
        """Return the end of the window."""
        return window_end


@dataclass(frozen=True, slots=True)
class PeriodSlots:
    """A slot for each period of a person that counts: person * periods + period, ascending.

    Which periods of a person count is kept as bits of 64-bit words, with the first slot of each
    word: a slot is found in two look-ups, wherever the person's rows are.
    """

    codes: Integers = field(repr=False)
    starts: Integers
    stops: Integers
    words: Words = field(repr=False)
    firsts: Integers = field(repr=False)

    @classmethod
    def of(cls, codes: Integers, dimension: ByPeriod, size: int) -> PeriodSlots:
        """Number ``codes`` of people below ``size``."""
        starts, stops = bounds_of(dimension)
        people, periods = np.divmod(codes, len(starts))
        places = people * _words_for(len(starts)) + periods // _BITS
        words = np.zeros(size * _words_for(len(starts)), np.uint64)
        np.bitwise_or.at(words, places, _bit(periods))
        counts = np.bincount(places, minlength=len(words))
        return cls(codes, starts, stops, words, np.cumsum(counts) - counts)

    @property
    def size(self) -> int:
        """Return how many periods of people count."""
        return len(self.codes)

    def find(self, people: Ordinals, times: Integers) -> tuple[Mask, Integers]:
        """Return which events are in a period that counts of their person."""
        inside, periods = periods_of(times, self.starts, self.stops)
        places = people[inside].astype(np.int64) * _words_for(len(self.starts)) + periods // _BITS
        held = np.where(places < len(self.words), np.take(self.words, places, mode="clip"), 0)
        bits = _bit(periods)
        known = (held & bits) != 0
        inside[inside] = known
        before = np.bitwise_count(held[known] & (bits[known] - np.uint64(1)))
        return inside, self.firsts[places[known]] + before

    def people(self) -> Ordinals:
        """Return whose each slot is."""
        return (self.codes // len(self.starts)).astype(np.uint32)

    def ends(self, window_end: int) -> Integers:
        """Return when each slot's period ends, or the window, if that is earlier."""
        return np.minimum(self.stops[self.codes % len(self.starts)], window_end)


def bounds_of(dimension: ByPeriod) -> tuple[Integers, Integers]:
    """Return from when to when each period lasts, in microseconds since 1970."""
    starts, stops = zip(*dimension.windows, strict=True)
    return _micros(starts), _micros(stops)


def periods_of(times: Integers, starts: Integers, stops: Integers) -> tuple[Mask, Integers]:
    """Return which moments are in a period, and in which those are; periods do not overlap."""
    periods = np.searchsorted(starts, times, side="right") - 1
    inside = (periods >= 0) & (times < stops[periods])
    return inside, periods[inside]


def _micros(moments: tuple[datetime, ...]) -> Integers:
    return np.array([to_micros(m) for m in moments], np.int64)


def _words_for(periods: int) -> int:
    """Return how many words hold a bit for each period."""
    return -(-periods // _BITS)


def _bit(periods: Integers) -> Words:
    """Return the bit of each period in its word."""
    return np.left_shift(np.uint64(1), (periods % _BITS).astype(np.uint64))

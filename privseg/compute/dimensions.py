# SPDX-License-Identifier: Apache-2.0
"""Which keys of each dimension people are under, each by that person's own permitted rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.compute.amounts import amount_of, asked_of
from privseg.compute.cells import Pairs
from privseg.compute.events import Asked, Events, Found
from privseg.compute.people import People
from privseg.compute.reader import bitmap_of, mask_of, ordinals_of
from privseg.compute.slots import Integers, Mask, Ordinals, PersonSlots, bounds_of, periods_of
from privseg.frames import (
    IN_KEY,
    MISSING_KEY,
    OUT_KEY,
    ByCategory,
    ByCut,
    ByFirst,
    ByFound,
    ByMember,
    ByPeriod,
    Dimension,
)
from privseg.protect.bounding import cell_tag, keep_cells

PERIODS = ""  # stands for the set in the name that a period is chosen by: no set is called so
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Keys:
    """Who is under which key; ``found`` are the keys, where they were not known beforehand."""

    pairs: Pairs
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sorter:
    """Puts ``people`` under keys."""

    people: FrozenBitMap = field(repr=False)
    slots: PersonSlots = field(repr=False)
    members: Mapping[str, FrozenBitMap] = field(repr=False)
    attributes: People = field(repr=False)
    events: Events = field(repr=False)

    def keys(self, dimension: Dimension) -> Keys:
        """Return every (person, key) of a dimension; of periods, before any is chosen.

        Raises:
            NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        match dimension:
            case ByCategory():
                return Keys(self._category(dimension))
            case ByFound():
                return self._found(dimension)
            case ByCut():
                return Keys(self._cut(dimension))
            case ByPeriod():
                return Keys(self._periods(dimension))
            case ByFirst():
                return Keys(self._first(dimension))
            case ByMember():
                return Keys(self._member(dimension))

    def _category(self, dimension: ByCategory) -> Pairs:
        """Return keys that were declared; a set gives a person several.

        A value that is no key gives none. A person whose value is missing, or who has no row, has
        the key ``MISSING_KEY`` if it is declared, else none.
        """
        unknown = mask_of(self.people)
        keys = pa.array(dimension.keys, pa.string())
        found = list(_known(self.attributes.cells(dimension.attribute), keys, unknown))
        if MISSING_KEY in dimension.keys:
            missing = np.flatnonzero(unknown).astype(np.uint32)
            found.append(_all_under(missing, dimension.keys.index(MISSING_KEY)))
        return Pairs.joined(found)

    def _found(self, dimension: ByFound) -> Keys:
        """Return keys that people have, in order; who has none is under none."""
        cells = list(self.attributes.cells(dimension.attribute))
        texts: Any = pa.chunked_array([c for _, c in cells], pa.string())
        values = pc.unique(texts.drop_null())
        values = values.take(pc.array_sort_indices(values))  # as UTF-8, so by code points
        pairs = Pairs.joined(list(_known(iter(cells), values, mask_of(self.people))))
        return Keys(pairs, tuple(values.to_pylist()))

    def _cut(self, dimension: ByCut) -> Pairs:
        """Return the bin of each person's amount."""
        amount = amount_of(dimension.amount, self.slots, people=self.attributes, events=self.events)
        people = ordinals_of(self.people)
        bins = np.searchsorted(
            np.array(dimension.cuts, np.int64), amount.numbers[people], side="right"
        )
        known = amount.known[people]
        found = [Pairs(people[known], bins[known])]
        if MISSING_KEY in dimension.keys:
            found.append(_all_under(people[~known], dimension.keys.index(MISSING_KEY)))
        return Pairs.joined(found)

    def _periods(self, dimension: ByPeriod) -> Pairs:
        """Return every period that a person has an event in, by person and period."""
        starts, stops = bounds_of(dimension)
        there = np.zeros(self.slots.size * len(starts), np.bool_)
        for some in self.events.found(asked_by_period(dimension), self.slots):
            inside, periods = periods_of(some.times, starts, stops)
            there[some.slots[inside] * len(starts) + periods] = True
        people, periods = np.divmod(np.flatnonzero(there), len(starts))
        return Pairs(people.astype(np.uint32), periods)

    def _first(self, dimension: ByFirst) -> Pairs:
        """Return the category of the first event; a missing one is ``MISSING_KEY``, if declared."""
        asked = asked_by_first(dimension)
        times = np.full(self.slots.size, _NEVER, np.int64)
        some = [_earliest(found, times) for found in self.events.found(asked, self.slots)]
        found = [_at(f, f.times == times[f.slots]) for f in some]
        tied = _several(np.concatenate([np.zeros(0, np.uint32), *(f.people for f in found)]))
        parts = [_at(f, ~np.isin(f.people, tied)) for f in found]
        if len(tied):
            same = self.events.identified(asked, self.slots, bitmap_of(tied))
            parts.append(_smallest_ids(_at(same, same.times == times[same.slots])))
        return Pairs.joined([_under(f, dimension.keys) for f in parts])

    def _member(self, dimension: ByMember) -> Pairs:
        """Return who of the people is in the set, and who is out of it."""
        inside = self.people & self.members[dimension.member]
        return Pairs.joined(
            [
                _all_under(ordinals_of(FrozenBitMap(people)), dimension.keys.index(key))
                for people, key in ((inside, IN_KEY), (self.people - inside, OUT_KEY))
            ]
        )


def asked_by(dimension: Dimension) -> Asked | None:
    """Return which events a dimension reads; None if it reads none."""
    match dimension:
        case ByPeriod():
            return asked_by_period(dimension)
        case ByFirst():
            return asked_by_first(dimension)
        case ByCut():
            return asked_of(dimension.amount)
        case ByCategory() | ByFound() | ByMember():
            return None


def asked_by_period(dimension: ByPeriod) -> Asked:
    """Return which events put people under periods."""
    whole = dimension.windows[0][0], dimension.windows[-1][1]
    return Asked(dimension.event, whole, dimension.where)


def asked_by_first(dimension: ByFirst) -> Asked:
    """Return which events a first one is looked for among."""
    column = dimension.attribute.partition(".")[2]
    return Asked(dimension.event, dimension.window, dimension.where, column)


def chosen_periods(dimension: ByPeriod, pairs: Pairs, *, key: bytes) -> Pairs:
    """Return the periods that count: at most ``most`` of each person, by keyed hash.

    The hash knows the person and the period's name, and no table: in every table by the same
    periods, the same ones count.
    """
    tags = np.array([cell_tag((PERIODS, (name,))) for name in dimension.keys], np.uint64)
    counts = keep_cells(pairs.people, pairs.numbers, tags=tags, most=dimension.most, key=key)
    return Pairs(pairs.people[counts], pairs.numbers[counts])


def _known(
    cells: Iterator[tuple[Ordinals, Any]], keys: pa.StringArray, unknown: Mask
) -> Iterator[Pairs]:
    """Yield the pairs of known values, batch by batch, striking known people off ``unknown``."""
    for people, given in cells:
        valid = given.is_valid()
        known: Any = given.filter(valid)
        owners = people[valid.to_numpy(zero_copy_only=False)]
        unknown[owners] = False
        if pa.types.is_list(known.type) or pa.types.is_large_list(known.type):
            owners = owners[pc.list_parent_indices(known).to_numpy()]
            known = pc.list_flatten(known)
        numbers = _places(known, keys)
        yield _distinct(Pairs(owners[numbers >= 0], numbers[numbers >= 0]), len(keys))


def _places(cells: Any, keys: pa.StringArray) -> Integers:
    """Return the place of each cell among the keys; -1 for what is none of them, or missing."""
    found: Any = pc.fill_null(pc.index_in(cells.cast(pa.string()), keys, skip_nulls=True), -1)
    numbers: NDArray[np.int32] = found.to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64)


def _distinct(pairs: Pairs, size: int) -> Pairs:
    """Return each pair once: a set may name a value twice."""
    codes = pairs.people.astype(np.int64) * size + pairs.numbers
    if (codes[1:] > codes[:-1]).all():
        return pairs
    _, first = np.unique(codes, return_index=True)
    return pairs.at(first)


def _earliest(found: Found, times: Integers) -> Found:
    """Note earlier times in ``times``; return the events that none seen so far comes before."""
    np.minimum.at(times, found.slots, found.times)
    return _at(found, found.times == times[found.slots])


def _at(found: Found, kept: Mask) -> Found:
    """Return some of the events."""
    return Found(
        found.slots[kept],
        found.people[kept],
        found.times[kept],
        found.cells.filter(pa.array(kept)),
        None if found.ids is None else found.ids[kept],
    )


def _several(people: Ordinals) -> Ordinals:
    """Return who stands there more than once."""
    owners, counts = np.unique(people, return_counts=True)
    return owners[counts > 1]


def _smallest_ids(found: Found) -> Found:
    """Return of each person the event with the smallest id, read as bytes from the left."""
    assert found.ids is not None
    order = np.lexsort((found.ids[:, 1].byteswap(), found.ids[:, 0].byteswap(), found.people))
    people = found.people[order]
    first = np.zeros(len(order), np.bool_)
    first[order[np.flatnonzero(np.r_[True, people[1:] != people[:-1]][: len(order)])]] = True
    return _at(found, first)


def _under(found: Found, keys: tuple[str, ...]) -> Pairs:
    """Return the key of each event's category."""
    cells = pc.fill_null(found.cells.cast(pa.string()), MISSING_KEY)
    numbers = _places(cells, pa.array(keys, pa.string()))
    return Pairs(found.people[numbers >= 0], numbers[numbers >= 0])


def _all_under(people: Ordinals, number: int) -> Pairs:
    return Pairs(people, np.full(len(people), number, np.int64))

# SPDX-License-Identifier: Apache-2.0
"""What one slot (a person, or a person's period) adds to a measure: in each of its cells the same.

So it is found once. Every sum is 0 or more and at most what the measure's bounds allow one person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pyroaring import FrozenBitMap

from privseg.compute.amounts import Values, amount_of, asked_of
from privseg.compute.events import Asked, Events
from privseg.compute.people import People
from privseg.compute.reader import bitmap_of
from privseg.compute.slots import Integers, Mask, Slots
from privseg.frames import Amount, EachOf, Measure, MeasureKind
from privseg.protect.bounding import keep_events


@dataclass(frozen=True, slots=True)
class Contribution:
    """By slot, what it adds to a measure's sum and to its count."""

    sums: Integers = field(repr=False)
    counts: Integers = field(repr=False)


@dataclass(frozen=True, slots=True)
class Binned:
    """By slot, the place of its amount on a grid; -1 where it is missing."""

    places: Integers = field(repr=False)
    size: int


@dataclass(slots=True)
class Contributions:
    """What slots add to one measure after the other; an amount that several share is found once."""

    slots: Slots
    people: People = field(repr=False)
    events: Events = field(repr=False)
    key: bytes = field(repr=False)
    _amounts: dict[Amount, Values] = field(default_factory=dict, repr=False)

    def of(self, measure: Measure) -> Contribution | Binned | None:
        """Return what slots add to ``measure``, which was checked; None if it counts people alone.

        TOTAL: the amount clamped to [0, upper]; the count is 1 for whom the clamp cut down.
        AVERAGE over people: the amount clamped to [lower, upper], less lower; the count is 1 where
        there is an amount. AVERAGE over events: the same of at most ``events_per_person`` events,
        those of the smallest keyed hash, and how many they are. QUANTILES: the place on the grid.

        Raises:
            NotImportedError, NotFittedError, ScanFailedError: as they say.
        """
        amount = measure.amount
        if measure.kind in {MeasureKind.SIZE, MeasureKind.COUNT} or amount is None:
            return None
        if isinstance(amount, EachOf):
            return self._of_events(measure, amount)
        if amount not in self._amounts:
            found = amount_of(amount, self.slots, people=self.people, events=self.events)
            self._amounts[amount] = found
        return _of_amount(measure, self._amounts[amount])

    def _of_events(self, measure: Measure, amount: EachOf) -> Contribution:
        """Add up everybody's events, and anew where not all of them may count."""
        asked = asked_of(amount)
        assert asked is not None  # it is of events
        size = self.slots.size
        added = Contribution(np.zeros(size, np.int64), np.zeros(size, np.int64))
        for found in self.events.found(asked, self.slots):
            # Sums may wrap round where there are too many events, which are added up again.
            _add(added, measure, found.slots, found.numbers)
        heavy = added.counts > measure.events_per_person
        if heavy.any():
            added.sums[heavy] = added.counts[heavy] = 0
            slots, numbers = self._chosen(measure, asked, heavy)
            _add(added, measure, slots, numbers)
        return added

    def _chosen(self, measure: Measure, asked: Asked, heavy: Mask) -> tuple[Integers, Integers]:
        """Return slot and number of the events that count, where not all of them may."""
        found = self.events.identified(asked, self.slots, self._owners(heavy))
        assert found.ids is not None
        mine = heavy[found.slots]
        slots, ids, numbers = found.slots[mine], found.ids[mine], found.numbers[mine]
        most = measure.events_per_person
        kept = keep_events(slots.astype(np.uint32), ids, most=most, key=self.key)
        return slots[kept], numbers[kept]

    def _owners(self, heavy: Mask) -> FrozenBitMap:
        """Return whose the slots are."""
        owners, slots = self.slots.people(), np.flatnonzero(heavy)
        return bitmap_of(slots.astype(np.uint32) if owners is None else owners[slots])


def _add(added: Contribution, measure: Measure, slots: Integers, numbers: Integers) -> None:
    np.add.at(added.sums, slots, np.clip(numbers, measure.lower, measure.upper) - measure.lower)
    np.add.at(added.counts, slots, 1)


def _of_amount(measure: Measure, amount: Values) -> Contribution | Binned:
    """Return what an amount of each slot adds."""
    numbers, known = amount.numbers, amount.known
    match measure.kind:
        case MeasureKind.QUANTILES:
            grid = np.array(measure.grid, np.int64)
            places = np.searchsorted(grid, numbers, side="right")
            return Binned(np.where(known, places, -1), len(measure.grid) + 1)
        case MeasureKind.TOTAL:
            over = known & (numbers > measure.upper)
            clamped = np.clip(numbers, 0, measure.upper)
            return Contribution(np.where(known, clamped, 0), over.astype(np.int64))
        case _:
            clamped = np.clip(numbers, measure.lower, measure.upper) - measure.lower
            return Contribution(np.where(known, clamped, 0), known.astype(np.int64))

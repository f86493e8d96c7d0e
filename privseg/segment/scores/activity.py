# SPDX-License-Identifier: Apache-2.0
"""What a score is computed from and what comes out: columns of whole numbers, by ordinal.

Times are microseconds since 1970 UTC, values are in stored units, a declared value is its place
among those the catalogue declares. Rows are in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from privseg.segment.scores.errors import IncompleteActivityError

Ordinals = NDArray[np.uint32]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Groups = NDArray[np.intp]  # of each row, the place of its person in ``Activity.people``

MISSING = -1  # the code of a value that is missing or no longer declared


@dataclass(frozen=True, slots=True)
class Numbers:
    """A property that is a number: money in minor units, decimals scaled."""

    values: Integers = field(repr=False)
    known: Flags = field(repr=False)

    def __len__(self) -> int:
        """Return for how many events it stands."""
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Codes:
    """A property that is one declared value: its place among them, ``MISSING`` for none."""

    codes: Integers = field(repr=False)

    def __len__(self) -> int:
        """Return for how many events it stands."""
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Sets:
    """A property that is several declared values: pairs of an event's row and a code.

    ``known`` has a flag for each event: an empty set is known. Pairs may come twice, and in any
    order; a code ``MISSING`` is passed over.
    """

    known: Flags = field(repr=False)
    rows: Integers = field(repr=False)
    codes: Integers = field(repr=False)

    def __len__(self) -> int:
        """Return for how many events it stands."""
        return len(self.known)


Property = Numbers | Codes | Sets
"""Closed: match on it exhaustively."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """Every event of one kind: whose, when, and its properties by their own names (``amount``)."""

    person: Ordinals = field(repr=False)
    time: Integers = field(repr=False)
    properties: Mapping[str, Property] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse columns of different lengths."""
        lengths = {len(self.person), len(self.time), *map(len, self.properties.values())}
        if len(lengths) > 1:
            raise ValueError("the columns of an event have different lengths")


@dataclass(frozen=True, slots=True)
class Activity:
    """Who is asked about, and what happened to them, by event.

    ``people`` are distinct ordinals, ascending. Somebody to whom nothing happened stands among
    them, too: a count over nothing is 0. What happened to anybody else is not looked at.
    """

    people: Ordinals = field(repr=False)
    events: Mapping[str, Happenings] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse people twice or out of order."""
        if len(self.people) > 1 and not np.all(self.people[1:] > self.people[:-1]):
            raise ValueError("people are distinct and ascending")

    def of(self, event: str) -> Happenings:
        """Return what happened of one kind.

        Raises:
            IncompleteActivityError: nothing is said of that kind, not even that it never happened.
        """
        if event not in self.events:
            raise IncompleteActivityError(event)
        return self.events[event]


@dataclass(frozen=True, slots=True)
class Column:
    """One result: ascending ordinals, and the stored value (a category's code) of each.

    Who is not in it has no such result: it is missing.
    """

    ordinals: Ordinals = field(repr=False)
    values: Integers = field(repr=False)

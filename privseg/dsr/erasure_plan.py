# SPDX-License-Identifier: Apache-2.0
"""The plan of an erasure: every place where something of a person may be, and what becomes of it.

Made before anything is removed (GDPR Art. 17; Cal. Civ. Code § 1798.105(c)), counted, and without a
value: whoever reads it learns how much there is, not what.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of something of a person."""

    ERASE = "erase"
    KEEP = "keep"  # on a ground of the law, or as what the receipt names as left
    NOTIFY = "notify"  # somebody outside is told (GDPR Art. 19)
    WORK_ORDER = "work_order"  # other people erase it, and prove it


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One place: how many records of the person it has, and what becomes of them.

    ``count`` None: nobody counts it, such as keys that go whole. ``ground`` and ``until`` are for
    what is kept; ``why`` is for people.
    """

    place: str
    fate: Fate
    count: int | None = None
    ground: str = ""
    until: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ErasurePlanned:
    """What an erasure would do, before anything is done.

    ``first`` are requests of the same person that are answered before it (a copy is made, sealed).
    """

    items: tuple[PlanItem, ...]
    first: tuple[int, ...] = ()

    @property
    def erases(self) -> tuple[tuple[str, int], ...]:
        """Return the places that something goes from, with how many records."""
        return tuple(
            (item.place, item.count)
            for item in self.items
            if item.fate is Fate.ERASE and item.count is not None
        )

    @property
    def others(self) -> tuple[str, ...]:
        """Return what others are asked to do, one line each."""
        theirs = {Fate.NOTIFY, Fate.WORK_ORDER}
        return tuple(_line(item) for item in self.items if item.fate in theirs)

    @property
    def stays(self) -> tuple[str, ...]:
        """Return what stays, and why, one line each."""
        return tuple(_line(item) for item in self.items if item.fate is Fate.KEEP)


def _line(item: PlanItem) -> str:
    """Return an item in words."""
    count = "" if item.count is None else f" ({item.count})"
    verb = {Fate.NOTIFY: "is told: ", Fate.WORK_ORDER: "is asked to erase: "}.get(item.fate, "")
    ground = f", by {item.ground} until {item.until}" if item.ground else ""
    why = f": {item.why}" if item.why else ""
    return f"{verb}{item.place}{count}{ground}{why}"

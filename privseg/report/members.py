# SPDX-License-Identifier: Apache-2.0
"""Words for people in and out of several sets: who overlaps, who stayed, joined or left."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import product

from privseg.frames import IN_KEY, OUT_KEY, TOTAL_KEY, ByMember, Dimension
from privseg.report.language import Language


@dataclass(frozen=True, slots=True)
class Memberships:
    """The sets that a table's cells are in or out of, in the table's order."""

    sets: tuple[str, ...]
    called: Callable[[str], str]
    language: Language

    @classmethod
    def of(
        cls,
        dimensions: tuple[Dimension, ...],
        *,
        called: Callable[[str], str],
        language: Language,
    ) -> Memberships | None:
        """Return them, where every dimension is a set; else nothing."""
        sets = tuple(d.member for d in dimensions if isinstance(d, ByMember))
        return cls(sets, called, language) if sets and len(sets) == len(dimensions) else None

    def overlap(self, keys: tuple[str, ...]) -> str:
        """Return "only A and B": in these, and in no other of the table's sets."""
        _ = self.language
        inside = self.inside(keys)
        if TOTAL_KEY in keys:
            return _.listed(inside) or _("All")
        if not inside:
            return _("In none of these")
        if len(inside) == len(keys):
            return _.listed(inside) if len(inside) == 1 else _("In all of these")
        return _("Only {sets}").format(sets=_.listed(inside))

    def shared(self, keys: tuple[str, ...]) -> str:
        """Return "A and B" for people who are in both, whatever else they are in."""
        return self.language.listed(self.inside(keys))

    def either(self, cells: tuple[tuple[str, ...], ...]) -> str:
        """Return "A or B" where cells hold everybody in one of them, and nobody else."""
        _, known = self.language, set(cells)
        absent = set(product((IN_KEY, OUT_KEY), repeat=len(self.sets))) - known
        whole = [i for i in range(len(self.sets)) if all(keys[i] == OUT_KEY for keys in absent)]
        if not all(any(keys[i] == IN_KEY for i in whole) for keys in known):
            return _("All")
        names = [self.called(self.sets[i]) for i in whole]
        return _.meant("between alternatives", " or ").join(names) or _("All")

    def inside(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of the sets that people under ``keys`` are in."""
        pairs = zip(self.sets, keys, strict=True)
        return tuple(self.called(s) for s, k in pairs if k == IN_KEY)

    def change(self, keys: tuple[str, ...], earlier: Collection[str]) -> str:
        """Return whether people under ``keys`` stayed, joined, left, or were never in."""
        _ = self.language
        before, now = self.order(keys, earlier)
        called = {
            (IN_KEY, IN_KEY): _("Stayed"),
            (IN_KEY, OUT_KEY): _("Left"),
            (OUT_KEY, IN_KEY): _("Joined"),
            (OUT_KEY, OUT_KEY): _("In neither"),
            (IN_KEY, TOTAL_KEY): _("Before"),
            (TOTAL_KEY, IN_KEY): _("Now"),
        }
        return called.get((before, now)) or self.overlap(keys)

    def order(self, keys: tuple[str, ...], earlier: Collection[str]) -> tuple[str, str]:
        """Return the keys of before and of now: before is the set of an earlier time or text."""
        first = [i for i, s in enumerate(self.sets) if s in earlier][:1] or [0]
        return keys[first[0]], keys[1 - first[0]]

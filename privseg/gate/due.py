# SPDX-License-Identifier: Apache-2.0
"""Who may change by time alone, and when: exact for the hour at hand, by the hour after that.

Four bytes a person: everybody whose consent ends some day must fit, ten million of them.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import FrozenBitMap

from privseg.consent.encoding import NEVER

HOUR = 3_600_000_000  # in microseconds

People = NDArray[np.uint32]
Numbers = NDArray[np.int64]


def bitmap(people: NDArray[Any]) -> FrozenBitMap:
    """Return an array of ordinals as a bitmap (by way of ``array``: five times as fast)."""
    return FrozenBitMap(array("I", np.ascontiguousarray(people, dtype=np.uint32).tobytes()))


def ordinals(people: FrozenBitMap) -> People:
    """Return a bitmap as an ascending array. Law: ``bitmap(ordinals(b)) == b``."""
    return np.array(people.to_array(), dtype=np.uint32)


def is_in(people: People, wanted: FrozenBitMap) -> NDArray[np.bool_]:
    """Return which of ``people`` are in ``wanted``."""
    known = ordinals(wanted)
    if not len(known):
        return np.zeros(len(people), dtype=np.bool_)
    at = np.searchsorted(known, people)
    found: NDArray[np.bool_] = known[np.minimum(at, len(known) - 1)] == people
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """People by the hour: those of ``hours[i]`` are ``people[starts[i]:starts[i + 1]]``."""

    hours: Numbers  # ascending, each once
    starts: Numbers  # one more than hours
    people: People = field(repr=False)

    @classmethod
    def of(cls, people: People, hours: Numbers) -> Run:
        """Return the run of ``people``, each due in the hour that stands at the same place."""
        order = np.argsort(_small(hours), kind="stable")
        ordered = hours[order]
        firsts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
        starts = np.append(firsts, len(ordered))
        return cls(ordered[firsts], starts.astype(np.int64), people[order])

    def __len__(self) -> int:
        """Return how many entries it holds."""
        return int(self.starts[-1] - self.starts[0])

    def upto(self, hour: int) -> People:
        """Return the people due in ``hour`` or before."""
        end = int(np.searchsorted(self.hours, hour, side="right"))
        return self.people[self.starts[0] : self.starts[end]]

    def after(self, hour: int) -> Run:
        """Return what is due after ``hour``."""
        end = int(np.searchsorted(self.hours, hour, side="right"))
        return Run(self.hours[end:], self.starts[end:], self.people) if end else self

    def entries(self) -> tuple[People, Numbers]:
        """Return every person with their hour."""
        people = self.people[self.starts[0] : self.starts[-1]]
        return people, np.repeat(self.hours, np.diff(self.starts))

    def without(self, gone: FrozenBitMap) -> Run:
        """Return the run without the entries of some people."""
        people, hours = self.entries()
        stays = ~is_in(people, gone)
        return self if stays.all() else Run.of(people[stays], hours[stays])


@dataclass(frozen=True, slots=True, eq=False)
class DueIndex:
    """When people are to be judged again, though no event came.

    ``soon`` are the entries of the hour in which the index was brought up to date last, to the
    microsecond; ``runs`` those of later hours, oldest run first. An entry may be out of date,
    because the person was judged again since: judging once too often changes nothing. Nobody is
    missing, which is what counts.
    """

    soon_at: Numbers
    soon: People = field(repr=False)
    runs: tuple[Run, ...] = field(repr=False)

    @classmethod
    def of(cls, people: NDArray[Any], moments: NDArray[Any], *, at: int) -> DueIndex:
        """Return the index of ``people``, each due at the moment at the same place."""
        none = np.empty(0, dtype=np.int64)
        return _grown(cls(none, none.astype(np.uint32), ()), people, moments, at=at)

    def __len__(self) -> int:
        """Return how many entries it holds."""
        return len(self.soon) + sum(map(len, self.runs))

    def due(self, at: int) -> FrozenBitMap:
        """Return who may have changed by ``at``; some of them will only within its hour."""
        passed = self.soon[: np.searchsorted(self.soon_at, at, side="right")]
        return bitmap(np.concatenate([passed, *(run.upto(at // HOUR) for run in self.runs)]))

    def judged(
        self, who: FrozenBitMap, people: NDArray[Any], moments: NDArray[Any], *, at: int
    ) -> DueIndex:
        """Return the index after ``who`` were judged anew at ``at``, with their new moments.

        INVARIANT: everybody in ``due(at)`` is in ``who``.
        """
        stays = ~is_in(self.soon, who)
        later = tuple(run for run in (r.after(at // HOUR) for r in self.runs) if len(run))
        kept = replace(self, soon_at=self.soon_at[stays], soon=self.soon[stays], runs=later)
        return _grown(kept, people, moments, at=at)

    def without(self, gone: FrozenBitMap) -> DueIndex:
        """Return the index with no entry, out of date or not, of some people."""
        stays = ~is_in(self.soon, gone)
        runs = tuple(run for run in (r.without(gone) for r in self.runs) if len(run))
        return DueIndex(self.soon_at[stays], self.soon[stays], runs)


def _grown(index: DueIndex, people: NDArray[Any], moments: NDArray[Any], *, at: int) -> DueIndex:
    """Return ``index`` with more entries."""
    ever = moments < NEVER
    who, when = people[ever].astype(np.uint32), moments[ever].astype(np.int64)
    is_soon = when < (at // HOUR + 1) * HOUR
    soon_at = np.concatenate([index.soon_at, when[is_soon]])
    order = np.argsort(soon_at, kind="stable")
    soon = np.concatenate([index.soon, who[is_soon]])
    runs = _added(index.runs, who[~is_soon], when[~is_soon] // HOUR)
    return DueIndex(soon_at[order], soon[order], runs)


def _added(runs: tuple[Run, ...], people: People, hours: Numbers) -> tuple[Run, ...]:
    """Return ``runs`` with one more; a run less than twice as long as the next is merged into it.

    So there are few (O'Neil et al., The log-structured merge-tree, 1996). What the newer one says
    of a person stands in place of what the older one said.
    """
    if not len(people):
        return runs
    while runs and len(runs[-1]) < 2 * len(people):
        before, then = runs[-1].without(bitmap(people)).entries()
        people, hours = np.concatenate([before, people]), np.concatenate([then, hours])
        runs = runs[:-1]
    return (*runs, Run.of(people, hours))


def _small(hours: Numbers) -> NDArray[Any]:
    """Return hours in 16 bits where they span seven years at most: numpy sorts these by radix."""
    least = hours.min(initial=NEVER)
    narrow = len(hours) > 0 and int(hours.max()) - int(least) < 2**16
    return (hours - least).astype(np.uint16) if narrow else hours

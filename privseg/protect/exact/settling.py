# SPDX-License-Identifier: Apache-2.0
"""A suppression in the making: what is withheld, and the witnesses that say why it is enough.

Withholding more only adds to what a reader must think possible, so a witness stays a witness.
``suppression`` says what is to be reached, and why it is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from privseg.protect.exact.errors import AuditUnfinishedError
from privseg.protect.exact.reader import Mask, Reader
from privseg.protect.exact.tables import Counts, Tables

LIFTS = 12  # rounds of the short cut that lifts many groups at once
LEAST_K = 2  # one person is never a group
Atoms = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ExactRule:
    """The least people of a group that is shown, and how far apart a withheld count can be."""

    k: int
    protection: int

    def __post_init__(self) -> None:
        """Refuse a rule that protects nothing."""
        if self.k < LEAST_K or self.protection < 1:
            raise ValueError("k is at least 2, and protection at least 1")


class Suppression:
    """What is withheld of a period's counts, begun with the primary suppression."""

    def __init__(self, tables: Tables, people: Counts, rule: ExactRule) -> None:
        atoms = np.asarray(people, np.int64)
        if atoms.shape != tables.shape or (atoms < 0).any():
            raise ValueError("one number of people for each atom")
        self.tables, self.rule = tables, rule
        self.people: Counts = atoms.reshape(-1)
        self.counts: Counts = np.asarray(tables.members @ self.people, np.int64)
        self.reader = self._first_reader(atoms)
        self.witnesses: list[Counts] = []
        self.low, self.high = self.counts.copy(), self.counts.copy()  # of counts, as witnessed
        self.top = self.people.copy()  # of atoms, as witnessed

    @property
    def withheld(self) -> Mask:
        """Return which counts the reader does not see."""
        return ~self.reader.printed

    @property
    def few(self) -> Mask:
        """Return the primary suppression: 1 to k - 1 people, or nobody where that tells, too."""
        return self.is_few(self.counts) & ((self.counts > 0) | self.tables.tells)

    def is_few(self, people: Counts) -> Mask:
        """Return where there are fewer people than may be shown."""
        return people < self.rule.k

    def settle(self) -> None:
        """Withhold more until every withheld count and every small atom is protected."""
        self._lift()
        self._settle_counts()
        for atom in np.flatnonzero(self.small):
            if self.is_few(self.top[[atom]])[0]:
                self._protect_atom(int(atom))
        self._settle_counts()

    @property
    def small(self) -> Mask:
        """Return the atoms that some count holds and that have from 1 to k - 1 people in them."""
        counted = np.asarray(self.tables.members.sum(axis=0)).reshape(-1) > 0
        return counted & (self.people > 0) & self.is_few(self.people)

    def certify(self) -> None:
        """Check once more, from the witnesses alone and exactly, that everything is protected.

        Raises:
            AuditUnfinishedError: it is not; nothing may be given out.
        """
        seen = np.stack([self.people, *self.witnesses])
        counted = np.stack([np.asarray(self.tables.members @ each) for each in seen])
        far = counted.max(axis=0) - counted.min(axis=0) >= self.rule.protection
        open_ = far & (counted.max(axis=0) >= self.rule.k)
        lifted = seen.max(axis=0) >= self.rule.k
        if (
            not all(self.reader.agrees(w) for w in seen)
            or (self.few & ~self.withheld).any()
            or not open_[self.withheld].all()
            or not lifted[self.small].all()
        ):
            raise AuditUnfinishedError

    def _first_reader(self, atoms: Counts) -> Reader:
        """Return somebody who has what the primary suppression leaves, and the segments' meaning.

        Whoever knows the segments' definitions may know that one lies within another, or that
        nobody of some keys can be in it. So a reader is taken to know of every combination of
        segments and of keys that their definitions read, in which nobody is, that nobody can be.
        """
        axes = enumerate(self.tables.axes)
        others = tuple(i for i, a in axes if a.attribute not in self.tables.defining)
        there = atoms.sum(axis=others, keepdims=True) > 0
        if not self.tables.segments:
            there = np.array(True)  # nothing is defined, so nothing is impossible
        possible = np.broadcast_to(there, atoms.shape).reshape(-1).copy()
        most = (1 + len(self.tables.segments)) * int(self.people.sum())
        ceiling = most + self.rule.k + self.rule.protection
        return Reader(self.tables.members, self.counts, ~self.few, possible, ceiling)

    def _settle_counts(self) -> None:
        """Protect withheld counts in their order, those that this withholds among them."""
        while (unsafe := np.flatnonzero(self.withheld & ~self._safe)).size:
            self._protect_count(int(unsafe[0]))

    @property
    def _safe(self) -> Mask:
        """Return which counts the witnesses show far enough apart, and k people or more."""
        far = self.high - self.low >= self.rule.protection
        return far & ~self.is_few(self.high)

    def _protect_count(self, index: int) -> None:
        """See that a withheld count is protected, withholding more if it is not."""
        atoms = self._atoms(index)
        for end in (self.reader.most, self.reader.least):
            self._see(end(atoms))
            if self._safe[index]:
                return
        need = max(self.rule.k, int(self.low[index]) + self.rule.protection)
        self._withhold_for(atoms, need)

    def _protect_atom(self, atom: int) -> None:
        """See that a small atom may have k people, withholding more if it may not."""
        group = np.array([atom])
        if not self.is_few(np.array([self.reader.limit_of_most(group)]))[0]:
            self._see(self.reader.most(group))
        if self.is_few(self.top[group])[0]:
            self._withhold_for(group, self.rule.k)

    def _withhold_for(self, group: Atoms, need: int) -> None:
        """Withhold what the cheapest table with ``need`` people in ``group`` changes."""
        witness = self.reader.cheapest(group, need, self._prices)
        changed = np.asarray(self.tables.members @ witness) != self.counts
        self.reader = replace(self.reader, printed=self.reader.printed & ~changed)
        if int(witness[group].sum()) < need or not self.reader.agrees(witness):
            raise AuditUnfinishedError
        self._see(witness)

    @property
    def _prices(self) -> NDArray[np.float64]:
        """Return what a change of each count costs: totals more, later ones a little more."""
        depth = self.tables.depths
        return np.asarray(2.0 * len(depth) * (1 + depth.max() - depth) + np.arange(len(depth)))

    def _see(self, witness: Counts) -> None:
        """Remember a witness and what it shows."""
        counted = np.asarray(self.tables.members @ witness, np.int64)
        self.witnesses.append(witness)
        self.low = np.minimum(self.low, counted)
        self.high = np.maximum(self.high, counted)
        self.top = np.maximum(self.top, witness)

    def _lift(self) -> None:
        """Find witnesses for many groups at once; what they leave is asked one by one."""
        left = self._to_lift()
        for _ in range(LIFTS):
            if not left.shape[0]:
                return
            needs = np.full(left.shape[0], self.rule.k, np.int64)
            self._see(self.reader.lifting(left, needs))
            before, left = left, self._to_lift()
            if left.shape[0] == before.shape[0]:
                return

    def _to_lift(self) -> csr_array:
        """Return the withheld counts and small atoms not yet seen with k people, a row each."""
        counts = np.flatnonzero(self.withheld & self.is_few(self.high))
        atoms = np.flatnonzero(self.small & self.is_few(self.top))
        ones = np.ones(len(atoms), np.int64)
        shape = (len(atoms), len(self.people))
        single = csr_array((ones, (np.arange(len(atoms)), atoms)), shape=shape)
        return csr_array(vstack([self.tables.members[counts], single]))

    def _atoms(self, index: int) -> Atoms:
        """Return the atoms that a count adds up."""
        held = self.tables.members
        return np.asarray(held.indices[held.indptr[index] : held.indptr[index + 1]], np.intp)

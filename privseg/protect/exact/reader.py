# SPDX-License-Identifier: Apache-2.0
"""What a reader of the printed counts can work out, by linear programming over whole numbers.

The reader knows the counts that are printed, that no count is negative and that people are whole.
Everything that can be worked out of a group is the least and the most that it can be in a table of
atoms which agrees with all of that. A linear program finds both ends; where its answer is not in
whole numbers the integer program does (in one two-way table it always is: the constraints are
totally unimodular). Every answer is a whole *witness*, checked by exact arithmetic: a table that
the reader cannot tell from the true one. So no rounding of the solver's can make a count look safe.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, linprog
from scipy.sparse import csr_array, eye_array, hstack

from privseg.protect.exact.errors import AuditUnfinishedError
from privseg.protect.exact.tables import Counts

WHOLE = 1e-6  # how far from whole numbers a solver's answer may be; it is checked exactly after
SECONDS = 120.0  # for one program; then the audit counts as unfinished, and nothing is given out
OPTIMAL = 0
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reader:
    """Somebody who knows the printed counts.

    ``members`` says which atoms each count adds up, ``counts`` what they are, ``printed`` which of
    them the reader sees, ``possible`` the atoms that can hold anybody, ``ceiling`` more people than
    any question of the audit is about.
    """

    members: csr_array
    counts: Counts
    printed: Mask
    possible: Mask
    ceiling: int

    @cached_property
    def free(self) -> NDArray[np.intp]:
        """Return the atoms that may hold people, as far as the reader knows."""
        zeros = np.flatnonzero(self.printed & (self.counts == 0))
        empty = np.zeros(len(self.possible), np.bool_)
        empty[self.members[zeros].indices] = True
        return np.flatnonzero(self.possible & ~empty)

    @cached_property
    def shown(self) -> NDArray[np.intp]:
        """Return the printed counts that are not zero: the reader's equations."""
        return np.flatnonzero(self.printed & (self.counts > 0))

    @cached_property
    def equations(self) -> csr_array:
        """Return the equations over the free atoms."""
        return csr_array(self.members[self.shown][:, self.free])

    def most(self, group: NDArray[np.intp]) -> Counts:
        """Return a witness in which the atoms of ``group`` hold as many people as they can."""
        return self._end(group, -1.0)

    def least(self, group: NDArray[np.intp]) -> Counts:
        """Return a witness in which the atoms of ``group`` hold as few people as they can."""
        return self._end(group, 1.0)

    def limit_of_most(self, group: NDArray[np.intp]) -> int:
        """Return a number that ``most`` cannot exceed: the linear program's end, rounded in."""
        return floor(WHOLE - self._relaxed(group, -1.0))

    def limit_of_least(self, group: NDArray[np.intp]) -> int:
        """Return a number that ``least`` cannot go below, likewise."""
        return ceil(self._relaxed(group, 1.0) - WHOLE)

    def lifting(self, groups: csr_array, needs: Counts) -> Counts:
        """Return a witness that lifts many groups at once as near to their needs as it can.

        Maximises the sum of min(people, need): a short cut, of which nothing depends but time.
        """
        rows, atoms = groups.shape[0], len(self.free)
        goal = np.concatenate([np.zeros(atoms), -np.ones(rows)])
        held = csr_array(groups[:, self.free])
        below = hstack([-held, eye_array(rows)], format="csr")  # what is lifted is held
        equal = hstack([self.equations, csr_array((self.equations.shape[0], rows))], format="csr")
        upper = np.concatenate([np.full(atoms, float(self.ceiling)), needs.astype(np.float64)])
        found = solve(goal, equal, self.counts[self.shown], upper, below=below, only=atoms)
        return self._witness(found)

    def cheapest(self, group: NDArray[np.intp], need: int, prices: Floats) -> Counts:
        """Return the table with ``need`` people in ``group`` that changes printed counts least.

        Least by the sum of (change x price): the classical relaxation of cell suppression (Kelly,
        Golden & Assad 1992; Fischetti & Salazar 2000). It is a witness once the counts that it
        changes are withheld. Zeros that are printed stay zeros.
        """
        rows, atoms = len(self.shown), len(self.free)
        price = prices[self.shown]
        goal = np.concatenate([np.zeros(atoms), price, price])
        equal = hstack([self.equations, eye_array(rows), -eye_array(rows)], format="csr")
        below = hstack([-self._row(group), csr_array((1, 2 * rows))], format="csr")
        upper = np.full(atoms + 2 * rows, float(self.ceiling))
        found = solve(
            goal, equal, self.counts[self.shown], upper, below=below, limit=-need, only=atoms
        )
        return self._spread(found)

    def agrees(self, witness: Counts) -> bool:
        """Return whether a table of atoms gives every printed count: exact arithmetic."""
        if (witness < 0).any() or witness[~self.possible].any():
            return False
        return bool((self.members @ witness == self.counts)[self.printed].all())

    def _end(self, group: NDArray[np.intp], sign: float) -> Counts:
        goal = sign * self._row(group).toarray()[0]
        upper = np.full(len(self.free), float(self.ceiling))
        return self._witness(solve(goal, self.equations, self.counts[self.shown], upper))

    def _relaxed(self, group: NDArray[np.intp], sign: float) -> float:
        """Return the end of a group in tables that need not be whole."""
        goal = sign * self._row(group).toarray()[0]
        upper = np.full(len(self.free), float(self.ceiling))
        found = _program(goal, self.equations, self.counts[self.shown], upper, None, 0.0, 0)
        return float(goal @ found)

    def _row(self, group: NDArray[np.intp]) -> csr_array:
        """Return a group as a row over the free atoms."""
        held = np.isin(self.free, group).astype(np.float64)
        return csr_array(held[np.newaxis, :])

    def _witness(self, found: Floats) -> Counts:
        """Return a solution as a witness, or refuse one that is none."""
        witness = self._spread(found)
        if not self.agrees(witness):
            raise AuditUnfinishedError
        return witness

    def _spread(self, found: Floats) -> Counts:
        """Return a solution over the free atoms as counts of all."""
        spread = np.zeros(len(self.possible), np.int64)
        spread[self.free] = np.rint(found[: len(self.free)]).astype(np.int64)
        return spread


def solve(
    goal: Floats, equal: csr_array, equals: Counts, upper: Floats,
    *, below: csr_array | None = None, limit: float = 0.0, only: int | None = None,
) -> Floats:  # fmt: skip
    """Return whole numbers from 0 to ``upper`` that minimise ``goal`` under the equations.

    ``only`` is how many of them, from the first, must be whole (default: all).

    Raises:
        AuditUnfinishedError: the solver found no optimum, or not in time.
    """
    whole = len(goal) if only is None else only
    for integral in (False, True):
        found = _program(goal, equal, equals, upper, below, limit, whole if integral else 0)
        part = found[:whole]
        if integral or np.abs(part - np.rint(part)).max(initial=0.0) < WHOLE:
            return found
    raise AssertionError("the integer program's answer is whole")


def _program(
    goal: Floats, equal: csr_array, equals: Counts, upper: Floats, below: csr_array | None,
    limit: float, whole: int,
) -> Floats:  # fmt: skip
    """Return the solution of one program, its first ``whole`` variables in whole numbers."""
    kinds = np.zeros(len(goal), np.int64)
    kinds[:whole] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # the status is read, not the words
        found = linprog(
            goal,
            A_ub=below,
            b_ub=None if below is None else np.full(below.shape[0], limit),
            A_eq=equal if equal.shape[0] else None,
            b_eq=equals if equal.shape[0] else None,
            bounds=np.column_stack([np.zeros(len(goal)), upper]),
            method="highs",
            integrality=kinds if whole else None,
            options={"time_limit": SECONDS},
        )
    if found.status != OPTIMAL or found.x is None:
        raise AuditUnfinishedError
    return np.asarray(found.x, np.float64)

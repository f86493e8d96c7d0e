# SPDX-License-Identifier: Apache-2.0
"""Attacks that guess: who was in the data, and what is known of them. Each is as good as we know.

Each attack knows everything but one person (or one bit each) and the noise, and is given *every*
draw of a table, as the theorem gives them away: what the gate withholds would only help us. Each is
run on exact answers, too, where it must be right.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from privseg.frames import Block, Cell, Measure, MeasureKind, Tally
from privseg.protect import Part, ProtectedTable, TablePlan, mechanism
from tests.redteam import world
from tests.redteam.world import Name
from tests.twins import sensitivity_oracle as oracle
from tests.twins.naive_bounding import Person, tally

Numbers = NDArray[np.float64]
PLENTY = 60_000  # people of a cell: the gate shows it
DRAW = np.random.default_rng


@dataclass(frozen=True)
class Guesses:
    """How often an attack was right."""

    right: int
    trials: int

    @property
    def share(self) -> float:
        """Return how often."""
        return self.right / self.trials


# --- who was in a table: the likelihood ratio of all that is released ---


@dataclass(frozen=True)
class Target:
    """A table over many segments, in half of which one more person counts."""

    block: Block
    place: frozenset[tuple[str, ...]]  # the finest keys that the person counts under
    events: tuple[int, ...]


def _keys(block: Block, *chosen: int) -> frozenset[tuple[str, ...]]:
    own = [keys for s, keys in block.finest if s == block.segments[0]]
    return frozenset(own[i] for i in chosen)


def _single(block: Block, m: int) -> Block:
    return replace(block, segments=("s0",), groups_per_person=m)


FLAT = _single(oracle.block(1, world.KINDS), 1)
MARGINS = _single(oracle.with_margins(1), 1)
WEEKLY = _single(oracle.by_periods(4, most=4, periods=12), 4)
APART = replace(
    WEEKLY,
    measures=(*oracle.RUNNING[:1], Measure("count", MeasureKind.COUNT), oracle.MEASURES[1]),
)
TARGETS = {
    "totals, averages, quantiles": Target(FLAT, _keys(FLAT, 0), (300, 300)),
    "cross-tab with totals": Target(MARGINS, _keys(MARGINS, 2), (300,)),
    "running sums, 4 of 12 weeks": Target(WEEKLY, _keys(WEEKLY, 0, 1, 2, 3), (300,)),
    "weekly counts and totals": Target(APART, _keys(APART, 0, 3, 5, 9), (300,)),
}


def of_year(periods: int = 52) -> Target:
    """Return a year of weekly counts and running counts of somebody who is in all of them."""
    weeks = _single(oracle.by_periods(periods, most=periods, periods=periods), periods)
    measures = (
        oracle.SIZE,
        Measure("count", MeasureKind.COUNT),
        replace(oracle.RUNNING[1], name="so far"),
    )
    block = replace(weeks, measures=measures)
    return Target(block, _keys(block, *range(periods)), (10,))


def who_was_in(target: Target, *, rho: Fraction, trials: int, exact: bool = False) -> Guesses:
    """Guess, in as many segments, whether the person counts there; even odds."""
    block = world.wide(target.block, trials)
    plan = world.planned(block, rho=rho / len(block.measures), k=5)
    base = world.tallies(target.block, PLENTY)
    added = _added(target)
    present = DRAW().integers(0, 2, trials).astype(bool)
    given = {
        cell: _plus(base["s0", cell[1]], added["s0", cell[1]])
        if present[_number(cell)]
        else base["s0", cell[1]]
        for cell in block.cells
    }
    truth = _vectors(target.block, base)
    moved = {n: v - truth[n] for n, v in _vectors(target.block, _sum(base, added)).items()}
    if exact:
        with world.scripted():
            out = _by_segment(plan, world.released(plan, given))
    else:
        out = _by_segment(plan, world.released(plan, given))
    ratio = np.zeros(trials)
    for name, quantity in _quantities(plan).items():
        off = out[name] - truth[name]
        d = moved[name]
        ratio += (off @ d - d @ d / 2) / float(quantity)
    guessed = ratio > 0
    return Guesses(int((guessed == present).sum()), trials)


def _number(cell: Cell) -> int:
    return int(cell[0][1:])


def _quantities(plan: TablePlan) -> dict[Name, Fraction]:
    return {(m.measure.name, q.part): q.sigma2 for m in plan.measures for q in m.quantities}


def _added(target: Target) -> Mapping[Cell, Tally]:
    person = Person(0, frozenset(("s0", keys) for keys in target.place), target.events)
    return tally((person,), target.block, key=oracle.KEY)


def _plus(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.people + other.people,
        {n: v + other.sums.get(n, 0) for n, v in one.sums.items()},
        {n: v + other.counts.get(n, 0) for n, v in one.counts.items()},
        {n: tuple(map(sum, zip(v, other.bins[n], strict=True))) for n, v in one.bins.items()},
    )


def _sum(one: Mapping[Cell, Tally], other: Mapping[Cell, Tally]) -> dict[Cell, Tally]:
    return {c: _plus(t, other[c]) for c, t in one.items()}


def _vectors(block: Block, given: Mapping[Cell, Tally]) -> dict[Name, Numbers]:
    """Return what noise is added to, in the one segment."""
    plan = world.planned(block, k=5)
    return {n: np.array(v, float) for n, v in oracle.vectors(plan, given).items()}


def _by_segment(plan: TablePlan, table: ProtectedTable) -> dict[Name, Numbers]:
    """Return, a row a segment, what was measured: of running sums R times what they differ by."""
    drawn = world.draws_of(table)
    keys = list(dict.fromkeys(k for _, k in plan.block.cells))
    found = {}
    for m in plan.measures:
        for q in m.quantities:
            name = (m.measure.name, q.part)
            rows = [[drawn[s, k][name] for k in keys] for s in plan.block.segments]
            if q.factor is not None:
                series = [x for row in rows for x in row] if q.part is Part.CUMULATIVE else rows
                size = len(keys) if q.part is Part.CUMULATIVE else 1
                flat = [q.factor.measure([s[0], *(b - a for a, b in pairwise(s))]) for s in series]
                rows = [
                    [x for f in flat[i : i + size] for x in f] for i in range(0, len(flat), size)
                ]
            found[name] = np.array(rows, float)
    return found


# --- reconstruction (Dinur & Nissim 2003; Cohen & Nissim 2018) ---

PEOPLE, QUERIES = 100, 400


def reconstructions(rho: Fraction | None, *, seeds: int, by: str) -> list[float]:
    """Return which part of 100 bits, half of them 1, is found from 400 counts of random subsets.

    The counts are a table of 400 segments that a person may be in all of; it costs rho in all.
    Once for each seed.
    """
    noise = np.zeros((seeds, QUERIES))
    if rho is not None:
        drawn = mechanism.discrete_gaussians(subsets_sigma2(rho), seeds * QUERIES, secrets.randbits)
        noise = np.array(drawn, float).reshape(seeds, QUERIES)
    return [_rebuilt(noise[seed], rho, seed=seed, by=by) for seed in range(seeds)]


def _rebuilt(noise: Numbers, rho: Fraction | None, *, seed: int, by: str) -> float:
    random = DRAW(seed)
    bits = random.permutation(np.repeat([0, 1], PEOPLE // 2))
    asked = random.integers(0, 2, (QUERIES, PEOPLE))
    answers = asked @ bits + noise
    found = _ridge(asked, answers, rho) if by == "ridge" else _least_l1(asked, answers)
    order = np.argsort(found + random.normal(0, 1e-9, PEOPLE))  # half of them are known to be 1
    guessed = np.zeros(PEOPLE, int)
    guessed[order[PEOPLE // 2 :]] = 1
    return float((guessed == bits).mean())


@cache
def subsets_sigma2(rho: Fraction) -> Fraction:
    """Return the noise of a table of 400 segments that a person may be in all of."""
    segments = tuple(f"s{i}" for i in range(QUERIES))
    plan = world.planned(Block("t", segments, QUERIES, (oracle.SIZE,)), rho=rho, k=1)
    return plan.size.quantity(Part.PEOPLE).sigma2


def _ridge(asked: NDArray[np.int64], answers: Numbers, rho: Fraction | None) -> Numbers:
    """Return the posterior mean under a normal prior of variance 1/4."""
    noise = QUERIES / (2 * float(rho)) if rho else 1e-9
    held = asked.astype(float)
    square = held.T @ held + 4 * noise * np.eye(PEOPLE)
    solved: Numbers = np.linalg.solve(square, held.T @ (answers - held.sum(axis=1) / 2)) + 0.5
    return solved


def _least_l1(asked: NDArray[np.int64], answers: Numbers) -> Numbers:
    """Return x in [0, 1] with the least sum of |A x - answers|."""
    n, m = PEOPLE, QUERIES
    costs = np.r_[np.zeros(n), np.ones(m)]
    one = np.hstack([asked, -np.eye(m)])
    other = np.hstack([-asked, -np.eye(m)])
    limits = np.r_[answers, -answers]
    ends = [(0, 1)] * n + [(0, None)] * m
    solved = linprog(costs, A_ub=np.vstack([one, other]), b_ub=limits, bounds=ends, method="highs")
    found: Numbers = solved.x[:n]
    return found


# --- trackers, differences, averaging ---


def tracked(rho: Fraction | None, *, trials: int) -> Guesses:
    """Guess one person's secret by Denning and Schloerer's tracker, three counts for each guess.

    ``q(C) = q(C or T) + q(C or not T) - q(all)``; C is the victim with the secret, T half of all.
    The victim is in all three counts, or in one, and the table is charged for three.
    """
    names = tuple(f"{q}{i}" for i in range(trials) for q in "tna")
    block = Block("t", names, 3, (oracle.SIZE,))
    has = DRAW().integers(0, 2, trials)
    given = {}
    for i, secret in enumerate(has.tolist()):
        for q, people in (("t", PLENTY + secret), ("n", PLENTY), ("a", 2 * PLENTY)):
            given[f"{q}{i}", ()] = Tally(people)
    plan = world.planned(block, rho=rho or Fraction(1, 2), k=5)
    if rho is None:
        with world.scripted():
            drawn = world.draws_of(world.released(plan, given))
    else:
        drawn = world.draws_of(world.released(plan, given))
    name = ("size", Part.PEOPLE)
    right = 0
    for i, secret in enumerate(has.tolist()):
        found = drawn[f"t{i}", ()][name] + drawn[f"n{i}", ()][name] - drawn[f"a{i}", ()][name]
        right += (found > 0.5) == bool(secret)
    return Guesses(right, trials)


def between_two_reports(rho: Fraction | None, *, trials: int) -> Guesses:
    """Guess who withdrew between two reports, by their difference: sizes, and those left out.

    The second has one person fewer in it and one more left out: each report counts both, so the
    pair costs 4 rho, of which the second's part, 2 rho, is what the person moves.
    """
    names = tuple(f"s{i}" for i in range(2 * trials))
    plan = world.planned(Block("t", names, 1, (oracle.SIZE,)), rho=rho or Fraction(1, 2), k=5)
    gone = DRAW().integers(0, 2, trials)
    before = {(n, ()): Tally(PLENTY) for n in names}
    after = {}
    for i, left in enumerate(gone.tolist()):
        after[names[2 * i], ()] = Tally(PLENTY - left)  # the segment
        after[names[2 * i + 1], ()] = Tally(PLENTY + left)  # those left out
    name = ("size", Part.PEOPLE)
    if rho is None:
        with world.scripted():
            pair = [world.draws_of(world.released(plan, g)) for g in (before, after)]
    else:
        pair = [world.draws_of(world.released(plan, g)) for g in (before, after)]
    right = 0
    for i, left in enumerate(gone.tolist()):
        ins, out = ((n, ()) for n in names[2 * i : 2 * i + 2])
        sunk = pair[0][ins][name] - pair[1][ins][name]
        rose = pair[1][out][name] - pair[0][out][name]
        right += (sunk + rose > 1) == bool(left)
    return Guesses(right, trials)

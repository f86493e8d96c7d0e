# SPDX-License-Identifier: Apache-2.0
"""Small tables of few people, protected, with every table that a reader must think possible."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from privseg.protect.exact.errors import NothingLeftError
from privseg.protect.exact.settling import ExactRule
from privseg.protect.exact.suppression import ExactCounts, protect_tables
from privseg.protect.exact.tables import Axis, Counts, Table, Tables
from tests.twins.naive_tables import Count, agreeing, counts_of
from tests.twins.naive_tables import Table as Written

Case = tuple[Tables, Counts, ExactRule]
PLANS: tuple[tuple[tuple[int, ...], tuple[tuple[tuple[int, ...], bool], ...]], ...] = (
    ((2, 3), (((0, 1), False),)),
    ((3, 3), (((0, 1), False),)),
    ((2, 2, 2), (((0, 1), False), ((1, 2), False), ((0, 2), False))),
    ((2, 2, 2), (((0, 1, 2), False),)),
    ((4, 2), (((0,), False), ((0,), True))),
    ((2, 2, 2), (((0, 1), False), ((0,), True), ((1,), True))),
)
"""Shapes of atoms, and tables by axes; True: of the segment, which is the last axis."""
MOST = 3_000  # tables that are written down; a case with more is none
PEOPLE = (0, 0, 0, 1, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Told:
    """A case with what is printed of it, and every table that agrees with that."""

    case: Case
    made: ExactCounts
    counts: list[Count]
    tables: list[Written]


def case_of(seed: int) -> Case:
    """Return the tables, people and rule of a number."""
    draw = np.random.default_rng(seed)
    shape, plan = PLANS[seed % len(PLANS)]
    has_segment = any(of_segment for _, of_segment in plan)
    axes = tuple(
        Axis(f"a{i}", tuple(f"k{j}" for j in range(shape[i])))
        for i in range(len(shape) - has_segment)
    )
    tables = tuple(
        Table(f"t{n}", tuple(f"a{i}" for i in by), ("s",) if of_segment else ())
        for n, (by, of_segment) in enumerate(plan)
    )
    people = draw.choice(PEOPLE, size=shape)
    k = int(draw.integers(2, 4))
    return Tables(axes, tables), people, ExactRule(k, int(draw.integers(1, k + 1)))


def told_of(case: Case) -> Told | None:
    """Return a case protected, or None: nothing is left of a table, or too much is possible."""
    try:
        made = protect_tables(*case)
    except NothingLeftError:
        return None
    counts = as_told(made.tables, [c.people for c in made.counts], case[1])
    tables = list(islice(agreeing(counts, case[1].size), MOST))
    return Told(case, made, counts, tables) if len(tables) < MOST else None


def as_told(tables: Tables, printed: list[int | None], people: Counts) -> list[Count]:
    """Return what is printed as the twin takes it, which finds the counts by sums of its own."""
    number = {a.attribute: i for i, a in enumerate(tables.axes)}
    plan = [(tuple(number[a] for a in t.by), bool(t.segments)) for t in tables.tables]
    own = dict(counts_of(tables.shape, plan, people.reshape(-1).tolist()))
    rows = tables.members
    told: list[Count] = [
        (frozenset(rows.indices[rows.indptr[i] : rows.indptr[i + 1]].tolist()), n)
        for i, n in enumerate(printed)
    ]
    assert {held for held, _ in told} == own.keys(), "the same counts, however they are found"
    assert all(n is None or n == own[held] for held, n in told), "what is printed is true"
    return told

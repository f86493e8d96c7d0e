# SPDX-License-Identifier: Apache-2.0
"""Which cells of a segment are the largest: surely, and possibly."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from privseg.frames import Block, ByFound
from privseg.protect.formula import Part, Top
from privseg.protect.formulas import evaluate
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import ProtectedDerived
from privseg.terms import Attribute
from tests.twins import formula_world as world
from tests.twins import noise_law

PLAN = world.table(measures=world.MEASURES[:1])
KEYS = tuple(keys for _, keys in PLAN.block.cells)
A, B, C, D, E, F = KEYS


def top(sizes: dict[tuple[str, ...], int], count: int, plan: TablePlan = PLAN) -> ProtectedDerived:
    draws = {("a", keys): {"size": {Part.PEOPLE: n}} for keys, n in sizes.items()}
    return evaluate(plan, draws, Top("top", "a", "size", count))


def test_cells_far_apart_are_ranked_for_sure() -> None:
    found = top({A: 900, B: 700, C: 500, D: 300, E: 200, F: 150}, 2)
    assert (found.surely, found.possibly) == ((A, B), ())
    assert (found.estimate, found.withheld) == (None, None)


def test_cells_close_together_are_ranked_possibly() -> None:
    found = top({A: 900, B: 505, C: 500, D: 498, E: 200, F: 150}, 2)
    assert (found.surely, found.possibly) == ((A,), (B, C, D))


def test_lists_come_in_the_order_of_the_table_not_of_the_values() -> None:
    found = top({A: 500, B: 700, C: 900, D: 505, E: 200, F: 150}, 3)
    assert (found.surely, found.possibly) == ((B, C), (A, D))


def test_all_cells_are_among_as_many() -> None:
    found = top(dict.fromkeys(KEYS, 100), 6)
    assert (found.surely, found.possibly) == (KEYS, ())


def test_a_withheld_cell_may_be_as_large_as_one_that_is_nearly_always_shown() -> None:
    nearly = PLAN.gate.people_needed(1 - Fraction(1, 600))
    small = PLAN.gate.smallest_value
    large = nearly + 60
    found = top({A: large, B: large, C: small, D: small}, 2)
    assert (found.surely, found.possibly) == ((A, B), ())
    found = top({A: large, C: small, D: small}, 2)
    assert found.surely == (A,)
    assert set(found.possibly) == {B, C, D, E, F}


def test_where_nothing_is_shown_nothing_is_sure() -> None:
    found = top({}, 2)
    assert (found.surely, found.possibly) == ((), KEYS)


def test_margins_and_other_segments_are_not_ranked() -> None:
    plan = world.table(measures=world.MEASURES[:1], margins=((0,), ()), segments=("a", "b"))
    draws = {cell: {"size": {Part.PEOPLE: 900}} for cell in plan.block.cells}
    draws["a", ("DE", "gold")] = {"size": {Part.PEOPLE: 2000}}
    found = evaluate(plan, draws, Top("top", "a", "size", 1))
    assert (found.surely, found.possibly) == ((("DE", "gold"),), ())


def test_where_keys_are_found_a_key_that_is_not_shown_may_be_large_too() -> None:
    block = Block("t", ("a",), 1, world.MEASURES[:1], (ByFound(Attribute("city")),))
    plan = TablePlan.of(block, rhos=(world.RHO,), min_people=20, delta=Fraction(1, 10**7))
    small = plan.gate.smallest_value
    found = top({("Lyon",): 900, ("Ulm",): 700}, 2, plan)
    assert (found.surely, found.possibly) == ((("Lyon",), ("Ulm",)), ())
    found = top({("Ulm",): small, ("Lyon",): 900}, 2, plan)
    assert (found.surely, found.possibly) == ((("Lyon",),), (("Ulm",),))


def test_a_size_that_is_never_published_is_no_size() -> None:
    with pytest.raises(ValueError, match="never published"):
        top({A: PLAN.gate.smallest_value - 1}, 1)


def test_ranges_hold_together_for_every_truth() -> None:
    """A list is wrong with probability at most 5 %: every noise of three cells summed."""
    gate = PLAN.gate
    truths = {A: gate.smallest_value, B: gate.smallest_value + 3, C: gate.smallest_value - 6}
    pmf = noise_law.pmf(gate.sigma2)
    steps = {e: sum(pmf.get(e + i, 0.0) for i in range(3)) for e in range(-40, 41, 3)}
    wrong = total = 0.0
    for noise in product(steps, repeat=3):
        chance = steps[noise[0]] * steps[noise[1]] * steps[noise[2]]
        if chance < 1e-7:
            continue
        sizes = {
            keys: n + e
            for (keys, n), e in zip(truths.items(), noise, strict=True)
            if gate.publish(n, e) is not None
        }
        found = top(sizes, 1)
        total += chance
        possible = {*found.surely, *found.possibly}
        wrong += chance * (B not in possible or not {*found.surely} <= {B})
    assert wrong / total <= 0.05

# SPDX-License-Identifier: Apache-2.0
"""Attacks on exact tables and records, the releases without noise: each exact.

Homogeneity (Machanavajjhala et al. 2007), downcoding (Cohen 2022), trackers and complementary
suppression (every table that agrees with what is printed is written down), minimality (Wong 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from privseg.policy.k_rules import Distance, GroupLevels, IntervalLevels, Method
from privseg.protect.exact.classes import SensitiveColumn
from privseg.protect.exact.errors import HomogeneousError, NotReachedError
from privseg.protect.exact.guarantee import KAnonymous, LDiversity
from privseg.protect.exact.hierarchy import coded
from privseg.protect.exact.microdata import Coarsening, Records, coarsen
from tests.twins.exact_cases import Told, case_of, told_of
from tests.twins.naive_tables import ends, shown_small

ILL = ("no", "flu", "gout")
AGES = IntervalLevels((10, (40,)))
TREE = GroupLevels({"1": {"up": ("n", "e"), "down": ("s", "w")}})
FIXED = Coarsening(Method.FULL_DOMAIN, (1, 1))
CASES = (0, 2, 4, 6, 8, 10, 34, 40, 54, 58)


def records(ages: list[int], places: list[str], ill: list[int]) -> Records:
    """Return people with an age, a place and an illness."""
    quasi = (coded("age", ages, AGES), coded("place", places, TREE))
    column = SensitiveColumn("ill", np.array(ill), len(ILL), Distance.EQUAL)
    return Records(quasi, (column,), (ILL,), np.ones(len(ages), np.bool_))


def ten_alike_with_one_illness_are_refused() -> None:
    """A table of k = 10 whose classes have one sensitive value each (l = 1) does not go out."""
    ages, places = [25] * 10 + [55] * 10, ["n"] * 10 + ["s"] * 10
    same = records(ages, places, [1] * 10 + [2] * 10)
    asked = KAnonymous(10, LDiversity(2))
    for how in (FIXED, Coarsening(Method.FULL_DOMAIN, (0, 0))):
        try:
            coarsen(same, asked, how)
        except HomogeneousError:
            continue
        raise AssertionError
    mixed = records(ages, places, [0, 1] * 10)
    assert coarsen(mixed, asked, FIXED).attained.distinct == 2


def fixed_levels_look_at_nobody() -> None:
    """Downcoding and minimality: at levels of the policy no other person's value changes a label.

    Swapping all sensitive values changes no quasi-identifier; one person more changes nobody
    else's row, while there are enough.
    """
    random = np.random.default_rng(11)
    ages = [int(a) for a in random.integers(20, 60, 200)]
    places = [("n", "e", "s", "w")[i] for i in random.integers(0, 4, 200)]
    ill = [int(i) for i in random.integers(0, 3, 200)]
    asked = KAnonymous(5)
    one = coarsen(records(ages, places, ill), asked, FIXED)
    other = coarsen(records(ages, places, [(i + 1) % 3 for i in ill]), asked, FIXED)
    assert sorted(r[:2] for r in one.rows) == sorted(r[:2] for r in other.rows)
    fewer = coarsen(records(ages[1:], places[1:], ill[1:]), asked, FIXED)
    left = list(one.rows)
    for row in fewer.rows:
        left.remove(row)
    assert len(left) == 1


def too_few_alike_are_refused() -> None:
    """Classes under k do not go out, whatever k - 1 others do."""
    for few in range(1, 5):
        ages, places = [25] * few + [55] * 9, ["n"] * few + ["s"] * 9
        try:
            coarsen(records(ages, places, [0] * (few + 9)), KAnonymous(5), FIXED)
        except NotReachedError:
            continue
        raise AssertionError


def printed_tables() -> Iterator[Told]:
    """Yield small tables with all that a reader must think possible."""
    for seed in CASES:
        told = told_of(case_of(seed))
        if told is not None:
            yield told


def no_small_group_can_be_worked_out() -> None:
    """From all tables of a period together nobody shows a group of 1 to k - 1 people."""
    seen = 0
    for told in printed_tables():
        _, _, rule = told.case
        assert not list(shown_small(told.counts, told.tables, rule.k))
        for held, people in told.counts:
            if people is None:
                low, high = ends(told.counts, told.tables, held)
                assert high - low >= rule.protection
                assert high >= rule.k
                seen += 1
    assert seen


EXACT: tuple[Callable[[], None], ...] = (
    ten_alike_with_one_illness_are_refused,
    fixed_levels_look_at_nobody,
    too_few_alike_are_refused,
    no_small_group_can_be_worked_out,
)

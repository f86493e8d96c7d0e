# SPDX-License-Identifier: Apache-2.0
"""Hierarchies: what each level tells, no more than the one below, and in what order."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privseg.policy.k_rules import DateLevel, DateLevels, GroupLevels, IntervalLevels
from privseg.protect.exact.hierarchy import ANY, Scale, coded, height, label, nested

TREE = GroupLevels({"1": {"up": ("n", "e"), "down": ("s", "w")}, "2": {"all": ("up", "down")}})
DAYS = DateLevels((DateLevel.MONTH, DateLevel.YEAR, DateLevel.DECADE))


@pytest.mark.parametrize(
    ("value", "levels", "told"),
    [
        (34, IntervalLevels((5, 10, (30, 60))), ["34", "[30,35)", "[30,40)", "[30,60)", ANY]),
        (-3, IntervalLevels((10,)), ["-3", "[-10,0)", ANY]),
        (29, IntervalLevels(((30, 60),)), ["29", "[,30)", ANY]),
        (60, IntervalLevels(((30, 60),)), ["60", "[60,)", ANY]),
        ("n", TREE, ["n", "up", "all", ANY]),
        (date(2026, 3, 2), DAYS, ["2026-03-02", "2026-03", "2026", "2020s", ANY]),
        (None, IntervalLevels((10,)), ["(missing)", "(missing)", ANY]),
        ("true", GroupLevels(), ["true", ANY]),
    ],
)
def test_a_value_is_told_level_by_level(value: object, levels: object, told: list[str]) -> None:
    assert [label(value, n, levels) for n in range(height(levels) + 1)] == told


def test_money_is_told_in_whole_units() -> None:
    levels = IntervalLevels((100_000,))
    assert label(123_456, 1, levels, Scale(2)) == "[1000.00,2000.00)"
    assert label(123_456, 0, levels, Scale(2)) == "1234.56"


@given(st.lists(st.integers(-200, 200), min_size=2, max_size=30))
def test_who_is_told_alike_at_a_level_is_told_alike_above(values: list[int]) -> None:
    column = coded("n", values, IntervalLevels((5, 10, (0, 50))))
    for below, above in pairwise(range(column.height + 1)):
        merged = {}
        for one, other in zip(column.at(below).tolist(), column.at(above).tolist(), strict=True):
            assert merged.setdefault(one, other) == other


@given(st.lists(st.sampled_from([None, "n", "e", "s", "w"]), min_size=1, max_size=20))
def test_values_of_one_group_stand_together(values: list[str | None]) -> None:
    column = coded("place", values, TREE)
    told = [label(v, 1, TREE) for v in column.values]
    assert len({a for a, b in pairwise(told) if a != b}) == len(set(told)) - 1


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=20))
def test_codes_are_the_order_of_the_values_and_missing_is_first(values: list[int | None]) -> None:
    column = coded("n", values, IntervalLevels(()))
    assert [column.values[c] for c in column.codes.tolist()] == values
    order = [-1 if v is None else v for v in column.values]
    assert order == sorted(order)


def test_a_range_is_told_by_its_ends_or_by_the_smallest_group_that_holds_it() -> None:
    numbers = coded("n", [None, 1, 5, 9], IntervalLevels((10,)))
    assert numbers.range_label(1, 3) == "[1,9]"
    assert numbers.range_label(2, 2) == "5"
    assert numbers.range_label(0, 3) == ANY
    places = coded("p", ["n", "e", "s"], TREE)
    assert places.range_label(0, 1) in {"up", "all"}
    first = date(2026, 3, 1)
    days = coded("d", [first, first + timedelta(days=9)], DAYS)
    assert days.range_label(0, 1) == "[2026-03-01,2026-03-10]"


def test_a_value_outside_its_hierarchy_is_refused() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        coded("p", ["n", "nowhere"], TREE)


@pytest.mark.parametrize(
    "levels",
    [
        IntervalLevels((10, 15)),
        IntervalLevels((0,)),
        IntervalLevels(((60, 30),)),
        IntervalLevels(((30, 60), (45,))),
        IntervalLevels(((30, 60), 10)),
        IntervalLevels((10, (35,))),
        DateLevels((DateLevel.YEAR, DateLevel.MONTH)),
        GroupLevels({"1": {"up": ("n",), "down": ("s", "w")}}),
        GroupLevels({"1": {"up": ("n", "e"), "down": ("s", "w", "e")}}),
        GroupLevels({"1": {"up": ("n", "e"), "down": ("s", "w")}, "2": {"all": ("up",)}}),
    ],
)
def test_levels_that_do_not_hold_those_below_are_found(levels: object) -> None:
    assert nested(levels, ("n", "e", "s", "w")) is not None


def test_levels_that_hold_those_below_are_fine() -> None:
    assert nested(IntervalLevels((5, 10, (30, 60), (60,)))) is None
    assert nested(TREE, ("n", "e", "s", "w")) is None
    assert nested(DAYS) is None

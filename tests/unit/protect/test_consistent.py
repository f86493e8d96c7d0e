# SPDX-License-Identifier: Apache-2.0
"""Counts of cells and margins that agree, as they are printed."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from privseg.frames import TOTAL_KEY, Block, ByCategory, Cell, Measure, MeasureKind
from privseg.protect import consistent
from privseg.protect.consistent import UNIT, counts, fit
from privseg.protect.formula import Part
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import Drawn, Estimate
from privseg.protect.tail import DiscreteGaussian
from privseg.terms import Attribute
from tests.twins import formula_world as world

MARGINS = ((0,), (1,), ())
PLAN = world.table(measures=world.MEASURES[:2], margins=MARGINS, segments=("a", "b"))
SIGMA2 = PLAN.measures[1].quantity(Part.COUNT).sigma2
HALF = DiscreteGaussian.of(SIGMA2).half_width(Fraction(95, 100))


def margin(*keys: str, segment: str = "a") -> Cell:
    return segment, tuple(keys)


def drawn(plan: TablePlan, off: int = 7) -> dict[Cell, dict[str, dict[Part, Drawn]]]:
    """Return draws that do not agree: each cell 100 and something, margins anything near."""
    size = {cell: 100 * _cells(plan.block, cell) for cell in plan.block.cells}
    return {
        cell: {"size": {Part.PEOPLE: n}, "people": {Part.COUNT: n + (off * i) % 23 - 11}}
        for i, (cell, n) in enumerate(size.items())
    }


def _cells(block: Block, cell: Cell) -> int:
    count = 1
    for key, dimension in zip(cell[1], block.dimensions, strict=True):
        count *= len(dimension.keys) if key == TOTAL_KEY else 1
    return count


def finest_of(plan: TablePlan, cell: Cell) -> list[Cell]:
    return [
        f
        for f in plan.block.finest
        if f[0] == cell[0] and all(k in (TOTAL_KEY, g) for k, g in zip(cell[1], f[1], strict=True))
    ]


def agrees(plan: TablePlan, found: dict[Cell, Estimate], cell: Cell) -> bool:
    return found[cell].value == sum(found[f].value for f in finest_of(plan, cell))


def test_printed_cells_add_up_to_every_printed_margin() -> None:
    found = dict(counts(PLAN, drawn(PLAN)))
    assert found.keys() == set(PLAN.block.cells)
    assert all(agrees(PLAN, found, cell) for cell in found)


def test_every_estimate_carries_a_decimal() -> None:
    found = counts(PLAN, drawn(PLAN))
    assert {10**e.decimals for e in found.values()} == {UNIT}


def test_an_estimate_is_the_least_squares_one_to_a_tenth() -> None:
    found = counts(PLAN, drawn(PLAN))
    fine = [c for c in PLAN.block.finest if c[0] == "a"]
    complete = [c for c in PLAN.block.cells if c[0] == "a" and c not in fine]
    released = drawn(PLAN)
    numbers = [int(released[c]["people"][Part.COUNT]) for c in (*fine, *complete)]  # type: ignore[call-overload]
    incidence = tuple(tuple(fine.index(f) for f in finest_of(PLAN, c)) for c in complete)
    exact = fit(numbers[: len(fine)], numbers[len(fine) :], incidence)
    for cell, of in zip(fine, exact.cells, strict=True):
        assert abs(found[cell].value - UNIT * of.value) <= Fraction(1, 2)
    for cell, of in zip(complete, exact.margins, strict=True):
        assert abs(found[cell].value - UNIT * of.value) <= Fraction(len(finest_of(PLAN, cell)), 2)


def test_ends_are_whole_numbers_of_people() -> None:
    for estimate in counts(PLAN, drawn(PLAN)).values():
        assert estimate.low % UNIT == estimate.high % UNIT == 0


def test_no_interval_is_wider_than_the_plain_draws_but_for_rounding() -> None:
    for estimate in counts(PLAN, drawn(PLAN)).values():
        assert estimate.high - estimate.low <= UNIT * (2 * HALF + 1)


def test_margins_gain_most_where_few_cells_stand_behind_them() -> None:
    found = counts(PLAN, drawn(PLAN))
    total = found[margin(TOTAL_KEY, TOTAL_KEY)]
    assert total.high - total.low < 0.9 * UNIT * 2 * HALF


def test_a_margin_with_a_withheld_cell_keeps_its_own_draw() -> None:
    released = drawn(PLAN)
    del released[world.at("DE", "gold")]
    found = dict(counts(PLAN, released))
    for keys in (("DE", TOTAL_KEY), (TOTAL_KEY, "gold"), (TOTAL_KEY, TOTAL_KEY), ("DE", "gold")):
        assert margin(*keys) not in found
    assert all(
        agrees(PLAN, found, margin(*keys)) for keys in (("FR", TOTAL_KEY), (TOTAL_KEY, "basic"))
    )


def test_a_withheld_margin_is_left_out() -> None:
    released = drawn(PLAN)
    del released[margin("DE", TOTAL_KEY)]
    found = dict(counts(PLAN, released))
    assert margin("DE", TOTAL_KEY) not in found
    assert all(agrees(PLAN, found, cell) for cell in found)


def test_withheld_cells_change_nothing_for_another_segment() -> None:
    whole, released = counts(PLAN, drawn(PLAN)), drawn(PLAN)
    del released[world.at("DE", "gold", "b")]
    found = counts(PLAN, released)
    assert all(found[cell] == whole[cell] for cell in found if cell[0] == "a")


def test_a_segment_without_a_complete_margin_has_nothing_to_agree_on() -> None:
    released = {c: of for c, of in drawn(PLAN).items() if c[1] == ("DE", "gold")}
    assert counts(PLAN, released) == {}


def test_numbers_below_zero_are_printed_as_zero_and_totals_agree_all_the_same() -> None:
    released = drawn(PLAN)
    for cell, of in released.items():
        of["people"] = {Part.COUNT: -30 if cell[1][0] == "DE" else 50}
    found = dict(counts(PLAN, released))
    assert min(e.value for e in found.values()) == 0
    assert all(agrees(PLAN, found, cell) for cell in found)


def test_draws_that_agree_stay_as_they_are() -> None:
    released = drawn(PLAN)
    for cell, of in released.items():
        of["people"] = {Part.COUNT: 100 * _cells(PLAN.block, cell)}
    found = counts(PLAN, released)
    for cell, estimate in found.items():
        assert estimate.value == UNIT * 100 * _cells(PLAN.block, cell)


@pytest.mark.parametrize(
    "measures",
    [
        world.MEASURES[:1],
        (*world.MEASURES[:2], Measure("again", MeasureKind.COUNT)),
    ],
    ids=["no count", "two counts"],
)
def test_a_table_that_does_not_count_once_is_refused(measures: tuple[Measure, ...]) -> None:
    plan = world.table(measures=measures)
    with pytest.raises(ValueError, match="once"):
        counts(plan, {})


def test_a_draw_that_is_no_number_is_refused() -> None:
    released = drawn(PLAN)
    released[world.at("DE", "gold")]["people"] = {Part.COUNT: (1, 2)}
    with pytest.raises(ValueError, match="one number"):
        counts(PLAN, released)


def test_ten_by_twelve_cells_of_five_segments_take_well_under_a_third_of_a_second() -> None:
    dimensions = (
        ByCategory(Attribute("country"), tuple(f"c{i}" for i in range(10))),
        ByCategory(Attribute("plan"), tuple(f"p{i}" for i in range(12))),
    )
    segments = tuple("abcde")
    block = Block("t", segments, 1, world.MEASURES[:2], dimensions, MARGINS)
    plan = TablePlan.of(block, rhos=(world.RHO,) * 2, min_people=20, delta=Fraction(1, 10**7))
    released = drawn(plan)
    for i, segment in enumerate(segments):  # another pattern in each: nothing to remember
        del released[segment, (f"c{i}", "p0")]
    best = min(_seconds(plan, released) for _ in range(2))
    assert best < 0.3


def test_four_hundred_segments_take_four_times_as_long_as_a_hundred() -> None:
    segments = tuple(f"s{n}" for n in range(400))
    plan = world.table(measures=world.MEASURES[:2], margins=MARGINS, segments=segments)
    assert _seconds(plan, drawn(plan)) < 3  # 33 s, where each segment goes through all the cells


def _seconds(plan: TablePlan, released: dict[Cell, dict[str, dict[Part, Drawn]]]) -> float:
    consistent._inverse.cache_clear()
    start = time.perf_counter()
    assert counts(plan, released)
    return time.perf_counter() - start

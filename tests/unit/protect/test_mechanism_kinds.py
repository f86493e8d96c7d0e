# SPDX-License-Identifier: Apache-2.0
"""``protect`` for counts apart from the gate, running sums, quantiles, margins and found keys."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import accumulate

import pytest

from privseg.frames import (
    TOTAL_KEY,
    Block,
    ByCategory,
    ByFound,
    ByPeriod,
    Cell,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Tally,
)
from privseg.protect import (
    Part,
    Protected,
    ProtectedTable,
    QuantityPlan,
    TablePlan,
    UnboundedTallyError,
    Withheld,
    half_widths,
    protect,
)
from privseg.terms import Attribute

DELTA = Fraction(1, 10**7)
WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SPENT = SumOf(Attribute("purchase.amount"), WINDOW)
SIZE = Measure("size", MeasureKind.SIZE)
COUNT = Measure("count", MeasureKind.COUNT)
WEEKS = ByPeriod(Attribute("purchase"), ("w1", "w2", "w3", "w4"), (WINDOW,) * 4, 2)
RUNNING = (
    SIZE,
    Measure("count", MeasureKind.COUNT, running=True),
    Measure("total", MeasureKind.TOTAL, SPENT, upper=50, running=True),
)
TREND = Block("trend", ("a", "b"), 2, RUNNING, (WEEKS,))
RANKS = (Fraction(1, 2), Fraction(9, 10))
SPEND = Measure("spend", MeasureKind.QUANTILES, SPENT, grid=(0, 10, 20, 40), ranks=RANKS)
SPREAD = Block("spread", ("a",), 1, (SIZE, SPEND))
COUNTRY = ByCategory(Attribute("country"), ("DE", "FR"))
PLAN_TIER = ByCategory(Attribute("tier"), ("free", "paid"))
GRID = Block("grid", ("a",), 1, (SIZE, COUNT), (COUNTRY, PLAN_TIER), ((0,), (1,), ()))
CITY = ByFound(Attribute("city"))
OPEN = Block("open", ("b", "a"), 1, (SIZE, COUNT), (CITY,))


def planned(block: Block) -> TablePlan:
    rhos = (Fraction(1, 40),) * len(block.measures)
    return TablePlan.of(block, rhos=rhos, min_people=20, delta=DELTA)


def run(block: Block, tallies: Mapping[Cell, Tally]) -> ProtectedTable:
    plan = QuantityPlan((planned(block),))
    found: Protected = protect(plan, {block.name: tallies}, None, randbits=secrets.randbits)
    return found.tables[0]


@pytest.fixture
def no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privseg.protect.mechanism.discrete_gaussians", lambda _, n, __: [0] * n)


def trend(people: list[int]) -> dict[Cell, Tally]:
    return {
        cell: Tally(n, {"total": 10 * n}, {"total": n // 2})
        for cell, n in zip(TREND.cells, people * 2, strict=True)
    }


def grid(people: Mapping[tuple[str, str], int]) -> dict[Cell, Tally]:
    found: dict[Cell, Tally] = {}
    for level in GRID.levels:
        for keys, n in people.items():
            cell = "a", tuple(k if i in level else TOTAL_KEY for i, k in enumerate(keys))
            found[cell] = Tally(n + (found[cell].people if cell in found else 0))
    return found


EVEN = {(c, t): 400 for c in COUNTRY.keys for t in PLAN_TIER.keys}


@pytest.mark.usefixtures("no_noise")
def test_running_sums_are_those_of_the_periods_up_to_each() -> None:
    people = [100, 300, 200, 150]
    table = run(TREND, trend(people))
    for start in (0, 4):  # each segment's series by itself
        cells = table.cells[start : start + 4]
        counts = [c.numbers["count"].released[Part.RUNNING] for c in cells]
        totals = [c.numbers["total"].released[Part.RUNNING] for c in cells]
        limits = [c.numbers["total"].released[Part.AT_LIMIT] for c in cells]
        assert counts == list(accumulate(people))
        assert totals == [10 * n for n in accumulate(people)]
        assert limits == [n // 2 for n in accumulate(people)]


@pytest.mark.usefixtures("no_noise")
def test_a_running_sum_counts_the_people_of_periods_that_are_withheld() -> None:
    """The noise covers them; nothing else of such a period comes out."""
    table = run(TREND, trend([300, 5, 5, 300]))
    assert [c.withheld is None for c in table.cells[:4]] == [True, False, False, True]
    assert table.cells[1].numbers == {}
    assert table.cells[3].numbers["count"].released == {Part.RUNNING: 610}


def test_each_running_sum_has_the_bar_of_its_period() -> None:
    plan = planned(TREND)
    bars = half_widths(plan.measures[1].quantity(Part.RUNNING))
    assert list(bars) == sorted(bars)
    table = run(TREND, trend([900] * 4))
    for cell, half in zip(table.cells[:4], bars, strict=True):
        estimate = cell.numbers["count"].estimate
        assert estimate is not None
        assert estimate.high - estimate.value == half


def test_a_count_apart_from_the_gate_has_a_draw_of_its_own() -> None:
    block = Block("t", ("a",), 1, (SIZE, COUNT))
    pairs = set()
    for _ in range(30):
        (cell,) = run(block, {("a", ()): Tally(500)}).cells
        pairs.add(
            (cell.numbers["size"].released[Part.PEOPLE], cell.numbers["count"].released[Part.COUNT])
        )
    assert any(a != b for a, b in pairs)
    assert len({a - b for a, b in pairs}) > 3


@pytest.mark.usefixtures("no_noise")
def test_what_is_released_of_quantiles_is_the_running_counts_and_all_people() -> None:
    tally = Tally(1000, bins={"spend": (5, 100, 400, 395, 0)})
    (cell,) = run(SPREAD, {("a", ()): tally}).cells
    number = cell.numbers["spend"]
    assert number.released == {Part.CUMULATIVE: (105, 505, 900)}
    assert number.estimate is None
    assert [q is not None for q in number.quantiles] == [True, True]


def test_quantiles_of_too_few_people_are_withheld_and_their_draws_are_not() -> None:
    for _ in range(50):
        (cell,) = run(SPREAD, {("a", ()): Tally(46, bins={"spend": (0, 20, 6, 20, 0)})}).cells
        if cell.withheld is None:
            break
    number = cell.numbers["spend"]
    assert number.quantiles[1] is None
    assert set(number.released) == {Part.CUMULATIVE}


def test_every_level_is_gated_and_counted_for_every_level() -> None:
    plan = planned(GRID)
    assert plan.gate.groups == 4
    assert plan.size.quantity(Part.PEOPLE).sensitivity.squared == 4
    table = run(GRID, grid(EVEN))
    assert tuple(c.cell for c in table.cells) == GRID.cells
    few = run(GRID, grid({**EVEN, ("DE", "free"): 3}))
    withheld = {c.keys for c in few.cells if c.withheld}
    assert withheld == {("DE", "free")}


def test_found_keys_come_out_only_where_they_are_published_and_in_their_order() -> None:
    tallies = {
        (s, (k,)): Tally(n)
        for s in ("a", "b")
        for k, n in {"Zug": 500, "Bonn": 400, "Ada": 3, "Lima": 600}.items()
    }
    for _ in range(5):
        table = run(OPEN, dict(random.sample(sorted(tallies.items(), key=repr), len(tallies))))
        assert [c.cell for c in table.cells] == [
            (s, (k,)) for s in ("b", "a") for k in ("Bonn", "Lima", "Zug")
        ]
        assert all(c.withheld is None for c in table.cells)


def test_where_no_key_is_found_the_table_is_empty_and_not_refused() -> None:
    assert run(OPEN, {}).cells == ()


def test_the_draws_taken_do_not_depend_on_the_data() -> None:
    plan = QuantityPlan((planned(TREND), planned(SPREAD), planned(GRID)))

    def state(people: int) -> tuple[object, ...]:
        generator = random.Random(7)
        tallies = {
            "trend": trend([people] * 4),
            "spread": {("a", ()): Tally(people, bins={"spend": (people, 0, 0, 0, 0)})},
            "grid": grid(dict.fromkeys(EVEN, people)),
        }
        protect(plan, tallies, None, randbits=generator.getrandbits)
        return generator.getstate()

    assert state(0) == state(5000)


GOOD = Tally(100, {"total": 1000}, {"total": 50}, {"spend": (0, 50, 30, 20, 0)})


@pytest.mark.parametrize(
    ("block", "broken"),
    [
        (SPREAD, replace(GOOD, bins={})),
        (SPREAD, replace(GOOD, bins={"spend": (0, 50, 30, 20)})),
        (SPREAD, replace(GOOD, bins={"spend": (0, 50, 30, 20, 1)})),
        (SPREAD, replace(GOOD, bins={"spend": (-1, 50, 30, 20, 0)})),
        (TREND, replace(GOOD, people=-1)),
        (TREND, replace(GOOD, sums={"total": 5001})),
        (TREND, replace(GOOD, counts={"total": 101})),
        (OPEN, replace(GOOD, people=-1)),
    ],
    ids=range(8),
)
def test_a_tally_over_its_bounds_releases_nothing(block: Block, broken: Tally) -> None:
    cells = block.cells or (("a", ("Bonn",)), ("b", ("Bonn",)))
    run(block, dict.fromkeys(cells, GOOD))
    with pytest.raises(UnboundedTallyError):
        run(block, {**dict.fromkeys(cells, GOOD), cells[-1]: broken})


@pytest.mark.parametrize(
    "cell", [("c", ("Bonn",)), ("a", ()), ("a", ("Bonn", "x")), ("a", (7,))], ids=range(4)
)
def test_a_found_cell_that_is_none_releases_nothing(cell: Cell) -> None:
    with pytest.raises(UnboundedTallyError):
        run(OPEN, {("a", ("Bonn",)): GOOD, cell: GOOD})


@pytest.mark.parametrize("cell", GRID.cells, ids=range(len(GRID.cells)))
def test_a_margin_that_is_not_the_sum_of_its_cells_releases_nothing(cell: Cell) -> None:
    tallies = grid(EVEN)
    tallies[cell] = Tally(tallies[cell].people + 1)
    with pytest.raises(UnboundedTallyError):
        run(GRID, tallies)


def test_nothing_is_drawn_before_every_table_is_checked() -> None:
    asked: list[int] = []

    def bits(k: int) -> int:
        asked.append(k)
        return secrets.randbits(k)

    plan = QuantityPlan((planned(SPREAD), planned(TREND)))
    tallies = {"spread": {("a", ()): GOOD}, "trend": {}}
    with pytest.raises(UnboundedTallyError):
        protect(plan, tallies, None, randbits=bits)
    assert asked == []


@pytest.mark.parametrize(
    "block",
    [
        replace(TREND, dimensions=()),
        replace(TREND, dimensions=(WEEKS, COUNTRY)),
        replace(TREND, dimensions=(WEEKS, WEEKS)),
        replace(TREND, dimensions=(COUNTRY, WEEKS), margins=((1,),)),
        replace(GRID, dimensions=(COUNTRY, WEEKS)),
        replace(OPEN, dimensions=(CITY, COUNTRY)),
        replace(OPEN, margins=((),)),
        replace(SPREAD, measures=(SIZE, SPEND, SPEND)),
        replace(SPREAD, segments=("a", "a")),
        replace(SPREAD, segments=()),
        replace(GRID, margins=((0,), (0,))),
        replace(
            SPREAD,
            measures=(
                SIZE,
                Measure(
                    "m",
                    MeasureKind.AVERAGE,
                    OfPerson(Attribute("age")),
                    upper=9,
                    events_per_person=2,
                ),
            ),
        ),
    ],
    ids=range(12),
)
def test_a_table_whose_cells_or_sums_cannot_be_bounded_is_refused(block: Block) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        planned(block)


def test_a_margin_over_one_period_a_person_is_allowed() -> None:
    once = replace(WEEKS, most=1)
    assert planned(replace(GRID, dimensions=(COUNTRY, once))).gate.groups == 4


def test_running_sums_cost_their_own_norm_whatever_the_gate() -> None:
    plan = planned(TREND)
    assert plan.size.quantity(Part.PEOPLE).sensitivity.squared == 2
    running = plan.measures[1].quantity(Part.RUNNING)
    assert running.factor is not None
    assert running.sensitivity.squared == running.factor.squared(2)
    assert plan.measures[2].quantity(Part.RUNNING).sensitivity.squared == 2500 * (
        running.factor.squared(2)
    )


def test_withheld_says_which_of_the_two_reasons() -> None:
    assert {w.value for w in Withheld} == {"too_few_people", "too_noisy"}

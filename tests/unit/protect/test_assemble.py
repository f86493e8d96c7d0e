# SPDX-License-Identifier: Apache-2.0
"""``assemble``: what is printed follows from what was released; what no release says is refused."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from privseg.frames import (
    TOTAL_KEY,
    Block,
    ByCategory,
    ByFound,
    Cell,
    Measure,
    MeasureKind,
    OfPerson,
    SumOf,
    Tally,
)
from privseg.protect import (
    Combined,
    Part,
    ProtectedTable,
    QuantityPlan,
    TablePlan,
    Term,
    Withheld,
    assemble,
    protect,
)
from privseg.terms import Attribute

WINDOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SPENT = SumOf(Attribute("purchase.amount"), WINDOW)
MEASURES = (
    Measure("size", MeasureKind.SIZE),
    Measure("count", MeasureKind.COUNT),
    Measure("total", MeasureKind.TOTAL, SPENT, upper=50),
    Measure("mean", MeasureKind.AVERAGE, SPENT, upper=50, events_per_person=1),
    Measure("spend", MeasureKind.QUANTILES, SPENT, grid=(0, 10, 50), ranks=(Fraction(1, 2),)),
)
COUNTRY = ByCategory(Attribute("country"), ("DE", "FR"))
BLOCK = Block("t", ("a", "b"), 2, MEASURES, (COUNTRY,), ((),))
JOINED = Combined(
    "joined",
    (Term(1, ("a", ("DE",)), "count", Part.COUNT), Term(1, ("b", ("DE",)), "count", Part.COUNT)),
)


def planned(block: Block = BLOCK, derived: Any = (JOINED,)) -> TablePlan:
    rhos = (Fraction(1, 40),) * len(block.measures)
    return TablePlan.of(
        block, rhos=rhos, min_people=20, delta=Fraction(1, 10**7), derived=tuple(derived)
    )


PLAN = planned()


def tally(people: int) -> Tally:
    sums = {"total": 5 * people, "mean": 5 * people}
    counts = {"total": 0, "mean": people}
    return Tally(people, sums, counts, {"spend": (0, people, 0, 0)})


def released() -> ProtectedTable:
    tallies = {c: tally(800 if TOTAL_KEY in c[1] else 400) for c in BLOCK.cells}
    tallies["b", ("FR",)], tallies["b", (TOTAL_KEY,)] = tally(4), tally(404)
    plan = QuantityPlan((PLAN,))
    return protect(plan, {"t": tallies}, None, randbits=secrets.randbits).tables[0]


TABLE = released()
DRAWS: Any = {
    c.cell: {name: dict(n.released) for name, n in c.numbers.items()}
    for c in TABLE.cells
    if c.withheld is None
}
ONE: Cell = ("a", ("DE",))


def changed(measure: str, part: Part, value: object, cell: Cell = ONE) -> Any:
    found = {c: {m: dict(of) for m, of in parts.items()} for c, parts in DRAWS.items()}
    found[cell][measure][part] = value
    return found


def test_a_table_is_the_same_when_it_is_made_again_from_what_it_released() -> None:
    assert assemble(PLAN, DRAWS) == TABLE
    assert assemble(PLAN, dict(reversed(DRAWS.items()))) == TABLE


def test_a_cell_that_released_nothing_is_withheld_and_so_is_what_needs_it() -> None:
    without = {cell: of for cell, of in DRAWS.items() if cell != ONE}
    table = assemble(PLAN, without)
    assert {c.cell for c in table.cells if c.withheld} == {ONE, ("b", ("FR",))}
    assert table.derived[0].withheld is Withheld.TOO_FEW_PEOPLE
    assert TABLE.derived[0].withheld is None


def test_a_margin_agrees_with_its_cells_where_all_of_them_are_shown() -> None:
    def printed(segment: str, key: str) -> int:
        (cell,) = (c for c in TABLE.cells if c.cell == (segment, (key,)))
        estimate = cell.numbers["count"].estimate
        assert estimate is not None
        return estimate.value

    assert printed("a", TOTAL_KEY) == printed("a", "DE") + printed("a", "FR")


def test_where_nothing_was_released_every_cell_is_withheld() -> None:
    assert {c.withheld for c in assemble(PLAN, {}).cells} == {Withheld.TOO_FEW_PEOPLE}


@pytest.mark.parametrize(
    "forged",
    [
        lambda: {**DRAWS, ("c", ("DE",)): DRAWS[ONE]},
        lambda: {**DRAWS, ("a", ("ES",)): DRAWS[ONE]},
        lambda: {**DRAWS, ("a", ()): DRAWS[ONE]},
        lambda: {**DRAWS, ONE: {}},
        lambda: {**DRAWS, ONE: {k: v for k, v in DRAWS[ONE].items() if k != "total"}},
        lambda: {**DRAWS, ONE: {**DRAWS[ONE], "more": {Part.COUNT: 3}}},
        lambda: changed("total", Part.COUNT, 3),
        lambda: changed("size", Part.PEOPLE, PLAN.gate.smallest_value - 1),
        lambda: changed("size", Part.PEOPLE, (400,)),
        lambda: changed("count", Part.COUNT, (400,)),
        lambda: changed("count", Part.COUNT, True),
        lambda: changed("total", Part.SUM, "400"),
        lambda: changed("total", Part.AT_LIMIT, None),
        lambda: changed("mean", Part.EVENTS, 4.5),
        lambda: changed("spend", Part.CUMULATIVE, 400),
        lambda: changed("spend", Part.CUMULATIVE, (400,)),
        lambda: changed("spend", Part.CUMULATIVE, (1, 2, 3)),
        lambda: changed("spend", Part.CUMULATIVE, (1, 2.0)),
    ],
    ids=range(18),
)
def test_draws_that_no_release_holds_are_refused(forged: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        assemble(PLAN, forged())


def test_found_cells_come_in_the_order_of_segments_and_keys() -> None:
    block = Block("t", ("b", "a"), 1, MEASURES[:2], (ByFound(Attribute("city")),))
    plan = planned(block, ())
    one = {"size": {Part.PEOPLE: 500}, "count": {Part.COUNT: 480}}
    cells = [("a", ("Zug",)), ("a", ("Bonn",)), ("b", ("Zug",))]
    found = assemble(plan, dict.fromkeys(cells, one))
    assert [c.cell for c in found.cells] == [cells[2], cells[1], cells[0]]
    for wrong in (("c", ("Zug",)), ("a", ("Zug", "x")), ("a", (1,)), ("a", ())):
        with pytest.raises(ValueError, match="not the table's"):
            assemble(plan, {wrong: one})


def test_a_table_of_many_cells_is_looked_through_once() -> None:
    keys = tuple(f"k{i}" for i in range(4_000))
    block = Block("t", ("a",), 1, MEASURES[:1], (ByCategory(Attribute("city"), keys),))
    plan = planned(block, ())
    draws = {cell: {"size": {Part.PEOPLE: 500}} for cell in block.cells}
    assert len(assemble(plan, draws).cells) == 4_000


def test_a_formula_over_what_is_not_drawn_is_no_plan() -> None:
    for term in (
        Term(1, ("c", ("DE",)), "count", Part.COUNT),
        Term(1, ONE, "none", Part.COUNT),
        Term(1, ONE, "count", Part.SUM),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            planned(derived=(replace(JOINED, terms=(term,)),))


def test_a_mean_over_people_is_of_an_amount_of_theirs() -> None:
    wrong = Measure("m", MeasureKind.AVERAGE, OfPerson(Attribute("age")), upper=9)
    with pytest.raises(ValueError, match="one amount"):
        planned(replace(BLOCK, measures=(*MEASURES[:1], wrong)), ())

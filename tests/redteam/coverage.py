# SPDX-License-Identifier: Apache-2.0
"""How often printed intervals hold the truth, for every aggregate, through ``protect`` as a whole.

A table over many segments, all alike, gives many runs at once. Coverage is meant *given that a
number is printed*: what is withheld counts for nothing. A check fails where it surely is under
95 %.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import numpy as np

from privseg.frames import Block, Cell, Measure, MeasureKind, OfPerson, Tally
from privseg.protect import (
    Combined,
    Estimate,
    LeftOutPlan,
    Lift,
    Part,
    ProtectedTable,
    QuantityPlan,
    Quotient,
    TablePlan,
    Term,
    protect,
)
from privseg.terms import Attribute
from tests.redteam import world
from tests.redteam.covered import RUNS, TOGETHER, Covered, holds
from tests.twins import formula_world
from tests.twins import sensitivity_oracle as oracle

PEOPLE = np.random.default_rng()


def _released(plan: TablePlan, given: Mapping[Cell, Tally]) -> ProtectedTable:
    return world.released(plan, given)


def _each(table: ProtectedTable, keys: tuple[str, ...], measure: str) -> Iterator[Estimate | None]:
    for cell in table.cells:
        if cell.keys == keys and cell.withheld is None:
            yield cell.numbers[measure].estimate


# --- single cells ---

SPENT = OfPerson(Attribute("spent"))
FLAT = Block(
    "t",
    tuple(f"s{i}" for i in range(RUNS)),
    1,
    (
        Measure("size", MeasureKind.SIZE),
        Measure("count", MeasureKind.COUNT),
        Measure("total", MeasureKind.TOTAL, SPENT, upper=9),
        Measure("average", MeasureKind.AVERAGE, oracle.MEASURES[2].amount, 1, 5, 2),
        Measure("mean", MeasureKind.AVERAGE, SPENT, 0, 9, 1),
        Measure(
            "median",
            MeasureKind.QUANTILES,
            SPENT,
            grid=(0, 2, 4, 6, 8, 10),
            ranks=(Fraction(1, 2), Fraction(4, 5)),
        ),
    ),
)
PER_BIN = (0, 20, 16, 14, 6, 4, 0)
MEMBERS = sum(PER_BIN)
MEAN = Fraction(200, MEMBERS)


def single_cells() -> dict[str, Covered]:
    """Return how often sizes near their threshold hold, and what is read off such cells."""
    plan = world.planned(FLAT, rho=Fraction(1, 16), k=5)
    tally = Tally(
        MEMBERS,
        {"total": 400, "average": 180, "mean": 200},
        {"total": 11, "average": 90, "mean": MEMBERS},
        {"median": PER_BIN},
    )
    table = _released(plan, dict.fromkeys(FLAT.cells, tally))
    shown = [c.numbers for c in table.cells if c.withheld is None]
    truths = {"size": MEMBERS, "count": MEMBERS, "total": 400, "average": 3, "mean": MEAN}
    found = {n: Covered.of(holds(c[n].estimate, t) for c in shown) for n, t in truths.items()}
    found["people at the limit"] = Covered.of(holds(c["total"].at_limit, 11) for c in shown)
    for i, (rank, truth) in enumerate((("median", 3), ("80 % quantile", 5))):
        found[rank] = Covered.of(holds(c["median"].quantiles[i], truth) for c in shown)
    return found


def sizes_near_the_threshold() -> dict[str, Covered]:
    """Return how often a size holds that is shown once in a few times only."""
    block = replace(FLAT, segments=tuple(f"s{i}" for i in range(6_000)), measures=FLAT.measures[:1])
    plan = world.planned(block, rho=Fraction(1, 40), k=5, delta=Fraction(1, 1000))
    people = plan.gate.smallest_value - 8
    table = _released(plan, dict.fromkeys(block.cells, Tally(people)))
    return {"size, rarely shown": Covered.of(holds(e, people) for e in _each(table, (), "size"))}


# --- periods ---

WEEKS = (300, 190, 250, 180, 400, 220, 210, 260) * 2


def running() -> dict[str, Covered]:
    """Return how often running sums hold, at the first, the middle and the last week."""
    block = replace(
        oracle.by_periods(2, most=2, periods=len(WEEKS)),
        segments=tuple(f"s{i}" for i in range(RUNS)),
    )
    plan = world.planned(block, rho=Fraction(1, 40))
    place = {key: n for n, key in enumerate(block.dimensions[0].keys)}
    given = {
        cell: Tally(n, {"total": 3 * n}, {"total": n // 9})
        for cell in block.cells
        for n in (WEEKS[place[cell[1][0]]],)
    }
    table = _released(plan, given)
    sums, found = list(accumulate(WEEKS)), {}
    for week, key in ((1, "week 0"), (8, "week 7"), (16, "week 15")):
        for name, times in (("count", 1), ("total", 3)):
            truth = times * sums[week - 1]
            held = (holds(e, truth) for e in _each(table, (key,), name))
            found[f"running {name}, week {week} of 16"] = Covered.of(held)
    return found


# --- margins and formulas ---


def margins() -> dict[str, Covered]:
    """Return how often least squares hold: a cell, a margin and the total."""
    measures = formula_world.MEASURES[:2]
    segments = tuple(f"s{i}" for i in range(RUNS // 10))
    plan = formula_world.table(measures=measures, margins=((0,), (1,), ()), segments=segments)
    sizes = [200 + 31 * i for i in range(6)]
    fine = dict(zip(plan.block.finest, sizes * len(segments), strict=True))
    given = world.with_sums(plan.block, {c: Tally(n) for c, n in fine.items()})
    tables = [_released(plan, given) for _ in range(10)]
    found = {}
    for name, keys in (
        ("cell of a table with totals", ("FR", "gold")),
        ("total of a row", ("FR", "(all)")),
        ("grand total", ("(all)", "(all)")),
    ):
        truth = given["s0", keys].people
        held = (holds(e, truth) for t in tables for e in _each(t, keys, "people"))
        found[name] = Covered.of(held)
    return found


def _term(coefficient: int, cell: Cell) -> Term:
    return Term(coefficient, cell, "people", Part.COUNT)


def formulas() -> dict[str, Covered]:
    """Return how often shares and net changes hold."""
    return _derived(_shares_of, {"share": Fraction(100, 1140), "net change": 700}, RUNS)


def indices() -> dict[str, Covered]:
    """Return how often a quotient holds whose top and bottom share a draw: what covariance is for.

    Forgetting it makes bars no shorter than to a coverage of 84 %: many runs tell that.
    """
    return _derived(_index_of, {"index": 4}, 4 * RUNS)


def _derived(
    of: Callable[[str], tuple[Combined | Quotient, ...]],
    truths: Mapping[str, Fraction | int],
    runs: int,
) -> dict[str, Covered]:
    segments = tuple(f"s{i}" for i in range(TOGETHER))
    derived = [f for s in segments for f in of(s)]
    plan = formula_world.table(*derived, measures=formula_world.MEASURES[:2], segments=segments)
    sizes = {"DE": 100, "FR": 800, "IT": 240}
    given = {c: Tally(sizes[c[1][0]]) for c in plan.block.cells}
    found: dict[str, list[bool | None]] = {}
    for _ in range(runs // TOGETHER):
        for one in _released(plan, given).derived:
            name = one.name.partition(".")[0]
            found.setdefault(name, []).append(holds(one.estimate, truths[name]))
    return {name: Covered.of(iter(held)) for name, held in found.items()}


def _cells_of(s: str) -> tuple[Cell, Cell, Cell]:
    de, fr, it = ((s, (country, "gold")) for country in ("DE", "FR", "IT"))
    return de, fr, it


def _shares_of(s: str) -> tuple[Combined | Quotient, ...]:
    de, fr, it = _cells_of(s)
    every = tuple(_term(1, c) for c in (de, fr, it))
    return (
        Combined(f"net change.{s}", (_term(1, fr), _term(-1, de)), is_signed=True),
        Quotient(f"share.{s}", (_term(1, de),), every, highest=1),
    )


def _index_of(s: str) -> tuple[Combined | Quotient, ...]:
    de, fr, _ = _cells_of(s)
    top = (_term(1, fr), _term(-4, de))
    return (Quotient(f"index.{s}", top, (_term(1, de),), lowest=None),)


def lifts() -> dict[str, Covered]:
    """Return how often lifts hold, mostly sampling and mostly noise."""
    found = {}
    for what, rho in (("much noise", Fraction(1, 2_000)), ("little noise", Fraction(1, 40))):
        for name, covered in _lifts(rho).items():
            found[f"{name}, {what}"] = covered
    return found


def _lifts(rho: Fraction) -> dict[str, Covered]:
    segments = tuple(f"s{i}" for i in range(RUNS // 2))
    derived = [
        Lift(f"{name}.{s}", "won", *_cells_of(s)[:2], relative=relative)
        for s in segments
        for name, relative in (("lift", False), ("relative lift", True))
    ]
    measures = (formula_world.MEASURES[0], formula_world.MEASURES[3])
    plan = formula_world.table(*derived, measures=measures, segments=segments, rho=rho)
    rates = {"DE": 0.45, "FR": 0.3, "IT": 0.5}
    given = {}
    for cell in plan.block.cells:
        won = int(PEOPLE.binomial(1_000, rates[cell[1][0]]))
        given[cell] = Tally(1_000, {"won": won}, {"won": 1_000})
    table = _released(plan, given)
    truths = {"lift": 0.15, "relative lift": 0.5}
    return {
        name: Covered.of(
            holds(d.estimate, truth) for d in table.derived if d.name.startswith(f"{name}.")
        )
        for name, truth in truths.items()
    }


def left_out() -> dict[str, Covered]:
    """Return how often the count of those not included holds."""
    plan = LeftOutPlan.of(rho=Fraction(1, 40), min_people=5, delta=Fraction(1, 1000))
    whole, people = QuantityPlan((), plan), plan.gate.smallest_value - 8
    found = [
        protect(whole, {}, people, randbits=secrets.randbits).not_included for _ in range(12 * RUNS)
    ]
    return {"not included": Covered.of(holds(n.estimate, people) for n in found if n is not None)}


MEASURED: tuple[Callable[[], dict[str, Covered]], ...] = (
    single_cells,
    sizes_near_the_threshold,
    running,
    margins,
    formulas,
    indices,
    lifts,
    left_out,
)


def honest(measured: Callable[[], dict[str, Covered]]) -> Callable[[], None]:
    """Return the check that each interval of a kind holds at least 19 times in 20."""

    def check() -> None:
        found = measured()
        assert all(c.printed >= RUNS // 20 for c in found.values()), found
        assert all(c.is_honest for c in found.values()), found

    check.__name__ = f"bars_of_{measured.__name__}_hold"
    return check


BARS = {m.__name__: honest(m) for m in MEASURED}

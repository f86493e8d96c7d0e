# SPDX-License-Identifier: Apache-2.0
"""A table by two dimensions with every kind of draw, to reckon formulas on."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from privseg.frames import Block, ByCategory, Cell, EachOf, Measure, MeasureKind, OfPerson
from privseg.protect.formula import Derived, Part, Term
from privseg.protect.quantity import TablePlan
from privseg.protect.stage import Drawn
from privseg.terms import Attribute

Draws = dict[Cell, dict[str, dict[Part, Drawn]]]

COUNTRY = ByCategory(Attribute("country"), ("DE", "FR", "IT"))
PLAN = ByCategory(Attribute("plan"), ("basic", "gold"))
MEASURES = (
    Measure("size", MeasureKind.SIZE),
    Measure("people", MeasureKind.COUNT),
    Measure("spent", MeasureKind.TOTAL, OfPerson(Attribute("spent")), upper=100),
    Measure("won", MeasureKind.AVERAGE, OfPerson(Attribute("won")), upper=1, events_per_person=1),
)
EVENTS = Measure(
    "each", MeasureKind.AVERAGE, EachOf(Attribute("order.value"), ()), upper=9, events_per_person=3
)  # type: ignore[arg-type]
RHO = Fraction(1, 80)


def table(
    *derived: Derived,
    measures: tuple[Measure, ...] = MEASURES,
    margins: tuple[tuple[int, ...], ...] = (),
    segments: tuple[str, ...] = ("a",),
    rho: Fraction = RHO,
) -> TablePlan:
    """Return the plan of people by country and plan."""
    block = Block("t", segments, 1, measures, (COUNTRY, PLAN), margins)
    return TablePlan.of(
        block,
        rhos=(rho,) * len(measures),
        min_people=20,
        delta=Fraction(1, 10**7),
        derived=derived,
    )


def draws(plan: TablePlan, people: Mapping[Cell, int] | int, *, won: int = 0) -> Draws:
    """Return draws in which every cell shown has as many people, of whom ``won`` have won."""
    shown = dict.fromkeys(plan.block.cells, people) if isinstance(people, int) else people
    return {
        cell: {
            "size": {Part.PEOPLE: n},
            "people": {Part.COUNT: n},
            "spent": {Part.SUM: 10 * n, Part.AT_LIMIT: n // 10},
            "won": {Part.CENTRED_SUM: 2 * won - n, Part.EVENTS: n},
        }
        for cell, n in shown.items()
    }


def people(cell: Cell, coefficient: int = 1) -> Term:
    """Return a multiple of the people of a cell."""
    return Term(coefficient, cell, "people", Part.COUNT)


def at(country: str, plan: str, segment: str = "a") -> Cell:
    """Return a cell."""
    return segment, (country, plan)

# SPDX-License-Identifier: Apache-2.0
"""How the tables of ``marketer_report`` are planned, and by which fixed rule numbers are made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

from privseg.frames import (
    MISSING_KEY,
    TOTAL_KEY,
    Block,
    Cell,
    Dimension,
    Measure,
    MeasureKind,
    SumOf,
)
from privseg.protect import (
    Estimate,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    TablePlan,
    Withheld,
)
from privseg.protect.formula import Derived
from privseg.protect.stage import ProtectedDerived
from privseg.release import (
    Caption,
    DerivedCaption,
    DimensionCaption,
    PlannedTable,
    SegmentNote,
    TableKind,
    Unit,
)
from privseg.release.plan import window_of
from privseg.terms import Attribute

AT = datetime(2026, 11, 1, tzinfo=UTC)
YEAR = window_of(365, AT)
NOTES = (
    SegmentNote(
        "lapsed-big-spenders",
        "Lapsed big spenders",
        "#7d5499",
        "spent more than 200 EUR in a year and bought nothing in the last 90 days",
    ),
    SegmentNote("new-customers", "New customers", "#b8860b", "first bought in the last 60 days"),
    SegmentNote(
        "engaged-members",
        "Engaged members",
        "#2a7f9e",
        "opened at least three letters in the last 30 days and allow more of them",
    ),
)
NAMES = tuple(n.name for n in NOTES)
LAPSED, NEW, ENGAGED = NAMES
THEN = "lapsed-big-spenders.30d"
PEOPLE, EURO = Unit("people"), Unit("EUR", 2)
SIZE = Measure("size", MeasureKind.SIZE)
COUNT = Measure("count", MeasureKind.COUNT)
AMOUNT, PURCHASE = Attribute("purchase.amount"), Attribute("purchase")
SPENT = SumOf(AMOUNT, YEAR)
COUNTRIES = ("Germany", "France", "Netherlands", "Austria", "Iran", "Norway", MISSING_KEY)

Way = tuple[Dimension, DimensionCaption]
Rule = Callable[[int, Cell], tuple[int, int] | None]
"""Value and half-width of a cell, by its place; nothing where it is withheld."""


def planned(
    name: str,
    title: str | None,
    measures: tuple[tuple[Measure, Caption], ...],
    *,
    kind: TableKind = TableKind.CELLS,
    segments: tuple[str, ...] = NAMES,
    ways: tuple[Way, ...] = (),
    margins: tuple[tuple[int, ...], ...] = (),
    derived: tuple[tuple[Derived, DerivedCaption], ...] = (),
    groups: int = 1,
) -> PlannedTable:
    """Return a table's plan."""
    block = Block(
        name, segments, groups, tuple(m for m, _ in measures), tuple(w for w, _ in ways), margins
    )
    plan = TablePlan.of(
        block,
        rhos=(Fraction(1, 50),) * len(measures),
        min_people=20,
        delta=Fraction(1, 10**7),
        derived=tuple(d for d, _ in derived),
    )
    captions = tuple(c for _, c in measures)
    return PlannedTable(
        plan, title, captions, kind, tuple(c for _, c in ways), tuple(c for _, c in derived)
    )


def people(i: int, cell: Cell) -> tuple[int, int] | None:
    """Return a plausible number of people; every eleventh cell is withheld."""
    if i % 11 == 7:
        return None
    total = 4 if TOTAL_KEY in cell[1] else 1
    return 310 + (i * 137) % 900 * total, 21


def number(measure: Measure, i: int, cell: Cell, rule: Rule) -> ProtectedNumber | None:
    """Return one measure of one cell."""
    found = rule(i, cell)
    if found is None:
        return None
    value, half = found
    e = Estimate(value, value - half, value + half)
    match measure.kind:
        case MeasureKind.TOTAL:
            e = Estimate(value * 25_000, (value - half) * 25_000, (value + half) * 25_000)
            cut = Estimate(12, 4, 20)
            return ProtectedNumber(measure.name, {}, e, at_limit=cut, limit_hides_up_to=1_000_000)
        case MeasureKind.AVERAGE if measure.upper == 1:
            share = Estimate(1200 + 160 * i, 1100 + 160 * i, 1300 + 160 * i, 4)
            return ProtectedNumber(measure.name, {}, share)
        case MeasureKind.AVERAGE:
            e = Estimate(641_300 + 900 * i, 621_300 + 900 * i, 661_300 + 900 * i, 2)
            return ProtectedNumber(measure.name, {}, e)
        case MeasureKind.QUANTILES:
            found_at = (Estimate(9_000, 5_000, 20_000), Estimate(24_000 + 700 * i, 20_000, 50_000))
            return ProtectedNumber(measure.name, {}, None, quantiles=found_at)
        case _:
            return ProtectedNumber(measure.name, {}, e)


def protected(
    table: PlannedTable, rule: Rule = people, *results: ProtectedDerived
) -> ProtectedTable:
    """Return a table's numbers by a rule."""
    cells = []
    for i, cell in enumerate(table.block.cells):
        numbers = {m.name: number(m, i, cell, rule) for m in table.block.measures}
        shown = {k: v for k, v in numbers.items() if v is not None}
        cells.append(ProtectedCell(*cell, shown, None if shown else Withheld.TOO_FEW_PEOPLE))
    return ProtectedTable(table.block.name, tuple(cells), results)


Made = tuple[PlannedTable, ProtectedTable]

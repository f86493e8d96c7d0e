# SPDX-License-Identifier: Apache-2.0
"""A statement as rows and as a small HTML table; both take protected values only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from privseg.frames import Measure, MeasureKind
from privseg.protect import (
    Estimate,
    ProtectedCell,
    ProtectedNumber,
    ProtectedTable,
    Withheld,
)
from privseg.protect.formula import Top
from privseg.protect.stage import ProtectedDerived
from privseg.release.plan import DerivedCaption, PlannedTable, Unit
from privseg.release.statement import Statement

COLUMNS = (
    "table",
    "segment",
    "group",
    "measure",
    "unit",
    "estimate",
    "low",
    "high",
    "withheld",
    "rank",  # of a quantile, 0 to 1
    "note",
    "keys",  # the group as a JSON list, one key a dimension
)
REASONS = {
    Withheld.TOO_FEW_PEOPLE: "withheld: too few people",
    Withheld.TOO_NOISY: "withheld: too few to tell it from the noise",
}
PEOPLE = Unit("people")


@dataclass(frozen=True, slots=True)
class Row:
    """One number of a release, or the reason why it is not there.

    ``rank`` is that of a quantile. ``note`` says what a formula tells beside its number. A row of a
    formula over several cells has no segment and no keys.
    """

    table: str
    segment: str
    keys: tuple[str, ...]
    measure: str
    unit: Unit
    estimate: Estimate | None
    withheld: Withheld | None
    rank: Fraction | None = None
    note: str = ""

    @property
    def group(self) -> str:
        """Return the keys in one text, for reading."""
        return ", ".join(self.keys)

    @property
    def printed(self) -> tuple[str | float | None, ...]:
        """Return it in the order of ``COLUMNS``, numbers in whole units."""
        numbers = (None, None, None) if self.estimate is None else self.in_units
        reason = None if self.withheld is None else self.withheld.value
        rank = None if self.rank is None else float(self.rank)
        keys = json.dumps(self.keys, ensure_ascii=False)
        place = (self.table, self.segment, self.group, self.measure, self.unit.name)
        return (*place, *numbers, reason, rank, self.note, keys)

    @property
    def in_units(self) -> tuple[float, ...]:
        """Return value and interval in whole units; nothing where there is no number."""
        if (found := self.estimate) is None:
            return ()
        scale = 10 ** (self.unit.decimals + found.decimals)
        return tuple(n / scale for n in (found.value, found.low, found.high))


def rows(statement: Statement) -> Iterator[Row]:
    """Yield every number in the plan's order: cells, then formulas; withheld ones are rows too.

    Of a table that counts people apart from its gate, that count is a row and the gate's is not.
    """
    for planned, protected in zip(statement.plan.tables, statement.protected.tables, strict=True):
        yield from _table(planned, protected)
    if (left := statement.protected.not_included) is not None:
        yield Row("", "", (), left.measure, PEOPLE, left.estimate, left.withheld)


def html(statement: Statement) -> str:
    """Return a table of the release for a notebook, every text escaped."""
    body = "".join(_html_row(row) for row in rows(statement))
    names = ("table", "segment", "group", "what", "about", "from", "to", "")
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    caption = f"<caption>{escape(statement.plan.title)}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _table(planned: PlannedTable, protected: ProtectedTable) -> Iterator[Row]:
    counted = any(m.kind is MeasureKind.COUNT for m in planned.block.measures)
    measures = [
        (measure, caption.unit)
        for measure, caption in zip(planned.block.measures, planned.captions, strict=True)
        if not (counted and measure.kind is MeasureKind.SIZE)
    ]
    for cell in protected.cells:
        for measure, unit in measures:
            yield from _number(planned.block.name, cell, measure, unit)
    formulas = zip(planned.plan.derived, protected.derived, planned.derived, strict=True)
    for formula, given, caption in formulas:
        if isinstance(formula, Top):
            yield from _top(planned.block.name, formula, given)
        else:
            yield _derived(planned.block.name, given, caption)


def _number(table: str, cell: ProtectedCell, measure: Measure, unit: Unit) -> Iterator[Row]:
    place = (table, cell.segment, cell.keys, measure.name, unit)
    number = cell.numbers.get(measure.name)
    if measure.kind is MeasureKind.QUANTILES:
        yield from _quantiles(place, measure, cell, number)
    elif number is None:
        yield Row(*place, None, cell.withheld)
    else:
        yield Row(*place, number.estimate, number.withheld)


def _quantiles(
    place: tuple[str, str, tuple[str, ...], str, Unit],
    measure: Measure,
    cell: ProtectedCell,
    number: ProtectedNumber | None,
) -> Iterator[Row]:
    found = number.quantiles if number is not None else (None,) * len(measure.ranks)
    reason = cell.withheld or (number and number.withheld) or Withheld.TOO_NOISY
    for rank, estimate in zip(measure.ranks, found, strict=True):
        yield Row(*place, estimate, None if estimate else reason, rank)


def _derived(table: str, given: ProtectedDerived, caption: DerivedCaption) -> Row:
    share = given.noise_share
    note = "" if share is None else f"{float(100 * share):.0f} % of the interval is noise"
    unit = caption.unit
    return Row(table, "", (), given.name, unit, given.estimate, given.withheld, note=note)


def _top(table: str, formula: Top, given: ProtectedDerived) -> Iterator[Row]:
    """Yield a row for each cell that is among the largest, with no number of its own."""
    among = f"among the {formula.count} largest"
    surely = [(f"surely {among}", keys) for keys in given.surely]
    possibly = [(f"possibly {among}", k) for k in given.possibly if k not in given.surely]
    for note, keys in (*surely, *possibly):
        yield Row(table, formula.segment, keys, given.name, Unit(""), None, None, note=note)
    if given.withheld is not None:
        yield Row(table, formula.segment, (), given.name, Unit(""), None, given.withheld)


def _html_row(row: Row) -> str:
    rank = "" if row.rank is None else f", quantile {row.rank}"
    unit = f" ({row.unit.name})" if row.unit.name else ""
    words = [row.table, row.segment, row.group, f"{row.measure}{rank}{unit}"]
    heads = "".join(f"<td>{escape(w)}</td>" for w in words)
    if row.estimate is None:
        reason = row.note if row.withheld is None else REASONS[row.withheld]
        return f'<tr>{heads}<td colspan="4">{escape(reason)}</td></tr>'
    numbers = "".join(f"<td>{n:,.10g}</td>" for n in row.in_units)
    return f"<tr>{heads}{numbers}<td>{escape(row.note)}</td></tr>"

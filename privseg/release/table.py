# SPDX-License-Identifier: Apache-2.0
"""A statement as rows and as a small HTML table; both take protected values only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from privseg.protect import Estimate, ProtectedNumber, Withheld
from privseg.release.plan import PlannedTable, Unit
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
)
REASONS = {
    Withheld.TOO_FEW_PEOPLE: "withheld: too few people",
    Withheld.TOO_NOISY: "withheld: too few events for an average",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One number of a release, or the reason why it is not there."""

    table: str
    segment: str
    group: str
    measure: str
    unit: Unit
    estimate: Estimate | None
    withheld: Withheld | None

    @property
    def printed(self) -> tuple[str | float | None, ...]:
        """Return it in the order of ``COLUMNS``, numbers in whole units."""
        numbers = [None, None, None] if self.estimate is None else _in_units(self)
        reason = None if self.withheld is None else self.withheld.value
        place = (self.table, self.segment, self.group, self.measure, self.unit.name)
        return (*place, *numbers, reason)


def rows(statement: Statement) -> Iterator[Row]:
    """Yield every number of every cell in the plan's order; withheld ones are rows too."""
    cells = {t.name: t.cells for t in statement.protected.tables}
    for table in statement.plan.tables:
        for cell in cells[table.block.name]:
            for measure, unit in _measures(table):
                number = cell.numbers.get(measure)
                reason = cell.withheld if number is None else number.withheld
                estimate = None if number is None else number.estimate
                name = table.block.name
                yield Row(name, cell.segment, cell.key, measure, unit, estimate, reason)
    if (left := statement.protected.not_included) is not None:
        yield _left_out(left)


def html(statement: Statement) -> str:
    """Return a table of the release for a notebook, every text escaped."""
    body = "".join(_html_row(row) for row in rows(statement))
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("", "", "", "about", "from", "to", ""))
    caption = f"<caption>{escape(statement.plan.title)}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _measures(table: PlannedTable) -> list[tuple[str, Unit]]:
    measures = zip(table.block.measures, table.captions, strict=True)
    return [(m.name, c.unit) for m, c in measures]


def _left_out(number: ProtectedNumber) -> Row:
    unit = Unit("people")
    return Row("", "", "", number.measure, unit, number.estimate, number.withheld)


def _in_units(row: Row) -> list[float]:
    assert row.estimate is not None
    scale = 10 ** (row.unit.decimals + row.estimate.decimals)
    return [n / scale for n in (row.estimate.value, row.estimate.low, row.estimate.high)]


def _html_row(row: Row) -> str:
    words = [row.segment, row.group, f"{row.measure} ({row.unit.name})"]
    heads = "".join(f"<td>{escape(w)}</td>" for w in words)
    if row.estimate is None:
        reason = "" if row.withheld is None else REASONS[row.withheld]
        return f'<tr>{heads}<td colspan="4">{escape(reason)}</td></tr>'
    numbers = "".join(f"<td>{n:,.10g}</td>" for n in _in_units(row))
    return f"<tr>{heads}{numbers}<td></td></tr>"

# SPDX-License-Identifier: Apache-2.0
"""Every number of a report in one row each: what CSV and workbooks hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from privseg.frames import EVERYBODY, Cell
from privseg.protect import Estimate
from privseg.release import Statement
from privseg.release.plan import PlannedTable
from privseg.report.formulas import Leaders, leaders, reckoned
from privseg.report.labels import Labels
from privseg.report.series import Number, Series, measured, protected_of
from privseg.report.words import PEOPLE, Unit

NOT_INCLUDED = "not_included"
NOTHING = (None, None, None)


@dataclass(frozen=True, slots=True)
class Flat:
    """One number with everything that tells which one it is.

    ``ends`` are estimate, low and high: exact decimals of what was released, in whole units.
    Nothing is rounded here.
    """

    table: str
    quantity: str
    what: str
    label: str
    cell: Cell
    words: tuple[str, ...]  # of its set and of each key
    unit: str
    ends: tuple[Decimal, Decimal, Decimal] | tuple[None, None, None]
    withheld: str
    hides: Decimal | None = None
    places: int = 0


def flat(statement: Statement, labels: Labels) -> Iterator[Flat]:
    """Yield every number in the plan's order, and how many people are not included at the end."""
    for planned in statement.plan.tables:
        yield from of_table(statement, planned, labels)
    left = statement.protected.not_included
    if left is not None:
        _ = labels.language
        words = _("Not included, no consent for this purpose")
        number = Number((EVERYBODY, ()), words, left.estimate, left.withheld)
        yield _row("", NOT_INCLUDED, words, PEOPLE, number, ("",))


def of_table(statement: Statement, planned: PlannedTable, labels: Labels) -> Iterator[Flat]:
    """Yield the numbers of one table."""
    table, name = protected_of(statement.protected.tables, planned), planned.block.name
    for series in measured(planned, table, labels):
        for number in series.numbers:
            words = (labels.group(number.cell[0]), *labels.keys(planned, number.cell))
            yield _row(name, series.name, series.words, series.unit, number, words)
    for series in reckoned(planned, table, labels):
        yield from _given(name, series, labels)
    for found in leaders(planned, table, labels):
        yield from _ranked(name, found, labels)


def decimal_of(number: int, places: int) -> Decimal:
    """Return an integer of ``places`` decimals as a number.

    >>> str(decimal_of(-1250, 2)), str(decimal_of(7, 0))
    ('-12.50', '7')
    """
    return Decimal(number).scaleb(-places)


def _given(table: str, series: Series, labels: Labels) -> Iterator[Flat]:
    for number in series.numbers:
        words = (labels.group(number.cell[0]) if number.cell[0] else "",)
        yield _row(table, series.name, series.words, series.unit, number, words)


def _ranked(table: str, found: Leaders, labels: Labels) -> Iterator[Flat]:
    """Yield a row for each cell that is surely or possibly among the largest."""
    for key in dict.fromkeys((*found.surely, *found.possibly)):
        _ = labels.language
        said = _("surely") if key in found.surely else _("possibly")
        what = f"{found.words} ({said})"
        yield Flat(
            table, found.name, what, key, (found.segment, ()), (found.group,), "", NOTHING, ""
        )


def _row(
    table: str,
    quantity: str,
    what: str,
    unit: Unit,
    number: Number,
    words: tuple[str, ...],
) -> Flat:
    e = number.estimate
    ends = NOTHING if e is None else _ends(e, unit)
    hides = None if number.hides is None else decimal_of(number.hides, unit.digits)
    why = "" if number.withheld is None else number.withheld.value
    return Flat(
        table=table,
        quantity=quantity,
        what=what,
        label=number.label,
        cell=number.cell,
        words=words,
        unit=unit.name,
        ends=ends,
        withheld=why,
        hides=hides,
        places=unit.digits,
    )


def _ends(e: Estimate, unit: Unit) -> tuple[Decimal, Decimal, Decimal]:
    places = unit.digits + e.decimals
    return (
        decimal_of(e.value, places),
        decimal_of(e.low, places),
        decimal_of(e.high, places),
    )

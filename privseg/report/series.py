# SPDX-License-Identifier: Apache-2.0
"""A statement's numbers, one series a quantity: what pages, CSV and workbooks are all made from.

It reads ``Statement`` and nothing else. A statement holds numbers after noise; no module of this
room knows an exact one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from privseg.frames import Cell, Measure, MeasureKind
from privseg.protect import Estimate, ProtectedCell, ProtectedTable, Withheld
from privseg.protect.formula import Combined, Lift, Quotient
from privseg.release.plan import Caption, PlannedTable
from privseg.report.labels import Labels, amount_words
from privseg.report.language import Language
from privseg.report.words import PER_CENT, Unit, headed


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a series, or why there is none.

    ``limit`` (totals) is how many people's part was cut, ``hides`` by how much that may understate.
    """

    cell: Cell
    label: str
    estimate: Estimate | None
    withheld: Withheld | None
    limit: Estimate | None = None
    hides: int | None = None
    noise_share: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity over the cells of a table, in the plan's order."""

    name: str
    words: str
    unit: Unit
    numbers: tuple[Number, ...]
    measure: Measure | None = None
    formula: type[Combined | Quotient | Lift] | None = None
    is_signed: bool = False

    @property
    def is_difference(self) -> bool:
        """Return whether its numbers say by how much two things differ: they bear a sign."""
        return self.is_signed and self.formula in {Combined, Lift}


def protected_of(tables: tuple[ProtectedTable, ...], planned: PlannedTable) -> ProtectedTable:
    """Return the numbers of a planned table."""
    return next(t for t in tables if t.name == planned.block.name)


def measured(planned: PlannedTable, table: ProtectedTable, labels: Labels) -> Iterator[Series]:
    """Yield one series a measure, one a rank of quantiles.

    Where people are counted apart from the gate, that count is shown and the gate's is not.
    """
    kinds = {(m.kind, m.running) for m in planned.block.measures}
    for measure, caption in zip(planned.block.measures, planned.captions, strict=True):
        if measure.kind is MeasureKind.SIZE and (MeasureKind.COUNT, False) in kinds:
            continue
        if measure.kind is MeasureKind.QUANTILES:
            yield from _quantiles(planned, table, measure, caption, labels)
        else:
            yield _of_measure(planned, table, measure, caption, labels)


def _of_measure(
    planned: PlannedTable,
    table: ProtectedTable,
    measure: Measure,
    caption: Caption,
    labels: Labels,
) -> Series:
    return Series(
        name=measure.name,
        words=_measure_words(measure, caption, labels.language),
        unit=unit_of(measure, caption),
        numbers=tuple(number_of(planned, c, measure.name, labels) for c in table.cells),
        measure=measure,
        is_signed=measure.kind is MeasureKind.AVERAGE and measure.lower < 0,
    )


def is_share(measure: Measure) -> bool:
    """Return whether a measure is the share of people who did something: a mean of 0 and 1."""
    return measure.kind is MeasureKind.AVERAGE and (measure.lower, measure.upper) == (0, 1)


def unit_of(measure: Measure, caption: Caption) -> Unit:
    """Return the unit that a measure is shown in."""
    if is_share(measure) and not caption.unit.name:
        return PER_CENT
    return Unit(caption.unit.name, caption.unit.decimals)


def number_of(planned: PlannedTable, cell: ProtectedCell, measure: str, labels: Labels) -> Number:
    """Return one measure of one cell."""
    label = labels.cell(planned, cell.cell)
    number = cell.numbers.get(measure)
    if cell.withheld is not None or number is None or number.estimate is None:
        why = cell.withheld or (number.withheld if number else None) or Withheld.TOO_FEW_PEOPLE
        return Number(cell.cell, label, None, why)
    hides = number.limit_hides_up_to
    return Number(cell.cell, label, number.estimate, None, number.at_limit, hides)


def _quantiles(
    planned: PlannedTable,
    table: ProtectedTable,
    measure: Measure,
    caption: Caption,
    labels: Labels,
) -> Iterator[Series]:
    for i, rank in enumerate(measure.ranks):
        yield Series(
            name=f"{measure.name}.{rank}",
            words=_rank_words(rank, measure, caption, labels.language),
            unit=Unit(caption.unit.name, caption.unit.decimals),
            numbers=tuple(_quantile(planned, c, measure.name, i, labels) for c in table.cells),
            measure=measure,
            is_signed=measure.grid[0] < 0,
        )


def _quantile(
    planned: PlannedTable, cell: ProtectedCell, measure: str, index: int, labels: Labels
) -> Number:
    label, number = labels.cell(planned, cell.cell), cell.numbers.get(measure)
    if cell.withheld is not None or number is None:
        return Number(cell.cell, label, None, cell.withheld or Withheld.TOO_FEW_PEOPLE)
    found = number.quantiles[index] if index < len(number.quantiles) else None
    return Number(cell.cell, label, found, None if found else Withheld.TOO_NOISY)


def _measure_words(measure: Measure, caption: Caption, _: Language) -> str:
    """Return what a measure is, in words."""
    words = headed(_(caption.label)) if caption.label else _plain_words(measure, _)
    if caption.days is not None:
        words = _with_days(words, caption.days, _)
    if measure.running:
        words = _("{what}, added up from the first period on").format(what=words)
    return words


def _plain_words(measure: Measure, _: Language) -> str:
    """Return what a measure is called that nobody has labelled."""
    known = {
        "conversion": _("Conversion"),
        "cost": _("Cost"),
        "revenue": _("Revenue"),
        "lifetime_value": _("Lifetime value"),
    }
    if measure.name in known:
        return known[measure.name]
    what = amount_words(measure.amount, _) if measure.amount else _("Amount")
    match measure.kind:
        case MeasureKind.SIZE | MeasureKind.COUNT:
            return _("People")
        case MeasureKind.TOTAL:
            return _("Total: {what}").format(what=what)
        case MeasureKind.AVERAGE:
            return _("Average: {what}").format(what=what)
        case MeasureKind.QUANTILES:
            return what


def _rank_words(rank: Fraction, measure: Measure, caption: Caption, _: Language) -> str:
    """Return "Order value: median", or what part of people lies below."""
    what = _measure_words(measure, caption, _)
    if rank == Fraction(1, 2):
        return _("{what}: median (half of the people are below)").format(what=what)
    share = f"{float(100 * rank):g}".replace(".", _.point)
    return _("{what}: {share} % of the people are below").format(what=what, share=share)


def _with_days(words: str, days: int, _: Language) -> str:
    form = _.many("{what} in the last day", "{what} in the last {days} days", days)
    return form.format(what=words, days=days)

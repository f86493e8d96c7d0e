# SPDX-License-Identifier: Apache-2.0
"""What formulas give, one series a sort: those of one label, one unit and one type.

Sorts are found by what formulas are called: a chart a sort, a row a formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privseg.frames import Cell
from privseg.protect import ProtectedTable, Withheld
from privseg.protect.formula import Combined, Derived, Lift, Quotient, Top
from privseg.protect.stage import ProtectedDerived
from privseg.release.plan import DerivedCaption, PlannedTable
from privseg.report.formula_words import common, formula_words, sort_words
from privseg.report.labels import Labels
from privseg.report.series import Number, Series, is_share
from privseg.report.words import PER_CENT, POINTS, Unit

Found = tuple[Derived, DerivedCaption, ProtectedDerived]
"""A formula, how it is captioned, and what it gives."""


@dataclass(frozen=True, slots=True)
class Leaders:
    """Which cells of a segment are the largest: surely, and possibly."""

    name: str
    words: str
    segment: str
    group: str
    count: int
    surely: tuple[str, ...]
    possibly: tuple[str, ...]
    withheld: Withheld | None


def reckoned(planned: PlannedTable, table: ProtectedTable, labels: Labels) -> Iterator[Series]:
    """Yield one series a sort of formula: those of one label, unit and type."""
    found = [x for x in _formulas(planned, table) if not isinstance(x[0], Top)]
    sorts: dict[tuple[object, ...], list[Found]] = {}
    for one in found:
        sorts.setdefault(_sort(planned, one, labels), []).append(one)
    for same in sorts.values():
        yield _of_formulas(planned, same, labels)


def _sort(planned: PlannedTable, found: Found, labels: Labels) -> tuple[object, ...]:
    """Return what formulas have in common that are shown together."""
    formula, caption, __ = found
    relative = isinstance(formula, Lift) and formula.relative
    words = sort_words(planned, formula, caption, labels.language)
    return words, caption.unit, type(formula), relative, _may_be_negative(formula)


def leaders(planned: PlannedTable, table: ProtectedTable, labels: Labels) -> Iterator[Leaders]:
    """Yield every list of the largest."""
    for formula, caption, result in _formulas(planned, table):
        if isinstance(formula, Top):
            yield Leaders(
                name=formula.name,
                words=labels.language(caption.label) if caption.label else "",
                segment=formula.segment,
                group=labels.group(formula.segment),
                count=formula.count,
                surely=_named(planned, result.surely, labels),
                possibly=_named(planned, result.possibly, labels),
                withheld=result.withheld,
            )


def _named(
    planned: PlannedTable, cells: tuple[tuple[str, ...], ...], labels: Labels
) -> tuple[str, ...]:
    return tuple(", ".join(labels.key(planned, i, k) for i, k in enumerate(c)) for c in cells)


def _formulas(planned: PlannedTable, table: ProtectedTable) -> Iterator[Found]:
    yield from zip(planned.plan.derived, planned.derived, table.derived, strict=True)


def _of_formulas(
    planned: PlannedTable,
    same: list[Found],
    labels: Labels,
) -> Series:
    formula, caption, __ = same[0]
    assert not isinstance(formula, Top)
    return Series(
        name=formula.name,
        words=sort_words(planned, formula, caption, labels.language),
        unit=_unit(planned, formula, caption),
        numbers=tuple(_result(planned, f, r, labels) for f, __, r in same),
        formula=type(formula),
        is_signed=any(_may_be_negative(f) for f, __, ___ in same),
    )


def _unit(planned: PlannedTable, formula: Derived, caption: DerivedCaption) -> Unit:
    """Return the unit that a formula is shown in: of shares per cent, of their lift points."""
    if caption.unit.name:
        return Unit(caption.unit.name, caption.unit.decimals)
    match formula:
        case Lift(relative=True):
            return PER_CENT
        case Lift() if any(
            is_share(m) for m in planned.block.measures if m.name == formula.measure
        ):
            return POINTS
        case Quotient(scale=1, highest=1):
            return PER_CENT
    return Unit("", caption.unit.decimals)


def _result(
    planned: PlannedTable, formula: Derived, result: ProtectedDerived, labels: Labels
) -> Number:
    why = result.withheld or Withheld.TOO_FEW_PEOPLE if result.estimate is None else None
    return Number(
        cell=_cell(planned, formula),
        label=formula_words(planned, formula, labels),
        estimate=result.estimate,
        withheld=why,
        noise_share=result.noise_share,
    )


def _may_be_negative(formula: Derived) -> bool:
    match formula:
        case Combined():
            return formula.is_signed
        case Quotient():
            return formula.lowest is None or formula.lowest < 0
        case Lift():
            return True
        case Top():
            return False


def _cell(planned: PlannedTable, formula: Derived) -> Cell:
    """Return what all cells of a formula share: whose colour it has."""
    match formula:
        case Combined(terms=terms) | Quotient(top=terms):
            return common(planned, tuple(t.cell for t in terms))
        case Lift():
            return formula.treated
        case Top():
            return formula.segment, ()

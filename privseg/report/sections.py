# SPDX-License-Identifier: Apache-2.0
"""One section a table: a finding, figures and a table twin for each of its quantities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from privseg.frames import IN_KEY, ByPeriod
from privseg.protect import ProtectedTable
from privseg.protect.formula import Combined, Lift
from privseg.release.plan import PlannedTable, TableKind
from privseg.report.bulletin import Grid, Part, Row, Section
from privseg.report.figure import Dots, Panel
from privseg.report.findings import (
    Known,
    compared,
    directions,
    moved,
    net,
    spread,
    summed,
    told,
    within_groups,
)
from privseg.report.formulas import Leaders, leaders, reckoned
from privseg.report.labels import Labels
from privseg.report.language import Language
from privseg.report.panels import Drawn, comparable, drawn, panels, withheld_words
from privseg.report.remarks import quantity_remarks, table_remarks
from privseg.report.series import Series, measured
from privseg.report.words import PEOPLE

FORMULAS_FIRST = frozenset({TableKind.CHANGE, TableKind.FEEDBACK})
"""What these tables are asked for is a formula's; the cells that it was made of come after."""


def section(planned: PlannedTable, table: ProtectedTable, labels: Labels) -> Section:
    """Return what one table says."""
    cells = [_measure_part(planned, s, labels) for s in measured(planned, table, labels)]
    formulas = sorted(reckoned(planned, table, labels), key=lambda s: not s.is_difference)
    given = [_formula_part(planned, s, labels) for s in formulas]
    if planned.kind is TableKind.CHANGE and any(
        s.formula is Combined and not s.is_signed for s in formulas
    ):
        cells = []  # who stayed, joined and left is among the formulas
    lists = [_leaders_part(planned, found, labels) for found in _lists(planned, table, labels)]
    parts = [*given, *cells] if planned.kind in FORMULAS_FIRST else [*cells, *given]
    return Section(
        name=planned.block.name,
        title=title_of(planned, labels),
        parts=(*lists, *parts),
        remarks=table_remarks(planned, labels),
    )


def title_of(planned: PlannedTable, labels: Labels) -> str:
    """Return what a table is called: as it was asked, or after its kind."""
    _ = labels.language
    if planned.title:
        return planned.title
    called = {
        TableKind.TREND: _("Over time"),
        TableKind.OVERLAP: _("Who is in several segments"),
        TableKind.CHANGE: _("What changed: {label}").format(label=labels.changing(planned)),
        TableKind.CAMPAIGN: _("The campaign"),
        TableKind.FEEDBACK: _("What people answered"),
    }
    return called.get(planned.kind) or by_words(planned, _("The segments"), labels)


def by_words(planned: PlannedTable, what: str, labels: Labels) -> str:
    """Return "People, by country and age"."""
    if not planned.block.dimensions or labels.members(planned) is not None:
        return what
    names = tuple(labels.dimension(planned, i) for i in range(len(planned.block.dimensions)))
    _ = labels.language
    form = _("{what}, by {dimensions}")
    return form.format(what=what, dimensions=_.listed(names))


def _measure_part(planned: PlannedTable, series: Series, labels: Labels) -> Part:
    found = drawn(planned, series, labels)
    quantity = by_words(planned, series.words, labels)
    return Part(
        name=f"{planned.block.name}.{series.name}",
        finding=_finding(planned, series, found, labels),
        quantity=quantity,
        unit=unit_words(series, labels.language),
        panels=panels(planned, found, labels),
        grid=_grid(planned, quantity, found, labels),
        remarks=quantity_remarks(series, labels.language),
    )


def _finding(
    planned: PlannedTable, series: Series, found: tuple[Drawn, ...], labels: Labels
) -> str:
    _, unit = labels.language, _short(series, labels.language)
    dimensions = planned.block.dimensions
    if not dimensions or not isinstance(dimensions[-1], ByPeriod):
        return _cells_finding(planned, series, found, labels)
    lines = [
        (label, [_dated(planned, d, labels) for d in comparable(tuple(same))])
        for label, same in groupby(found, key=lambda d: _line_label(planned, d, labels))
    ]
    running = series.measure is not None and series.measure.running
    return summed(series.words, unit, lines, _) if running else moved(series.words, lines, _)


def _cells_finding(
    planned: PlannedTable, series: Series, found: tuple[Drawn, ...], labels: Labels
) -> str:
    """Return what cells say: who stayed and left, which arms differ, or which cell is larger."""
    _, shown = labels.language, tuple(comparable(found))
    if labels.members(planned) is not None:
        inside = [_known(d) for d in shown if IN_KEY in d.cell[1]]
        if planned.kind is TableKind.CHANGE:
            return told(inside, _) or compared(series.words, "", (), _)
        together = [_known(d) for d in shown if set(d.cell[1]) == {IN_KEY}]
        return told(together, _) or _("Too few people are in all of these to be shown")
    if planned.kind is TableKind.CAMPAIGN and _is_lifted(planned):
        return series.words  # whether arms differ says the lift, which counts chance in people too
    if planned.kind is TableKind.CAMPAIGN and len(planned.block.segments) > 1:
        groups = [
            (labels.group(name), [_known(d) for d in shown if d.cell[0] == name])
            for name in planned.block.segments
        ]
        return within_groups(series.words, groups, _)
    known, unit = [_known(d) for d in shown], _short(series, _)
    if len(planned.block.dimensions) > 1 and len(known) > 1:
        return spread(series.words, known, _)  # cells with many names say nothing in a heading
    return compared(series.words, unit, known, _, is_alone=len(found) == 1)


def _is_lifted(planned: PlannedTable) -> bool:
    """Return whether a formula of the table compares its arms."""
    return any(isinstance(formula, Lift) for formula in planned.plan.derived)


def _known(drawn: Drawn) -> Known:
    assert drawn.shown is not None
    return Known(drawn.number.label, drawn.shown)


def _dated(planned: PlannedTable, drawn: Drawn, labels: Labels) -> Known:
    assert drawn.shown is not None
    last = len(planned.block.dimensions) - 1
    return Known(labels.key(planned, last, drawn.cell[1][last]), drawn.shown)


def _line_label(planned: PlannedTable, drawn: Drawn, labels: Labels) -> str:
    words = [labels.key(planned, i, k) for i, k in enumerate(drawn.cell[1][:-1])]
    several = len(planned.block.segments) > 1 or not words
    return ", ".join([labels.group(drawn.cell[0]), *words] if several else words)


def _grid(planned: PlannedTable, caption: str, found: Sequence[Drawn], labels: Labels) -> Grid:
    """Return the table twin: a row a cell, with a column for each thing that tells cells apart."""
    _ = labels.language
    if labels.members(planned) is not None:
        rows = tuple(_row(d, (d.number.label,), _) for d in found)
        return Grid(caption, (_("People who are"),), rows)
    several = len(planned.block.segments) > 1 or not planned.block.dimensions
    heads = [_("Segment")] if several else []
    heads += [labels.dimension(planned, i) for i in range(len(planned.block.dimensions))]
    rows = tuple(
        _row(d, ((labels.group(d.cell[0]),) if several else ()) + labels.keys(planned, d.cell), _)
        for d in found
    )
    return Grid(caption, tuple(heads), rows)


def _row(drawn: Drawn, names: tuple[str, ...], _: Language) -> Row:
    if drawn.shown is None:
        return Row(names, "", "", withheld_words(drawn.number.withheld, _))
    return Row(names, drawn.shown.text, drawn.shown.within(_))


def _formula_part(planned: PlannedTable, series: Series, labels: Labels) -> Part:
    """Return a part for what formulas give: a dot each, and what it means."""
    _ = labels.language
    found = drawn(planned, series, labels)
    return Part(
        name=f"{planned.block.name}.{series.name}",
        finding=_formula_finding(series, found, _),
        quantity=series.words,
        unit=unit_words(series, _),
        panels=(Panel("", Dots(tuple(d.mark for d in found))),),
        grid=Grid(series.words, (_("Of"),), tuple(_row(d, (d.number.label,), _) for d in found)),
        remarks=quantity_remarks(series, _),
    )


def _formula_finding(series: Series, found: tuple[Drawn, ...], _: Language) -> str:
    known, unit = [_known(d) for d in comparable(found)], _short(series, _)
    if not known:
        return compared(series.words, unit, known, _)
    if series.formula is Lift:
        return directions(series.words, known, _)
    if series.formula is Combined and series.is_signed:
        return net(series.words, unit, known, _)
    return compared(series.words, unit, known, _, is_alone=len(found) == 1)


def _lists(planned: PlannedTable, table: ProtectedTable, labels: Labels) -> list[list[Leaders]]:
    """Return lists of the largest, those of one label and length together."""
    found = leaders(planned, table, labels)
    return [list(same) for __, same in groupby(found, key=lambda x: (x.words, x.count))]


def _leaders_part(planned: PlannedTable, found: list[Leaders], labels: Labels) -> Part:
    _ = labels.language
    first = found[0]
    what = first.words or _("The {n} largest").format(n=first.count)
    sure = any(one.surely for one in found)
    finding = what if sure else _("{what}: none is surely among them").format(what=what)
    sentences = tuple(line for one in found for line in _leader_lines(one, _))
    return Part(
        name=f"{planned.block.name}.{first.name}",
        finding=finding,
        quantity=what,
        unit="",
        sentences=sentences,
    )


def _leader_lines(one: Leaders, _: Language) -> list[str]:
    if one.withheld is not None:
        return [f"{one.group}: {withheld_words(one.withheld, _)}"]
    surely = _.listed(one.surely) or _("none")
    possibly = _.listed(tuple(p for p in one.possibly if p not in one.surely)) or _("none")
    form = _("{group}: surely among the {n} largest: {surely}. Possibly as well: {possibly}.")
    return [form.format(group=one.group, n=one.count, surely=surely, possibly=possibly)]


def unit_words(series: Series, _: Language) -> str:
    """Return the unit as a heading says it."""
    if series.unit != PEOPLE:
        return _(series.unit.name)
    return "" if series.words == _("People") else _("number of people")


def _short(series: Series, _: Language) -> str:
    """Return the unit as it stands behind a number."""
    return _(series.unit.name)

# SPDX-License-Identifier: Apache-2.0
"""Which figure shows a series: dots, a histogram, lines, a heat map, or several of them.

The choice depends on the plan alone: how many segments and dimensions there are, never on a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from privseg.frames import IN_KEY, MISSING_KEY, TOTAL_KEY, ByCut, ByPeriod, Cell
from privseg.protect import Withheld
from privseg.release.plan import PlannedTable, TableKind
from privseg.report.figure import Dots, Heat, HeatCell, Lines, Mark, Panel
from privseg.report.labels import Labels
from privseg.report.language import Language
from privseg.report.series import Number, Series
from privseg.report.words import Printed, printed

FEW = 12  # rows of dots that can still be read beside each other
STEPS = 7  # of colour in a heat map


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number of a series as it is printed; nothing where it is withheld."""

    number: Number
    shown: Printed | None
    mark: Mark

    @property
    def cell(self) -> Cell:
        """Return which cell it is of."""
        return self.number.cell

    @property
    def is_total(self) -> bool:
        """Return whether it is of a margin."""
        return TOTAL_KEY in self.cell[1]


def drawn(planned: PlannedTable, series: Series, labels: Labels) -> tuple[Drawn, ...]:
    """Return every number of a series with its mark."""
    return tuple(_drawn(planned, series, n, labels) for n in series.numbers)


def panels(planned: PlannedTable, shown: tuple[Drawn, ...], labels: Labels) -> tuple[Panel, ...]:
    """Return the figures of one series."""
    dimensions = planned.block.dimensions
    if not shown:  # keys are found in the data, and none was published
        return ()
    if labels.members(planned) is not None or not dimensions:
        marks = tuple(d.mark for d in shown if not dimensions or IN_KEY in d.cell[1])
        return (Panel("", Dots(marks)),)
    if isinstance(dimensions[-1], ByPeriod):
        return _by_leading(planned, shown, labels, keep=1)
    if len(dimensions) > 1:
        return _by_leading(planned, shown, labels, keep=2)
    few = len(planned.block.segments) == 1 or len(shown) <= FEW
    if few or isinstance(dimensions[0], ByCut):
        return _by_leading(planned, shown, labels, keep=1)
    return (Panel("", _heat(planned, shown, labels)),)


def withheld_words(why: Withheld | None, _: Language) -> str:
    """Return why a number is not shown."""
    match why:
        case Withheld.TOO_NOISY:
            return _("withheld: too uncertain to use")
        case _:
            return _("withheld: too few people")


def _drawn(planned: PlannedTable, series: Series, number: Number, labels: Labels) -> Drawn:
    _ = labels.language
    colour = labels.colour(number.cell[0])
    members = (
        tuple(k == IN_KEY for k in number.cell[1]) if _is_overlap(planned, series, labels) else ()
    )
    if number.estimate is None:
        why = withheld_words(number.withheld, _)
        return Drawn(number, None, Mark(number.label, colour, why, members=members))
    text = printed(
        number.estimate,
        series.unit,
        is_signed=series.is_signed,
        is_difference=series.is_difference,
        _=_,
    )
    ends = (float(text.value), float(text.lowest), float(text.highest))
    mark = Mark(number.label, colour, text.text, *ends, text.within(_), members)
    return Drawn(number, text, mark)


def _is_overlap(planned: PlannedTable, series: Series, labels: Labels) -> bool:
    overlap = planned.kind is TableKind.OVERLAP and labels.members(planned) is not None
    return overlap and series.formula is None


def _by_leading(
    planned: PlannedTable, shown: tuple[Drawn, ...], labels: Labels, *, keep: int
) -> tuple[Panel, ...]:
    """Return a panel for each set and leading keys; the last ``keep`` dimensions are inside it."""
    cut = len(planned.block.dimensions) - keep
    places: dict[Cell, list[Drawn]] = {}
    for one in shown:
        places.setdefault((one.cell[0], one.cell[1][:cut]), []).append(one)
    return tuple(
        _panel(
            planned,
            tuple(inside),
            _panel_title(planned, *place, labels) if len(places) > 1 else "",
            labels,
            keep,
        )
        for place, inside in places.items()
    )


def _panel(
    planned: PlannedTable, inside: tuple[Drawn, ...], title: str, labels: Labels, keep: int
) -> Panel:
    last = planned.block.dimensions[-1]
    if keep > 1:
        return Panel(title, _heat(planned, inside, labels))
    named = tuple(_named(planned, d, labels) for d in inside)
    if isinstance(last, ByPeriod):
        periods = [(d, m) for d, m in zip(inside, named, strict=True) if not d.is_total]
        ticks = tuple(d.cell[1][-1] for d, __ in periods)
        lines = Lines(tuple(m for __, m in periods), ticks)
        return Panel(title, lines, _gaps(lines, labels.language))
    return Panel(title, Dots(named, is_binned=isinstance(last, ByCut)))


def _named(planned: PlannedTable, drawn: Drawn, labels: Labels) -> Mark:
    """Return a mark called after its last key alone: the panel's title says the rest."""
    index = len(planned.block.dimensions) - 1
    m = drawn.mark
    label = labels.key(planned, index, drawn.cell[1][index])
    return Mark(label, m.colour, m.text, m.value, m.low, m.high, m.within)


def _panel_title(planned: PlannedTable, group: str, keys: tuple[str, ...], labels: Labels) -> str:
    words = [labels.named_key(planned, i, k) for i, k in enumerate(keys)]
    several = len(planned.block.segments) > 1 or not words
    return ", ".join([labels.group(group), *words] if several else words)


def _gaps(lines: Lines, _: Language) -> str:
    """Return which periods are withheld, by name."""
    gone = tuple(m.label for m in lines.marks if m.value is None)
    if not gone:
        return ""
    return _(
        "No number for {periods}: withheld, because too few people may stand behind it."
    ).format(periods=_.listed(gone))


def _heat(planned: PlannedTable, inside: tuple[Drawn, ...], labels: Labels) -> Heat:
    """Return a heat map: segments or the first key down, the last key across."""
    last = len(planned.block.dimensions) - 1
    down = dict.fromkeys(_row_key(planned, d) for d in inside)
    across = dict.fromkeys(d.cell[1][last] for d in inside)
    cells = {(_row_key(planned, d), d.cell[1][last]): d for d in inside}
    highest = max((d.mark.value or 0.0 for d in inside if not d.is_total), default=0.0)
    rows = tuple(
        (
            _row_label(planned, row, labels),
            tuple(_heat_cell(cells.get((row, key)), highest) for key in across),
        )
        for row in down
    )
    _ = labels.language
    corner = _("Segment") if last == 0 else labels.dimension(planned, last - 1)
    heads = tuple(labels.key(planned, last, key) for key in across)
    heat = Heat(corner, labels.dimension(planned, last), heads, rows)
    return _turned(heat) if len(heads) > len(rows) else heat


def _turned(heat: Heat) -> Heat:
    """Return a map with its longer side down: pages are longer than wide."""
    columns = zip(*(cells for __, cells in heat.rows), strict=True)
    rows = tuple(zip(heat.heads, columns, strict=True))
    return Heat(heat.across, heat.corner, tuple(label for label, __ in heat.rows), rows)


def _row_key(planned: PlannedTable, drawn: Drawn) -> str:
    count = len(planned.block.dimensions)
    return drawn.cell[0] if count == 1 else drawn.cell[1][count - 2]


def _row_label(planned: PlannedTable, row: str, labels: Labels) -> str:
    count = len(planned.block.dimensions)
    return labels.group(row) if count == 1 else labels.key(planned, count - 2, row)


def _heat_cell(drawn: Drawn | None, highest: float) -> HeatCell:
    """Return one cell; its colour follows the released value among those of its map."""
    if drawn is None:
        return HeatCell("")
    mark = drawn.mark
    if mark.value is None:
        return HeatCell(mark.text, is_withheld=True, is_total=drawn.is_total)
    share = mark.value / highest if highest > 0 else 0.0
    step = None if drawn.is_total else min(int(max(share, 0.0) * STEPS), STEPS - 1)
    return HeatCell(mark.text, mark.within, step, is_total=drawn.is_total)


def comparable(found: tuple[Drawn, ...]) -> Iterator[Drawn]:
    """Yield the numbers that are shown, of no margin, and of people of whom the value is known."""
    for d in found:
        if d.shown is not None and not d.is_total and MISSING_KEY not in d.cell[1]:
            yield d

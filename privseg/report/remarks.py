# SPDX-License-Identifier: Apache-2.0
"""What a reader must know of one table or one quantity, said where it is shown."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from privseg.frames import TOTAL_KEY, ByPeriod, Measure, MeasureKind
from privseg.protect.formula import Lift
from privseg.release.plan import PlannedTable, TableKind
from privseg.report.labels import Labels
from privseg.report.language import Language
from privseg.report.series import Series, is_share
from privseg.report.words import PEOPLE, Unit, exactly, printed


def table_remarks(planned: PlannedTable, labels: Labels) -> tuple[str, ...]:
    """Return what holds for every number of a table."""
    _ = labels.language
    lines = [_bounded(planned, _), _totals(planned, _), _found(planned, _)]
    lines += _spans(planned, labels)
    lines.append(_circles(planned, labels))
    return tuple(line for line in lines if line)


def quantity_remarks(series: Series, _: Language) -> tuple[str, ...]:
    """Return what holds for one quantity."""
    lines = [_limit(series, _), _cut(series, _), _negative(series, _), _noise(series, _)]
    lines += [_running(series, _), _effect(series, _)]
    return tuple(line for line in lines if line)


def most_cells(planned: PlannedTable) -> int:
    """Return in how many cells of the finest level a person could be, were nothing bounded."""
    periods = (len(d.keys) for d in planned.block.dimensions if isinstance(d, ByPeriod))
    return len(planned.block.segments) * prod(periods)


def _bounded(planned: PlannedTable, _: Language) -> str:
    """Return that a person counts in few cells, where that can make numbers smaller."""
    m, most = planned.block.groups_per_person, most_cells(planned)
    if m >= most:
        return ""
    return _.many(
        "Each person counts in at most {m} cell of this table, so numbers may understate.",
        "Each person counts in at most {m} cells of this table, so numbers may understate.",
        m,
    ).format(m=m)


def _totals(planned: PlannedTable, _: Language) -> str:
    """Return when totals agree with the cells, and when they need not."""
    if not any(TOTAL_KEY in c[1] for c in planned.block.cells):
        return ""
    if not any(m.kind is MeasureKind.COUNT for m in planned.block.measures):
        return _(
            "Totals were measured by themselves, with noise of their own: they need not equal the "
            "sum of the printed cells."
        )
    return _(
        "A total of cells that are all shown agrees with them, but for rounding. Where a cell is "
        "withheld, its total was measured by itself and need not equal the sum of the printed "
        "cells."
    )


def _spans(planned: PlannedTable, labels: Labels) -> list[str]:
    """Return of how many days dimensions count, where they were asked for so many."""
    _ = labels.language
    asked = [(i, c.days) for i, c in enumerate(planned.dimensions) if c.days is not None]
    return [
        _.many("{what}: of the last day.", "{what}: of the last {days} days.", days).format(
            what=labels.dimension(planned, i), days=days
        )
        for i, days in asked
    ]


def _found(planned: PlannedTable, _: Language) -> str:
    if not planned.block.is_open:
        return ""
    return _(
        "The values were found in the data: one that few people share does not appear, and that "
        "it is absent does not say that nobody has it."
    )


def _circles(planned: PlannedTable, labels: Labels) -> str:
    """Return how an overlap is read."""
    _, members = labels.language, labels.members(planned)
    if planned.kind is not TableKind.OVERLAP or members is None:
        return ""
    return _(
        "The circles are, in order: {names}; filled is in it, empty is not. Each person is in one "
        "row only. Who is in none of them is in the table alone."
    ).format(names=_.listed(tuple(map(labels.group, members.sets))))


def _limit(series: Series, _: Language) -> str:
    """Return by how much limits may make totals too small: the most of any cell."""
    known = [(n.limit, n.hides) for n in series.numbers if n.limit and n.hides is not None]
    if not known or series.measure is None:
        return ""
    people, hides = max(known, key=lambda pair: pair[1])
    cut = printed(people, PEOPLE, is_signed=False, _=_)
    return _(
        "What one person adds is cut at {limit} {unit}. In no cell was it cut for more than "
        "{people} people; were the limit twice as high, no total would rise by more than {hides} "
        "{unit}."
    ).format(
        limit=exactly(series.measure.upper, series.unit, _),
        unit=_(series.unit.name),
        people=cut.high,
        hides=exactly(hides, series.unit, _),
    )


def _cut(series: Series, _: Language) -> str:
    """Return between which limits amounts are taken."""
    measure = series.measure
    limited = {MeasureKind.AVERAGE, MeasureKind.QUANTILES}
    if measure is None or measure.kind not in limited or is_share(measure):
        return ""
    low, high = _ends(measure)
    lowest, highest = (
        f"{exactly(n, series.unit, _)} {_(series.unit.name)}".strip() for n in (low, high)
    )
    if low == 0:
        return _("Amounts above {high} are taken as {high}.").format(high=highest)
    said = _("Amounts below {low} are taken as {low}, and above {high} as {high}.")
    return said.format(low=lowest, high=highest)


def _ends(measure: Measure) -> tuple[int, int]:
    if measure.kind is MeasureKind.QUANTILES:
        return measure.grid[0], measure.grid[-1]
    return measure.lower, measure.upper


def _negative(series: Series, _: Language) -> str:
    """Return that noise made a number negative, where it did and it is shown as zero."""
    estimates = [n.estimate for n in series.numbers if n.estimate is not None]
    if series.is_signed or not any(e.value < 0 for e in estimates):
        return ""
    return _("With noise a small number can become negative; it is shown as 0 with its range.")


def _noise(series: Series, _: Language) -> str:
    """Return how much of a lift's uncertainty is noise and not chance."""
    shares = [n.noise_share for n in series.numbers if n.noise_share is not None]
    if not shares:
        return ""
    share = Fraction(max(shares)) * 100
    return _(
        "At most {share} % of the uncertainty (its variance) is the noise that was added; the rest "
        "is chance in who the people are."
    ).format(share=exactly(int(-(-share // 1)), Unit("%"), _))


def _running(series: Series, _: Language) -> str:
    if series.measure is None or not series.measure.running:
        return ""
    return _(
        "Each number is the sum up to that period. The difference of two of them is less certain "
        "than its own number would be."
    )


def _effect(series: Series, _: Language) -> str:
    if series.formula is not Lift:
        return ""
    return _(
        "This is an effect only if chance alone decided who was in which arm: a report cannot "
        "check that."
    )

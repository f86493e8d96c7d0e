# SPDX-License-Identifier: Apache-2.0
"""What a report cannot tell: read off its plan, so that it is said before anybody asks."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.frames import ByCut, ByPeriod, MeasureKind
from privseg.protect.formula import Lift
from privseg.release.plan import PlannedTable, ReportPlan, TableKind
from privseg.report.language import Language
from privseg.report.remarks import most_cells
from privseg.report.words import grouped

MISSES = 20  # one range in this many is expected to miss


def cannot_tell(plan: ReportPlan, numbers: int, _: Language) -> tuple[str, ...]:
    """Return what nobody should read out of a report with so many ``numbers``."""
    return (*_of_people(plan, _), *_of_numbers(numbers, _), *_of_tables(plan, _))


def _of_people(plan: ReportPlan, _: Language) -> Iterator[str]:
    yield _(
        "Anything about one person. The noise is there so that whether somebody is in the data "
        "makes hardly a difference to what is printed."
    )
    yield _(
        "People who have not allowed this use. They are in no number here, and they may be unlike "
        "those who are."
    )
    yield _.many(
        "Small groups. Where fewer than {k} person stands behind a number it is not shown, and "
        "sometimes where more do; that it is not shown does not mean that it is zero.",
        "Small groups. Where fewer than {k} people stand behind a number it is not shown, and "
        "sometimes where more do; that it is not shown does not mean that it is zero.",
        plan.min_people,
    ).format(k=plan.min_people)


def _of_numbers(numbers: int, _: Language) -> Iterator[str]:
    if numbers:
        missed = -(-numbers // MISSES)
        yield _.many(
            "Which ranges are wrong. Each holds the true value 19 times in 20, taken by itself: of "
            "the {n} range here about {missed} may miss it.",
            "Which ranges are wrong. Each holds the true value 19 times in 20, taken by itself: of "
            "the {n} ranges here about {missed} may miss it.",
            numbers,
        ).format(n=grouped(numbers, _), missed=grouped(missed, _))
    yield _(
        "Changes between this report and another one. Each has its own noise and its own people: "
        "to compare dates, ask for a trend or a change in one report."
    )
    yield _("Causes. That two numbers differ does not say why.")


def _of_tables(plan: ReportPlan, _: Language) -> Iterator[str]:
    kinds = {t.kind for t in plan.tables}
    if any(_is_bounded(t) for t in plan.tables):
        yield _(
            "Everything that a very active person did. What one person can add is limited, by "
            "limits that the policy sets beforehand, so that totals and sizes may be too small."
        )
    if TableKind.CHANGE in kinds:
        yield _(
            "Who was in a segment then and has left the data since. Earlier members are looked for "
            "among the people of today; what they bought or did is taken as of then, and what is "
            "kept without a history as it is today."
        )
        yield _(
            "Who came, where data begin later than the earlier date looks back, or older ones were "
            "removed since: people then seem to be new who are not."
        )
    if TableKind.CAMPAIGN in kinds:
        yield _campaign(plan, _)
    if TableKind.OVERLAP in kinds:
        yield _(
            "Exact overlaps. A combination of segments with few people is withheld, and a person "
            "in it is missing from what is shown."
        )
    if any(isinstance(d, ByPeriod) for t in plan.tables for d in t.block.dimensions):
        yield _(
            "Whether one week or month after another is a trend. Seasons, holidays and campaigns "
            "move numbers too."
        )
    if any(t.block.is_open for t in plan.tables):
        yield _("All values that there are. Those that few people share do not appear.")
    if any(isinstance(d, ByCut) for t in plan.tables for d in t.block.dimensions):
        yield _("Anything finer than the ranges of a distribution, which are fixed beforehand.")


def _campaign(plan: ReportPlan, _: Language) -> str:
    tables = [t for t in plan.tables if t.kind is TableKind.CAMPAIGN]
    if any(isinstance(f, Lift) for t in tables for f in t.plan.derived):
        return _(
            "What the campaign caused, unless chance alone decided who was in which arm. The "
            "report cannot see how the arms were chosen."
        )
    return _(
        "What the campaign caused. There is no group beside it that was left out at random: some "
        "would have bought without it."
    )


def _is_bounded(table: PlannedTable) -> bool:
    kinds = {m.kind for m in table.block.measures}
    clamped = kinds & {MeasureKind.TOTAL, MeasureKind.AVERAGE}
    return bool(clamped) or table.block.groups_per_person < most_cells(table)
